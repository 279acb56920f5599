//! Commands as callers see them.

use std::sync::Arc;

use super::*;
use crate::Settings;

fn desk(commands: &str) -> Arc<Desk> {
    let settings: Settings = toml::from_str(commands).expect("settings");
    let script = "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"";
    let launcher = Launcher::new("/bin/sh", &["-c", script, "sh"]);
    Arc::new(Desk::new(settings.commands().expect("right"), launcher))
}

/// Starts a command that nobody cancels, and what it writes nobody takes.
async fn start(desk: &Desk, name: &str) -> Result<Ended, InvocationError> {
    let (parts, _) = mpsc::channel(1);
    desk.start(name, "ana", parts, std::future::pending()).await
}

/// Waits until so many run.
async fn running(desk: &Desk, name: &str, number: u32) {
    let mut changes = desk.changes(name).expect("a command");
    while desk.status(name).expect("a command").running != number {
        assert!(changes.next().await);
    }
}

const SLEEP: &str = "[commands.sleep]\ncommand = ['/bin/sleep', '1000']\n";

#[tokio::test]
async fn one_at_a_time_is_refused_the_second_time_until_it_was_stopped() {
    let desk = desk(SLEEP);
    let first = tokio::spawn({
        let desk = Arc::clone(&desk);
        async move { start(&desk, "sleep").await }
    });
    running(&desk, "sleep", 1).await;
    let refused = start(&desk, "sleep").await.expect_err("it runs");
    assert_eq!(*refused.uri(), uris::ERROR_UNAVAILABLE);
    assert!(refused.to_string().contains("`sleep` runs already"));
    let status = desk.stop("sleep").await.expect("a command");
    assert_eq!(status.running, 0);
    let last = status.last.expect("it has run").ended;
    assert_eq!((last.why, last.signal), (Why::Stopped, Some(15)));
    assert_eq!(first.await.expect("no panic").expect("it ran"), last);
}

#[tokio::test]
async fn others_run_several_times_and_are_stopped_together() {
    let desk = desk(&format!("{SLEEP}one_at_a_time = false"));
    let runs: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let desk = Arc::clone(&desk);
            tokio::spawn(async move { start(&desk, "sleep").await })
        })
        .collect();
    running(&desk, "sleep", AT_ONCE).await;
    let refused = start(&desk, "sleep").await.expect_err("too many");
    assert!(refused.to_string().contains("runs 8 times already"));
    desk.close().await;
    for run in runs {
        assert_eq!(
            run.await.expect("no panic").expect("it ran").why,
            Why::Stopped
        );
    }
    let refused = start(&desk, "sleep").await.expect_err("closed");
    assert_eq!(*refused.uri(), uris::ERROR_UNAVAILABLE);
}

#[tokio::test]
async fn what_is_missing_is_said_before_anything_is_started() {
    let desk = desk(
        "[commands.a]\ncommand = ['/nonexistent/tool']\n\
         [commands.b]\ncommand = ['no-such-tool-anywhere']\n\
         [commands.c]\ncommand = ['/bin/true']\ndirectory = '/nonexistent'\n\
         [commands.d]\ncommand = ['/etc/passwd']\n\
         [commands.e]\ncommand = ['true']\nenvironment = { PATH = '/nonexistent' }\n",
    );
    for (name, said) in [
        ("a", "there is no program `/nonexistent/tool`"),
        ("b", "there is no program `no-such-tool-anywhere`"),
        ("c", "there is no folder /nonexistent"),
        ("d", "there is no program `/etc/passwd`"),
        ("e", "there is no program `true`"),
    ] {
        let refused = start(&desk, name).await.expect_err(name);
        assert_eq!(*refused.uri(), uris::ERROR_UNAVAILABLE);
        assert!(refused.to_string().contains(said), "{refused}");
        let status = desk.status(name).expect("a command");
        assert!(!status.available && status.last.is_none());
        let reason = status.reason.expect("a reason");
        assert!(reason.contains("; hint: "), "{reason}");
    }
}

#[tokio::test]
async fn who_gives_up_ends_it() {
    let desk = desk(SLEEP);
    let (parts, _) = mpsc::channel(1);
    let ended = desk.start("sleep", "ana", parts, async {}).await;
    assert_eq!(ended.expect("it ran").why, Why::Cancelled);
    assert_eq!(desk.status("sleep").expect("a command").running, 0);
}

#[tokio::test]
async fn a_name_that_nobody_gave_is_no_command() {
    let desk = desk(SLEEP);
    let refused = start(&desk, "rm").await.expect_err("none");
    assert_eq!(*refused.uri(), uris::ERROR_NOT_FOUND);
    assert!(desk.changes("rm").is_none());
}
