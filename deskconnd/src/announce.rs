//! Keeps the announcement on the local network in step with the daemon.

use deskconn_discovery::{Advertiser, Announcement, Options, Status};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Announces this computer until `shutdown`, then says goodbye. That it can not be announced is not a
/// failure of the daemon: the QR code and the address lead to it all the same.
pub(crate) async fn run(
    announcement: Announcement,
    options: Options,
    mut pairing: watch::Receiver<bool>,
    shutdown: CancellationToken,
) {
    let mut advertiser = match Advertiser::start(announcement, options).await {
        Ok(advertiser) => advertiser,
        Err(error) => {
            return warn!(
                "not announced on the network: {error}; hint: {}",
                error.hint()
            );
        }
    };
    loop {
        tokio::select! {
            status = advertiser.changed() => if let Status::Failed { reason } = status {
                warn!("not announced on the network: {reason}");
            },
            changed = pairing.changed() => match changed {
                Ok(()) => advertiser.set_pairing(*pairing.borrow_and_update()),
                Err(_) => break,
            },
            () = shutdown.cancelled() => break,
        }
    }
    advertiser.shutdown().await;
}
