//! One event of the history, as a value that can be put away and brought back.

use crate::SessionInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer as SerdeSerializer, de};
use wamp_proto::options::{EventDetails, Text};
use wamp_proto::{Payload, PublicationId, Serializer, Uri};

/// An event that is kept.
///
/// With serde it can be written in any format that says what it holds, and read back; whoever keeps
/// the history across restarts need not know more of it. `Debug` prints no payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// The publication.
    pub publication: PublicationId,
    /// When it was published, in milliseconds since 1970 (UTC).
    pub time: u64,
    /// The topic published to.
    pub topic: Uri,
    /// What EVENT said of it, but for the topic.
    pub details: EventDetails,
    /// Who may ask for it.
    pub audience: Audience,
    /// What was published.
    #[serde(with = "octets")]
    pub payload: Payload,
}

/// The lists of a PUBLISH that restrict its receivers and mean the same to later sessions; each is
/// sorted. Lists of sessions do not: an event with one is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Audience {
    /// The only authids it is for.
    pub eligible_authid: Option<Box<[Text]>>,
    /// The only authroles it is for.
    pub eligible_authrole: Option<Box<[Text]>>,
    /// Authids it is not for.
    pub exclude_authid: Option<Box<[Text]>>,
    /// Authroles it is not for.
    pub exclude_authrole: Option<Box<[Text]>>,
}

impl StoredEvent {
    /// About how many octets it takes in memory.
    pub fn octets(&self) -> usize {
        size_of::<Self>() + self.topic.len() + self.payload.len() + self.audience.octets()
    }
}

impl Audience {
    /// Whether nobody is left out.
    pub(crate) const fn is_open(&self) -> bool {
        self.eligible_authid.is_none()
            && self.eligible_authrole.is_none()
            && self.exclude_authid.is_none()
            && self.exclude_authrole.is_none()
    }

    /// Whether a session is among them: four of the six statements of the spec ("Subscriber Black-
    /// and Whitelisting"). A list that is present and empty has nobody on it.
    pub(crate) fn admits(&self, session: &SessionInfo) -> bool {
        let principal = &session.principal;
        on(&self.eligible_authid, &principal.authid).unwrap_or(true)
            && on(&self.eligible_authrole, &principal.authrole).unwrap_or(true)
            && !on(&self.exclude_authid, &principal.authid).unwrap_or(false)
            && !on(&self.exclude_authrole, &principal.authrole).unwrap_or(false)
    }

    /// Sorts the lists, as [`Audience::admits`] needs them.
    pub(crate) fn sort(&mut self) {
        let lists = [
            &mut self.eligible_authid,
            &mut self.eligible_authrole,
            &mut self.exclude_authid,
            &mut self.exclude_authrole,
        ];
        for list in lists.into_iter().flatten() {
            list.sort_unstable();
        }
    }

    fn octets(&self) -> usize {
        let lists = [
            &self.eligible_authid,
            &self.eligible_authrole,
            &self.exclude_authid,
            &self.exclude_authrole,
        ];
        let names = lists.into_iter().flatten().flatten();
        names.map(|name| size_of::<Text>() + name.len()).sum()
    }
}

/// Whether `item` is on the list, if there is one.
pub(crate) fn on<T: Ord>(list: &Option<Box<[T]>>, item: &T) -> Option<bool> {
    list.as_ref().map(|list| list.binary_search(item).is_ok())
}

/// A payload as the name of its serializer and the octets of its parts.
mod octets {
    use super::*;
    use serde::de::{SeqAccess, Visitor};
    use std::fmt;

    #[derive(Serialize, Deserialize)]
    struct Parts {
        serializer: String,
        args: Octets,
        kwargs: Octets,
    }

    pub(super) fn serialize<S: SerdeSerializer>(
        payload: &Payload,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let part = |part: Option<&[u8]>| Octets(part.unwrap_or_default().to_vec());
        Parts {
            serializer: payload.serializer().name().to_owned(),
            args: part(payload.args()),
            kwargs: part(payload.kwargs()),
        }
        .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Payload, D::Error> {
        let Parts {
            serializer,
            args,
            kwargs,
        } = Parts::deserialize(from)?;
        let serializer = Serializer::from_name(&serializer)
            .ok_or_else(|| de::Error::custom("a serializer that nobody knows"))?;
        Payload::from_octets(serializer, &args.0, &kwargs.0).map_err(de::Error::custom)
    }

    /// Octets as such, where the format has a form for them, and as a list of numbers elsewhere.
    struct Octets(Vec<u8>);

    impl Serialize for Octets {
        fn serialize<S: SerdeSerializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            to.serialize_bytes(&self.0)
        }
    }

    impl<'de> Deserialize<'de> for Octets {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_byte_buf(OctetsVisitor)
        }
    }

    struct OctetsVisitor;

    impl<'de> Visitor<'de> for OctetsVisitor {
        type Value = Octets;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("octets")
        }

        fn visit_bytes<E: de::Error>(self, octets: &[u8]) -> Result<Octets, E> {
            Ok(Octets(octets.to_vec()))
        }

        fn visit_byte_buf<E: de::Error>(self, octets: Vec<u8>) -> Result<Octets, E> {
            Ok(Octets(octets))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Octets, A::Error> {
            let mut octets = Vec::new();
            while let Some(octet) = items.next_element()? {
                octets.push(octet);
            }
            Ok(Octets(octets))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wamp_proto::Value;

    #[test]
    fn an_event_comes_back_as_it_was_put_away() {
        for serializer in Serializer::ALL {
            let octets = Value::Bytes(vec![0, 255]);
            let event = StoredEvent {
                publication: PublicationId::from_random(7),
                time: 1_700_000_000_000,
                topic: "com.app.topic".into(),
                details: EventDetails {
                    publisher_authid: Some("alice".into()),
                    ..EventDetails::default()
                },
                audience: Audience {
                    exclude_authrole: Some(["guest".into()].into()),
                    ..Audience::default()
                },
                payload: Payload::new(serializer, &[octets], &()).expect("a payload"),
            };
            let text = serde_json::to_string(&event).expect("JSON");
            assert_eq!(
                serde_json::from_str::<StoredEvent>(&text).expect("it"),
                event
            );
        }
    }
}
