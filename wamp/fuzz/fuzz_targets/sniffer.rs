//! Feeds `deskconn_fuzz::sniffer`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskconn_fuzz::sniffer(data));
