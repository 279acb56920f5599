//! The DeskConn command line.
fn main() {}
