//! What a component says about itself before it runs.

/// A component's name, what it offers and what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manifest {
    /// The name, `slides`: in the configuration, in grants, and in the URIs, `org.deskconn.slides.*`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The procedures it registers.
    pub procedures: &'static [Procedure],
    /// The topics it publishes to.
    pub topics: &'static [Topic],
    /// What it needs of the machine, in words.
    pub needs: &'static str,
}

/// A procedure of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Procedure {
    /// Its URI.
    pub uri: &'static str,
    /// What it does, takes and gives.
    pub summary: &'static str,
}

/// A topic of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic {
    /// Its URI.
    pub uri: &'static str,
    /// When an event is published, and what it carries.
    pub summary: &'static str,
}
