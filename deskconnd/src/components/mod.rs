//! The components of this daemon: which there are, how each is run, and how each is doing.

mod contain;
#[cfg(test)]
mod document;
mod host;
mod insiders;
mod output;
mod outside;
pub mod own_process;
mod reference;
mod registry;
mod serving;
mod supervisor;
mod switches;
#[cfg(test)]
mod typescript;

use std::ffi::OsString;
use std::io;
use std::path::Path;

pub(crate) use host::{Host, Surroundings};
pub(crate) use insiders::{Insiders, authid_of, is_insider};
pub(crate) use serving::Serving;

/// Whether there is a component of that name, compiled in or not.
pub(crate) fn is_known(name: &str) -> bool {
    registry::row(name).is_some()
}

/// The names of all components, compiled in or not.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    registry::TABLE.iter().map(|row| row.name)
}

/// Runs what a component has in a process of its own, if `args`, those of the process without its name,
/// ask for that. A program with components calls this first.
pub fn run_helper(mut args: impl Iterator<Item = OsString>) -> Option<io::Result<()>> {
    let asked = args.next()?;
    let helper = registry::HELPERS.iter().find(|(arg, _)| asked == *arg)?.1;
    Some(match args.next() {
        Some(dir) => helper(Path::new(&dir)),
        None => Err(io::Error::other("the helper needs a directory")),
    })
}
