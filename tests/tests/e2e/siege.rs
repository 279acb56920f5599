//! What must hold while somebody attacks the daemon, and afterwards.

use std::cell::Cell;

use deskconn_protocol::uris;
use deskconn_tests::{Daemon, eventually};

use crate::scene;

/// How much more memory the daemon may have after an attack than before it, in octets, if the attack
/// never had much in use at a time; each of them has the daemon go through many times as much.
///
/// Where it had, more is left behind: the allocator keeps the blocks that were freed, apart from the
/// largest, for its next ones.
const LEFT_BEHIND: usize = 8 << 20;

/// Runs `attack` while the owner calls and is answered, one call after the other. Then the daemon has
/// to be there, to answer its owner, and to have given its memory back.
pub(crate) async fn withstand<T>(daemon: &Daemon, attack: impl Future<Output = T>) -> T {
    withstand_leaving(daemon, LEFT_BEHIND, attack).await
}

/// The same for an attack that may leave so many octets behind.
pub(crate) async fn withstand_leaving<T>(
    daemon: &Daemon,
    left_behind: usize,
    attack: impl Future<Output = T>,
) -> T {
    let owner = daemon.owner().await;
    let before = daemon.memory();
    let is_over = Cell::new(false);
    let attack = async {
        let result = attack.await;
        is_over.set(true);
        result
    };
    let service = async {
        while !is_over.get() {
            let answered = owner.call(uris::DAEMON_STATUS).await;
            answered.expect("the owner is served during an attack");
        }
    };
    let (result, ()) = tokio::join!(attack, service);
    scene::assert_alive(daemon).await;
    eventually("the memory of the attack is free again", async || {
        (daemon.memory() <= before + left_behind).then_some(())
    })
    .await;
    result
}
