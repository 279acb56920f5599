//! The daemon as a router and nothing else: users, roles and realms of one file, by the real program.

mod authenticator;
mod authorizer;
mod bridge;
mod command_line;
mod cookies;
mod history;
mod http;
mod limits;
mod logging_in;
mod permissions;
mod reloading;
mod scene;
mod slow_readers;
mod tls;
mod unknown;
mod webhook;
