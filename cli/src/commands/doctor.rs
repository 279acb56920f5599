//! `deskconn doctor`: what is wrong on this machine, and what mends it.

use deskconn_protocol::api::daemon::Status;
use deskconn_protocol::uris;

use crate::context::Context;
use crate::doctor::{self, Finding, Level, Machine};
use crate::error::CliError;
use crate::rpc;
use crate::text::one_line;

/// Look for what is wrong on this machine, and say what mends it.
///
/// Nothing is changed. Exit code 1 if something fails.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(Args {}: Args, context: &Context) -> Result<(), CliError> {
    context.unless_interrupted(look(context)).await
}

async fn look(context: &Context) -> Result<(), CliError> {
    let status = async {
        let session = context.session().await?;
        rpc::ask::<Status>(&session, uris::DAEMON_STATUS, &()).await
    };
    let status = status.await.map_err(|error| error.message);
    let machine = Machine::own(context.paths()?, status);
    let mut findings = machine.look();
    findings.extend(doctor::bus(&machine).await);
    findings.extend(doctor::announcement(&machine).await);
    for finding in &findings {
        match context.output.is_json() {
            true => context.output.json(finding)?,
            false => context.output.text(&describe(finding))?,
        }
    }
    match findings
        .iter()
        .filter(|f| f.level == Level::Failing)
        .count()
    {
        0 => Ok(()),
        1 => Err(CliError::failed("one thing fails")),
        several => Err(CliError::failed(format!("{several} things fail"))),
    }
}

/// `ok       daemon  answers`, and below what mends it.
fn describe(finding: &Finding) -> String {
    let level = match finding.level {
        Level::Ok => "ok",
        Level::Warning => "warning",
        Level::Failing => "failing",
    };
    let message = one_line(&finding.message);
    let line = format!("{level:7}  {:13}  {message}", finding.check);
    match &finding.mend {
        Some(mend) => format!("{line}\n{:24}mend: {}", "", one_line(mend)),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_finding_is_a_line_and_what_mends_it_another() {
        let finding = |level, mend: Option<&str>| Finding {
            check: "uinput",
            level,
            message: "there is no /dev/uinput".to_owned(),
            mend: mend.map(str::to_owned),
        };
        let shown = [
            finding(Level::Ok, None),
            finding(Level::Failing, Some("sudo modprobe uinput")),
        ];
        let lines: Vec<_> = shown.iter().map(describe).collect();
        expect![[r#"
            ok       uinput         there is no /dev/uinput
            failing  uinput         there is no /dev/uinput
                                    mend: sudo modprobe uinput"#]]
        .assert_eq(&lines.join("\n"));
    }
}
