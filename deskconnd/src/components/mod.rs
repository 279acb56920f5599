//! The components of this daemon: which there are, and how each is doing.

mod host;
mod registry;

pub(crate) use host::Host;

/// Whether there is a component of that name, compiled in or not.
pub(crate) fn is_known(name: &str) -> bool {
    registry::TABLE.iter().any(|row| row.name == name)
}

/// The names of all components, compiled in or not.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    registry::TABLE.iter().map(|row| row.name)
}
