//! A WAMP realm: broker, dealer and permissions, without IO.
