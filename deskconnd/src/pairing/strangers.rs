//! What strangers may call: beginning a pairing, and proving that they know the secret.

use super::{Asked, Pairing};
use crate::audit::entry;
use crate::router::Browser;
use deskconn_protocol::api::audit::{Entry, What};
use deskconn_protocol::api::grants::Lasting;
use deskconn_protocol::api::pairing::{Update, WEB_LASTING};
use deskconn_protocol::grants::Grant;
use deskconn_protocol::pairing::{
    ASKING_TIME, BeginCall, ConfirmAnswer, ConfirmCall, Declined, Proven, RESPONDER_ENTROPY,
    Refusal,
};
use deskconn_protocol::profile::DeviceKind;
use deskconn_protocol::uris;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tracing::{error, info};
use wamp_client::{Invocation, InvocationError, Reply, RequestError, Session};
use wamp_proto::Uri;

/// Who calls.
#[derive(Debug, Clone, Copy)]
struct Caller {
    /// From where; the owner's own programs are here.
    source: IpAddr,
    /// What it is, if a browser has said so.
    browser: Option<Browser>,
}

impl Pairing {
    /// Registers the strangers' procedures, in the realm `deskconn.pairing`.
    pub(crate) async fn serve_strangers(
        self: &Arc<Self>,
        session: &Session,
    ) -> Result<(), RequestError> {
        let pairing = Arc::clone(self);
        session
            .register(Uri::from_static(uris::PAIRING_BEGIN), move |invocation| {
                let pairing = Arc::clone(&pairing);
                async move { answer(pairing.begin(&invocation).await).await }
            })
            .await?;
        let pairing = Arc::clone(self);
        session
            .register(Uri::from_static(uris::PAIRING_CONFIRM), move |invocation| {
                let pairing = Arc::clone(&pairing);
                async move { answer(pairing.confirm(&invocation).await).await }
            })
            .await?;
        Ok(())
    }

    async fn begin(self: Arc<Self>, invocation: &Invocation) -> Result<Reply, Refusal> {
        let Caller { source, .. } = Caller::of(invocation);
        let call: BeginCall = invocation
            .kwargs()
            .map_err(|_| Refusal::Malformed("arguments"))?;
        let this = Arc::clone(&self);
        let _turn = self.computing.lock().await;
        let answer = off_the_reactor(move || {
            let mut entropy = [0; RESPONDER_ENTROPY];
            getrandom::fill(&mut entropy).map_err(|_| Refusal::Expired)?;
            this.change(|window, now| window.begin(source, &call, now, &entropy))
        });
        let answer = answer.await;
        if let Err(refusal @ Refusal::NotPairing { .. }) = &answer
            && self.knocks.admits()
        {
            self.audit.note(Entry {
                from: Some(source.to_string()),
                detail: Some(refusal.uri().to_owned()),
                ..entry(What::Refused, "stranger")
            });
        }
        answer.map(Reply::kwargs)
    }

    async fn confirm(self: Arc<Self>, invocation: &Invocation) -> Result<Reply, Confirmed> {
        let caller = Caller::of(invocation);
        let call: ConfirmCall = invocation
            .kwargs()
            .map_err(|_| Refusal::Malformed("arguments"))?;
        let this = Arc::clone(&self);
        let turn = self.computing.lock().await;
        let proven = off_the_reactor(move || {
            this.change(|window, now| window.prove(caller.source, &call, now))
        });
        let proven = proven.await?;
        drop(turn);
        let proven = self.ask_owner(proven, caller, invocation).await?;
        off_the_reactor(move || self.accept_and_store(proven, caller))
            .await
            .map(Reply::kwargs)
    }

    /// Has the owner say whether a device gets in, if the window asks.
    async fn ask_owner(
        &self,
        proven: Proven,
        caller: Caller,
        invocation: &Invocation,
    ) -> Result<Proven, Refusal> {
        let Some(answer) = self.show(&proven, caller) else {
            return Ok(proven);
        };
        let answered = async {
            match answer.await {
                Ok(true) => Ok(()),
                Ok(false) => Err(Declined::No),
                // The window was closed.
                Err(_) => Err(Declined::Cancelled),
            }
        };
        let answer = tokio::select! {
            answer = tokio::time::timeout(ASKING_TIME, answered) => answer,
            _ = invocation.cancelled() => Ok(Err(Declined::Gone)),
        };
        let Err(why) = answer.unwrap_or(Err(Declined::Unanswered)) else {
            return Ok(proven);
        };
        info!(device = %proven.peer().id, from = %caller.source, ?why, "a device was not let in");
        self.audit.note(Entry {
            from: Some(caller.source.to_string()),
            detail: Some(uris::PAIRING_ERROR_DECLINED.to_owned()),
            ..entry(What::Refused, proven.peer().id.as_str())
        });
        Err(self.change(|window, _| window.decline(proven, why)))
    }

    /// Shows the owner who wants to be let in, if the window asks. What is said to it comes out of what is
    /// returned, or nothing if the window closes.
    fn show(&self, proven: &Proven, caller: Caller) -> Option<oneshot::Receiver<bool>> {
        let mut round = self.lock();
        if !round.window.asks() {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        if !round.window.awaits(proven) {
            return Some(answered);
        }
        let peer = proven.peer();
        let mut profile = peer.profile.clone();
        profile.kind = caller.kind(profile.kind);
        round.tell(Update::Asking {
            id: peer.id,
            profile,
            from: caller.source,
            words: proven.words().map(str::to_owned),
            expires_in_ms: super::millis(ASKING_TIME),
        });
        round.asked = Some(Asked {
            id: peer.id,
            answer,
        });
        Some(answered)
    }

    /// The device is on the disk before anybody is told that it is paired.
    fn accept_and_store(&self, proven: Proven, caller: Caller) -> Result<ConfirmAnswer, Confirmed> {
        let mut round = self.lock();
        let accepted = round.window.accept(proven, Grant::defaults());
        let result = match accepted {
            Err(refusal) => Err(Confirmed::Refused(refusal)),
            Ok((paired, answer)) => {
                let mut peer = paired.peer;
                peer.profile.kind = caller.kind(peer.profile.kind);
                let span = span(round.lasting, peer.profile.kind);
                match self
                    .devices
                    .add(peer.id, peer.keys, peer.profile, paired.grants, span)
                {
                    Ok(device) => {
                        info!(device = %device.id, from = %caller.source, "a device was paired");
                        self.audit.note(Entry {
                            from: Some(caller.source.to_string()),
                            ..entry(What::Paired, device.id.as_str())
                        });
                        let words = paired.words.map(str::to_owned);
                        round.tell(Update::Paired { device, words });
                        Ok(answer)
                    }
                    Err(error) => {
                        error!(
                            "a device could not be stored: {error}; hint: {}",
                            error.hint()
                        );
                        let hint = error.hint();
                        round.tell(Update::NotStored { hint: hint.clone() });
                        Err(Confirmed::NotStored(hint))
                    }
                }
            }
        };
        self.settle(&mut round);
        result
    }
}

impl Caller {
    fn of(invocation: &Invocation) -> Self {
        let authid = invocation
            .caller_authid()
            .and_then(|authid| authid.parse().ok());
        Self {
            source: authid.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            browser: invocation.caller_authrole().and_then(Browser::of_role),
        }
    }

    /// What sort of device it is: what its browser says, which its page has no say in, else what it says
    /// itself.
    const fn kind(self, claimed: DeviceKind) -> DeviceKind {
        match self.browser {
            Some(Browser::Page) => DeviceKind::Web,
            Some(Browser::Extension) => DeviceKind::Ext,
            None => claimed,
        }
    }
}

/// Why a confirmation came to nothing.
enum Confirmed {
    Refused(Refusal),
    /// The code was right, but the device could not be kept; what to do about it.
    NotStored(String),
}

impl From<Refusal> for Confirmed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Answers a stranger. A wrong code is answered slowly.
async fn answer<E: Into<Confirmed>>(result: Result<Reply, E>) -> Result<Reply, InvocationError> {
    let refusal = match result.map_err(Into::into) {
        Ok(reply) => return Ok(reply),
        Err(Confirmed::Refused(refusal)) => refusal,
        Err(Confirmed::NotStored(hint)) => {
            let uri = Uri::from_static(uris::ERROR_FAILED);
            return Err(
                InvocationError::new(uri, "the computer could not store this device").hint(hint),
            );
        }
    };
    tokio::time::sleep(refusal.delay()).await;
    let details = refusal.details();
    let mut error = InvocationError::new(Uri::from_static(refusal.uri()), refusal.to_string())
        .hint(details.hint);
    if let Some(left) = details.attempts_left {
        error = error.kwarg("attempts_left", u64::from(left));
    }
    if let Some(retry) = details.retry_after_ms {
        error = error.kwarg("retry_after_ms", retry);
    }
    Err(error)
}

/// How long a device of this kind stays paired: what its owner says, else a web page for a day's talks
/// and every other for good.
fn span(lasting: Option<Lasting>, kind: DeviceKind) -> Option<Duration> {
    match (lasting, kind) {
        (Some(lasting), _) => lasting.span(),
        (None, DeviceKind::Web) => Some(WEB_LASTING),
        (None, _) => None,
    }
}

/// Runs a computation of milliseconds where it holds up no session.
async fn off_the_reactor<T: Send + 'static>(compute: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(compute).await {
        Ok(result) => result,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_stays_paired_for_half_a_day_unless_its_owner_says_otherwise() {
        let hour = Duration::from_secs(3600);
        for (lasting, kind, expected) in [
            (None, DeviceKind::Web, Some(12 * hour)),
            (None, DeviceKind::Phone, None),
            (Some(Lasting::from(hour)), DeviceKind::Web, Some(hour)),
            (Some(Lasting::from(hour)), DeviceKind::Phone, Some(hour)),
            (Some(Lasting::Forever), DeviceKind::Web, None),
        ] {
            assert_eq!(span(lasting, kind), expected, "{lasting:?} {kind:?}");
        }
    }
}
