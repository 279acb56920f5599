//! Schemas and values in words, for people who got an argument wrong.

use serde_json::Value;

/// What a schema asks for: `a whole number from 0 to 100`.
pub(super) fn of(schema: &Value) -> String {
    let optional = types(schema).is_some_and(|types| types.contains(&"null"))
        || choices(schema).is_some_and(|forms| forms.iter().any(is_null));
    let words = of_a_value(schema);
    if optional {
        format!("{words}, or left out")
    } else {
        words
    }
}

/// What a value is, without telling what a text says.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(_) => "this text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a dictionary".to_owned(),
    }
}

/// The forms that a schema lets choose between.
pub(super) fn choices(schema: &Value) -> Option<&Vec<Value>> {
    let forms = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(key));
    forms.and_then(Value::as_array)
}

/// The names of the types that a schema allows, if it says so.
pub(super) fn types(schema: &Value) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// The same, where something is there.
pub(super) fn of_a_value(schema: &Value) -> String {
    if let Some(constants) = constants(schema) {
        let quoted: Vec<_> = constants.iter().map(|text| format!("`{text}`")).collect();
        return match &*quoted {
            [one] => one.clone(),
            several => format!("one of {}", several.join(", ")),
        };
    }
    if let Some(forms) = choices(schema) {
        let forms = forms.iter().filter(|form| !is_null(form)).map(of_a_value);
        return forms.collect::<Vec<_>>().join(", or ");
    }
    let names = types(schema).unwrap_or_default();
    match names.into_iter().find(|name| *name != "null") {
        Some("integer") => format!("a whole number{}", range(schema)),
        Some("number") => format!("a number{}", range(schema)),
        Some("string") => format!("a text{}", length(schema, "maxLength", "characters")),
        Some("boolean") => "true or false".to_owned(),
        Some("array") => {
            let each = schema.get("items").map(of_a_value);
            let each = each.map(|each| format!(", each {each}"));
            let length = length(schema, "maxItems", "elements");
            format!("a list{length}{}", each.unwrap_or_default())
        }
        Some("object") => dictionary(schema),
        _ => "anything".to_owned(),
    }
}

fn dictionary(schema: &Value) -> String {
    let fields = schema.get("properties").and_then(Value::as_object);
    let names = fields.into_iter().flatten();
    let names: Vec<_> = names.map(|(name, _)| format!("`{name}`")).collect();
    match &*names {
        [] => "a dictionary".to_owned(),
        names => format!("a dictionary of {}", names.join(", ")),
    }
}

/// The texts a schema lists, if it is nothing but a list of texts.
fn constants(schema: &Value) -> Option<Vec<&str>> {
    if let Some(constant) = schema.get("const") {
        return Some(vec![constant.as_str()?]);
    }
    if let Some(listed) = schema.get("enum").and_then(Value::as_array) {
        return Some(listed.iter().filter_map(Value::as_str).collect());
    }
    let forms = choices(schema)?.iter().filter(|form| !is_null(form));
    let constants: Option<Vec<_>> = forms.map(constants).collect();
    Some(constants?.concat())
}

/// ` from 0 to 100`, where the limits are not those of 64 bits or so.
fn range(schema: &Value) -> String {
    let limit = |key| schema.get(key).map(number);
    match (limit("minimum"), limit("maximum")) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" not below {least}"),
        (None, Some(most)) => format!(" not above {most}"),
        (None, None) => String::new(),
    }
}

/// A limit, whole if it can be: schemas write them as `100.0` too.
fn number(limit: &Value) -> String {
    match limit.as_f64() {
        Some(float) if limit.is_f64() && float.fract() == 0.0 => format!("{float:.0}"),
        _ => limit.to_string(),
    }
}

fn length(schema: &Value, key: &str, what: &str) -> String {
    let most = schema.get(key).and_then(Value::as_u64);
    most.map(|most| format!(" of at most {most} {what}"))
        .unwrap_or_default()
}

/// Whether it is for null and nothing else.
pub(super) fn is_null(schema: &Value) -> bool {
    types(schema).is_some_and(|types| types == ["null"])
}
