//! Runs of real processes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use deskconn_component::process::{Inherited, Limits, Spec};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::sync::oneshot;

use super::*;

/// Becomes the command without taking any limits: they are the daemon's to take.
fn launcher() -> Launcher {
    let script = "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"";
    Launcher::new("/bin/sh", &["-c", script, "sh"])
}

/// A command that is this shell script.
fn script(script: &str) -> Command {
    Command {
        title: "Test".to_owned(),
        spec: Spec {
            command: ["/bin/sh", "-c", script].map(str::to_owned).into(),
            directory: PathBuf::from("/"),
            inherits: Inherited::Only(&["PATH"]),
            env: BTreeMap::from([("COLOUR".to_owned(), "blue".to_owned())]),
            limits: Limits::default(),
            sandbox: None,
        },
        timeout: Duration::from_secs(60),
        max_output: 1 << 20,
        output_rate: 1 << 30,
        one_at_a_time: true,
        keep_running: false,
    }
}

/// What came of a run: how it ended, and what it wrote where.
struct Outcome {
    ended: Ended,
    out: String,
    err: String,
}

/// Runs `command`; `until` is told what it has written to standard output so far, and whether it says why the
/// command is to end.
async fn run_until(command: &Command, until: impl Fn(&str) -> Option<Why>) -> Outcome {
    let (parts, mut written) = mpsc::channel(1);
    let (decide, decided) = oneshot::channel();
    let end = async {
        match decided.await {
            Ok(why) => why,
            Err(_) => std::future::pending().await,
        }
    };
    let launcher = launcher();
    let running = run(&launcher, command, parts, end);
    let collecting = async {
        let (mut out, mut err, mut decide) = (String::new(), String::new(), Some(decide));
        while let Some(part) = written.recv().await {
            let text = part.text.expect("text");
            match part.stream {
                Stream::Out => out.push_str(&text),
                Stream::Err => err.push_str(&text),
            }
            if let Some(why) = until(&out)
                && let Some(decide) = decide.take()
            {
                decide.send(why).expect("it runs");
            }
        }
        (out, err)
    };
    let (ended, (out, err)) = tokio::join!(running, collecting);
    let ended = ended.expect("it was started");
    Outcome { ended, out, err }
}

async fn run_to_its_end(command: &Command) -> Outcome {
    run_until(command, |_| None).await
}

/// Waits until no process has this id any more.
async fn gone(pid: &str) {
    let pid = Pid::from_raw(pid.trim().parse().expect("a process id")).expect("a process id");
    let gone = async {
        let mut again = tokio::time::interval(Duration::from_millis(5));
        while test_kill_process(pid).is_ok() {
            again.tick().await;
        }
    };
    timeout(Duration::from_secs(60), gone)
        .await
        .expect("it is gone");
}

#[tokio::test]
async fn it_writes_to_two_streams_and_ends_with_a_code() {
    let command = script("echo to $COLOUR; echo from >&2; exit 7");
    let Outcome { ended, out, err } = run_to_its_end(&command).await;
    assert_eq!((out.as_str(), err.as_str()), ("to blue\n", "from\n"));
    assert_eq!((ended.why, ended.code), (Why::Exited, Some(7)));
    assert_eq!((ended.signal, ended.left_out), (None, 0));
}

#[tokio::test]
async fn it_ends_by_a_signal() {
    let ended = run_to_its_end(&script("kill -ABRT $$")).await.ended;
    assert_eq!(ended.why, Why::Exited);
    assert_eq!((ended.code, ended.signal), (None, Some(6)));
}

#[tokio::test]
async fn its_environment_is_small_and_its_input_empty() {
    let outcome = run_to_its_end(&script("cat; env | cut -d= -f1 | sort")).await;
    let mut names = outcome.out.lines();
    let of_the_shell = ["OLDPWD", "PWD", "SHLVL", "_"];
    assert!(
        names.all(|name| ["COLOUR", "PATH"].contains(&name) || of_the_shell.contains(&name)),
        "{}",
        outcome.out
    );
}

#[tokio::test]
async fn of_a_flood_only_so_much_is_passed_on_and_the_rest_is_counted() {
    let command = Command {
        max_output: 1000,
        ..script("yes | head -c 100000")
    };
    let Outcome { ended, out, .. } = run_to_its_end(&command).await;
    assert_eq!(out.len(), 1000);
    assert_eq!(ended.left_out, 99_000);
    assert_eq!(ended.code, Some(0));
}

#[tokio::test]
async fn who_writes_too_fast_waits_and_nothing_is_lost() {
    let command = Command {
        output_rate: 100_000,
        ..script("yes | head -c 250000")
    };
    let Outcome { ended, out, .. } = run_to_its_end(&command).await;
    assert_eq!(out.len(), 250_000);
    // 100000 may come at once, and a pipe holds 65536: the rest has to wait before it is written.
    assert!(ended.ms >= 500, "{ended:?}");
}

#[tokio::test]
async fn what_holds_its_output_open_elsewhere_is_not_waited_for() {
    // It says who it is once it has left the group, as nobody can be kept from.
    let leaves = r#"file=$(mktemp)
        setsid sh -c 'echo $$ >"$0"; exec sleep 1000' "$file" &
        until [ -s "$file" ]; do sleep 0.01; done
        cat "$file"; rm "$file""#;
    let outcome = run_to_its_end(&script(leaves)).await;
    assert_eq!(outcome.ended.code, Some(0));
    let pid = outcome.out.trim().parse().ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process id"), Signal::KILL).expect("it runs on");
}

#[tokio::test]
async fn it_is_asked_to_end_and_may_say_something() {
    let command = script("trap 'echo bye; exit 3' TERM; echo here; while :; do sleep 0.01; done");
    let is_here = |out: &str| out.contains("here").then_some(Why::Stopped);
    let Outcome { ended, out, .. } = run_until(&command, is_here).await;
    assert_eq!(out, "here\nbye\n");
    assert_eq!((ended.why, ended.code), (Why::Stopped, Some(3)));
}

#[tokio::test]
async fn one_that_does_not_want_to_end_is_killed_and_so_are_its_children() {
    let command = script("trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000");
    let has_started = |out: &str| out.ends_with('\n').then_some(Why::Cancelled);
    let Outcome { ended, out, .. } = run_until(&command, has_started).await;
    assert_eq!((ended.why, ended.signal), (Why::Cancelled, Some(9)));
    gone(&out).await;
}

#[tokio::test]
async fn what_it_leaves_behind_ends_with_it() {
    let outcome = run_to_its_end(&script("sleep 1000 & echo $!")).await;
    assert_eq!(outcome.ended.code, Some(0));
    gone(&outcome.out).await;
}

#[tokio::test]
async fn one_that_takes_too_long_is_ended() {
    let command = Command {
        timeout: Duration::from_millis(10),
        ..script("exec sleep 1000")
    };
    let ended = run_to_its_end(&command).await.ended;
    assert_eq!((ended.why, ended.signal), (Why::TimedOut, Some(15)));
}

#[tokio::test]
async fn it_runs_on_when_nobody_takes_what_it_writes() {
    let (parts, written) = mpsc::channel(1);
    drop(written);
    let command = script("yes | head -c 1000000; exit 5");
    let launcher = launcher();
    let ended = run(&launcher, &command, parts, std::future::pending()).await;
    assert_eq!(ended.expect("it was started").code, Some(5));
}

#[tokio::test]
async fn dropping_a_run_kills_it() {
    let (parts, mut written) = mpsc::channel(1);
    let command = script("echo $$; exec sleep 1000");
    let launcher = launcher();
    let running = run(&launcher, &command, parts, std::future::pending());
    let part = tokio::select! {
        ended = running => panic!("{ended:?}"),
        part = written.recv() => part,
    };
    gone(&part.and_then(|part| part.text).expect("its id")).await;
}
