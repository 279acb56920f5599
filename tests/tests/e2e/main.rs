//! The product as its users have it: the real programs, put together, behaving and misbehaving.
//!
//! One module for each thing that must work; `make e2e` runs them.

mod arguments;
mod asking;
mod audit;
mod brightness;
mod browser;
mod by_hand;
mod desktop;
mod doctor;
mod doors;
mod film;
mod foreign;
mod gpio;
mod granting;
mod hostile_crowds;
mod hostile_frames;
mod hostile_neighbours;
mod hostile_readers;
mod killed;
mod malformed;
mod man_in_the_middle;
mod media;
mod metrics;
mod network_life;
mod own_process;
mod pages;
mod pairing;
mod pairing_refused;
mod presenting;
mod reference;
mod relay;
mod revoking;
mod run;
mod scaffolds;
mod scene;
mod shutdown;
mod siege;
mod slides_missing;
mod startup;
mod strangers;
mod third_party;
mod tls;
mod two_hosts;
mod x11;
