//! How the types that messages are made of stand in a frame.

use super::{Elements, Filled, Format, Sink};
use crate::auth::Secret;
use crate::options::*;
use crate::{
    DecodeError, Dictionary, EncodeError, Payload, PublicationId, RegistrationId, RequestId,
    SessionId, Sparse, SubscriptionId, Uri,
};
use bytestring::ByteString;
use serde::{Serialize, de::DeserializeOwned};
use std::borrow::Cow;

/// A type that elements of a message have.
pub(crate) trait Field: Sized {
    /// Reads it from the next element (or elements, or none).
    fn read<F: Format>(
        elements: &mut Elements<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError>;

    /// How many elements it will write.
    fn elements<F: Format>(&self) -> usize {
        1
    }

    /// Writes it, each element after a separator.
    fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError>;
}

impl Field for u64 {
    fn read<F: Format>(
        elements: &mut Elements<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        F::uint(elements.raw()?).ok_or_else(|| elements.wrong(field, "an integer"))
    }

    fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
        sink.uint::<F>(*self);
        Ok(())
    }
}

macro_rules! id_fields {
    ($($id:ty)*) => {$(
        impl Field for $id {
            fn read<F: Format>(
                elements: &mut Elements<'_>,
                field: &'static str,
            ) -> Result<Self, DecodeError> {
                let id = F::uint(elements.raw()?).and_then(Self::new);
                id.ok_or_else(|| elements.wrong(field, "an id from 1 to 2^53"))
            }

            fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
                sink.uint::<F>(self.get());
                Ok(())
            }
        }
    )*};
}

id_fields!(SessionId RegistrationId SubscriptionId PublicationId RequestId);

/// The request id of a revocation is 0, which is no id.
impl Field for Option<RequestId> {
    fn read<F: Format>(
        elements: &mut Elements<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        match F::uint(elements.raw()?) {
            Some(0) => Ok(None),
            Some(id) if RequestId::new(id).is_some() => Ok(RequestId::new(id)),
            _ => Err(elements.wrong(field, "an id from 1 to 2^53, or 0")),
        }
    }

    fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
        sink.uint::<F>(self.map_or(0, RequestId::get));
        Ok(())
    }
}

impl Field for Uri {
    fn read<F: Format>(
        elements: &mut Elements<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let raw = elements.raw()?;
        let wrong = || elements.wrong(field, "a string");
        match F::text(raw).ok_or_else(wrong)? {
            Cow::Borrowed(text) => {
                let octets = elements.frame.octets.slice_ref(text.as_bytes());
                ByteString::try_from(octets)
                    .map(Self::from)
                    .map_err(|_| wrong())
            }
            Cow::Owned(text) => Ok(Self::from(text)),
        }
    }

    fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
        sink.text::<F>(self);
        Ok(())
    }
}

impl Field for String {
    fn read<F: Format>(
        elements: &mut Elements<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let text = F::text(elements.raw()?);
        text.map(Cow::into_owned)
            .ok_or_else(|| elements.wrong(field, "a string"))
    }

    fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
        sink.text::<F>(self);
        Ok(())
    }
}

impl Field for Secret {
    fn read<F: Format>(
        elements: &mut Elements<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        String::read::<F>(elements, field).map(Self::new)
    }

    fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
        sink.text::<F>(self.expose());
        Ok(())
    }
}

/// Reads a dictionary element into its typed form.
fn read_dict<F: Format, T: DeserializeOwned + Default>(
    raw: &[u8],
    elements: &Elements<'_>,
    field: &'static str,
) -> Result<T, DecodeError> {
    match F::dict(raw) {
        Some(Filled::No) => Ok(T::default()),
        Some(Filled::Yes) => F::read(raw).map_err(|reason| DecodeError::Options {
            message: elements.message,
            field,
            reason,
        }),
        None => Err(elements.wrong(field, "a dictionary")),
    }
}

fn write_dict<F: Format, T: Serialize>(value: &T, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
    F::separate(sink.out);
    F::put(sink.out, value).map_err(EncodeError::Options)
}

macro_rules! dict_fields {
    ($($options:ty)*) => {$(
        impl Field for $options {
            fn read<F: Format>(
                elements: &mut Elements<'_>,
                field: &'static str,
            ) -> Result<Self, DecodeError> {
                let raw = elements.raw()?;
                read_dict::<F, _>(raw, elements, field)
            }

            fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
                write_dict::<F, _>(self, sink)
            }
        }
    )*};
}

dict_fields! {
    Box<HelloDetails> Box<WelcomeDetails> CloseDetails AnyDetails
    SubscribeOptions CancelOptions RegisterOptions InterruptOptions
}

impl<T: Dictionary + Serialize + DeserializeOwned> Field for Sparse<T> {
    fn read<F: Format>(
        elements: &mut Elements<'_>,
        field: &'static str,
    ) -> Result<Self, DecodeError> {
        let raw = elements.raw()?;
        if F::dict(raw) == Some(Filled::No) {
            return Ok(Self::EMPTY);
        }
        read_dict::<F, T>(raw, elements, field).map(Self::from)
    }

    fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
        match self.filled() {
            Some(dictionary) => write_dict::<F, _>(dictionary, sink),
            None => {
                F::separate(sink.out);
                sink.out.extend_from_slice(F::EMPTY_DICT);
                Ok(())
            }
        }
    }
}

macro_rules! optional_dict_fields {
    ($($details:ty)*) => {$(
        /// Only there in the form the router sends on its own.
        impl Field for Option<$details> {
            fn read<F: Format>(
                elements: &mut Elements<'_>,
                field: &'static str,
            ) -> Result<Self, DecodeError> {
                if elements.next == elements.frame.parts.count {
                    return Ok(None);
                }
                let raw = elements.raw()?;
                read_dict::<F, _>(raw, elements, field).map(Some)
            }

            fn elements<F: Format>(&self) -> usize {
                usize::from(self.is_some())
            }

            fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
                self.as_ref().map_or(Ok(()), |details| write_dict::<F, _>(details, sink))
            }
        }
    )*};
}

optional_dict_fields!(UnsubscribedDetails UnregisteredDetails);

/// The arguments: the last element or two, or none.
impl Field for Payload {
    fn read<F: Format>(
        elements: &mut Elements<'_>,
        _field: &'static str,
    ) -> Result<Self, DecodeError> {
        let Some(args) = elements.take() else {
            return Ok(Self::NONE);
        };
        let kwargs = elements.take();
        let octets = elements.frame.octets;
        let list = F::list(octets.get(args.clone()).unwrap_or_default())
            .ok_or_else(|| elements.wrong("arguments", "a list"))?;
        let dict = match &kwargs {
            Some(range) => F::dict(octets.get(range.clone()).unwrap_or_default())
                .ok_or_else(|| elements.wrong("arguments_kw", "a dictionary"))?,
            None => Filled::No,
        };
        // Empty arguments SHOULD be left out (spec, "CALL"); so we do for those who did not.
        Ok(match (list, dict, kwargs) {
            (_, Filled::Yes, Some(kwargs)) => Self::from_frame(
                F::SERIALIZER,
                octets.slice(args.start..kwargs.end),
                args.len(),
                kwargs.start - args.start,
            ),
            (Filled::Yes, _, _) => Self::from_frame(
                F::SERIALIZER,
                octets.slice(args.clone()),
                args.len(),
                args.len(),
            ),
            (Filled::No, _, _) => Self::NONE,
        })
    }

    fn elements<F: Format>(&self) -> usize {
        self.element_count()
    }

    fn write<F: Format>(&self, sink: &mut Sink<'_>) -> Result<(), EncodeError> {
        if self.is_empty() {
            return Ok(());
        }
        F::separate(sink.out);
        let transcoded;
        let raw = if self.serializer() == sink.serializer {
            self.raw()
        } else {
            transcoded = self.transcoded(sink.serializer)?;
            transcoded.raw()
        };
        if raw.len() < sink.long {
            sink.out.extend_from_slice(raw);
        } else {
            sink.left_out = Some((sink.out.len(), raw.clone()));
        }
        Ok(())
    }
}
