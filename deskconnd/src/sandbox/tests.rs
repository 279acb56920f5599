//! What a thread in a sandbox reaches. A kernel without Landlock has nothing to show.

use super::*;
use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::path::Path;

/// What comes of `trying`, in a thread that has entered `sandbox`; `None` if the kernel does not hold it to all.
fn within<T: Send + 'static>(
    sandbox: Sandbox,
    trying: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let thread = std::thread::spawn(move || {
        let held = enter(&sandbox).expect("not refused");
        (held == Held::Fully).then(trying)
    });
    thread.join().expect("no panic")
}

/// Whether the file can be read, and whether it can be written.
fn reaches(file: &Path) -> (bool, bool) {
    (fs::read(file).is_ok(), fs::write(file, "changed").is_ok())
}

#[test]
fn files_are_closed_but_for_those_that_were_named() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str| home.path().join(name).join("file");
    for folder in ["secret", "read", "written"] {
        fs::create_dir(home.path().join(folder)).unwrap();
        fs::write(file(folder), "text").unwrap();
    }
    let (secret, read, written) = (file("secret"), file("read"), file("written"));
    let sandbox = Sandbox {
        read: vec![home.path().join("read")],
        write: vec![home.path().join("written"), home.path().join("missing")],
        ..Sandbox::default()
    };
    let reached = within(sandbox, move || {
        [secret, read, written].map(|file| reaches(&file))
    });
    assert!(reached.is_none_or(|reached| reached == [(false, false), (true, false), (true, true)]));
}

#[test]
fn a_file_alone_can_be_named() {
    let home = tempfile::tempdir().unwrap();
    let (one, other) = (home.path().join("one"), home.path().join("other"));
    fs::write(&one, "text").unwrap();
    fs::write(&other, "text").unwrap();
    let sandbox = Sandbox {
        write: vec![one.clone()],
        ..Sandbox::default()
    };
    let reached = within(sandbox, move || [one, other].map(|file| reaches(&file)));
    assert!(reached.is_none_or(|reached| reached == [(true, true), (false, false)]));
}

#[test]
fn tcp_is_closed_unless_it_is_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connects = move || {
        TcpStream::connect(address)
            .map(drop)
            .map_err(|error| error.kind())
    };
    let with = |network| Sandbox {
        network,
        ..Sandbox::default()
    };
    let refused = Err(ErrorKind::PermissionDenied);
    assert!(within(with(false), connects).is_none_or(|it| it == refused));
    assert!(within(with(true), connects).is_none_or(|it| it == Ok(())));
}

#[test]
fn programs_of_the_system_run() {
    let runs = || {
        std::process::Command::new("true")
            .status()
            .is_ok_and(|s| s.success())
    };
    assert_ne!(within(Sandbox::default(), runs), Some(false));
}

#[test]
fn what_is_required_is_held_or_refused() {
    let sandbox = Sandbox {
        required: true,
        ..Sandbox::default()
    };
    let entered = std::thread::spawn(move || enter(&sandbox)).join().unwrap();
    match (probe(), entered) {
        (Held::Fully, Ok(Held::Fully)) => {}
        (Held::Partly | Held::Not, Err(SandboxError::NotHeld(_))) => {}
        (probed, entered) => panic!("{probed:?} {entered:?}"),
    }
}
