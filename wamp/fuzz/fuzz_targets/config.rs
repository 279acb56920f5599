//! Feeds `deskconn_fuzz::config`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskconn_fuzz::config(data));
