//! A WAMP client: call, register, publish, subscribe.
//!
//! [`connect`] opens a link and joins a realm; [`Session::join`] does the latter over any link, such
//! as one in memory. A [`Session`] is a cheap handle of one task that owns the link. [`Client`] keeps
//! a session open for as long as it lives: it connects again after a loss and restores what was
//! registered and subscribed.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use wamp_client::{Invocation, JoinOptions, Reply};
//!
//! let session = wamp_client::connect("ws://localhost:8080/ws", JoinOptions::new("realm1")).await?;
//! session
//!     .register("com.example.add", |call: Invocation| async move {
//!         let (a, b): (i64, i64) = call.args()?;
//!         Ok(Reply::value(a + b))
//!     })
//!     .await?;
//! let sum: i64 = session.call("com.example.add").args((2, 3)).await?.read()?;
//! assert_eq!(sum, 5);
//! session.leave().await;
//! # Ok(())
//! # }
//! ```
//!
//! Values are read and written by serde: tuples and lists as positional arguments, structs and maps
//! as keyword arguments.
//!
//! Nothing here is unbounded. Requests wait where they are made while the link is slower than the
//! program. Events that come in faster than their handler takes them push out the oldest, and the
//! next one says how many ([`Event::missed`]). A call whose results in parts are not taken is
//! cancelled ([`CallError::Overflow`]). Invocations beyond what a session serves at a time are
//! answered with `wamp.error.unavailable`.

mod args;
mod call;
mod connect;
mod driver;
mod error;
mod event;
mod invocation;
mod lane;
mod pending_call;
mod publish;
mod queue;
mod reconnect;
mod register;
mod reply;
mod session;
mod subscribe;

pub use args::{ArgumentsError, ReadError};
pub use call::Call;
pub use connect::{JoinOptions, connect, connect_to};
pub use error::{CallError, CloseCause, JoinError, RemoteError, RequestError};
pub use event::Event;
pub use invocation::{Arguments, Interrupt, Invocation};
pub use lane::Lane;
pub use pending_call::{CallResult, PendingCall};
pub use publish::Publish;
pub use reconnect::{
    Backoff, Client, Disconnect, LastingEventStream, LastingRegistration, LastingSubscription,
    Missing, State, States,
};
pub use register::{Register, Registration};
pub use reply::{InvocationError, ProgressError, Reply};
pub use session::Session;
pub use subscribe::{EventStream, Subscribe, SubscribeEvents, Subscription};
pub use wamp_proto::handshake::client::Credentials;
pub use wamp_proto::options::{CancelMode, InvokePolicy};
pub use wamp_proto::{MatchPolicy, Payload, Uri};
