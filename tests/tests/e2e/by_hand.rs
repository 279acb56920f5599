//! Pairing call by call, for tests that stop, repeat or change something on the way.

use std::sync::Arc;

use deskconn_protocol::api::pairing::{Open, Update};
use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::Identity;
use deskconn_protocol::pairing::{
    BeginAnswer, BeginCall, ConfirmCall, INITIATOR_ENTROPY, Initiator, Join, PairingSecret,
};
use deskconn_protocol::profile::{DeviceKind, Profile};
use deskconn_protocol::uris;
use deskconn_tests::Daemon;
use wamp_client::{CallError, CallResult, JoinOptions, PendingCall, Session};

/// Opens a pairing window in a session of the owner. Returns it, to be kept as long as it is to be
/// open, and its code.
pub(crate) async fn open_window(owner: &Session) -> Result<(PendingCall, String), CallError> {
    let call = owner.call(uris::PAIRING_OPEN).kwargs(Open::default());
    let mut window = call.progress().start().await?;
    let opened = window
        .next()
        .await
        .expect("a window says that it is open")?;
    match opened.kwargs().expect("an update") {
        Update::Opened { code, .. } => Ok((window, code.reveal().to_owned())),
        update => panic!("{update:?}"),
    }
}

/// A session of somebody who is not paired.
pub(crate) async fn stranger(daemon: &Daemon) -> Session {
    let url = format!("ws://{}/ws", daemon.address());
    let options = JoinOptions::new(uris::REALM_PAIRING);
    let joined = wamp_client::connect(&url, options).await;
    joined.expect("anybody may join the pairing realm")
}

/// What a program with these keys brings to a pairing by this code.
pub(crate) fn offer(code: &str, identity: Identity) -> Join {
    Join {
        secret: PairingSecret::Code(code.parse().expect("a code")),
        identity: Arc::new(identity),
        profile: Profile::new("recorder", "", "", DeviceKind::Cli),
        app: "recorder/1".to_owned(),
        grants: Grant::defaults(),
        expected: None,
    }
}

/// Begins an exchange with the right code. Returns its name and the confirmation that would end it.
pub(crate) async fn exchange(
    stranger: &Session,
    code: &str,
    identity: Identity,
) -> Result<(String, ConfirmCall), CallError> {
    let (initiator, begin) = Initiator::begin(offer(code, identity), &[5; INITIATOR_ENTROPY]);
    let call = stranger
        .call(uris::PAIRING_BEGIN)
        .kwargs::<BeginCall>(begin);
    let answer: BeginAnswer = call.await?.kwargs().expect("its data");
    let exchange = answer.exchange.clone();
    let (_, confirm) = initiator.on_begin(&answer).expect("a good answer");
    Ok((exchange, confirm))
}

/// Ends an exchange with this confirmation.
pub(crate) async fn confirm(
    stranger: &Session,
    call: &ConfirmCall,
) -> Result<CallResult, CallError> {
    stranger.call(uris::PAIRING_CONFIRM).kwargs(call).await
}
