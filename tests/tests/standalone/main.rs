//! The daemon as a router and nothing else: users, roles and realms of one file, by the real program.

mod authenticator;
mod authorizer;
mod bridge;
mod command_line;
mod http;
mod logging_in;
mod permissions;
mod reloading;
mod scene;
mod tls;
mod webhook;
