//! WAMP links over WebSocket, RawSocket and memory.
