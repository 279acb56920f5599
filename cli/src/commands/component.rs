//! `deskconn component`: the parts of the daemon that move the desk, and those of others.

mod new;

use deskconn_protocol::api::components::{
    Components, Details, Held, Incident, Logs, LogsQuery, Named, Origin, Stream,
};
use deskconn_protocol::api::daemon::ComponentState;
use deskconn_protocol::uris;

use crate::context::Context;
use crate::duration::ago;
use crate::error::CliError;
use crate::rpc;
use crate::table::table;
use crate::text::one_line;
use crate::timestamp::{now, utc};

/// List components, look what they write, restart them, switch them on and off, begin a new one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the components and how they are doing.
    List,
    /// Show what the process of a component has written.
    Logs {
        /// Its name.
        name: String,
        /// At most so many lines, the latest.
        #[arg(long, short = 'n', default_value_t = 100)]
        lines: usize,
    },
    /// Stop a component and start it anew.
    Restart {
        /// Its name.
        name: String,
    },
    /// Start a component, now and whenever the daemon starts.
    Enable {
        /// Its name.
        name: String,
    },
    /// Stop a component, and do not start it with the daemon any more.
    Disable {
        /// Its name.
        name: String,
    },
    New(new::Args),
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    match args.what {
        What::List => list(context).await,
        What::Logs { name, lines } => logs(name, lines, context).await,
        What::Restart { name } => order(uris::DAEMON_COMPONENT_RESTART, name, context).await,
        What::Enable { name } => order(uris::DAEMON_COMPONENT_ENABLE, name, context).await,
        What::Disable { name } => order(uris::DAEMON_COMPONENT_DISABLE, name, context).await,
        What::New(args) => new::run(&args, context),
    }
}

async fn list(context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Components>(&session, uris::DAEMON_COMPONENTS, &()).await
    };
    let Components { components } = context.unless_interrupted(work).await?;
    if context.output.is_json() {
        return components
            .iter()
            .try_for_each(|one| context.output.json(one));
    }
    context.output.text(&describe(&components, now()))
}

async fn logs(name: String, lines: usize, context: &Context) -> Result<(), CliError> {
    let query = LogsQuery {
        name,
        limit: Some(lines),
    };
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Logs>(&session, uris::DAEMON_COMPONENT_LOGS, &query).await
    };
    let Logs { lines } = context.unless_interrupted(work).await?;
    if context.output.is_json() {
        return lines.iter().try_for_each(|line| context.output.json(line));
    }
    let lines = lines.iter().map(|line| {
        let by = match line.stream {
            Stream::Out => "out",
            Stream::Err => "err",
            Stream::Daemon => "daemon",
        };
        format!("{}  {by:6}  {}", utc(line.at), one_line(&line.text))
    });
    context.output.text(&lines.collect::<Vec<_>>().join("\n"))
}

/// Has the daemon do something with a component, and says how it is then.
async fn order(procedure: &'static str, name: String, context: &Context) -> Result<(), CliError> {
    let work = async {
        let session = context.session().await?;
        rpc::ask::<Details>(&session, procedure, &Named { name }).await
    };
    let details = context.unless_interrupted(work).await?;
    if context.output.is_json() {
        return context.output.json(&details);
    }
    let done = match procedure {
        uris::DAEMON_COMPONENT_RESTART => "is started anew",
        uris::DAEMON_COMPONENT_ENABLE => "is switched on",
        _ => "is switched off",
    };
    let name = one_line(&details.component.name);
    context.output.text(&format!("{name} {done}"))
}

fn describe(components: &[Details], now: u64) -> String {
    let row = |details: &Details| {
        [
            details.component.name.clone(),
            state(details.component.state).to_owned(),
            match (details.origin, details.pid) {
                (_, Some(pid)) => format!("process {pid}{}", sandbox(details.sandbox)),
                (Origin::BuiltIn, None) => "daemon".to_owned(),
                (Origin::ThirdParty, None) => String::new(),
            },
            details.restarts.to_string(),
            details.prefixes.join(" "),
        ]
    };
    let rows: Vec<_> = components.iter().map(row).collect();
    let mut lines = vec![table(
        ["NAME", "STATE", "RUNS IN", "RESTARTS", "OFFERS"],
        &rows,
    )];
    for details in components {
        let name = one_line(&details.component.name);
        if let Some(reason) = &details.component.reason {
            let reason = reason.replacen("; hint: ", "\n  hint: ", 1);
            let reason: Vec<_> = reason.lines().map(one_line).collect();
            lines.push(format!("{name}: {}", reason.join("\n")));
        }
        let incidents = details.incidents.iter();
        lines.extend(incidents.map(|incident| format!("{name}: {}", say(incident, now))));
    }
    lines.join("\n")
}

/// `tried to … (3 times, 2 min ago)`.
fn say(incident: &Incident, now: u64) -> String {
    let when = ago(incident.at, now);
    let what = one_line(&incident.what);
    match incident.times {
        0 | 1 => format!("{what} ({when})"),
        times => format!("{what} ({times} times, {when})"),
    }
}

/// How far it is held, as the end of a phrase.
fn sandbox(held: Option<Held>) -> &'static str {
    match held {
        None => "",
        Some(Held::Fully) => ", sandboxed",
        Some(Held::Partly) => ", partly sandboxed",
        Some(Held::Not) => ", not sandboxed",
    }
}

fn state(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Running => "running",
        ComponentState::Starting => "starting",
        ComponentState::Idle => "idle",
        ComponentState::Unavailable => "unavailable",
        ComponentState::Failed => "failed",
        ComponentState::Disabled => "disabled",
    }
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::api::daemon::Component;
    use expect_test::expect;

    use super::*;

    #[test]
    fn components_are_a_table_and_below_it_what_is_wrong() {
        let component = |name: &str, state, reason: Option<&str>| Component {
            name: name.to_owned(),
            state,
            reason: reason.map(str::to_owned),
        };
        let slides = Details {
            component: component(
                "slides",
                ComponentState::Unavailable,
                Some("there is no /dev/uinput; hint: run `sudo modprobe uinput`"),
            ),
            origin: Origin::BuiltIn,
            prefixes: vec!["org.deskconn.slides.".to_owned()],
            pid: None,
            sandbox: None,
            restarts: 0,
            incidents: Vec::new(),
        };
        let lamp = Details {
            component: component("lamp", ComponentState::Running, None),
            origin: Origin::ThirdParty,
            prefixes: vec!["local.lamp.".to_owned()],
            pid: Some(4711),
            sandbox: Some(Held::Fully),
            restarts: 2,
            incidents: vec![Incident {
                at: 1_000,
                what: "it hangs".to_owned(),
                times: 2,
            }],
        };
        let expected = expect![[r#"
            NAME    STATE        RUNS IN                  RESTARTS  OFFERS
            slides  unavailable  daemon                   0         org.deskconn.slides.
            lamp    running      process 4711, sandboxed  2         local.lamp.
            slides: there is no /dev/uinput
            hint: run `sudo modprobe uinput`
            lamp: it hangs (2 times, 2 min ago)"#]];
        expected.assert_eq(&describe(&[slides, lamp], 1_120));
    }
}
