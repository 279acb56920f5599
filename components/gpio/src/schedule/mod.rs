//! When lines are on by themselves: parts of the day, in local time.

mod plan;
mod store;

pub(crate) use plan::Plan;
pub(crate) use store::Store;
