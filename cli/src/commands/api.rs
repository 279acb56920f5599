//! `deskconn api`: what can be called and subscribed to, and what it takes.

use deskconn_protocol::api::reference::{Component, Procedure, Reference, ReferenceQuery, Topic};
use deskconn_protocol::schema::Schema;
use deskconn_protocol::uris;
use wamp_client::Session;

use crate::context::Context;
use crate::error::CliError;
use crate::rpc;

/// Show what can be called and subscribed to, with what it takes and gives.
///
/// On another computer that is what this one was granted. With --json, arguments and results are JSON
/// Schemas.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this component, as `slides`, or what begins so, as `org.deskconn.slides.set_profile`.
    name: Option<String>,
}

pub(crate) async fn run(Args { name }: Args, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        ask(&session, name.clone()).await
    };
    let reference = context.unless_interrupted(work).await?;
    if context.output.is_json() {
        return context.output.json(&reference);
    }
    if let (true, Some(name)) = (reference.components.is_empty(), name) {
        let error = CliError::failed(format!("nothing is called `{name}`, or begins so"));
        return Err(error.hint("`deskconn api` shows everything"));
    }
    context.output.text(&describe(&reference))
}

/// What the daemon offers to `session` under `name`.
///
/// # Errors
///
/// If it does not answer.
pub(crate) async fn ask(session: &Session, name: Option<String>) -> Result<Reference, CliError> {
    rpc::ask(session, uris::DAEMON_API, &ReferenceQuery { name }).await
}

/// What `procedure` takes, in a line, if the daemon knows and tells.
pub(crate) async fn takes(session: &Session, procedure: &str) -> Option<String> {
    let reference = ask(session, Some(procedure.to_owned())).await.ok()?;
    let procedures = reference.components.into_iter().flat_map(|c| c.procedures);
    let mut procedures = procedures.filter(|known| known.uri == procedure);
    let fields = procedures.next()?.arguments;
    let fields: Vec<_> = fields
        .fields()
        .iter()
        .map(|field| {
            let optional = if field.required { "" } else { "optional, " };
            format!("{} ({optional}{})", field.name, field.words)
        })
        .collect();
    Some(match &*fields {
        [] => "it takes no arguments".to_owned(),
        fields => format!("it takes {}", fields.join(", ")),
    })
}

fn describe(reference: &Reference) -> String {
    let components = reference.components.iter().map(component);
    components.collect::<Vec<_>>().join("\n\n")
}

fn component(component: &Component) -> String {
    let mut lines = vec![format!("{}: {}", component.name, component.summary)];
    lines.push(format!("  Needs {}", component.needs));
    for grant in &component.grants {
        let whose = match (grant.default, grant.for_web) {
            (true, _) => " Every new device has it.",
            (false, true) => "",
            (false, false) => " Not for web pages.",
        };
        lines.push(format!("  Grant {}: {}{whose}", grant.name, grant.summary));
    }
    lines.extend(component.procedures.iter().flat_map(procedure));
    lines.extend(component.topics.iter().flat_map(topic));
    lines.join("\n")
}

fn procedure(procedure: &Procedure) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("  {}", procedure.uri),
        format!("    {}", procedure.summary),
    ];
    lines.extend(fields("takes", &procedure.arguments));
    let part = procedure.progress.as_ref();
    lines.extend(
        part.into_iter()
            .flat_map(|part| fields("gives in parts", part)),
    );
    lines.extend(fields("gives", &procedure.result));
    lines
}

fn topic(topic: &Topic) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!("  {} (topic)", topic.uri),
        format!("    {}", topic.summary),
    ];
    lines.extend(fields("carries", &topic.payload));
    lines
}

/// `takes  percent  a whole number from 0 to 100`, a line for each.
fn fields(verb: &str, schema: &Schema) -> Vec<String> {
    let fields = schema.fields();
    let width = fields.iter().map(|field| field.name.chars().count()).max();
    let width = width.unwrap_or(0);
    let line = |(at, field): (usize, &deskconn_protocol::schema::Field<'_>)| {
        let verb = if at == 0 { verb } else { "" };
        let optional = if field.required { "" } else { " (optional)" };
        format!(
            "    {verb:7}  {:width$}  {}{optional}",
            field.name, field.words
        )
    };
    fields.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::api::reference::Grant;
    use deskconn_protocol::api::slides::{OnAction, SetProfile, Status};
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_component_is_described_with_what_its_procedures_take_and_give() {
        let slides = Component {
            name: "slides".to_owned(),
            summary: "Flips slides.".to_owned(),
            needs: "/dev/uinput".to_owned(),
            grants: vec![Grant {
                name: "slides".to_owned(),
                summary: "Turn slides.".to_owned(),
                for_web: true,
                default: true,
            }],
            procedures: vec![Procedure {
                uri: uris::SLIDES_SET_PROFILE.to_owned(),
                summary: "Choose the viewer.".to_owned(),
                arguments: Schema::of::<SetProfile>(),
                result: Schema::of::<Status>(),
                progress: None,
            }],
            topics: vec![Topic {
                uri: uris::SLIDES_ON_ACTION.to_owned(),
                summary: "Somebody did something to the slides.".to_owned(),
                payload: Schema::of::<OnAction>(),
            }],
        };
        let reference = Reference {
            components: vec![slides],
        };
        let expected = expect![[r#"
            slides: Flips slides.
              Needs /dev/uinput
              Grant slides: Turn slides. Every new device has it.

              org.deskconn.slides.set_profile
                Choose the viewer.
                takes    profile  a text
                gives    available  true or false
                         profile    a text
                         backend    one of `uinput`, `portal`, `x11` (optional)
                         not_used   a list, each a dictionary of `backend`, `reason` (optional)
                         reason     a text (optional)

              org.deskconn.slides.on_action (topic)
                Somebody did something to the slides.
                carries  action  one of `next`, `previous`, `first`, `last`, `start`, `start_current`, `stop`, `black`, `white`
                         by      a text (optional)"#]];
        expected.assert_eq(&describe(&reference));
    }
}
