//! Announces and finds DeskConn daemons on the local network: DNS-SD over multicast DNS (RFC 6763, RFC 6762).
//!
//! [`Advertiser`] announces this machine and keeps announcing it while networks, and Avahi, come and
//! go. [`browse`] lists the daemons that can be heard. Nothing here is trusted and nothing here
//! decides: an announcement only says where to knock, and who answers is proved by the sealed link.
//! A machine on which announcing fails works all the same, by QR code and by address.
//!
//! # Two ways to announce, one to browse
//!
//! Where an Avahi daemon runs, it owns this machine's multicast DNS names, so the announcement goes
//! through its D-Bus interface; two responders on one machine would defend names against each other.
//! Elsewhere a responder of our own does it. The advertiser moves between the two by itself.
//!
//! Browsing always asks the network directly, also beside Avahi. A querier owns no names, so it
//! conflicts with nobody; multicast answers reach every socket that shares port 5353 (only unicast
//! answers would go to one of them, and none are asked for); and what it reports is what is on the
//! network now, the same on every machine, with no bus to reach and no cache in between. It can not
//! work where a responder keeps the port to itself (Avahi's `disallow-other-stacks=yes`):
//! [`MdnsError::PortTaken`] says so.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use deskconn_discovery::{Advertiser, Announcement, DiscoveryEvent, Options, browse};
//!
//! let announcement = Announcement {
//!     name: "study-laptop".to_owned(),
//!     device_id: "3f7kabcdefghijklmnopqrstuvwxyz23".to_owned(),
//!     port: 5020,
//!     pairing: false,
//! };
//! let advertiser = Advertiser::start(announcement, Options::default()).await?;
//!
//! let mut browser = browse(Options::default())?;
//! while let Some(event) = browser.next().await {
//!     match event {
//!         DiscoveryEvent::Found(daemon) => println!("{} at {:?}", daemon.name, daemon.addresses),
//!         DiscoveryEvent::Lost(instance) => println!("{instance} has left"),
//!     }
//! }
//! advertiser.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod advertiser;
mod avahi;
mod browser;
mod interfaces;
mod mdns;
mod record;
mod responder;
mod supervisor;

pub use advertiser::{AdvertiseError, Advertiser, Announcement, BackendKind, Status};
pub use browser::{Browser, Daemon, DiscoveryEvent, browse};
pub use interfaces::Options;
pub use mdns::MdnsError;
pub use record::SERVICE_TYPE;
