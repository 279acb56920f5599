//! The sealed link: a Noise IK channel inside WebSocket or RawSocket frames (docs/protocol.md, "The
//! sealed link").
//!
//! ```text
//!  client                              router
//!    Sealing::initiate ── message 1 ──▶ Sealing::receive
//!                                         │ Knock: whose key is it?
//!            Link ◀────── message 2 ───── Knock::admit ──▶ Link
//!           error ◀──────── close ─────── Knock::refuse
//! ```
//!
//! The client's key stands sealed in message 1, so a router knows who asks before it answers, and a
//! key it does not know gets no answer.

mod noise;
mod seal;

use crate::{CloseCode, Link, LinkInfo, OpenError, Sealed, framed::Framed, frames::Frames};
use noise::Handshake;
pub(crate) use seal::Seal;
use std::{fmt, future::poll_fn, sync::Arc};
use wamp_proto::auth::ChannelBinding;
use zeroize::Zeroizing;

/// The longest Noise message, and so the longest frame, in octets.
pub(crate) const MAX_FRAME: usize = 65_535;

/// The name of the channel binding that a sealed link gives.
pub const BINDING: &str = "x-noise-h";

/// What both sides of a sealed link to the daemon with that device id hash first; a client that
/// knocks at another daemon, or speaks another version of the protocol, gets no link.
pub fn prologue(daemon_id: &str) -> Vec<u8> {
    ["deskconn-wamp-v1", daemon_id].concat().into_bytes()
}

/// What a client needs to seal a link. The secret is wiped from memory when this is dropped.
#[derive(Clone)]
pub struct SealKeys {
    secret: Arc<Zeroizing<[u8; 32]>>,
    remote_public: [u8; 32],
    prologue: Vec<u8>,
}

impl SealKeys {
    /// `secret` is the client's own X25519 key, `remote_public` the router's, `prologue` what both
    /// agree on, see [`prologue`].
    pub fn new(secret: &[u8; 32], remote_public: [u8; 32], prologue: Vec<u8>) -> Self {
        Self {
            secret: Arc::new(Zeroizing::new(*secret)),
            remote_public,
            prologue,
        }
    }
}

/// What a router needs to seal its links. The secret is wiped from memory when this is dropped.
pub struct Responder {
    secret: Arc<Zeroizing<[u8; 32]>>,
    prologue: Vec<u8>,
}

impl Responder {
    /// `secret` is the router's X25519 key, `prologue` what both sides agree on, see [`prologue`].
    pub fn new(secret: &[u8; 32], prologue: Vec<u8>) -> Self {
        Self {
            secret: Arc::new(Zeroizing::new(*secret)),
            prologue,
        }
    }
}

/// An open transport whose link is not sealed yet.
#[must_use]
pub struct Sealing {
    frames: Box<Frames>,
    info: Box<LinkInfo>,
}

impl Sealing {
    pub(crate) fn new(frames: Frames, info: LinkInfo) -> Self {
        Self {
            frames: Box::new(frames),
            info: Box::new(info),
        }
    }

    /// What will be known of the link.
    pub(crate) fn info_mut(&mut self) -> &mut LinkInfo {
        &mut self.info
    }

    /// Seals the link as its client. Takes no longer than [`crate::LinkLimits::open_timeout`].
    ///
    /// # Errors
    /// If the router closes, which it does for a key or a prologue it does not know, or does not
    /// have the key it should have.
    pub async fn initiate(mut self, keys: &SealKeys) -> Result<Link, OpenError> {
        let mut handshake =
            Handshake::initiator(&keys.secret, &keys.remote_public, &keys.prologue)?;
        let first = handshake.write()?;
        OpenError::within(self.frames.limits().open_timeout, async {
            self.frames.send_frame(first).await?;
            let second = self.frames.next_frame().await?;
            handshake.read(&second)
        })
        .await?;
        self.link(handshake)
    }

    /// Waits for a client's knock, as the router. Takes no longer than
    /// [`crate::LinkLimits::open_timeout`].
    ///
    /// # Errors
    /// If what comes is not message 1 of a handshake for `responder`. The client hears no more than
    /// that the connection is closed.
    pub async fn receive(mut self, responder: &Responder) -> Result<Knock, OpenError> {
        let mut handshake = Handshake::responder(&responder.secret, &responder.prologue)?;
        let received = OpenError::within(self.frames.limits().open_timeout, async {
            let first = self.frames.next_frame().await?;
            handshake.read(&first)
        })
        .await;
        match received.and_then(|()| handshake.remote_static()) {
            Ok(remote_static) => Ok(Knock {
                sealing: self,
                handshake,
                remote_static,
            }),
            Err(error) => {
                self.close().await;
                Err(error)
            }
        }
    }

    fn link(mut self, handshake: Handshake) -> Result<Link, OpenError> {
        let remote_static = handshake.remote_static()?;
        let handshake_hash = handshake.hash()?;
        self.info.sealed = Some(Sealed {
            remote_static,
            handshake_hash,
        });
        self.info.binding = Some(ChannelBinding {
            name: BINDING,
            id: handshake_hash,
        });
        let seal = Seal::new(handshake.finish()?, self.frames.limits().max_message);
        let framed = Framed::sealed(*self.frames, self.info.serializer, seal);
        Ok(Link::framed(*self.info, framed))
    }

    async fn close(mut self) {
        self.frames.set_close_code(CloseCode::PolicyViolation);
        // Whoever is refused may well be gone by now; there is nothing to be done about it.
        poll_fn(|cx| self.frames.poll_close(cx))
            .await
            .unwrap_or_default();
    }
}

/// A client that asks for a sealed link and proved which key it has.
#[must_use]
pub struct Knock {
    sealing: Sealing,
    handshake: Handshake,
    remote_static: [u8; 32],
}

impl Knock {
    /// The client's X25519 public key.
    ///
    /// That the client *now* holds the key is proved only once it speaks on the admitted link:
    /// message 1 alone may have been recorded and sent again.
    pub const fn remote_static(&self) -> &[u8; 32] {
        &self.remote_static
    }

    /// The client's address, for people.
    pub fn peer(&self) -> &str {
        &self.sealing.info.peer
    }

    /// Answers with message 2; the link is then sealed. Takes no longer than
    /// [`crate::LinkLimits::open_timeout`].
    ///
    /// # Errors
    /// If the stream failed.
    pub async fn admit(mut self) -> Result<Link, OpenError> {
        let second = self.handshake.write()?;
        let frames = &mut self.sealing.frames;
        OpenError::within(frames.limits().open_timeout, async {
            Ok(frames.send_frame(second).await?)
        })
        .await?;
        self.sealing.link(self.handshake)
    }

    /// Closes without an answer.
    pub async fn refuse(self) {
        self.sealing.close().await;
    }
}

impl fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealKeys").finish_non_exhaustive()
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").finish_non_exhaustive()
    }
}

impl fmt::Debug for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sealing").field(&self.info).finish()
    }
}

impl fmt::Debug for Knock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Knock").field(&self.sealing.info).finish()
    }
}
