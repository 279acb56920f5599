//! Payloads that are known again.

use serde::{Deserialize, Serialize};
use wamp_proto::options::Text;
use wamp_proto::{Payload, Value};

/// The keyword argument by which a payload is known again.
#[derive(Serialize, Deserialize)]
struct Numbered {
    number: u64,
}

/// The same payload's number in its place: a keyword argument, or where the payload has to be binary,
/// one that is.
pub(super) fn numbered(payload: &Payload, scheme: Option<&Text>, number: u64) -> Payload {
    let serializer = payload.serializer();
    let numbered = match scheme {
        Some(_) => Payload::new(serializer, &[Value::Bytes(octets_of(number).into())], &()),
        None => Payload::new(serializer, &(), &Numbered { number }),
    };
    numbered.expect("a number can be written")
}

pub(super) fn number_of(payload: &Payload) -> Option<u64> {
    if let Ok(Numbered { number }) = payload.read_kwargs() {
        return Some(number);
    }
    let (Value::Bytes(octets),) = payload.read_args().ok()? else {
        return None;
    };
    let number = u64::from_be_bytes(*octets.first_chunk()?);
    (octets == octets_of(number)).then_some(number)
}

/// The number, and enough to know it from other octets.
fn octets_of(number: u64) -> [u8; 16] {
    let check = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (u128::from(number) << 64 | u128::from(check)).to_be_bytes()
}
