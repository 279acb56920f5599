//! Feeds `deskconn_fuzz::realm_ops`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskconn_fuzz::realm_ops(data));
