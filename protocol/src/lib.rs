//! What every DeskConn program must agree on: names, identities, pairing.
