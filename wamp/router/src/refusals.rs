//! How often the router has refused something, by the error it answered with.

use wamp_proto::Uri;

/// Counts refusals. The errors are the router's own, so there are few.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<(Uri, u64)>);

impl Refusals {
    /// Counts one.
    pub(crate) fn count(&mut self, error: &Uri) {
        match self.0.iter_mut().find(|(known, _)| known == error) {
            Some((_, refused)) => *refused += 1,
            None => self.0.push((error.clone(), 1)),
        }
    }

    /// Each error with its number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Uri, u64)> {
        self.0.iter().map(|(error, refused)| (error, *refused))
    }
}
