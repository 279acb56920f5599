//! Connections to a desk's network door that begin with arbitrary octets.

use crate::wire::run;
use deskconnd::Doorstep;
use std::sync::LazyLock;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::timeout;

/// Longer than anybody is borne who says nothing that makes sense. The clock is a test's.
const FOREVER: Duration = Duration::from_secs(3600);

/// The keys of the desk, which are the same each time.
static KEYS: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a directory"));

/// Says something at a desk's network door, reads what is answered, and hangs up or does not. The desk
/// answers in the protocol that the first octet told and in no other, and is done with it in the end.
pub fn sniffer(octets: &[u8]) {
    let Some((&[manners, pieces], said)) = octets.split_first_chunk() else {
        return;
    };
    let hangs_up = manners & 1 != 0;
    let piece = 1 + usize::from(pieces);
    run(async {
        let desk = Doorstep::new(KEYS.path()).expect("a desk");
        let (near, far) = duplex(64 << (manners >> 5));
        let (mut incoming, mut outgoing) = tokio::io::split(far);
        let says = async {
            for piece in said.chunks(piece) {
                // The desk may have heard enough.
                if outgoing.write_all(piece).await.is_err() {
                    return;
                }
                tokio::task::yield_now().await;
            }
            if hangs_up {
                outgoing.shutdown().await.unwrap_or_default();
            }
        };
        let hears = async {
            let mut answer = Vec::new();
            let mut more = [0; 512];
            while let Ok(read @ 1..) = incoming.read(&mut more).await {
                answer.extend(more.iter().take(read).take(16 - answer.len().min(16)));
            }
            answer
        };
        let served = timeout(FOREVER, desk.serve(near));
        let (served, answer, ()) = tokio::join!(served, hears, says);
        // How it went is told by an error as well; that it went on for ever is not.
        assert!(served.is_ok(), "nobody ended it");
        assert!(fits(said.first(), &answer), "answered {answer:x?}");
    });
}

/// Whether an answer is one in the protocol that begins with the octet `first`.
fn fits(first: Option<&u8>, answer: &[u8]) -> bool {
    match (first, answer.first()) {
        (_, None) => true,
        (None, Some(_)) => false,
        // RawSocket, and an alert or a handshake of TLS (RFC 8446 section 5.1).
        (Some(0x7F), Some(answer)) => *answer == 0x7F,
        (Some(0x16), Some(answer)) => matches!(answer, 0x15 | 0x16),
        _ => answer.starts_with(b"HTTP/1.1 "),
    }
}
