//! DeskConn's state on disk: keys and paired devices, as private files that survive a crash.
//!
//! The daemon and the command line keep the same kinds of state in the same way, and this is the only
//! crate that touches it: an identity, and one record a peer. Every file is text a person can read,
//! mode 0600 in a directory of mode 0700. A write goes to a temporary file that is flushed to the disk
//! and then renamed, so that a full disk, a crash or a pulled plug leaves the old file or the new one.

mod dir;
mod identity;
mod records;

pub use dir::{StateDir, StateError};
pub use identity::load_or_create_identity;
pub use records::{Records, Skipped};
