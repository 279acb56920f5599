//! `org.deskconn.daemon.api`: what can be called and subscribed to, as the manifests say it.

use serde::{Deserialize, Serialize};

use crate::schema::Schema;

/// Arguments of `org.deskconn.daemon.api`. What is left out chooses everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceQuery {
    /// Only the component of this name, or the procedures and topics whose URIs begin so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Result of `org.deskconn.daemon.api`: what the caller may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The components that describe themselves.
    pub components: Vec<Component>,
}

/// What a component offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// What it needs of the machine, in words.
    pub needs: String,
    /// The grants for it.
    pub grants: Vec<Grant>,
    /// Its procedures.
    pub procedures: Vec<Procedure>,
    /// Its topics.
    pub topics: Vec<Topic>,
}

/// A grant for a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// As it is given: `slides`, or `gpio:NAME`.
    pub name: String,
    /// What a device can do with it, in one sentence.
    pub summary: String,
    /// Whether a web page may have it.
    pub for_web: bool,
    /// Whether a new device has it.
    pub default: bool,
}

/// A procedure of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procedure {
    /// Its URI; the word `NAME` in it stands for what the owner has given names to.
    pub uri: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// The keyword arguments that it takes.
    pub arguments: Schema,
    /// The keyword arguments of its result.
    pub result: Schema,
    /// Those of its results in parts, if it gives some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Schema>,
}

/// A topic of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Its URI, as of [`Procedure`].
    pub uri: String,
    /// When an event is published, in one sentence.
    pub summary: String,
    /// The keyword arguments of an event.
    pub payload: Schema,
}
