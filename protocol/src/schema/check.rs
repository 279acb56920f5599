//! Whether a value is what a schema says, and what is wrong with it if not.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::words;

/// What is wrong with a value, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Mismatch {
    /// Where, as `displays.0.percent`; empty for all of it.
    pub field: String,
    /// What is expected there, in words.
    pub expected: String,
    /// What is there, in words; `None` if nothing is.
    pub found: Option<String>,
}

impl Mismatch {
    fn sentence(&self) -> String {
        let Self {
            field,
            expected,
            found,
        } = self;
        match (field.as_str(), found) {
            ("", Some(found)) => format!("the arguments are {expected}, not {found}"),
            ("", None) => format!("the arguments are {expected}"),
            (field, Some(found)) => format!("`{field}` is {expected}, not {found}"),
            (field, None) => format!("`{field}` is missing: {expected}"),
        }
    }
}

/// Checks `value`, which stands at `path`.
pub(super) fn check(schema: &Value, value: &Value, path: &str) -> Result<(), Mismatch> {
    let mismatch = || Mismatch {
        field: path.to_owned(),
        expected: words::of(schema),
        found: Some(words::found(value)),
    };
    if let Some(choices) = words::choices(schema) {
        // Of several forms, it is enough that one fits; what all of them require is checked below.
        if !choices.iter().any(|form| check(form, value, path).is_ok()) {
            return Err(mismatch());
        }
    }
    let has_type = words::types(schema).is_none_or(|types| {
        let mut types = types.into_iter();
        types.any(|name| is_of_type(value, name))
    });
    let fits = |key: &str, fits: fn(&Value, &Value) -> bool| {
        schema.get(key).is_none_or(|limit| fits(value, limit))
    };
    let is_listed = |value: &Value, list: &Value| {
        let mut list = list.as_array().into_iter().flatten();
        list.any(|listed| listed == value)
    };
    if !(has_type
        && fits("const", |value, constant| value == constant)
        && fits("enum", is_listed)
        && fits("minimum", |value, least| !is(value, least, Ordering::Less))
        && fits("maximum", |value, most| !is(value, most, Ordering::Greater))
        && fits("minLength", |value, least| {
            letters(value).is_none_or(|n| n >= size(least))
        })
        && fits("maxLength", |value, most| {
            letters(value).is_none_or(|n| n <= size(most))
        })
        && fits("minItems", |value, least| {
            items(value).is_none_or(|n| n >= size(least))
        })
        && fits("maxItems", |value, most| {
            items(value).is_none_or(|n| n <= size(most))
        }))
    {
        return Err(mismatch());
    }
    inside(schema, value, path)
}

/// Checks the fields of a dictionary and the elements of a list.
fn inside(schema: &Value, value: &Value, path: &str) -> Result<(), Mismatch> {
    let properties = schema.get("properties").and_then(Value::as_object);
    if let (Some(properties), Value::Object(fields)) = (properties, value) {
        for (name, expected) in properties {
            let path = join(path, name);
            match fields.get(name) {
                Some(field) => check(expected, field, &path)?,
                None if is_required(schema, name) => {
                    return Err(Mismatch {
                        field: path,
                        expected: words::of(expected),
                        found: None,
                    });
                }
                None => {}
            }
        }
    }
    if let (Some(expected), Value::Array(elements)) = (schema.get("items"), value) {
        for (at, element) in elements.iter().enumerate() {
            check(expected, element, &join(path, &at.to_string()))?;
        }
    }
    Ok(())
}

/// Whether a dictionary of that schema must have the field.
pub(super) fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|field| field == name))
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// Whether both are numbers and compare so.
fn is(value: &Value, limit: &Value, ordering: Ordering) -> bool {
    let (Value::Number(value), Value::Number(limit)) = (value, limit) else {
        return false;
    };
    compare(value, limit) == Some(ordering)
}

/// Compares integers as such, so that large ones keep all their digits.
fn compare(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

/// How many characters a text has.
fn letters(value: &Value) -> Option<u64> {
    let count = value.as_str()?.chars().count();
    u64::try_from(count).ok()
}

/// How many elements a list has.
fn items(value: &Value) -> Option<u64> {
    u64::try_from(value.as_array()?.len()).ok()
}

fn size(limit: &Value) -> u64 {
    limit.as_u64().unwrap_or_default()
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde_json::{Value, json};

    use crate::schema::Schema;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Paint {
        /// How much of it.
        #[schemars(range(max = 100))]
        percent: u8,
        colour: Option<Colour>,
        #[schemars(length(max = 5))]
        name: Option<String>,
        layers: Option<Vec<Layer>>,
        to: Option<Target>,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Colour {
        /// Like grass.
        Green,
        DarkBlue,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Layer {
        depth: i64,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Target {
        Everywhere,
        Wall(u8),
    }

    fn said(value: Value) -> String {
        match Schema::of::<Paint>().check(&value) {
            Ok(()) => "fits".to_owned(),
            Err(mismatch) => mismatch.to_string(),
        }
    }

    #[test]
    fn no_arguments_are_any_dictionary() {
        let nothing = Schema::of::<()>();
        assert_eq!(nothing.check(&json!({})), Ok(()));
        assert_eq!(nothing.check(&json!({"anything": 1})), Ok(()));
        assert_eq!(nothing.fields(), []);
    }

    #[test]
    fn what_fits_fits_and_unknown_fields_are_left_alone() {
        for value in [
            json!({"percent": 0}),
            json!({"percent": 100, "colour": "dark_blue", "name": "Kärnt", "other": [1]}),
            json!({"percent": 1, "colour": null, "layers": [{"depth": -1}], "to": "everywhere"}),
            json!({"percent": 1, "to": {"wall": 3}}),
        ] {
            assert_eq!(said(value.clone()), "fits", "{value}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named_with_what_is_expected() {
        for (value, expected) in [
            (
                json!({}),
                "`percent` is missing: a whole number from 0 to 100",
            ),
            (
                json!({"percent": 101}),
                "`percent` is a whole number from 0 to 100, not 101",
            ),
            (
                json!({"percent": 1.5}),
                "`percent` is a whole number from 0 to 100, not 1.5",
            ),
            (
                json!({"percent": "full"}),
                "`percent` is a whole number from 0 to 100, not this text",
            ),
            (
                json!({"percent": 1, "colour": "red"}),
                "`colour` is one of `dark_blue`, `green`, or left out, not this text",
            ),
            (
                json!({"percent": 1, "name": "too long"}),
                "`name` is a text of at most 5 characters, or left out, not this text",
            ),
            (
                json!({"percent": 1, "layers": [{"depth": 1}, {"depth": true}]}),
                "`layers.1.depth` is a whole number, not true or false",
            ),
            (
                json!([1]),
                "the arguments are a dictionary of `colour`, `layers`, `name`, `percent`, `to`, \
                 not a list",
            ),
        ] {
            assert_eq!(said(value.clone()), expected, "{value}");
        }
    }
}
