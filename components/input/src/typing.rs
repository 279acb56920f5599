//! Typing text: written by a keyboard that knows what its keys give, or by the keys of a layout.

use std::sync::Arc;
use std::time::Duration;

use deskconn_component::failure;
use deskconn_protocol::uris;
use tokio::time::timeout;
use wamp_client::{Invocation, InvocationError};

use crate::component::Shared;

/// Between the characters of a text: programs lose keys that come all at once.
const PACE: Duration = Duration::from_millis(4);

/// How long programs may take to notice that a key gives something else.
const NOTICE: Duration = Duration::from_millis(150);

/// How long they may take to read what was written.
const READ: Duration = Duration::from_millis(500);

/// How long nobody types before the keys are again as they were.
const IDLE: Duration = Duration::from_secs(3);

impl Shared {
    /// Types `text`, or nothing of it. It stops when `call` is cancelled.
    pub(crate) async fn type_text(
        &self,
        text: &str,
        call: &Invocation,
    ) -> Result<(), InvocationError> {
        let _one_at_a_time = self.typing.lock().await;
        if self.act(|desk, _| Ok(desk.writes())).await? {
            self.write(text, call).await
        } else {
            self.press(text, call).await
        }
    }

    /// Has the keyboard write it, part by part.
    async fn write(&self, text: &str, call: &Invocation) -> Result<(), InvocationError> {
        self.act(|desk, now| desk.begin(text, now)).await?;
        let mut rest = text;
        while !rest.is_empty() {
            let ready = self.act(|desk, _| desk.prepare(rest)).await?;
            if ready.has_changed_keys {
                tokio::time::sleep(NOTICE).await;
            }
            let (part, later) = rest.split_at_checked(ready.length).unwrap_or((rest, ""));
            let written = self.write_part(part, call).await;
            self.typed.notify_one();
            written?;
            if !later.is_empty() {
                tokio::time::sleep(READ).await;
            }
            rest = later;
        }
        Ok(())
    }

    async fn write_part(&self, part: &str, call: &Invocation) -> Result<(), InvocationError> {
        for character in part.chars() {
            going_on(call)?;
            self.act(|desk, _| desk.write(character)).await?;
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }

    /// Presses the keys that give it in the layout that the desktop has.
    async fn press(&self, text: &str, call: &Invocation) -> Result<(), InvocationError> {
        let layout = self.layouts.get(&self.layout).ok_or_else(|| {
            let known = self.layouts.names().join(", ");
            failure(
                uris::ERROR_UNAVAILABLE,
                format!("the keys of the layout `{}` are not known", self.layout),
                format!(
                    "if the desktop has one of {known}, name it as `layout` in [components.input]"
                ),
            )
        })?;
        let strokes = self
            .act(|desk, now| desk.text(text, layout, &self.layout, now))
            .await?;
        for stroke in strokes {
            going_on(call)?;
            self.act(|desk, _| desk.stroke(stroke)).await?;
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }
}

/// Has the keyboard be as it was when nobody has typed for a while.
pub(crate) async fn tidy_up(shared: Arc<Shared>) {
    loop {
        shared.typed.notified().await;
        while timeout(IDLE, shared.typed.notified()).await.is_ok() {}
        let _one_at_a_time = shared.typing.lock().await;
        shared.devices.if_open(|desk| {
            // A device that is gone has nothing to tidy up.
            desk.finish().ok();
        });
    }
}

/// Whether the caller still wants it.
fn going_on(call: &Invocation) -> Result<(), InvocationError> {
    if call.is_cancelled() {
        return Err(InvocationError::canceled());
    }
    Ok(())
}
