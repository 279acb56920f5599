//! Becomes the process of a component: takes limits on itself, then runs the command in its own place.

use crate::sandbox;
use deskconn_component::process::{Limits, Sandbox};
use rustix::process::{Resource, Rlimit, Signal};
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Runs `command` in the place of this process, within `limits` and `sandbox`, without core dumps and unable
/// to gain privileges by running other programs (`PR_SET_NO_NEW_PRIVS`). It is killed when the daemon dies
/// (`PR_SET_PDEATHSIG`), and among the first when the system has no memory left.
///
/// Returns only if that fails: why.
pub fn exec(limits: Limits, sandbox: Option<&Sandbox>, command: &[OsString]) -> io::Error {
    let Err(error) = become_command(limits, sandbox, command);
    error
}

fn become_command(
    limits: Limits,
    sandbox: Option<&Sandbox>,
    command: &[OsString],
) -> Result<std::convert::Infallible, io::Error> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let at_most = |most| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    rustix::process::setrlimit(Resource::Core, at_most(0))?;
    rustix::process::setrlimit(Resource::Data, at_most(limits.memory_mb << 20))?;
    rustix::process::setrlimit(Resource::Nofile, at_most(limits.open_files))?;
    rustix::process::nice(limits.niceness)?;
    rustix::thread::set_no_new_privs(true)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // A system without it has other ways to choose.
    drop(std::fs::write("/proc/self/oom_score_adj", "500"));
    if let Some(sandbox) = sandbox {
        sandbox::enter(sandbox).map_err(io::Error::other)?;
    }
    Err(Command::new(program).args(arguments).exec())
}
