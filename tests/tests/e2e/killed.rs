//! A daemon that is killed at any moment: what it has reported is so when it starts again, and nothing
//! it keeps is torn.

use std::collections::BTreeSet;
use std::pin::pin;

use deskconn_protocol::api::daemon::Unpair;
use deskconn_protocol::api::grants::{Granting, Revoking};
use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::{DeviceId, Identity};
use deskconn_protocol::uris;
use deskconn_tests::{DEADLINE, Daemon};
use tokio::task::yield_now;
use tokio::time::timeout;
use wamp_client::{CallError, Session};

use crate::by_hand::{confirm, exchange, open_window, stranger};
use crate::scene;

/// How often the daemon is killed while it pairs, and while it removes.
const KILLS: u8 = 40;

const GRANT: &str = "register:com.example.";

#[tokio::test]
async fn a_device_that_was_told_it_is_paired_is_paired_whenever_the_daemon_is_killed() {
    let mut daemon = Daemon::start().await;
    let mut killer = Killer::new(1);
    let mut paired = BTreeSet::new();
    for number in 0..KILLS {
        let identity = Identity::from_seed(&[number; 64]);
        let new = identity.id();
        let owner = daemon.owner().await;
        let stranger = stranger(&daemon).await;
        let pairing = pair(&owner, &stranger, identity);
        let reported = killer
            .strike(&mut daemon, &owner, uris::DAEMON_ON_DEVICE_PAIRED, pairing)
            .await;
        daemon = start_again(&daemon).await;
        let after = known(&daemon).await;
        if reported || after.contains(&new) {
            paired.insert(new);
        }
        assert_eq!(after, paired, "after kill {number}, {killer:?}");
    }
    killer.assert_varied();
}

#[tokio::test]
async fn a_removed_device_stays_removed_whenever_the_daemon_is_killed() {
    let mut daemon = Daemon::start().await;
    let mut killer = Killer::new(2);
    let mut paired = BTreeSet::new();
    for number in 0..KILLS {
        let identity = Identity::from_seed(&[number; 64]);
        let id = identity.id();
        let owner = daemon.owner().await;
        let new = pair(&owner, &stranger(&daemon).await, identity).await;
        new.expect("paired");
        let removing = async {
            let call = owner.call(uris::DAEMON_UNPAIR).kwargs(Unpair { id });
            call.await.map(drop)
        };
        let reported = killer
            .strike(
                &mut daemon,
                &owner,
                uris::DAEMON_ON_DEVICE_REMOVED,
                removing,
            )
            .await;
        daemon = start_again(&daemon).await;
        let after = known(&daemon).await;
        if !reported && after.contains(&id) {
            paired.insert(id);
        }
        assert_eq!(after, paired, "after kill {number}, {killer:?}");
    }
    killer.assert_varied();
}

#[tokio::test]
async fn what_was_granted_is_there_and_what_was_revoked_is_not_whenever_the_daemon_is_killed() {
    let mut daemon = Daemon::start().await;
    let mut killer = Killer::new(3);
    let identity = Identity::from_seed(&[7; 64]);
    let id = identity.id();
    let paired = pair(&daemon.owner().await, &stranger(&daemon).await, identity).await;
    paired.expect("paired");
    let mut held = false;
    for number in 0..2 * KILLS {
        let owner = daemon.owner().await;
        let grants = vec![GRANT.to_owned()];
        let changing = async {
            let call = if held {
                let call = owner.call(uris::DAEMON_REVOKE);
                call.kwargs(Revoking { id, grants }).start().await
            } else {
                let granting = Granting {
                    id,
                    grants,
                    lasting: None,
                    force: false,
                };
                owner
                    .call(uris::DAEMON_GRANT)
                    .kwargs(granting)
                    .start()
                    .await
            };
            call?.result().await.map(drop)
        };
        let reported = killer
            .strike(
                &mut daemon,
                &owner,
                uris::DAEMON_ON_DEVICE_CHANGED,
                changing,
            )
            .await;
        daemon = start_again(&daemon).await;
        let [device] = &scene::devices(&daemon).await[..] else {
            panic!("the device is lost after kill {number}, {killer:?}");
        };
        let holds = device.grants.names().any(|name| name.as_str() == GRANT);
        assert!(
            !reported || holds != held,
            "kill {number} undid a change from {held}, {killer:?}"
        );
        let others = Grant::defaults().len();
        assert_eq!(device.grants.names().count(), others + usize::from(holds));
        held = holds;
    }
    killer.assert_varied();
}

/// Kills daemons, sooner or later.
#[derive(Debug)]
struct Killer {
    random: fastrand::Rng,
    /// The latest moment to kill at, in turns of this test's other tasks; none until it is known how
    /// many there are while the daemon works undisturbed.
    latest: Option<u32>,
    /// How many kills came before the daemon had reported what it did, and how many after.
    early: u32,
    late: u32,
}

impl Killer {
    fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            latest: None,
            early: 0,
            late: 0,
        }
    }

    /// Kills the daemon while `deed` goes on, or just after it. Returns whether it has reported before
    /// it died that the deed is done: to who did it, or to its owner by an event of `topic`.
    async fn strike(
        &mut self,
        daemon: &mut Daemon,
        owner: &Session,
        topic: &'static str,
        deed: impl Future<Output = Result<(), CallError>>,
    ) -> bool {
        let mut events = owner.events(topic).await.expect("the owner may");
        let moment = self.latest.map(|latest| self.random.u32(0..=latest));
        let mut deed = pin!(deed);
        let mut turns = 0;
        let turning = async {
            while moment.is_none_or(|moment| turns < moment) {
                yield_now().await;
                turns += 1;
            }
        };
        let done = tokio::select! {
            biased;
            done = &mut deed => Some(done),
            () = turning => None,
        };
        daemon.kill().await;
        // What it has sent is still to be heard.
        let answered = match done {
            Some(done) => done,
            None => timeout(DEADLINE, deed)
                .await
                .expect("an end of the session"),
        };
        let told = timeout(DEADLINE, events.next()).await;
        let told = told.expect("an end of the session").is_some();
        let reported = answered.is_ok() || told;
        // About as many kills are to come before the report as after it.
        if reported {
            self.late += 1;
            self.latest = Some(turns.max(8) / 4 * 5);
        } else {
            self.early += 1;
            self.latest = self.latest.map(|latest| latest / 2 * 3);
        }
        reported
    }

    /// The daemon was killed both before and after it had reported, several times each.
    fn assert_varied(&self) {
        assert!(self.early >= 5 && self.late >= 5, "{self:?}");
    }
}

/// Pairs the device with these keys.
async fn pair(owner: &Session, stranger: &Session, identity: Identity) -> Result<(), CallError> {
    let (_window, code) = open_window(owner).await?;
    let (_, confirmation) = exchange(stranger, &code, identity).await?;
    confirm(stranger, &confirmation).await.map(drop)
}

/// Starts a killed daemon again, which has nothing to say about what it finds.
async fn start_again(killed: &Daemon) -> Daemon {
    let daemon = Daemon::start_in(killed.home().clone()).await;
    let said = daemon.said();
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    daemon
}

/// The devices that the daemon knows.
async fn known(daemon: &Daemon) -> BTreeSet<DeviceId> {
    let devices = scene::devices(daemon).await.into_iter();
    devices.map(|device| device.id).collect()
}
