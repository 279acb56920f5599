//! Runs a transcript against a realm.

mod step;

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, UNIX_EPOCH};
use step::{Step, code_of, name_of};
use wamp_proto::{Message, Outbound, PublicationId, Serializer};
use wamp_router::{
    CloseReason, Egress, Epoch, Joining, Realm, RealmConfig, Ruling, SessionInfo, SessionKey,
    StoredEvent,
};

/// A realm, the names of its sessions, and what has happened so far.
pub(crate) struct Transcript {
    realm: Realm,
    config: RealmConfig,
    start: Instant,
    now: Instant,
    keys: BTreeMap<String, SessionKey>,
    /// What is decided about the next message that somebody else has to decide about.
    ruling: Option<Ruling>,
    log: Log,
}

/// Writes down what the realm sends, in names instead of random ids.
#[derive(Default)]
struct Log {
    names: BTreeMap<SessionKey, String>,
    /// Random ids and what stands for them.
    ids: BTreeMap<u64, String>,
    publications: usize,
    show_welcome: bool,
    recorded: Vec<(u64, StoredEvent)>,
    text: String,
}

impl Transcript {
    /// Runs `scenario` and returns it with what happened below each step.
    pub(crate) fn run(name: &str, scenario: &str) -> String {
        let steps = scenario.lines().filter(|line| !line.starts_with("  "));
        // The settings of the realm, if given, come first.
        let settings = scenario.lines().find(|line| line.starts_with("realm "));
        let mut transcript = Self::new(settings);
        for line in steps {
            transcript.log.line(line);
            if line.is_empty() || line.starts_with('#') || line.starts_with("realm ") {
                continue;
            }
            let step = Step::read(line).unwrap_or_else(|| panic!("{name}: what is {line:?}?"));
            transcript.take(step);
        }
        transcript.finish(name)
    }

    #[expect(clippy::disallowed_methods, reason = "only times after this one count")]
    fn new(settings: Option<&str>) -> Self {
        let start = Instant::now();
        let mut config = RealmConfig::new("realm1");
        "router".clone_into(&mut config.agent);
        config.epoch = Some(Epoch {
            instant: start,
            date: UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        });
        if let Some(settings) = settings {
            step::configure(&mut config, settings);
        }
        Self {
            realm: Realm::new(config.clone(), 1),
            config,
            start,
            now: start,
            keys: BTreeMap::new(),
            ruling: None,
            log: Log::default(),
        }
    }

    fn take(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Join {
                name,
                joining,
                show,
            } => self.join(name, *joining, show),
            Step::Message { from, text } => {
                let key = self.key(&from);
                let frame = self.log.with_ids(&text);
                match wamp_proto::decode(Serializer::Json, &Bytes::from(frame)) {
                    Ok(message) => self.receive(&from, key, message),
                    // What the owner of the link does with a frame that is none.
                    Err(error) => {
                        let reason = CloseReason::Violation(error.into());
                        self.realm.close(key, reason, now, &mut self.log);
                    }
                }
            }
            Step::Ruling(ruling) => self.ruling = Some(ruling),
            Step::Lost(name) => self.realm.leave(self.key(&name), now, &mut self.log),
            Step::Close { name, reason } => {
                let key = self.key(&name);
                let which = |session: &SessionInfo| session.key == key;
                self.realm.close_sessions(which, reason, now, &mut self.log);
            }
            Step::Permit {
                authid,
                permissions,
            } => {
                let which = |session: &SessionInfo| *session.principal.authid == *authid;
                self.realm
                    .set_permissions(which, permissions, now, &mut self.log);
            }
            Step::Wait(time) => self.wait(now + time),
            Step::Counts => {
                let line = format!("  {:?}", self.realm.counts());
                self.log.line(&line);
            }
            Step::Restart => self.restart(),
        }
    }

    /// Has a message received, with what is decided about it if that is asked.
    fn receive(&mut self, from: &str, key: SessionKey, message: Message) {
        let ruling = self.realm.question(key, &message).and_then(|question| {
            let (verb, uri, policy) = (question.action.verb(), question.uri, question.policy);
            let line = format!("  may {from} {verb} {policy:?} {uri}?");
            self.log.line(&line);
            self.ruling.take()
        });
        self.realm
            .receive_ruled(key, message, ruling, self.now, &mut self.log);
    }

    /// Everybody leaves, and another realm gets what was recorded of the history.
    fn restart(&mut self) {
        for key in std::mem::take(&mut self.keys).into_values() {
            self.realm.leave(key, self.now, &mut self.log);
        }
        self.log.names.clear();
        self.realm = Realm::new(self.config.clone(), 2);
        let recorded = self.log.recorded.iter().cloned();
        self.realm.restore_history(recorded);
    }

    fn join(&mut self, name: String, joining: Joining, show_welcome: bool) {
        self.log.show_welcome = show_welcome;
        // What is sent while joining is sent before the session has a name here.
        let mut first = Kept::default();
        let key = self.realm.join(joining, self.now, &mut first);
        let session = self
            .realm
            .session(key)
            .expect("a session that has just joined");
        self.log.ids.insert(session.id.get(), format!("<{name}>"));
        self.log.names.insert(key, name.clone());
        self.keys.insert(name, key);
        for (to, message) in first.0 {
            self.log.send(to, message);
        }
    }

    fn wait(&mut self, until: Instant) {
        while let Some(due) = self.realm.next_timeout().filter(|due| *due <= until) {
            let line = format!("  at {:?}", due - self.start);
            self.log.line(&line);
            self.realm.handle_timeout(due, &mut self.log);
        }
        self.now = until;
    }

    fn key(&self, name: &str) -> SessionKey {
        *self
            .keys
            .get(name)
            .unwrap_or_else(|| panic!("{name} has not joined"))
    }

    /// Lets everybody leave, after which nothing may be left.
    fn finish(mut self, name: &str) -> String {
        let text = std::mem::take(&mut self.log.text);
        for key in self.keys.values() {
            self.realm.leave(*key, self.now, &mut self.log);
        }
        assert!(
            self.realm.is_empty(),
            "{name}: {:?} are left",
            self.realm.counts()
        );
        text
    }
}

impl Log {
    /// The frame that `text` means: a message by name or a list as it is, ids by name.
    fn with_ids(&self, text: &str) -> String {
        let frame = match text.split_once(' ') {
            Some((name, rest)) if text.starts_with(|c: char| c.is_ascii_uppercase()) => {
                let code = code_of(name).unwrap_or_else(|| panic!("what message is {name}?"));
                let rest = rest.trim_start_matches('[');
                let comma = if rest == "]" { "" } else { ", " };
                format!("[{code}{comma}{rest}")
            }
            _ => text.to_owned(),
        };
        self.ids.iter().fold(frame, |frame, (id, name)| {
            frame.replace(name, &id.to_string())
        })
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn name_publication(&mut self, id: PublicationId) {
        if !self.ids.contains_key(&id.get()) {
            self.publications += 1;
            let name = format!("<p{}>", self.publications);
            self.ids.insert(id.get(), name);
        }
    }

    fn name(&self, key: SessionKey) -> &str {
        self.names.get(&key).map_or("?", String::as_str)
    }
}

impl Egress for Log {
    fn send(&mut self, to: SessionKey, message: Outbound) {
        let shared = matches!(message, Outbound::Shared(_));
        let message = message.into_message();
        let publication = match &message {
            Message::Event(event) => Some(event.publication),
            Message::Published(published) => Some(published.publication),
            _ => None,
        };
        if let Some(id) = publication {
            self.name_publication(id);
        }
        if matches!(message, Message::Welcome(_)) && !self.show_welcome {
            return;
        }
        let mut text = in_words(&message);
        for (id, name) in &self.ids {
            text = text.replace(&id.to_string(), name);
        }
        let shared = if shared { " (shared)" } else { "" };
        let line = format!("  {} <- {text}{shared}", self.name(to));
        self.line(&line);
    }

    fn close(&mut self, session: SessionKey, reason: CloseReason) {
        let line = format!("  {} closed: {reason}", self.name(session));
        self.line(&line);
    }

    fn record(&mut self, number: u64, event: &StoredEvent) {
        self.recorded.push((number, event.clone()));
        self.name_publication(event.publication);
        let id = event.publication.to_string();
        let name = self.ids.get(&event.publication.get()).unwrap_or(&id);
        let line = format!("  kept {name} of {:?}", event.topic);
        self.line(&line);
    }
}

/// Keeps what is sent until the receiver has a name.
#[derive(Default)]
struct Kept(Vec<(SessionKey, Outbound)>);

impl Egress for Kept {
    fn send(&mut self, to: SessionKey, message: Outbound) {
        self.0.push((to, message));
    }

    fn close(&mut self, _: SessionKey, reason: CloseReason) {
        panic!("closed while joining: {reason}");
    }
}

/// `NAME [elements]`.
fn in_words(message: &Message) -> String {
    let mut frame = BytesMut::new();
    wamp_proto::encode(message, Serializer::Json, &mut frame).expect("JSON");
    let Ok(Value::Array(elements)) = serde_json::from_slice(&frame) else {
        panic!("a message is a list");
    };
    let elements: Vec<_> = elements.iter().skip(1).map(spaced).collect();
    format!("{} [{}]", name_of(message.code()), elements.join(", "))
}

/// JSON with a space after commas and colons.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(spaced).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| format!("{key:?}: {}", spaced(value));
            format!(
                "{{{}}}",
                entries.iter().map(entry).collect::<Vec<_>>().join(", ")
            )
        }
        plain => plain.to_string(),
    }
}
