//! A WAMP realm: broker, dealer, meta API and permissions, as one deterministic value.
//!
//! A [`Realm`] is told what happened, by [`join`](Realm::join), [`receive`](Realm::receive),
//! [`leave`](Realm::leave) and [`handle_timeout`](Realm::handle_timeout), and puts what follows into
//! an [`Egress`] before it returns. It does no IO, starts no task, reads no clock and owns no
//! randomness but the seed it was given, so the same history gives the same messages. Payloads pass
//! through it unread.
//!
//! What always holds:
//!
//! * Every CALL ends in exactly one final RESULT or ERROR, unless its caller leaves first.
//! * An answer to an invocation counts only if it comes from the callee that was invoked.
//! * SUBSCRIBED precedes the first EVENT, REGISTERED the first INVOCATION; no EVENT follows
//!   UNSUBSCRIBED.
//! * Events from one publisher to one subscriber keep their order, and so do invocations from one
//!   caller to one callee.
//! * When the last session has left, every table is empty but those of retained events and of
//!   the history.
//! * What a session may do is checked here, so no transport can go round it.

mod broker;
mod calls;
mod clock;
mod config;
mod context;
mod dealer;
mod egress;
mod events;
mod features;
mod history;
mod limits;
mod meta;
mod permissions;
mod publication;
mod realm;
mod recipients;
mod reflection;
mod refusals;
mod registrations;
mod retained;
mod session;
mod sharding;
mod subscriptions;
mod table;
mod testament;
mod uri_index;

pub use clock::Epoch;
pub use config::{RealmConfig, RequestIds};
pub use egress::{CloseReason, Egress};
pub use history::{Audience, HistoryTopic, StoredEvent};
pub use limits::{Full, Limits, Totals};
pub use permissions::{Actions, Disclosure, Permissions, Rule};
pub use realm::{Counts, Joining, Question, Realm, Ruling};
pub use session::{SessionInfo, SessionKey};
