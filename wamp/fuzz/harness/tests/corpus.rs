//! Replays what the fuzzer found worth keeping, `../corpus`, without the fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

/// A test for each target, and the test that there is a target for each folder.
macro_rules! targets {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                for (path, octets) in corpus(stringify!($target)) {
                    let run = || deskconn_fuzz::$target(&octets);
                    // The panic itself has been printed; what is missing is where it came from.
                    assert!(std::panic::catch_unwind(run).is_ok(), "{}", path.display());
                }
            }
        )*

        #[test]
        fn every_folder_is_replayed() {
            let mut folders = fs::read_dir(root())
                .expect("a corpus")
                .map(|entry| entry.expect("an entry").file_name())
                .collect::<Vec<_>>();
            folders.sort_unstable();
            let mut targets = [$(stringify!($target)),*];
            targets.sort_unstable();
            assert_eq!(folders, targets);
        }
    };
}

targets! {
    decode_json decode_msgpack decode_cbor handshake realm_ops rawsocket sealed pairing_window config
    sniffer
}

#[test]
fn the_same_history_gives_the_same_messages() {
    for (path, octets) in corpus("realm_ops") {
        let digest = deskconn_fuzz::realm_digest(&octets);
        let again = deskconn_fuzz::realm_digest(&octets);
        assert_eq!(digest, again, "{}", path.display());
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

/// The files of one target's folder, with what is in them.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(root().join(target)).expect("a folder");
    let mut files = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.clone(), fs::read(path).expect("a file")))
        .collect::<Vec<_>>();
    assert!(!files.is_empty(), "nothing to replay");
    files.sort_unstable();
    files
}
