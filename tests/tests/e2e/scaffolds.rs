//! What `deskconn component new` writes runs as it is, in every language.

use std::path::{Path, PathBuf};
use std::process::Command;

use deskconn_tests::{Daemon, TempHome, eventually};
use serde_json::Value;

/// Has a component `lamp` written and runs it, its program in the place of `program` and prepared by
/// `prepare`; then switches it.
async fn check(language: &str, program: (&str, PathBuf), prepare: impl FnOnce(&Path)) {
    let home = TempHome::new();
    let directory = home.path().join("lamp");
    let path = directory.to_string_lossy();
    let new = ["component", "new", "lamp", "--language", language];
    let new = [new.as_slice(), &["--directory", &path]].concat();
    let written = home.cli(&new).await;
    let said = written.success();
    let (_, block) = said.split_once("\n\n").expect("a block of configuration");
    let (block, _) = block.split_once("\n\n").expect("an end of the block");
    let (name, real) = program;
    let block = block.replacen(&format!("{name:?}"), &format!("{real:?}"), 1);
    prepare(&directory);
    let quiet = "discovery.announce = false\ncomponents.slides.enabled = false\n\
        components.screen.enabled = false\n";
    home.configure(&format!("{quiet}{block}\n"));

    let daemon = Daemon::start_in(home).await;
    let status = ["call", "local.lamp.status", "--json"];
    let is_on = async || -> Option<bool> {
        let called = daemon.cli(&status).await;
        // Before it has joined, there is no such procedure.
        let answer = called
            .code
            .filter(|code| *code == 0)
            .map(|_| &called.stdout)?;
        let result: Value = serde_json::from_str(answer).expect("JSON");
        result["on"].as_bool()
    };
    let ready = eventually("the lamp answers", is_on).await;
    assert!(!ready);
    let switch = ["call", "local.lamp.switch", "-k", "on=true"];
    daemon.cli(&switch).await.success();
    assert_eq!(is_on().await, Some(true));
    let wrong = ["call", "local.lamp.switch", "-k", "on=perhaps"];
    let refused = daemon.cli(&wrong).await;
    assert!(
        refused.failure(1).contains("invalid_argument"),
        "{refused:?}"
    );
    let logs = daemon.cli(&["component", "logs", "lamp"]).await;
    assert!(logs.success().contains("ready"), "{logs:?}");
    // A second one of the name would write over the first.
    daemon.cli(&new).await.failure(1);
}

#[tokio::test]
async fn in_python() {
    check("python", ("python3", deskconn_netns::python()), |_| {}).await;
}

#[tokio::test]
async fn in_node() {
    check("node", ("node", "node".into()), |directory| {
        let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/node_modules");
        let here = directory.join("node_modules");
        std::os::unix::fs::symlink(installed, here).expect("a new folder");
    })
    .await;
}

#[tokio::test]
async fn in_rust() {
    // The template is an example of this workspace, so it is built as such.
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "deskconn-component"])
        .args(["--example", "lamp"])
        .status();
    assert!(built.expect("cargo runs").success());
    let test = std::env::current_exe().expect("a test knows where it is");
    let target = test.ancestors().nth(3).expect("cargo's layout");
    let example = target.join("debug/examples/lamp");
    check("rust", ("target/release/lamp", example), |_| {}).await;
}

#[tokio::test]
async fn a_name_that_can_not_be_one_is_refused() {
    let home = TempHome::new();
    for name in ["slides", "Lamp", "screen.lock", "../lamp", "gpio"] {
        let refused = home.cli(&["component", "new", name]).await;
        let said = refused.failure(2);
        assert!(said.contains("can not be a component's name"), "{said}");
    }
}
