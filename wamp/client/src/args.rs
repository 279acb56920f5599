//! Arguments between Rust values and payloads, by serde.

use serde::{Serialize, de::DeserializeOwned};
use wamp_proto::{EncodeError, Payload, Serializer};

/// Why values can not be sent as arguments.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// Positional arguments were given as something other than a list.
    #[error("positional arguments are a list: give a tuple, as (1,)")]
    NotAList,
    /// Keyword arguments were given as something other than a dictionary.
    #[error("keyword arguments are a dictionary: give a struct or a map")]
    NotADict,
    /// A value has no form in the link's serializer.
    #[error("the arguments can not be written: {0}")]
    Encode(#[from] EncodeError),
}

/// Why received arguments are not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {what} are not what was expected: {reason}")]
pub struct ReadError {
    what: &'static str,
    reason: String,
}

/// Writes positional and keyword arguments in `serializer`; `()` stands for none.
pub(crate) fn write<A, K>(
    serializer: Serializer,
    args: &A,
    kwargs: &K,
) -> Result<Payload, ArgumentsError>
where
    A: Serialize + ?Sized,
    K: Serialize + ?Sized,
{
    let payload = Payload::new(serializer, args, kwargs)?;
    // What is no list or no dictionary is left out by `Payload::new`. So is what is empty, so only
    // where nothing arrived is it worth asking what it was. An empty list has at most two octets.
    if payload.args().is_none_or(|list| list.len() <= 2) && !is_list(args) {
        return Err(ArgumentsError::NotAList);
    }
    if payload.kwargs().is_none() && !is_dict(kwargs) {
        return Err(ArgumentsError::NotADict);
    }
    Ok(payload)
}

fn is_list<T: Serialize + ?Sized>(value: &T) -> bool {
    serde_json::to_value(value).is_ok_and(|value| value.is_null() || value.is_array())
}

fn is_dict<T: Serialize + ?Sized>(value: &T) -> bool {
    serde_json::to_value(value).is_ok_and(|value| value.is_null() || value.is_object())
}

/// Reads the only positional argument. None at all reads as null, so `()` and `Option` take it.
pub(crate) fn read_one<T: DeserializeOwned>(payload: &Payload) -> Result<T, ReadError> {
    if payload.args().is_some() {
        let (value,) = read_args(payload)?;
        return Ok(value);
    }
    T::deserialize(serde_json::Value::Null).map_err(|_| ReadError {
        what: "positional arguments",
        reason: "there are none".to_owned(),
    })
}

/// Reads the positional arguments.
pub(crate) fn read_args<T: DeserializeOwned>(payload: &Payload) -> Result<T, ReadError> {
    payload.read_args().map_err(|reason| ReadError {
        what: "positional arguments",
        reason,
    })
}

/// Reads the keyword arguments.
pub(crate) fn read_kwargs<T: DeserializeOwned>(payload: &Payload) -> Result<T, ReadError> {
    payload.read_kwargs().map_err(|reason| ReadError {
        what: "keyword arguments",
        reason,
    })
}

/// Gives a type with a field `payload` the methods that read it.
macro_rules! reads_payload {
    ($type:ty) => {
        impl $type {
            /// Reads the only positional argument; none at all reads as `()` or an `Option`.
            ///
            /// # Errors
            /// If there are several, or it is not a `T`.
            pub fn read<T: serde::de::DeserializeOwned>(
                &self,
            ) -> Result<T, $crate::args::ReadError> {
                $crate::args::read_one(&self.payload)
            }

            /// Reads the positional arguments, as a tuple or a `Vec`.
            ///
            /// # Errors
            /// If they are of other number or types.
            pub fn args<T: serde::de::DeserializeOwned>(
                &self,
            ) -> Result<T, $crate::args::ReadError> {
                $crate::args::read_args(&self.payload)
            }

            /// Reads the keyword arguments, as a struct or a map.
            ///
            /// # Errors
            /// If a field is missing or of another type.
            pub fn kwargs<T: serde::de::DeserializeOwned>(
                &self,
            ) -> Result<T, $crate::args::ReadError> {
                $crate::args::read_kwargs(&self.payload)
            }

            /// The arguments as they came, not read.
            pub const fn payload(&self) -> &wamp_proto::Payload {
                &self.payload
            }
        }
    };
}
pub(crate) use reads_payload;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn values_come_back_as_they_went_in_every_serializer() {
        for serializer in Serializer::ALL {
            let payload = write(serializer, &(2, "three"), &json!({"deep": [1, null]})).unwrap();
            assert_eq!(
                read_args::<(i64, String)>(&payload),
                Ok((2, "three".into()))
            );
            let kwargs: BTreeMap<String, serde_json::Value> = read_kwargs(&payload).unwrap();
            assert_eq!(kwargs["deep"], json!([1, null]));
        }
    }

    #[test]
    fn no_arguments_take_no_room() {
        for serializer in Serializer::ALL {
            assert!(write(serializer, &(), &()).unwrap().is_empty());
            let empty = write(serializer, &[0u8; 0], &json!({})).unwrap();
            assert!(empty.is_empty());
        }
    }

    #[test]
    fn what_is_no_list_or_no_dict_is_refused_instead_of_lost() {
        for serializer in Serializer::ALL {
            let write_args = |args: serde_json::Value| write(serializer, &args, &json!({"a": 1}));
            assert!(matches!(
                write_args(json!("a")),
                Err(ArgumentsError::NotAList)
            ));
            assert!(matches!(
                write_args(json!({"a": 1})),
                Err(ArgumentsError::NotAList)
            ));
            assert!(write_args(json!([])).is_ok());
            let kwargs = write(serializer, &(1,), &[1]);
            assert!(matches!(kwargs, Err(ArgumentsError::NotADict)));
        }
    }

    #[test]
    fn one_value_is_read_from_exactly_one_argument() {
        let payload = |args: serde_json::Value| write(Serializer::Json, &args, &()).unwrap();
        assert_eq!(read_one(&payload(json!([5]))), Ok(5));
        assert_eq!(read_one(&payload(json!([]))), Ok(()));
        assert_eq!(read_one(&payload(json!([]))), Ok(None::<i64>));
        assert!(read_one::<i64>(&payload(json!([]))).is_err());
        assert!(read_one::<i64>(&payload(json!([1, 2]))).is_err());
        assert!(read_one::<i64>(&payload(json!(["five"]))).is_err());
    }
}
