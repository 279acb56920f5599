//! `web/client/src/api/components.ts`, made of the manifests: what each procedure takes and gives, in TypeScript.

use super::reference::{Sight, reference};
use deskconn_protocol::api::reference::Component;
use deskconn_protocol::schema::Schema;
use expect_test::expect_file;
use serde_json::Value;
use std::collections::BTreeMap;

const INTRODUCTION: &str = "\
/**
 * The procedures and topics of the components, made of what those say of themselves: change it there, then run
 * `make docs`. Names are without the `org.deskconn.` that all begin with; `NAME` stands for what the owner has named.
 */

import type { Empty, Signature } from \"./signature.ts\";
";

/// What stands for an object without fields.
const NOTHING: &str = "Empty";

#[test]
fn the_document_of_types_is_what_the_manifests_say() {
    let everything = reference(&Sight::everything(), None);
    let mut types = BTreeMap::new();
    let mut tables = [const { String::new() }; 4];
    for component in &everything.components {
        let [procedures, named_procedures, topics, named_topics] = &mut tables;
        for procedure in &component.procedures {
            let table = if is_named(&procedure.uri) {
                &mut *named_procedures
            } else {
                &mut *procedures
            };
            let takes = name_of(component, &procedure.arguments, &mut types);
            let gives = name_of(component, &procedure.result, &mut types);
            let row = format!("{}: Signature<{takes}, {gives}>;", key(&procedure.uri));
            *table += &entry(&procedure.summary, &row);
        }
        for topic in &component.topics {
            let table = if is_named(&topic.uri) {
                &mut *named_topics
            } else {
                &mut *topics
            };
            let carries = name_of(component, &topic.payload, &mut types);
            let row = format!("{}: {carries};", key(&topic.uri));
            *table += &entry(&topic.summary, &row);
        }
    }
    let heads = [
        ("ComponentProcedures", "Every procedure of a fixed name."),
        (
            "NamedProcedures",
            "Every procedure of what the owner has named.",
        ),
        (
            "ComponentTopics",
            "Every topic of a fixed name, and what its events carry.",
        ),
        ("NamedTopics", "Every topic of what the owner has named."),
    ];
    let tables = heads.iter().zip(&tables).map(|((name, summary), rows)| {
        format!("\n/** {summary} */\nexport interface {name} {{\n{rows}}}\n")
    });
    let text: String = [INTRODUCTION.to_owned()]
        .into_iter()
        .chain(tables)
        .chain(types.into_values())
        .collect();
    expect_file!["../../../web/client/src/api/components.ts"].assert_eq(&text);
}

/// The name of a type, which is written into `types` unless it is there.
fn name_of(component: &Component, schema: &Schema, types: &mut BTreeMap<String, String>) -> String {
    let schema = schema.as_value();
    if schema.get("properties").is_none() {
        return NOTHING.to_owned();
    }
    let family = capitalised(&component.name);
    let title = schema
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let name = if title.starts_with(&family) {
        title.to_owned()
    } else {
        family + title
    };
    types.entry(name.clone()).or_insert_with(|| {
        let summary = summary_of(schema).unwrap_or_default();
        format!(
            "\n/** {summary} */\nexport interface {name} {}\n",
            object(schema, 0)
        )
    });
    name
}

/// The type of a value, whose lines after the first are `depth` levels deep.
fn type_of(schema: &Value, depth: usize) -> String {
    if let Some(only) = schema.get("const") {
        return only.to_string();
    }
    if let Some(Value::Array(all)) = schema.get("enum") {
        let all = all
            .iter()
            .filter(|one| !one.is_null())
            .map(Value::to_string);
        return all.collect::<Vec<_>>().join(" | ");
    }
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"));
    if let Some(Value::Array(alternatives)) = alternatives {
        let is_null = |one: &&Value| one.get("type").and_then(Value::as_str) == Some("null");
        let types = alternatives.iter().filter(|one| !is_null(one));
        return types
            .map(|one| type_of(one, depth))
            .collect::<Vec<_>>()
            .join(" | ");
    }
    let kinds = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(kind)) => vec![kind.as_str()],
        _ => vec![],
    };
    // An optional field that has no value is left out.
    match kinds.iter().find(|kind| **kind != "null") {
        Some(&"string") => "string".to_owned(),
        Some(&("integer" | "number")) => "number".to_owned(),
        Some(&"boolean") => "boolean".to_owned(),
        Some(&"array") => {
            let items = schema.get("items").map(|items| type_of(items, depth));
            let items = items.unwrap_or_else(|| "unknown".to_owned());
            match items.contains('|') {
                true => format!("readonly ({items})[]"),
                false => format!("readonly {items}[]"),
            }
        }
        Some(&"object") => object(schema, depth),
        _ => "unknown".to_owned(),
    }
}

/// The fields of an object, in braces.
fn object(schema: &Value, depth: usize) -> String {
    let Some(Value::Object(fields)) = schema.get("properties") else {
        let values = schema
            .get("additionalProperties")
            .filter(|values| values.is_object());
        return values.map_or_else(
            || NOTHING.to_owned(),
            |values| format!("Readonly<Record<string, {}>>", type_of(values, depth)),
        );
    };
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
    let indent = "  ".repeat(depth + 1);
    let fields = fields.iter().map(|(name, field)| {
        let summary = summary_of(field).map(|summary| format!("{indent}/** {summary} */\n"));
        let optional = if is_required(name) { "" } else { "?" };
        let value = type_of(field, depth + 1);
        let summary = summary.unwrap_or_default();
        format!("{summary}{indent}readonly {name}{optional}: {value};\n")
    });
    format!("{{\n{}{}}}", fields.collect::<String>(), "  ".repeat(depth))
}

/// A row of a table, with what it is for.
fn entry(summary: &str, row: &str) -> String {
    format!("  /** {summary} */\n  {row}\n")
}

/// What is said of it, on one line.
fn summary_of(schema: &Value) -> Option<String> {
    let summary = schema.get("description")?.as_str()?;
    Some(summary.replace('\n', " ").replace("*/", "*"))
}

fn is_named(uri: &str) -> bool {
    uri.split('.').any(|word| word == "NAME")
}

/// A URI as the key of a table.
fn key(uri: &str) -> String {
    format!("\"{}\"", uri.strip_prefix("org.deskconn.").unwrap_or(uri))
}

/// `screen` as `Screen`.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
