//! The client against a scripted router, line by line, and against the real one.

mod authentication;
mod calls;
mod events;
mod harness;
mod invocations;
mod lifecycle;
mod publications;
mod real;
mod realm;
mod reconnect;
