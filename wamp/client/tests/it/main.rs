//! The client against a scripted router: what each side says, line by line.

mod calls;
mod events;
mod harness;
mod invocations;
mod lifecycle;
mod publications;
mod reconnect;
