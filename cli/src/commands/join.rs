//! `deskconn join`: pairing this computer with another daemon, as the device that joins.

use std::fs;
use std::io::{self, IsTerminal};

use deskconn_protocol::grants::Grant;
use deskconn_protocol::pairing::{Code, Join, Paired, PairingSecret};
use deskconn_protocol::profile::{DeviceKind, Profile};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use wamp_client::{JoinError, Session};
use zeroize::Zeroizing;

use super::hosts::to_json;
use crate::address::Address;
use crate::connect::{self, AGENT, reason};
use crate::context::Context;
use crate::error::{CliError, chain};
use crate::hosts::{Host, Known};
use crate::output::Output;
use crate::pairing_screen::grants;
use crate::target::{Target, Wanted, resolve};
use crate::text::{one_line, shell_word};
use crate::timestamp::now;
use crate::{joining, remote};

/// The longest line that is read for a code.
const MAX_LINE: u64 = 256;

/// Pair this computer with another one, on which `deskconn pair` runs.
///
/// Afterwards `deskconn --on NAME …` talks to it. A pairing that fails is not tried again by itself:
/// every try would give a false computer another guess at the code.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The other computer: the link that `deskconn pair` shows there, an address with or without a
    /// port, or its name or id as announced. Without it: the one that is announced to be pairing.
    #[arg(value_name = "LINK|ADDRESS|NAME")]
    target: Option<String>,

    /// The code shown there; asked for if left out. Other users of this computer may see it here.
    #[arg(long)]
    code: Option<String>,
}

pub(crate) async fn run(args: Args, context: &Context) -> Result<(), CliError> {
    context.unless_interrupted(join(args, context)).await
}

async fn join(args: Args, context: &Context) -> Result<(), CliError> {
    let output = &context.output;
    let wanted = Wanted::parse(args.target.as_deref())?;
    let code = args.code.as_deref().map(parse_code).transpose()?;
    let mut hosts = context.hosts_alone()?;
    let identity = hosts.identity()?;
    if matches!(wanted, Wanted::Any | Wanted::Announced(_)) {
        output.note("Listening for announcements…");
    }
    let target = resolve(wanted).await?;
    let (secret, expected) = match target.proof.clone() {
        Some((secret, id)) => (PairingSecret::Qr(secret), Some(id)),
        None => (PairingSecret::Code(ask(code, &target, output).await?), None),
    };
    let offer = Join {
        secret,
        identity,
        profile: own_profile(),
        app: AGENT.to_owned(),
        grants: Grant::defaults(),
        expected,
    };
    let (address, session) = reach(&target).await?;
    let waits = |[first, second]: [&str; 2]| {
        output.note(&format!(
            "Words {first} {second}\nWaiting for {}, whose owner is asked and must see the same two words…",
            target.name
        ));
    };
    let paired = joining::pair(&session, offer, &target.name, waits).await;
    session.leave().await;
    let paired = paired?;
    let host = host(&paired, &target, &address);
    hosts.keep(host.clone())?;
    let known = Known {
        id: paired.peer.id,
        host,
    };
    // The daemon drops a device that never comes back: it may have missed the last message.
    if let Err(error) = remote::open(&known, &hosts).await {
        output.note(&format!(
            "warning: paired, but could not connect: {}",
            error.message
        ));
    }
    tell(&known, &paired, output)
}

/// The code: the one given, or the next line of standard input. A terminal asks again until it looks
/// like a code, which costs no attempt.
async fn ask(code: Option<Code>, target: &Target, output: &Output) -> Result<Code, CliError> {
    if let Some(code) = code {
        return Ok(code);
    }
    // Better to know before typing that nobody is there.
    reach(target).await?.1.leave().await;
    let is_terminal = io::stdin().is_terminal();
    let mut stdin = BufReader::new(tokio::io::stdin());
    loop {
        if is_terminal {
            output.ask(&format!("Code shown by {}:", target.name));
        }
        let mut line = Zeroizing::new(String::new());
        let read = (&mut stdin).take(MAX_LINE).read_line(&mut line).await;
        read.map_err(|error| CliError::failed(format!("can not read the code: {error}")))?;
        if line.is_empty() {
            return Err(CliError::usage("no code was typed")
                .hint("type it, pass it as a line on standard input, or use --code"));
        }
        match parse_code(&line) {
            Err(error) if is_terminal => output.note(&error.message),
            parsed => return parsed,
        }
    }
}

fn parse_code(typed: &str) -> Result<Code, CliError> {
    let parsed = typed.trim().parse::<Code>();
    parsed.map_err(|error| CliError::usage(error.to_string()).hint("type it as shown: 4821 7305"))
}

/// A session in the pairing realm of the target, and where it was reached.
async fn reach(target: &Target) -> Result<(Address, Session), CliError> {
    let reached = connect::first(&target.addresses, connect::stranger).await;
    reached.map_err(|failures| {
        let failures = failures.iter();
        let words = |error: &JoinError| match error {
            JoinError::Connect(error) => reason(error),
            error => chain(error),
        };
        let details = failures.map(|(address, error)| format!("{address}: {}", words(error)));
        CliError::unreachable(format!("can not reach {}", target.name))
            .details(details.collect())
            .hint("is it on and on this network, and does `deskconnd` run there?")
    })
}

/// How this computer presents itself.
fn own_profile() -> Profile {
    let name = gethostname::gethostname();
    let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let platform = platform(&os_release).unwrap_or(std::env::consts::OS);
    Profile::new(&name.to_string_lossy(), platform, "", DeviceKind::Cli)
}

/// `PRETTY_NAME` of os-release(5).
fn platform(os_release: &str) -> Option<&str> {
    let mut lines = os_release.lines();
    let name = lines.find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches(['"', '\''])).filter(|name| !name.is_empty())
}

/// The record of the daemon we were paired with, reached at `address`.
fn host(paired: &Paired, target: &Target, address: &Address) -> Host {
    let others = target.addresses.iter().filter(|other| *other != address);
    let others = others.filter(|other| !other.host.contains('%'));
    let mut host = Host {
        name: paired.peer.profile.name.clone(),
        addresses: others.map(|other| other.host.clone()).collect(),
        port: address.port,
        grants: paired.grants.clone(),
        joined_at: now(),
        certificate: paired.peer.certificate,
        keys: paired.peer.keys,
    };
    host.remember(address);
    host
}

fn tell(known: &Known, paired: &Paired, output: &Output) -> Result<(), CliError> {
    if output.is_json() {
        let mut joined = to_json(known);
        joined["words"] = json!(paired.words);
        return output.json(&joined);
    }
    output.text(&describe(known, paired))
}

fn describe(known: &Known, paired: &Paired) -> String {
    let name = one_line(&known.host.name);
    let on = shell_word(&known.host.name, known.id.hint());
    let [first, second] = paired.words;
    format!(
        "Paired with {name} ({})\n\
         Words {first} {second}\n\
         Grants {}\n\
         That computer must show the same two words. If it does not: deskconn forget {on}\n\
         Now try: deskconn --on {on} call org.deskconn.slides.next",
        known.id.hint(),
        grants(&known.host.grants),
    )
}

#[cfg(test)]
mod tests {
    use deskconn_protocol::identity::Identity;
    use deskconn_protocol::pairing::Peer;
    use expect_test::expect;

    use super::*;

    fn paired(name: &str) -> Paired {
        let keys = *Identity::from_seed(&[1; 64]).public();
        Paired {
            peer: Peer {
                id: keys.id(),
                keys,
                profile: Profile::new(name, "", "", DeviceKind::Daemon),
                certificate: None,
            },
            grants: ["slides", "status"]
                .map(|grant| grant.parse().expect("a grant"))
                .into(),
            words: ["tunnel", "apricot"],
        }
    }

    fn known(name: &str) -> (Known, Paired) {
        let addresses = ["192.0.2.1:80", "192.0.2.2:80", "[fe80::1%2]:80"];
        let target = Target {
            name: String::new(),
            addresses: addresses
                .map(|text| text.parse().expect("an address"))
                .into(),
            proof: None,
        };
        let paired = paired(name);
        let host = host(&paired, &target, &target.addresses[1]);
        let id = paired.peer.id;
        (Known { id, host }, paired)
    }

    #[test]
    fn a_success_shows_the_words_and_what_to_try() {
        let (known, paired) = known("study-laptop");
        let expected = expect![[r#"
            Paired with study-laptop (ef5nhkh3)
            Words tunnel apricot
            Grants slides, status
            That computer must show the same two words. If it does not: deskconn forget study-laptop
            Now try: deskconn --on study-laptop call org.deskconn.slides.next"#]];
        expected.assert_eq(&describe(&known, &paired));
    }

    #[test]
    fn a_name_that_is_no_plain_word_is_not_put_into_a_command() {
        let (known, paired) = known("x; reboot");
        let text = describe(&known, &paired);
        assert!(text.ends_with("deskconn --on ef5nhkh3 call org.deskconn.slides.next"));
    }

    #[test]
    fn the_address_that_answered_comes_first_and_scoped_ones_are_not_kept() {
        let (known, _) = known("study");
        assert_eq!(known.host.addresses, ["192.0.2.2", "192.0.2.1"]);
        assert_eq!(known.host.port, 80);
    }

    #[test]
    fn the_platform_is_read_from_os_release() {
        let debian = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n";
        assert_eq!(platform(debian), Some("Debian GNU/Linux 13 (trixie)"));
        assert_eq!(platform("PRETTY_NAME=\"\""), None);
        assert_eq!(platform(""), None);
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for typed in ["48217305", " 4821 7305\n", "4821-7305"] {
            assert!(parse_code(typed).is_ok(), "{typed}");
        }
        for typed in ["", "4821", "4821 730x"] {
            let error = parse_code(typed).expect_err(typed);
            assert_eq!(error.kind.exit_code(), 2);
        }
    }
}
