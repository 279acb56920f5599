//! The two JSON objects that open a pairing and bind its version, method and nonces into the transcript.

use serde::{Deserialize, Serialize};

use super::{Malformed, VERSION};
use crate::hex;
use crate::identity::DeviceId;
use crate::profile::{DeviceKind, cleaned};

/// How a pairing secret travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Eight digits, typed.
    Code,
    /// Sixteen bytes, scanned.
    Qr,
}

/// `helloA`: what the joining device speaks and holds.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HelloA {
    /// The versions it speaks.
    pub(crate) v: Vec<u32>,
    /// Which secret it holds.
    pub(crate) m: Method,
    #[serde(with = "hex::array")]
    pub(crate) nonce: [u8; 16],
    pub(crate) kind: DeviceKind,
    /// `name/version` of the program, for display.
    #[serde(default, deserialize_with = "cleaned")]
    pub(crate) app: String,
}

impl HelloA {
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        serde_json::from_str(text).map_err(|_| Malformed("hello"))
    }

    /// Whether the joining device speaks the version spoken here.
    pub(crate) fn speaks_our_version(&self) -> bool {
        self.v.contains(&VERSION)
    }
}

/// `helloB`: the version chosen and who the daemon says it is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HelloB {
    pub(crate) v: u32,
    #[serde(with = "hex::array")]
    pub(crate) nonce: [u8; 16],
    pub(crate) id: DeviceId,
    /// Whether its owner is asked before a device is let in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) asks: bool,
}

impl HelloB {
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        serde_json::from_str(text).map_err(|_| Malformed("hello"))
    }
}

/// The exact text that is sent and enters the transcript.
pub(crate) fn to_text(hello: &impl Serialize) -> String {
    serde_json::to_string(hello).expect("a hello has only texts and numbers")
}

#[cfg(test)]
mod tests {
    use super::{HelloA, HelloB, Method, to_text};
    use crate::pairing::Malformed;
    use crate::profile::DeviceKind;

    #[test]
    fn a_hello_reads_as_the_protocol_writes_it() {
        let hello = HelloA {
            v: vec![1],
            m: Method::Qr,
            nonce: [0xAB; 16],
            kind: DeviceKind::Phone,
            app: "app/1.0".to_owned(),
        };
        let text = to_text(&hello);
        assert_eq!(
            text,
            r#"{"v":[1],"m":"qr","nonce":"abababababababababababababababab","kind":"phone","app":"app/1.0"}"#
        );
        assert_eq!(HelloA::parse(&text), Ok(hello));
    }

    #[test]
    fn unknown_keys_are_ignored_and_other_versions_are_seen() {
        let hello = HelloA::parse(
            r#"{"v":[2,3],"m":"code","nonce":"00000000000000000000000000000000","kind":"fridge","x":[{}]}"#,
        )
        .expect("a hello");
        assert!(!hello.speaks_our_version());
        assert_eq!(hello.kind, DeviceKind::Other);
    }

    #[test]
    fn what_is_not_a_hello_is_malformed() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"v":1,"m":"code"}"#,
            r#"{"v":[1],"m":"code","nonce":"00","kind":"web"}"#,
            r#"{"v":[1],"m":"words","nonce":"00000000000000000000000000000000","kind":"web"}"#,
            r#"{"v":[-1],"m":"code","nonce":"00000000000000000000000000000000","kind":"web"}"#,
        ] {
            assert_eq!(HelloA::parse(text), Err(Malformed("hello")), "{text}");
        }
        let asks = r#"{"v":1,"nonce":"00000000000000000000000000000000","id":"ef5nhkh3ef5nhkh3ef5nhkh3ef5nhkh3","asks":true}"#;
        assert_eq!(HelloB::parse(asks).map(|hello| hello.asks), Ok(true));
        let short_id = r#"{"v":1,"nonce":"00000000000000000000000000000000","id":"abc"}"#;
        assert_eq!(HelloB::parse(short_id), Err(Malformed("hello")));
    }
}
