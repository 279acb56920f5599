//! Event history that outlasts the process: changes are noted under the realm's lock, and written down
//! by a task of their own (docs/adr/0012).

mod keeper;
mod lasting;
mod pending;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use lasting::Lasting;
pub(crate) use pending::{Change, Pending};
