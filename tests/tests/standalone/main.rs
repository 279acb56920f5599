//! The daemon as a router and nothing else: users, roles and realms of one file, by the real program.

mod bridge;
mod command_line;
mod http;
mod logging_in;
mod permissions;
mod reloading;
mod scene;
mod webhook;
