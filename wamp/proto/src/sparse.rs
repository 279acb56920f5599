//! Dictionaries of which most messages have an empty one.

use std::ops::{Deref, DerefMut};

/// A dictionary of a message that takes no room in it, nor time to write, while it is empty: messages
/// are copied from queue to queue.
#[derive(Clone, Debug)]
pub struct Sparse<T>(Option<Box<T>>);

/// A dictionary all of whose keys may be absent.
pub trait Dictionary: Default + PartialEq + 'static {
    /// The one without keys.
    const EMPTY: &'static Self;
}

impl<T> Sparse<T> {
    /// The empty dictionary.
    pub const EMPTY: Self = Self(None);

    /// What there is, if it is not empty.
    pub(crate) fn filled(&self) -> Option<&T> {
        self.0.as_deref()
    }
}

impl<T: Default> Sparse<T> {
    /// The dictionary itself.
    pub fn into_inner(self) -> T {
        self.0.map_or_else(T::default, |filled| *filled)
    }
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T: Dictionary> From<T> for Sparse<T> {
    fn from(dictionary: T) -> Self {
        Self((dictionary != *T::EMPTY).then(|| Box::new(dictionary)))
    }
}

impl<T: Dictionary> Deref for Sparse<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

impl<T: Dictionary> DerefMut for Sparse<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl<T: Dictionary> PartialEq for Sparse<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::CallOptions;

    #[test]
    fn a_dictionary_is_what_was_put_in_and_equal_however_it_became_so() {
        let options = CallOptions {
            timeout: Some(5),
            ..CallOptions::default()
        };
        let mut sparse = Sparse::from(options.clone());
        assert_eq!(sparse.timeout, Some(5));
        assert_eq!(sparse.clone().into_inner(), options);
        sparse.timeout = None;
        assert_eq!(sparse, Sparse::EMPTY);
        assert!(Sparse::from(CallOptions::default()).filled().is_none());
    }

    #[test]
    fn messages_are_short() {
        let octets = size_of::<crate::Message>();
        assert!(octets <= 128, "{octets}");
    }
}
