//! Announces and finds DeskConn daemons on the local network.
