//! What tests say to components, and wait to hear from them.

use serde::de::DeserializeOwned;
use tokio::time::timeout;
use wamp_client::{EventStream, Session};

use crate::DEADLINE;

/// Calls a procedure without arguments and returns its answer.
///
/// # Panics
///
/// When it is refused, or the answer is of another type.
pub async fn call<T: DeserializeOwned>(session: &Session, procedure: &'static str) -> T {
    let result = session.call(procedure).await.expect(procedure);
    result.kwargs().expect(procedure)
}

/// Subscribes to a topic.
///
/// # Panics
///
/// When it is refused.
pub async fn events(session: &Session, topic: &'static str) -> EventStream {
    session.events(topic).await.expect(topic)
}

/// The payload of the next event for which `is` holds; those before it are skipped.
///
/// # Panics
///
/// When none comes by the [`DEADLINE`], or one is of another type.
pub async fn expect<T: DeserializeOwned>(events: &mut EventStream, is: impl Fn(&T) -> bool) -> T {
    let found = async {
        while let Some(event) = events.next().await {
            let payload: T = event.kwargs().expect("the topic's payload");
            if is(&payload) {
                return payload;
            }
        }
        panic!("the session has ended");
    };
    timeout(DEADLINE, found).await.expect("an event")
}
