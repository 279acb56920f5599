//! The harness for DeskConn's end-to-end tests.
