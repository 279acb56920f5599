//! What arguments look like: JSON Schema, as far as the types of this crate need it.

mod check;
mod words;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use check::Mismatch;

/// What a type looks like on the wire, as a JSON Schema (draft 2020-12) without references.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schema(Value);

/// One of the keyword arguments that a schema describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it must be there.
    pub required: bool,
    /// What it is, in words: `a whole number from 0 to 100`.
    pub words: String,
    /// What it means, in a sentence; empty if nothing is said of it.
    pub summary: &'a str,
}

impl Schema {
    /// The schema of `T`. That of `()` is a dictionary without known fields.
    pub fn of<T: JsonSchema + ?Sized>() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = true;
        });
        let schema = settings.into_generator().into_root_schema_for::<T>();
        match schema.to_value() {
            nothing if words::is_null(&nothing) => Self(json!({"type": "object"})),
            schema => Self(schema),
        }
    }

    /// The keyword arguments, those that must be there first.
    pub fn fields(&self) -> Vec<Field<'_>> {
        let properties = self.0.get("properties").and_then(Value::as_object);
        let fields = properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| Field {
                name,
                required: check::is_required(&self.0, name),
                words: words::of_a_value(schema),
                summary: schema
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            });
        let mut fields: Vec<_> = fields.collect();
        fields.sort_by_key(|field| !field.required);
        fields
    }

    /// Whether `value` is what the schema says. Fields that it does not know are not looked at.
    ///
    /// # Errors
    /// The first thing that is not, and what is expected instead.
    pub fn check(&self, value: &Value) -> Result<(), Mismatch> {
        check::check(&self.0, value, "")
    }

    /// The schema as it is written.
    pub const fn as_value(&self) -> &Value {
        &self.0
    }
}
