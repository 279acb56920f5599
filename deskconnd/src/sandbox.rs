//! Holds a process to the files and networks it has to do with, by the kernel's Landlock.

use deskconn_component::process::Sandbox;
use deskconn_protocol::api::components::Held;
use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};
use std::path::PathBuf;
use std::sync::OnceLock;

/// What is asked of the kernel: that of Linux 6.12. Older ones do a part of it, those before 5.13 nothing.
/// Later ones do no more, so that a component works with all of them or none.
const ABI: ABI = ABI::V6;

/// What every program reads: programs, libraries and settings of the system, and what the kernel tells.
const SYSTEM: &[&str] = &[
    "/bin",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/opt",
    "/proc",
    "/sbin",
    "/snap",
    "/sys",
    "/usr",
];

/// What every program writes.
const DEVICES: &[&str] = &[
    "/dev/full",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
];

/// Why a process is not held, and must be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The kernel does not do it, or not all of it.
    #[error("{}", words(*.0))]
    NotHeld(Held),
    /// The kernel does not want to.
    #[error("the kernel refuses its sandbox")]
    Refused(#[from] RulesetError),
}

/// Holds this thread, and all that it starts, to `sandbox`: for ever.
///
/// # Errors
/// If the kernel refuses that, or `sandbox` is required and the kernel does not do all of it.
pub fn enter(sandbox: &Sandbox) -> Result<Held, SandboxError> {
    let held = restrict(sandbox)?;
    if sandbox.required && held != Held::Fully {
        return Err(SandboxError::NotHeld(held));
    }
    Ok(held)
}

/// How far this kernel holds processes to a sandbox. The first time, waits for a thread that tries it.
pub fn probe() -> Held {
    static PROBED: OnceLock<Held> = OnceLock::new();
    *PROBED.get_or_init(|| {
        let tried = std::thread::spawn(|| restrict(&Sandbox::default()));
        let held = tried.join().ok().and_then(Result::ok);
        held.unwrap_or(Held::Not)
    })
}

/// How far something is held, in words.
pub(crate) const fn words(held: Held) -> &'static str {
    match held {
        Held::Fully => "this kernel holds it to its sandbox",
        Held::Partly => "this kernel holds it to a part of its sandbox; Linux 6.12 does to all",
        Held::Not => "this kernel does not hold it to its sandbox: it has no Landlock (Linux 5.13)",
    }
}

fn restrict(sandbox: &Sandbox) -> Result<Held, RulesetError> {
    let all = AccessFs::from_all(ABI);
    let network = AccessNet::from_all(ABI);
    let mut ruleset = Ruleset::default().handle_access(all)?;
    if !sandbox.network {
        ruleset = ruleset.handle_access(network)?;
    }
    let own_program: Vec<PathBuf> = std::env::current_exe().into_iter().collect();
    let read = AccessFs::from_read(ABI);
    let status = ruleset
        // Processes outside get no signals. Sockets without a path stay open, as those with one do.
        .scope(Scope::Signal)?
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, read))?
        .add_rules(path_beneath_rules(&own_program, read))?
        .add_rules(path_beneath_rules(&sandbox.read, read))?
        .add_rules(path_beneath_rules(DEVICES, all))?
        .add_rules(path_beneath_rules(&sandbox.write, all))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Held::Fully,
        RulesetStatus::PartiallyEnforced => Held::Partly,
        RulesetStatus::NotEnforced => Held::Not,
    })
}

#[cfg(test)]
mod tests;
