//! Where the programs under test are: built with the profile of the test, if need be now.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The daemon.
pub fn deskconnd() -> PathBuf {
    built().join("deskconnd")
}

/// The command line.
pub fn deskconn() -> PathBuf {
    built().join("deskconn")
}

/// The folder of programs that are as new as their sources. Cargo builds the programs of other
/// packages for nobody's tests, so this asks it to.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // <target>/<profile>/deps/<test>
        let test = std::env::current_exe().expect("a test knows where it is");
        let folder = test
            .ancestors()
            .nth(2)
            .expect("cargo's layout")
            .to_path_buf();
        let profile = match folder.file_name().and_then(OsStr::to_str) {
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--bins", "--package", "deskconnd"])
            .args(["--package", "deskconn-cli", "--profile", profile])
            .arg("--target-dir")
            .arg(folder.parent().expect("cargo's layout"))
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the programs under test do not build");
        folder
    })
}
