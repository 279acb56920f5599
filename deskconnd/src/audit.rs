//! The audit log: who did what and whether they might, written where it can not hold up anybody
//! (docs/adr/0013).

mod files;
mod serving;

pub(crate) use serving::Serving;

use crate::components::{Insiders, is_insider};
use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::profile::clean_up_to;
use deskconn_state::{StateDir, StateError};
use files::{Files, Selection, Sort};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;
use tracing::warn;
use wamp_proto::Uri;
use wamp_router::{Actions, SessionInfo};

/// How many entries may wait to be written: about a megabyte. More are counted and left out.
const QUEUE: usize = 4096;

/// The longest text of a peer's in an entry, in characters.
const LONGEST: usize = 255;

/// The audit log of this daemon.
#[derive(Debug)]
pub(crate) struct Audit {
    /// Whether anything is logged at all.
    enabled: bool,
    /// Whether what the owner does is logged too.
    owner: bool,
    queue: Mutex<Queue>,
    /// Something waits to be written.
    filled: Notify,
    /// Taken before `queue` where both are.
    files: Mutex<Files>,
    /// Whoever should know what components tried that they may not do.
    insiders: OnceLock<Arc<Insiders>>,
}

#[derive(Debug, Default)]
struct Queue {
    entries: Vec<Entry>,
    /// How many were left out, or not taken by the disk, since something was written.
    lost: u64,
    /// Written, but not told yet to those who follow the log.
    written: Vec<Entry>,
}

impl Audit {
    /// A log in the directory `audit` of `state`, which is made once there is something to write: a disk
    /// that is full keeps nobody from starting.
    pub(crate) fn new(state: StateDir, enabled: bool, owner: bool) -> Arc<Self> {
        Arc::new(Self {
            enabled,
            owner,
            queue: Mutex::default(),
            filled: Notify::new(),
            files: Mutex::new(Files::new(state)),
            insiders: OnceLock::new(),
        })
    }

    /// A log that takes nothing, for tests of other things.
    #[cfg(test)]
    pub(crate) fn off(home: &std::path::Path) -> Arc<Self> {
        let state = StateDir::open_shared(home).expect("a home of the test's");
        Self::new(state, false, false)
    }

    /// Tells `insiders` what components try from now on that they may not do.
    pub(crate) fn tell(&self, insiders: Arc<Insiders>) {
        self.insiders.get_or_init(|| insiders);
    }

    /// Hears that `by` has tried to do something, and what came of it. Gives what is to be noted. Never
    /// waits.
    pub(crate) fn judged(
        &self,
        by: &SessionInfo,
        action: Actions,
        uri: &Uri,
        allowed: bool,
    ) -> Option<Entry> {
        let insiders = self.insiders.get();
        if let Some(insiders) = insiders.filter(|_| !allowed && is_insider(&by.principal.authid)) {
            let uri = clean_up_to(LONGEST, uri);
            let what = format!("tried to {} `{uri}`, which it may not", action.verb());
            insiders.tell(&by.principal.authid, what);
        }
        let follows = self.follows(&by.principal.authrole);
        follows.then(|| Self::action(by, action, uri, allowed))
    }

    /// Whether what a session of this role does is logged.
    pub(crate) fn follows(&self, authrole: &str) -> bool {
        self.enabled && (authrole == "device" || (self.owner && authrole == "owner"))
    }

    /// What the beginning of a session is in the log.
    pub(crate) fn joined(session: &SessionInfo) -> Entry {
        Entry {
            from: Some(session.peer.clone()),
            ..entry(What::Joined, &session.principal.authid)
        }
    }

    /// What `action` of a session is in the log.
    fn action(by: &SessionInfo, action: Actions, uri: &Uri, allowed: bool) -> Entry {
        let what = match action {
            Actions::REGISTER => What::Register,
            Actions::PUBLISH => What::Publish,
            Actions::SUBSCRIBE => What::Subscribe,
            _ => What::Call,
        };
        Entry {
            from: Some(by.peer.clone()),
            uri: Some(clean_up_to(LONGEST, uri)),
            allowed: Some(allowed),
            ..entry(what, &by.principal.authid)
        }
    }

    /// Notes something that happened. Never waits.
    pub(crate) fn note(&self, entry: Entry) {
        self.note_all([entry]);
    }

    /// Notes what happened, in order. Never waits.
    pub(crate) fn note_all(&self, entries: impl IntoIterator<Item = Entry>) {
        if !self.enabled {
            return;
        }
        let mut queue = self.queue();
        for entry in entries {
            if queue.entries.len() < QUEUE {
                queue.entries.push(entry);
            } else {
                queue.lost += 1;
            }
        }
        drop(queue);
        self.filled.notify_one();
    }

    /// Writes what comes. Gives what was written, when something was.
    async fn written(self: &Arc<Self>) -> Vec<Entry> {
        loop {
            self.filled.notified().await;
            let audit = Arc::clone(self);
            let written = tokio::task::spawn_blocking(move || audit.write(&mut audit.files()));
            if let Err(error) = written.await {
                warn!(%error, "the audit log could not be written");
            }
            let written = std::mem::take(&mut self.queue().written);
            if !written.is_empty() {
                return written;
            }
        }
    }

    /// The entries that `selection` chooses, those included that are not written yet. Waits for the disk.
    fn read(&self, selection: &Selection) -> Result<Vec<Entry>, StateError> {
        let mut files = self.files();
        self.write(&mut files);
        self.filled.notify_one();
        files.read(selection)
    }

    /// Writes what waits. What the disk does not take is lost, and counted in an entry with the next
    /// that it does.
    pub(crate) fn flush(&self) {
        self.write(&mut self.files());
    }

    fn write(&self, files: &mut Files) {
        let mut queue = self.queue();
        let mut entries = std::mem::take(&mut queue.entries);
        let lost = std::mem::take(&mut queue.lost);
        drop(queue);
        if lost > 0 {
            let detail = Some(lost.to_string());
            entries.push(Entry {
                detail,
                ..entry(What::Lost, "audit")
            });
        }
        let refused = files.append(&entries);
        let is_written = |entry: &Entry| !refused.contains(&Sort::of(entry));
        let (written, refused): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_written);
        let weight = |entry: &Entry| match entry.what {
            What::Lost => lost,
            _ => 1,
        };
        let mut queue = self.queue();
        queue.lost += refused.iter().map(weight).sum::<u64>();
        // Who follows the log is as quick as the log, or misses something of it.
        let room = QUEUE.saturating_sub(queue.written.len());
        queue.written.extend(written.into_iter().take(room));
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing that can panic runs under this lock.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        // Each line is on the disk, or it is not.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that happens now and of which no more is known.
pub(crate) fn entry(what: What, who: &str) -> Entry {
    Entry {
        at: now(),
        what,
        who: who.to_owned(),
        from: None,
        uri: None,
        allowed: None,
        detail: None,
    }
}

/// In milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn open(home: &Path) -> Arc<Audit> {
        Audit::new(StateDir::open(home).unwrap(), true, false)
    }

    fn read(audit: &Audit) -> Vec<String> {
        let entries = audit.read(&Selection::everything()).unwrap();
        let line = |entry: &Entry| {
            let detail = entry.detail.as_deref().unwrap_or_default();
            format!("{:?} {} {detail}", entry.what, entry.who)
        };
        entries.iter().map(line).collect()
    }

    #[test]
    fn what_happened_is_there_after_a_restart() {
        let home = tempfile::tempdir().unwrap();
        let audit = open(home.path());
        audit.note(entry(What::Paired, "a"));
        audit.note(entry(What::Joined, "a"));
        assert_eq!(read(&audit), ["Paired a ", "Joined a "]);
        audit.note(entry(What::Unpaired, "a"));
        audit.flush();
        drop(audit);
        assert_eq!(read(&open(home.path())).len(), 3);
    }

    #[test]
    fn more_than_can_wait_is_counted() {
        let home = tempfile::tempdir().unwrap();
        let audit = open(home.path());
        audit.note_all((0..QUEUE + 3).map(|_| entry(What::Joined, "a")));
        audit.read(&Selection::everything()).unwrap();
        audit.note(entry(What::Paired, "a"));
        let all = read(&audit);
        assert!(all.contains(&"Lost audit 3".to_owned()), "{:?}", all.last());
    }

    #[test]
    fn what_the_disk_does_not_take_is_counted_when_it_does_again() {
        let home = tempfile::tempdir().unwrap();
        let audit = open(home.path());
        // A directory in the place of the file takes no lines.
        let in_the_way = home.path().join("audit/use.jsonl");
        std::fs::create_dir_all(&in_the_way).unwrap();
        audit.note_all([entry(What::Joined, "a"), entry(What::Joined, "b")]);
        audit.flush();
        audit.note(entry(What::Joined, "c"));
        audit.flush();
        std::fs::remove_dir(in_the_way).unwrap();
        audit.note(entry(What::Joined, "d"));
        assert_eq!(read(&audit), ["Joined d ", "Lost audit 3"]);
        audit.note(entry(What::Joined, "e"));
        assert_eq!(read(&audit).len(), 3, "it is counted once");
    }

    #[test]
    fn a_log_that_is_off_takes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let off = Audit::new(StateDir::open(home.path()).unwrap(), false, true);
        off.note(entry(What::Paired, "a"));
        assert!(read(&off).is_empty());
        assert!(!off.follows("device"));
    }

    #[test]
    fn devices_are_followed_and_the_owner_only_if_asked() {
        let home = tempfile::tempdir().unwrap();
        let follows = |audit: &Audit| ["device", "owner", "component"].map(|r| audit.follows(r));
        let state = StateDir::open(home.path()).unwrap();
        let both = Audit::new(state.clone(), true, true);
        assert_eq!(follows(&both), [true, true, false]);
        let devices = Audit::new(state, true, false);
        assert_eq!(follows(&devices), [true, false, false]);
    }
}
