//! `docs/components.md`, made of the manifests.

use super::reference::{Sight, reference};
use deskconn_protocol::api::reference::{Component, Procedure, Topic};
use deskconn_protocol::schema::Schema;
use expect_test::expect_file;

const INTRODUCTION: &str = "\
# Components

Every procedure and topic of the components that come with the daemon, made of what they say of themselves
(`deskconn api` prints the same for a running daemon): change it there, then run `make docs`. How to write a
component of your own is told in [writing-components.md](writing-components.md).

All arguments and results are keyword arguments. A wrong argument is answered with
`org.deskconn.error.invalid_argument`: its sentence and its keyword arguments `argument`, `expected` and `hint`
say which it is, what it should be, and what to do. What the machine lacks is answered with
`org.deskconn.error.unavailable`. `NAME` in a URI stands for what the owner has given a name in the
configuration.
";

#[test]
fn the_document_is_what_the_manifests_say() {
    let everything = reference(&Sight::everything(), None);
    let components = everything.components.iter().map(component);
    let text: String = [INTRODUCTION.to_owned()]
        .into_iter()
        .chain(components)
        .collect();
    expect_file!["../../../docs/components.md"].assert_eq(&text);
}

fn component(component: &Component) -> String {
    let Component {
        name,
        summary,
        needs,
        ..
    } = component;
    let mut text = format!("\n## {name}\n\n{summary} It needs {needs}.\n\n");
    text += "| grant | allows | a new device has it | web pages may have it |\n|---|---|---|---|\n";
    let yes = |it| if it { "yes" } else { "no" };
    for grant in &component.grants {
        let (default, web) = (yes(grant.default), yes(grant.for_web));
        text += &format!(
            "| `{}` | {} | {default} | {web} |\n",
            grant.name, grant.summary
        );
    }
    text += &component
        .procedures
        .iter()
        .map(procedure)
        .collect::<String>();
    text += &component.topics.iter().map(topic).collect::<String>();
    text
}

fn procedure(procedure: &Procedure) -> String {
    let mut text = format!("\n### `{}`\n\n{}\n", procedure.uri, procedure.summary);
    text += &fields("Takes", &procedure.arguments);
    if let Some(part) = &procedure.progress {
        text += &fields("Gives in parts", part);
    }
    text + &fields("Gives", &procedure.result)
}

fn topic(topic: &Topic) -> String {
    let text = format!("\n### Topic `{}`\n\n{}\n", topic.uri, topic.summary);
    text + &fields("Carries", &topic.payload)
}

/// A table of keyword arguments; nothing if there are none.
fn fields(verb: &str, schema: &Schema) -> String {
    let fields = schema.fields();
    if fields.is_empty() {
        return String::new();
    }
    let mut text = format!("\n| {verb} | | |\n|---|---|---|\n");
    for field in fields {
        let optional = if field.required { "" } else { "; optional" };
        let summary = field
            .summary
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        text += &format!(
            "| `{}` | {}{optional} | {summary} |\n",
            field.name, field.words
        );
    }
    text
}
