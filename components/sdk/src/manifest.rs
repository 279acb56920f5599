//! What a component says about itself before it runs.

use deskconn_protocol::schema::Schema;
use schemars::JsonSchema;
use std::any::TypeId;

/// A component's name, what it offers and what it needs. `docs/components.md`, `deskconn api` and the
/// reflection of the router are made of it.
#[derive(Debug, Clone, Copy)]
pub struct Manifest {
    /// The name, `slides`: in the configuration and in the URIs, `org.deskconn.slides.*`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The grants for it, as `deskconn_protocol::grants` knows them: `slides`, or `gpio:NAME`.
    pub grants: &'static [&'static str],
    /// The procedures it registers.
    pub procedures: &'static [Procedure],
    /// The topics it publishes to.
    pub topics: &'static [Topic],
    /// What it needs of the machine, in words.
    pub needs: &'static str,
}

/// A procedure of a component: it takes and gives keyword arguments.
#[derive(Debug, Clone, Copy)]
pub struct Procedure {
    /// Its URI. Where the owner gives names, as to lines of GPIO, the word `NAME` stands for them.
    pub uri: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What it takes.
    pub arguments: Type,
    /// What it gives at the end.
    pub result: Type,
    /// What it gives in parts before that, if it does.
    pub progress: Option<Type>,
}

/// A topic of a component.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// Its URI, as of [`Procedure`].
    pub uri: &'static str,
    /// When an event is published, in one sentence.
    pub summary: &'static str,
    /// The keyword arguments of an event.
    pub payload: Type,
}

/// A type of keyword arguments: a struct with named fields, or `()` for none.
#[derive(Debug, Clone, Copy)]
pub struct Type {
    schema: fn() -> Schema,
    id: fn() -> TypeId,
}

impl Procedure {
    /// The procedure `uri` that takes an `Arguments` and gives a `Result`.
    pub const fn of<Arguments, Result>(uri: &'static str, summary: &'static str) -> Self
    where
        Arguments: JsonSchema + 'static,
        Result: JsonSchema + 'static,
    {
        Self {
            uri,
            summary,
            arguments: Type::of::<Arguments>(),
            result: Type::of::<Result>(),
            progress: None,
        }
    }

    /// The same, giving results in parts of type `Part` to callers who take them.
    #[must_use]
    pub const fn in_parts<Part: JsonSchema + 'static>(self) -> Self {
        Self {
            progress: Some(Type::of::<Part>()),
            ..self
        }
    }
}

impl Topic {
    /// The topic `uri` whose events carry a `Payload`.
    pub const fn of<Payload: JsonSchema + 'static>(
        uri: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            uri,
            summary,
            payload: Type::of::<Payload>(),
        }
    }
}

impl Type {
    /// The type `T`.
    pub const fn of<T: JsonSchema + 'static>() -> Self {
        Self {
            schema: Schema::of::<T>,
            id: TypeId::of::<T>,
        }
    }

    /// What it looks like on the wire.
    pub fn schema(&self) -> Schema {
        (self.schema)()
    }

    /// Whether it is `T`.
    pub(crate) fn is<T: 'static>(&self) -> bool {
        (self.id)() == TypeId::of::<T>()
    }
}
