//! The DeskConn daemon: a WAMP router that makes a computer an API on its own network.
