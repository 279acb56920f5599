//! `org.deskconn.pairing.open`: opening a pairing window and following what happens in it.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::SecretText;
use super::daemon::Device;
use super::grants::Lasting;
use crate::identity::DeviceId;
use crate::pairing::{CloseReason, Method, WindowEvent};
use crate::profile::Profile;

/// Arguments of `org.deskconn.pairing.open`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// How long the window stays open; two minutes if left out, at most fifteen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// How long the device stays paired; if left out, a web page for [`WEB_LASTING`] and every other
    /// device until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasting: Option<Lasting>,
    /// Whether the owner is asked before a device is let in: see [`Update::Asking`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirm: bool,
}

/// Arguments of `org.deskconn.pairing.answer`: what the owner says to [`Update::Asking`]. There is no
/// result; the window tells what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The device that was asked about.
    pub id: DeviceId,
    /// Whether it gets in.
    pub accept: bool,
}

/// How long a web page stays paired if its owner does not say: one day's talks. It was loaded over
/// plain HTTP, and a browser may be anybody's.
pub const WEB_LASTING: Duration = Duration::from_secs(12 * 3600);

/// Progressive results of `org.deskconn.pairing.open`, in the order things happen: `opened` first,
/// `closed` last. The key `event` says which it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Update {
    /// The window is open.
    Opened {
        /// The daemon's display name.
        name: String,
        /// The daemon's device id.
        id: DeviceId,
        /// The code to type, `4821 7305`.
        code: SecretText,
        /// The links for a QR code, the best first: one browsers open for each address, then the
        /// one for native programs.
        links: Vec<SecretText>,
        /// How long the window stays open.
        expires_in_ms: u64,
    },
    /// Somebody used a wrong code.
    WrongAttempt {
        /// From where.
        #[serde(with = "text")]
        from: IpAddr,
        /// Whether it was typed or scanned.
        method: Method,
        /// How often it was wrong.
        attempts: u32,
        /// How often it may be wrong; left out for the QR code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<u32>,
    },
    /// Somebody was turned away because others were pairing.
    Busy {
        /// From where.
        #[serde(with = "text")]
        from: IpAddr,
    },
    /// There were too many wrong codes; the QR code still works.
    CodeClosed,
    /// A device knows the secret, and the owner is to say whether it gets in
    /// (`org.deskconn.pairing.answer`). Its secrets are spent.
    Asking {
        /// Its id.
        id: DeviceId,
        /// How it presents itself.
        #[serde(flatten)]
        profile: Profile,
        /// From where it comes.
        #[serde(with = "text")]
        from: IpAddr,
        /// The two words it shows too.
        words: [String; 2],
        /// How long it waits for the answer.
        expires_in_ms: u64,
    },
    /// A device was paired and stored.
    Paired {
        /// The device.
        device: Device,
        /// The two words it shows too.
        words: [String; 2],
    },
    /// A device knew the secret, but could not be stored, and so is not paired.
    NotStored {
        /// What to do about it.
        hint: String,
    },
    /// The window is closed.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

impl From<WindowEvent> for Update {
    fn from(event: WindowEvent) -> Self {
        match event {
            WindowEvent::WrongCode {
                source,
                method,
                attempts,
                cap,
            } => Self::WrongAttempt {
                from: source,
                method,
                attempts,
                cap,
            },
            WindowEvent::Busy { source } => Self::Busy { from: source },
            WindowEvent::CodeClosed => Self::CodeClosed,
            WindowEvent::Closed(reason) => Self::Closed { reason },
        }
    }
}

/// Addresses as texts: in binary formats serde would make them something only Rust knows.
mod text {
    use std::net::IpAddr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        address: &IpAddr,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(address)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<IpAddr, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Update;
    use crate::identity::Identity;
    use crate::pairing::{CloseReason, Method, WindowEvent};

    #[test]
    fn updates_are_flat_objects_named_by_their_event_in_every_serializer() {
        let source = "192.0.2.7".parse().expect("an address");
        for (event, text) in [
            (
                WindowEvent::WrongCode {
                    source,
                    method: Method::Code,
                    attempts: 3,
                    cap: Some(10),
                },
                r#"{"event":"wrong_attempt","from":"192.0.2.7","method":"code","attempts":3,"cap":10}"#,
            ),
            (
                WindowEvent::Busy { source },
                r#"{"event":"busy","from":"192.0.2.7"}"#,
            ),
            (WindowEvent::CodeClosed, r#"{"event":"code_closed"}"#),
            (
                WindowEvent::Closed(CloseReason::Expired),
                r#"{"event":"closed","reason":"expired"}"#,
            ),
        ] {
            let update = Update::from(event);
            assert_eq!(serde_json::to_string(&update).expect("JSON"), text);
            let packed = rmp_serde::to_vec_named(&update).expect("MessagePack");
            let same: serde_json::Value = rmp_serde::from_slice(&packed).expect("MessagePack");
            assert_eq!(serde_json::from_str(text).ok(), Some(same));
            assert_eq!(
                rmp_serde::from_slice::<Update>(&packed).ok().as_ref(),
                Some(&update)
            );
            assert_eq!(serde_json::from_str::<Update>(text).ok(), Some(update));
        }
    }

    #[test]
    fn secrets_travel_but_do_not_show_in_debug_output() {
        let update = Update::Opened {
            name: "study-laptop".to_owned(),
            id: Identity::from_seed(&[1; 64]).id(),
            code: "4821 7305".to_owned().into(),
            links: vec!["deskconn://pair?v=1#c2VjcmV0".to_owned().into()],
            expires_in_ms: 120_000,
        };
        let text = serde_json::to_string(&update).expect("JSON");
        assert!(text.contains(r#""code":"4821 7305","links":["deskconn://pair?v=1#c2VjcmV0"]"#));
        let debug = format!("{update:?}");
        assert!(
            !debug.contains("4821") && !debug.contains("c2Vj"),
            "{debug}"
        );
    }
}
