//! Links over every transport, serializer and sealing, on streams that a test can watch and break.

mod batched;
mod close;
mod connect;
mod harness;
mod keepalive;
mod longpoll;
mod matrix;
mod memory;
mod rawsocket;
mod sealed;
mod tls;
mod websocket;
