//! Feeds `deskconn_fuzz::decode_msgpack`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskconn_fuzz::decode_msgpack(data));
