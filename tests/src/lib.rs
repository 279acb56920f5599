//! The harness for DeskConn's end-to-end tests: the real programs, each in a home of its own.
//!
//! Everything here is for tests: what does not work panics, with what the program at fault has said.
//! [`Daemon`] and [`TempHome`] are the two ends to begin at; hosts on a network are
//! [`deskconn_netns`]'s.

mod apart;
mod certificates;
mod daemon;
mod desktop;
mod foreign;
mod home;
mod output;
mod panel;
mod portal;
mod programs;
mod running;
mod talk;
mod wait;
mod x_server;

pub use apart::apart;
pub use certificates::{Authority, Issued};
pub use daemon::Daemon;
pub use desktop::Desktop;
pub use foreign::{chromium, node, node_program, python, python_program};
pub use home::TempHome;
pub use output::Output;
pub use panel::Panel;
pub use portal::{Answer, Portal};
pub use programs::{deskconn, deskconnd};
pub use running::Running;
pub use talk::{call, events, expect};
pub use wait::{DEADLINE, eventually};
pub use x_server::XServer;
