//! Feeds `deskconn_fuzz::decode_cbor`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskconn_fuzz::decode_cbor(data));
