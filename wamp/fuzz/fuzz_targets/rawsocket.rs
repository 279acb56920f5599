//! Feeds `deskconn_fuzz::rawsocket`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskconn_fuzz::rawsocket(data));
