//! Sealed links, which are for paired devices only.

use crate::devices::Devices;
use std::sync::Arc;
use wamp_transport::sealed::{Responder, Sealing};
use wamp_transport::{Link, OpenError};

/// Answers knocks by paired devices.
#[derive(Debug)]
pub(crate) struct Seal {
    /// This computer's key and name.
    pub(crate) responder: Responder,
    /// Whose knocks are answered.
    pub(crate) devices: Arc<Devices>,
}

impl Seal {
    /// Answers a knock if it is by a paired device; a stranger hears nothing but the end.
    pub(super) async fn open(&self, sealing: Sealing) -> Result<Option<Link>, OpenError> {
        let knock = sealing.receive(&self.responder).await?;
        if !self.devices.know_key(knock.remote_static()) {
            knock.refuse().await;
            return Ok(None);
        }
        knock.admit().await.map(Some)
    }
}
