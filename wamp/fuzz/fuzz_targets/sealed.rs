//! Feeds `deskconn_fuzz::sealed`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskconn_fuzz::sealed(data));
