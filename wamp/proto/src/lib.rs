//! WAMP messages, serializers and handshake, without IO.
