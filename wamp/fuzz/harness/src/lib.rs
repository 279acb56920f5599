//! What a fuzzer throws at DeskConn, and what must hold whatever that is.
//!
//! Every public function takes octets of no particular meaning, does with them what a hostile or a
//! confused peer could do, and panics where a promise is broken. The fuzzer's programs call one each;
//! the octets it found worth keeping are replayed by an ordinary test, `tests/corpus.rs`.

mod codec;
mod config;
mod handshake;
mod messages;
mod pairing;
mod realm;
mod sealed;
mod sniffer;
mod wire;

pub use codec::{decode_cbor, decode_json, decode_msgpack};
pub use config::config;
pub use handshake::handshake;
pub use pairing::pairing_window;
pub use realm::{realm_digest, realm_ops};
pub use sealed::sealed;
pub use sniffer::sniffer;
pub use wire::rawsocket;
