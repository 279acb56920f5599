//! Components in processes of their own, as the router knows them: the ticket of each run, what it may do,
//! and which processes are whose.

use crate::auth;
use crate::listen::Rate;
use crate::router::{Admission, Verdict};
use deskconn_protocol::grants::{Catalogue, Grant};
use deskconn_protocol::uris;
use rustix::process::Pid;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};
use wamp_proto::auth::{AuthMethod, Secret, Verification, ticket};
use wamp_proto::handshake::router::Decision;
use wamp_proto::options::HelloDetails;
use wamp_proto::{MatchPolicy, Uri};
use wamp_router::{Actions, Disclosure, Permissions, Rule};

/// What the authid of every component in a process of its own begins with. No device's does: they are
/// device ids.
const AUTHID: &str = "component:";

/// How many things may wait to be told of components. More are left out: they are of one kind then.
const TIDINGS: usize = 256;

/// The components in processes of their own.
#[derive(Debug)]
pub(crate) struct Insiders {
    known: Mutex<BTreeMap<String, Insider>>,
    tidings: mpsc::Sender<Tiding>,
}

/// What a component did that its supervisor should know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tiding {
    /// The component's name.
    pub(crate) name: String,
    /// What it did.
    pub(crate) what: String,
}

/// A component and its present run.
#[derive(Debug)]
struct Insider {
    permissions: Arc<Permissions>,
    pace: Option<Rate>,
    /// What its process has to show; nothing between two runs.
    ticket: Option<ticket::Verification>,
    /// The process group of this run.
    group: Option<Pid>,
    /// How many sessions it has.
    sessions: watch::Sender<usize>,
}

/// What a component in a process of its own may do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowance {
    /// It registers, publishes, calls and subscribes under these prefixes.
    pub(crate) prefixes: Vec<String>,
    /// It uses what these grants allow.
    pub(crate) uses: Vec<Grant>,
    /// It knows who calls: the names of devices and what they may do, and the sessions that hold a lease.
    pub(crate) knows_callers: bool,
    /// How fast its messages may come.
    pub(crate) pace: Option<Rate>,
}

impl Insiders {
    /// Nobody is known yet. What they do comes out of the receiver.
    pub(crate) fn new() -> (Arc<Self>, mpsc::Receiver<Tiding>) {
        let (tidings, received) = mpsc::channel(TIDINGS);
        let insiders = Self {
            known: Mutex::default(),
            tidings,
        };
        (Arc::new(insiders), received)
    }

    /// Makes a component known. What comes out is how many sessions it has.
    pub(crate) fn add(
        &self,
        name: &str,
        allowance: &Allowance,
        catalogue: &Catalogue,
    ) -> watch::Receiver<usize> {
        let (sessions, counted) = watch::channel(0);
        let insider = Insider {
            permissions: Arc::new(permissions(allowance, catalogue)),
            pace: allowance.pace,
            ticket: None,
            group: None,
            sessions,
        };
        self.lock().insert(name.to_owned(), insider);
        counted
    }

    /// The ticket of a run that begins. Those of earlier runs are void.
    ///
    /// # Errors
    /// If the system has no randomness.
    pub(crate) fn begin(&self, name: &str) -> Result<Secret, getrandom::Error> {
        let mut octets = [0; 32];
        getrandom::fill(&mut octets)?;
        let ticket = Secret::new(data_encoding::HEXLOWER.encode(&octets));
        if let Some(insider) = self.lock().get_mut(name) {
            insider.ticket = Some(ticket::Verification::of_ticket(&ticket));
        }
        Ok(ticket)
    }

    /// Notes in which process group a component runs.
    pub(crate) fn runs_in(&self, name: &str, group: Option<Pid>) {
        if let Some(insider) = self.lock().get_mut(name) {
            insider.group = group;
        }
    }

    /// Voids the ticket of a run that is over.
    pub(crate) fn end(&self, name: &str) {
        if let Some(insider) = self.lock().get_mut(name) {
            insider.ticket = None;
            insider.group = None;
        }
    }

    /// Whose process that is, if it is in the process group of a component.
    ///
    /// # Errors
    /// If there is no such process any more: it may have been anybody's.
    pub(crate) fn of_process(&self, process: Pid) -> io::Result<Option<String>> {
        if is_in_no_group(process) {
            return Ok(None);
        }
        let group = rustix::process::getpgid(Some(process))?;
        let known = self.lock();
        let mut known = known.iter();
        let found = known.find(|(_, insider)| insider.group == Some(group));
        Ok(found.map(|(name, _)| name.clone()))
    }

    /// Decides about a client of this machine that says it is a component; `None` if it does not.
    pub(crate) fn verdict(&self, details: &HelloDetails) -> Option<Verdict> {
        let name = details.authid.as_deref()?.strip_prefix(AUTHID)?;
        let known = self.lock();
        let insider = known.get(name);
        let Some((insider, ticket)) = insider.and_then(|i| Some((i, i.ticket.clone()?))) else {
            return Some(Verdict::deny(
                wamp_proto::uris::NO_SUCH_PRINCIPAL,
                "no such component runs in a process of its own",
            ));
        };
        let mut offered = details.authmethods.iter().flatten();
        if !offered.any(|method| method == AuthMethod::Ticket.name()) {
            return Some(Verdict::deny(
                wamp_proto::uris::NO_MATCHING_AUTH_METHOD,
                "offer the method `ticket`",
            ));
        }
        let authid = format!("{AUTHID}{name}");
        let decision = Decision::Challenge {
            principal: auth::principal(&authid, "component", AuthMethod::Ticket.name()),
            verification: Verification::Ticket(ticket),
        };
        let admission = Admission {
            pace: insider.pace,
            ..Admission::known(Arc::clone(&insider.permissions))
        };
        Some(Verdict {
            decision,
            admission: Some(admission),
        })
    }

    /// What a component may do; nothing if it is not known.
    pub(super) fn permissions(&self, name: &str) -> Arc<Permissions> {
        let known = self.lock();
        let permissions = known
            .get(name)
            .map(|insider| Arc::clone(&insider.permissions));
        permissions.unwrap_or_else(|| Arc::new(Permissions::none()))
    }

    /// Counts a session that has begun.
    pub(crate) fn joined(&self, authid: &str) {
        self.count(authid, |sessions| *sessions += 1);
    }

    /// Counts a session that has ended.
    pub(crate) fn left(&self, authid: &str) {
        self.count(authid, |sessions| *sessions = sessions.saturating_sub(1));
    }

    /// Has the supervisor know what the component of that authid did. Never waits.
    pub(crate) fn tell(&self, authid: &str, what: String) {
        if let Some(name) = name_of(authid) {
            let name = name.to_owned();
            // Whoever fills the queue has filled it with the same.
            drop(self.tidings.try_send(Tiding { name, what }));
        }
    }

    fn count(&self, authid: &str, change: impl FnOnce(&mut usize)) {
        let known = self.lock();
        if let Some(insider) = name_of(authid).and_then(|name| known.get(name)) {
            insider.sessions.send_modify(change);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Insider>> {
        // Nothing that can panic runs under this lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The component of that authid, if it is one in a process of its own.
pub(super) fn name_of(authid: &str) -> Option<&str> {
    authid.strip_prefix(AUTHID)
}

/// Whether it is the authid of a component in a process of its own.
pub(crate) fn is_insider(authid: &str) -> bool {
    name_of(authid).is_some()
}

/// The authid of a component.
pub(crate) fn authid_of(name: &str) -> String {
    format!("{AUTHID}{name}")
}

fn permissions(allowance: &Allowance, catalogue: &Catalogue) -> Permissions {
    let exact = |uri, actions| Rule::new(MatchPolicy::Exact, Uri::from_static(uri), actions);
    let own = allowance.prefixes.iter();
    let own = own.map(|prefix| Rule::new(MatchPolicy::Prefix, prefix.as_str(), Actions::ALL));
    // To say how it is doing and what it offers, and to ask what others do.
    let of_every_component = [
        uris::DAEMON_COMPONENT_REPORT,
        uris::DAEMON_API,
        "wamp.reflect.define",
    ];
    let of_every_component = of_every_component.map(|uri| exact(uri, Actions::CALL));
    let of_callers = [
        ("wamp.session.get", Actions::CALL),
        ("wamp.session.on_leave", Actions::SUBSCRIBE),
        (uris::DAEMON_DEVICES, Actions::CALL),
        (uris::DAEMON_ON_DEVICE_CHANGED, Actions::SUBSCRIBE),
        (uris::DAEMON_ON_DEVICE_REMOVED, Actions::SUBSCRIBE),
    ];
    let of_callers = of_callers.into_iter().filter(|_| allowance.knows_callers);
    let of_callers = of_callers.map(|(uri, actions)| exact(uri, actions));
    let rules = auth::rules(catalogue, &allowance.uses);
    let rules = rules.chain(own).chain(of_every_component).chain(of_callers);
    Permissions::new(rules.map(|rule| rule.disclosing(Disclosure::Always)))
}

/// Whether the kernel says 0 for the group of `process`, as it does when the group began outside our
/// namespace of processes; `getpgid` takes that for impossible.
fn is_in_no_group(process: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in parentheses may have parentheses of its own; state, parent and group follow it.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_ascii_whitespace().nth(2) == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(authid: &str, method: &str) -> HelloDetails {
        HelloDetails {
            authid: Some(authid.into()),
            authmethods: Some(vec![method.into()]),
            ..HelloDetails::default()
        }
    }

    fn lamp() -> (Arc<Insiders>, watch::Receiver<usize>) {
        lamp_that(Allowance::default())
    }

    fn lamp_that(allowance: Allowance) -> (Arc<Insiders>, watch::Receiver<usize>) {
        let (insiders, _) = Insiders::new();
        let allowance = Allowance {
            prefixes: vec!["local.lamp.".to_owned()],
            uses: vec!["status".parse().unwrap()],
            ..allowance
        };
        let sessions = insiders.add("lamp", &allowance, &Catalogue::default());
        (insiders, sessions)
    }

    /// Whether the ticket is the one that lets the component in now.
    fn admits(insiders: &Insiders, ticket: &Secret) -> bool {
        let verdict = insiders.verdict(&hello("component:lamp", "ticket"));
        let Some(Decision::Challenge { verification, .. }) = verdict.map(|v| v.decision) else {
            return false;
        };
        let Verification::Ticket(asked) = verification else {
            return false;
        };
        asked.accepts(ticket)
    }

    #[test]
    fn a_ticket_is_good_for_one_run() {
        let (insiders, _sessions) = lamp();
        assert!(!admits(&insiders, &"".into()), "none runs");
        let first = insiders.begin("lamp").unwrap();
        assert!(admits(&insiders, &first));
        let second = insiders.begin("lamp").unwrap();
        assert!(!admits(&insiders, &first));
        assert!(admits(&insiders, &second));
        insiders.end("lamp");
        assert!(!admits(&insiders, &second));
    }

    #[test]
    fn who_says_nothing_of_a_component_is_none() {
        let (insiders, _sessions) = lamp();
        assert!(insiders.verdict(&hello("owner", "ticket")).is_none());
        assert!(insiders.verdict(&HelloDetails::default()).is_none());
        insiders.begin("lamp").unwrap();
        for (authid, method) in [
            ("component:lamp", "anonymous"),
            ("component:slides", "ticket"),
        ] {
            let verdict = insiders.verdict(&hello(authid, method)).unwrap();
            assert!(matches!(verdict.decision, Decision::Deny { .. }));
        }
    }

    #[test]
    fn it_may_do_what_is_its_own_and_what_it_uses() {
        let (insiders, _sessions) = lamp();
        insiders.begin("lamp").unwrap();
        let verdict = insiders.verdict(&hello("component:lamp", "ticket"));
        let permissions = verdict.unwrap().admission.unwrap().permissions;
        let may = |action, uri| permissions.check(action, uri).is_some();
        for action in [Actions::REGISTER, Actions::PUBLISH, Actions::CALL] {
            assert!(may(action, "local.lamp.on"));
            assert!(!may(action, "local.lamps"));
            assert!(!may(action, uris::SLIDES_NEXT));
            assert!(!may(action, "wamp.session.kill"));
            assert!(!may(action, uris::DAEMON_SHUTDOWN));
        }
        assert!(may(Actions::CALL, uris::DAEMON_STATUS));
        assert!(may(Actions::CALL, uris::DAEMON_COMPONENT_REPORT));
        assert!(!may(Actions::SUBSCRIBE, "wamp.session.on_leave"));
    }

    #[test]
    fn it_knows_who_calls_if_it_is_the_daemons_own() {
        for knows_callers in [true, false] {
            let (insiders, _sessions) = lamp_that(Allowance {
                knows_callers,
                ..Allowance::default()
            });
            let permissions = insiders.permissions("lamp");
            for (action, uri) in [
                (Actions::CALL, "wamp.session.get"),
                (Actions::CALL, uris::DAEMON_DEVICES),
                (Actions::SUBSCRIBE, "wamp.session.on_leave"),
                (Actions::SUBSCRIBE, uris::DAEMON_ON_DEVICE_REMOVED),
            ] {
                assert_eq!(
                    permissions.check(action, uri).is_some(),
                    knows_callers,
                    "{uri}"
                );
            }
            assert!(
                permissions
                    .check(Actions::CALL, uris::DAEMON_UNPAIR)
                    .is_none()
            );
        }
    }

    #[test]
    fn its_sessions_are_counted() {
        let (insiders, sessions) = lamp();
        insiders.joined("component:lamp");
        insiders.joined("owner");
        assert_eq!(*sessions.borrow(), 1);
        insiders.left("component:lamp");
        insiders.left("component:lamp");
        assert_eq!(*sessions.borrow(), 0);
    }
}
