//! The command line: what every verb takes, and the verbs.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use wamp_proto::MatchPolicy;

use crate::commands::{
    api, call, certificate, completions, component, devices, discover, doctor, forget, grant,
    hosts, join, log, metrics, notify, open, pair, publish, register, revoke, run, screenshot,
    status, subscribe, unpair,
};

/// Use this computer's DeskConn daemon, or one it was paired with.
///
/// Exit codes of all but `run`: 0 done, 1 it went wrong, 2 the command line makes no sense, 3 no daemon answers, 4 it is
/// not allowed, 130 Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "deskconn", version, propagate_version = true)]
#[command(max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every verb takes.
#[derive(Debug, Default, Args)]
pub(crate) struct Global {
    /// Talk to this computer instead of the own one: its name, or the beginning of its id.
    ///
    /// It must have been paired with `deskconn join` before; `deskconn hosts` lists those that were.
    #[arg(long, global = true, value_name = "COMPUTER")]
    pub(crate) on: Option<String>,

    /// Print JSON, one value a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// The Unix socket of the daemon [default: $DESKCONN_SOCKET, or where the daemon puts it].
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "on")]
    pub(crate) socket: Option<PathBuf>,

    /// Tell on standard error what is going on; twice tells more.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The verbs, one file each in `commands/`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Status(status::Args),
    Metrics(metrics::Args),
    Pair(pair::Args),
    Devices(devices::Args),
    Certificate(certificate::Args),
    Grant(grant::Args),
    Revoke(revoke::Args),
    Unpair(unpair::Args),
    Doctor(doctor::Args),
    Log(log::Args),
    Discover(discover::Args),
    Join(join::Args),
    Hosts(hosts::Args),
    Forget(forget::Args),
    Run(run::Args),
    Screenshot(screenshot::Args),
    Component(component::Args),
    Api(api::Args),
    Notify(notify::Args),
    Open(open::Args),
    Call(call::Args),
    Publish(publish::Args),
    Subscribe(subscribe::Args),
    Register(register::Args),
    Completions(completions::Args),
}

impl Command {
    /// The verb, if it does not talk to a daemon and so has no use for `--on`.
    pub(crate) fn without_daemon(&self) -> Option<&'static str> {
        match self {
            Self::Discover(_) => Some("discover"),
            Self::Doctor(_) => Some("doctor"),
            Self::Join(_) => Some("join"),
            Self::Hosts(_) => Some("hosts"),
            Self::Forget(_) => Some("forget"),
            Self::Completions(_) => Some("completions"),
            _ => None,
        }
    }
}

/// How a topic or procedure is matched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Match {
    /// The name itself.
    #[default]
    Exact,
    /// Every name that begins so.
    Prefix,
    /// Every name of as many parts, an empty part standing for any: `org.deskconn..status`.
    Wildcard,
}

impl From<Match> for MatchPolicy {
    fn from(matching: Match) -> Self {
        match matching {
            Match::Exact => Self::Exact,
            Match::Prefix => Self::Prefix,
            Match::Wildcard => Self::Wildcard,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_command_line_is_well_defined() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_and_after_the_verb() {
        for line in [
            "deskconn --json --on desk status",
            "deskconn status --json --on desk",
        ] {
            let cli = parse(line).expect(line);
            assert!(cli.global.json);
            assert_eq!(cli.global.on.as_deref(), Some("desk"));
        }
        assert!(parse("deskconn --on desk --socket /x status").is_err());
    }

    #[test]
    fn call_takes_negative_numbers_and_keywords_anywhere() {
        let cli = parse("deskconn call org.x -1 -k a=1 {} --timeout 5s -k b=x").expect("a call");
        let Command::Call(args) = cli.command else {
            panic!("{:?}", cli.command);
        };
        assert_eq!(args.args, ["-1", "{}"]);
        assert_eq!(args.kwargs.len(), 2);
    }

    #[test]
    fn register_takes_its_command_behind_two_hyphens_only() {
        let cli = parse("deskconn register org.x --match prefix -- sh -c true").expect("register");
        let Command::Register(args) = cli.command else {
            panic!("{:?}", cli.command);
        };
        assert_eq!(args.command, ["sh", "-c", "true"]);
        assert_eq!(args.matching, Match::Prefix);
        assert!(parse("deskconn register org.x").is_err());
        assert!(parse("deskconn register org.x sh").is_err());
    }

    #[test]
    fn verbs_that_need_no_daemon_say_so() {
        for (line, verb) in [
            ("deskconn join", Some("join")),
            ("deskconn hosts", Some("hosts")),
            ("deskconn status", None),
            ("deskconn pair", None),
        ] {
            assert_eq!(parse(line).expect(line).command.without_daemon(), verb);
        }
    }
}
