//! From a URL, a realm and credentials to a session.

use crate::error::JoinError;
use crate::session::Session;
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use wamp_proto::handshake::{
    ClientHandshake,
    client::{Credentials, HandshakeError, Step},
};
use wamp_proto::{Feature, Features, Message, Outbound, Roles, Uri, message::Welcome};
use wamp_transport::{ConnectOptions, Endpoint, Link};

/// Whom to join and as whom.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JoinOptions {
    /// The realm.
    pub realm: Uri,
    /// How the client proves who it is; not at all by default.
    pub credentials: Credentials,
    /// The client's name and version, for the router's logs.
    pub agent: String,
    /// How long the router may take to let the client in; 10 s by default.
    pub timeout: Duration,
}

impl JoinOptions {
    /// To join `realm` anonymously.
    pub fn new(realm: impl Into<Uri>) -> Self {
        Self {
            realm: realm.into(),
            credentials: Credentials::Anonymous,
            agent: concat!("wamp-client/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(10),
        }
    }

    /// To join by these credentials.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// To join as that program, `name/version`.
    #[must_use]
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = agent.into();
        self
    }

    /// To wait that long for the router.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// Connects to the router at `url` and joins a realm. The URL is one of `ws://host:port/path`,
/// `wss://host:port/path` (over TLS), `tcp://host:port` (RawSocket), `rss://host:port` (RawSocket over
/// TLS), `unix:///path` (RawSocket) and `ws+unix:///path`. Over TLS the router needs a certificate that
/// this computer trusts; [`connect_to`] can trust others.
///
/// # Errors
/// If the URL is none of these, the router can not be reached or refuses, or joining takes longer
/// than [`JoinOptions::timeout`].
pub async fn connect(url: &str, options: JoinOptions) -> Result<Session, JoinError> {
    connect_to(&url.parse()?, &ConnectOptions::default(), options).await
}

/// Connects to a router as `connecting` says, as over a sealed link, and joins a realm.
///
/// # Errors
/// If the router can not be reached or refuses, or joining takes longer than
/// [`JoinOptions::timeout`].
pub async fn connect_to(
    endpoint: &Endpoint,
    connecting: &ConnectOptions,
    options: JoinOptions,
) -> Result<Session, JoinError> {
    let link = wamp_transport::connect(endpoint, connecting).await?;
    Session::join(link, options).await
}

impl Session {
    /// Joins a realm over a link of any kind (spec, "Session Establishment").
    ///
    /// # Errors
    /// If the router refuses, the link breaks, or the router takes longer than
    /// [`JoinOptions::timeout`].
    pub async fn join(mut link: Link, options: JoinOptions) -> Result<Self, JoinError> {
        let welcome = tokio::time::timeout(options.timeout, shake_hands(&mut link, &options));
        match welcome.await {
            Ok(welcome) => Ok(Self::start(link, options.realm, welcome?)),
            Err(_) => Err(JoinError::Timeout(options.timeout)),
        }
    }
}

async fn shake_hands(link: &mut Link, options: &JoinOptions) -> Result<Welcome, JoinError> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(JoinError::Randomness)?;
    let mut handshake = ClientHandshake::new(
        options.realm.clone(),
        options.agent.clone(),
        ROLES,
        options.credentials.clone(),
        link.info().binding,
        nonce,
    );
    send(link, handshake.hello()).await?;
    loop {
        let message = link.next().await.ok_or(JoinError::Ended)??;
        match step(&mut handshake, message).await {
            Ok(Step::Joined(welcome)) => return Ok(welcome),
            Ok(Step::Send(message)) => send(link, message).await?,
            Ok(Step::Derive(_)) => unreachable!("the key was derived"),
            Err(error) => {
                if let Some(abort) = error.abort() {
                    // A router that is gone does not change why.
                    drop(send(link, abort).await);
                }
                return Err(error.into());
            }
        }
    }
}

/// What to do about a message, once the key it may ask for is derived.
async fn step(handshake: &mut ClientHandshake, message: Message) -> Result<Step, HandshakeError> {
    match handshake.receive(message)? {
        Step::Derive(derivation) => {
            // Seconds, perhaps.
            let key = tokio::task::spawn_blocking(|| derivation.run()).await;
            let key = key.expect("the derivation does not panic and nobody aborts it")?;
            Ok(handshake.derived(&key))
        }
        step => Ok(step),
    }
}

async fn send(link: &mut Link, message: Message) -> Result<(), JoinError> {
    Ok(link.send(Outbound::from(message)).await?)
}

/// What this client can do, as HELLO announces it.
const ROLES: Roles = Roles {
    publisher: Some(Features::of(&[
        Feature::SubscriberBlackwhiteListing,
        Feature::PublisherExclusion,
        Feature::PublisherIdentification,
    ])),
    subscriber: Some(Features::of(&[
        Feature::PublisherIdentification,
        Feature::PublicationTrustlevels,
        Feature::PatternBasedSubscription,
        Feature::SubscriptionRevocation,
    ])),
    caller: Some(Features::of(&[
        Feature::ProgressiveCallResults,
        Feature::ProgressiveCallInvocations,
        Feature::CallTimeout,
        Feature::CallCanceling,
        Feature::CallerIdentification,
    ])),
    callee: Some(Features::of(&[
        Feature::ProgressiveCallResults,
        Feature::ProgressiveCallInvocations,
        Feature::CallCanceling,
        Feature::CallerIdentification,
        Feature::CallTrustlevels,
        Feature::PatternBasedRegistration,
        Feature::SharedRegistration,
        Feature::RegistrationRevocation,
        Feature::CallReroute,
    ])),
    broker: None,
    dealer: None,
};
