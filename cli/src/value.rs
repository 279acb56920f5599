//! Arguments as they are typed, and results as they are shown.

use serde_json::{Value as Json, json};
use wamp_proto::{Dict, Payload, Value};

use crate::error::CliError;

/// An argument: what it says as JSON, otherwise the text itself.
pub(crate) fn argument(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// A keyword argument, `key=value`.
///
/// # Errors
///
/// A sentence for the person who typed it.
pub(crate) fn keyword(text: &str) -> Result<(String, Value), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), argument(value))),
        _ => Err(format!("`{text}` is no keyword argument: write KEY=VALUE")),
    }
}

/// Arguments that came from elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arguments {
    /// The positional ones.
    pub(crate) args: Vec<Value>,
    /// The keyword ones.
    pub(crate) kwargs: Dict,
}

impl Arguments {
    /// Reads a payload of any kind.
    ///
    /// # Errors
    ///
    /// If it is none; the router checks them, so that is a fault of the router.
    pub(crate) fn read(payload: &Payload) -> Result<Self, CliError> {
        let unreadable =
            |reason| CliError::failed(format!("the daemon sent arguments that are none: {reason}"));
        Ok(Self {
            args: payload.read_args().map_err(unreadable)?,
            kwargs: payload.read_kwargs().map_err(unreadable)?,
        })
    }

    /// The result as one value: the only positional one, the list of several, the dictionary, or both;
    /// null if there is nothing.
    pub(crate) fn into_value(mut self) -> Value {
        match (self.args.len(), self.kwargs.is_empty()) {
            (0, true) => Value::Null,
            (0, false) => Value::Dict(self.kwargs),
            (1, true) => self.args.remove(0),
            (_, true) => Value::List(self.args),
            (_, false) => Value::Dict(Dict::from([
                ("args".to_owned(), Value::List(self.args)),
                ("kwargs".to_owned(), Value::Dict(self.kwargs)),
            ])),
        }
    }
}

/// `value` in JSON; octets as `\0` and base64, as WAMP writes them there.
///
/// # Errors
///
/// If it has a number that JSON does not.
pub(crate) fn to_json(value: &Value) -> Result<Json, CliError> {
    serde_json::to_value(value)
        .map_err(|error| CliError::failed(format!("the value has no form in JSON: {error}")))
}

/// The arguments as `{"args":[…],"kwargs":{…}}`.
///
/// # Errors
///
/// As [`to_json`].
pub(crate) fn arguments_to_json(arguments: Arguments) -> Result<Json, CliError> {
    let args = to_json(&Value::List(arguments.args))?;
    let kwargs = to_json(&Value::Dict(arguments.kwargs))?;
    Ok(json!({ "args": args, "kwargs": kwargs }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_json_if_it_can_be_and_text_otherwise() {
        for (text, value) in [
            ("5", Value::Int(5)),
            ("-5", Value::Int(-5)),
            ("1.5", Value::Float(1.5)),
            ("true", Value::Bool(true)),
            ("null", Value::Null),
            ("\"5\"", Value::from("5")),
            ("[1]", Value::List(vec![Value::Int(1)])),
            ("next slide", Value::from("next slide")),
            ("", Value::from("")),
            ("{", Value::from("{")),
        ] {
            assert_eq!(argument(text), value, "{text}");
        }
    }

    #[test]
    fn a_keyword_argument_needs_a_key() {
        let keyword = |text| keyword(text).ok();
        assert_eq!(keyword("a=1"), Some(("a".to_owned(), Value::Int(1))));
        assert_eq!(keyword("a=b=c"), Some(("a".to_owned(), Value::from("b=c"))));
        assert_eq!(keyword("a="), Some(("a".to_owned(), Value::from(""))));
        assert_eq!(keyword("a"), None);
        assert_eq!(keyword("=a"), None);
    }

    #[test]
    fn a_result_is_shown_as_the_simplest_value_that_holds_it() {
        let shown = |args: &str, kwargs: &str| {
            let arguments = Arguments {
                args: serde_json::from_str(args).expect("a list"),
                kwargs: serde_json::from_str(kwargs).expect("a dict"),
            };
            to_json(&arguments.into_value()).expect("JSON").to_string()
        };
        assert_eq!(shown("[]", "{}"), "null");
        assert_eq!(shown("[[1]]", "{}"), "[1]");
        assert_eq!(shown("[1,2]", "{}"), "[1,2]");
        assert_eq!(shown("[]", r#"{"a":1}"#), r#"{"a":1}"#);
        assert_eq!(
            shown("[1]", r#"{"a":1}"#),
            r#"{"args":[1],"kwargs":{"a":1}}"#
        );
    }
}
