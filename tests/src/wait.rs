//! Waiting for what must come to be.

use std::time::Duration;

/// How long anything may take on a busy machine. Tests that pass take a fraction of it.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer, and returns it. `what` names it for the message of
/// a failure.
///
/// # Panics
///
/// When there is none by the [`DEADLINE`].
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let answer = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, answer)
        .await
        .unwrap_or_else(|_| panic!("not after {DEADLINE:?}: {what}"))
}
