//! Configurations and identity files that somebody wrote by hand.

use deskconn_protocol::identity::Identity;
use deskconnd::Config;
use std::path::Path;

/// Reads a text as a configuration, and as an identity file. Whatever is wrong is said, with the
/// file's name in the one case and without any of the text in the other.
pub fn config(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    match Config::parse(text, Path::new("fuzz.toml")) {
        Ok(config) => {
            assert!((1..=256).contains(&config.runtime.threads));
            assert!((1..=config.listen.connections).contains(&config.listen.strangers));
        }
        Err(error) => assert!(error.to_string().contains("fuzz.toml"), "{error}"),
    }
    if let Ok(identity) = Identity::parse(text) {
        let again = Identity::parse(&identity.to_text()).expect("what is written can be read");
        assert_eq!(again.id(), identity.id());
    }
}
