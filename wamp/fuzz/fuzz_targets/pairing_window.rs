//! Feeds `deskconn_fuzz::pairing_window`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskconn_fuzz::pairing_window(data));
