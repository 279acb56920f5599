//! Whether the configuration can be used, which the daemon itself says best.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use super::{Finding, Machine};

const CHECK: &str = "configuration";

pub(super) fn look(machine: &Machine) -> Vec<Finding> {
    let path = &machine.paths.config;
    if !path.exists() {
        let message = format!("no file {}: every setting has its default", path.display());
        return vec![Finding::ok(CHECK, message)];
    }
    let mut command = Command::new(program());
    command.arg("--check-config").arg("--config").arg(path);
    vec![match command.output() {
        Ok(checked) if checked.status.success() => {
            Finding::ok(CHECK, format!("{} is right", path.display()))
        }
        Ok(checked) => {
            let said = String::from_utf8_lossy(&checked.stderr);
            let mistake = said.lines().find(|line| !line.trim().is_empty());
            let mistake = mistake.unwrap_or("the daemon does not accept it");
            let mend = format!("mend {}, then deskconnd --check-config", path.display());
            Finding::failing(CHECK, mistake.trim_start_matches("error: "), mend)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Finding::warning(
            CHECK,
            "the program deskconnd, which checks it, is not on the PATH",
            "install deskconnd",
        ),
        Err(error) => Finding::warning(CHECK, error.to_string(), "deskconnd --check-config"),
    }]
}

/// `deskconnd`: the one beside this program, else that of the `PATH`.
fn program() -> PathBuf {
    let own = std::env::current_exe().ok();
    let beside = own.and_then(|own| Some(own.parent()?.join("deskconnd")));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from("deskconnd"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, told};
    use super::*;

    #[test]
    fn no_file_is_a_right_configuration() {
        let root = tempfile::tempdir().expect("a directory");
        let told = told(&look(&machine(root.path())));
        assert!(told[0].starts_with("Ok no file"), "{told:?}");
    }
}
