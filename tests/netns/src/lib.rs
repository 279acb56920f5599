//! Two hosts on one network: network namespaces made by the scripts beside this crate, and programs run in them.
//!
//! Everything here is for tests: what does not work panics, with what the program at fault has said.

mod program;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub use program::Program;

/// Two hosts, `a` and `b`, on one switch. Gone when dropped, or when this process dies.
#[derive(Debug)]
pub struct Lab {
    up: Child,
    directory: PathBuf,
}

/// One host of a lab, with an `eth0`, a `/run` and processes of its own.
#[derive(Clone, Copy, Debug)]
pub struct Host<'lab> {
    lab: &'lab Lab,
    name: &'static str,
}

impl Lab {
    /// Makes the hosts; takes a tenth of a second.
    ///
    /// # Panics
    ///
    /// When this machine does not let us make network namespaces.
    pub fn new() -> Self {
        let mut up = Command::new(script("up"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/netns/up runs");
        let mut line = String::new();
        let stdout = up.stdout.take().expect("its output is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its output is text");
        let Some(directory) = line.trim_end().strip_prefix("ready ") else {
            panic!(
                "no network lab on this machine, see above; tests/netns/setup installs what it needs"
            );
        };
        Self {
            up,
            directory: directory.into(),
        }
    }

    /// The host with addresses 10.77.0.1, fd77::1 and fe80::1.
    pub fn a(&self) -> Host<'_> {
        Host {
            lab: self,
            name: "a",
        }
    }

    /// Takes the network card out of a host, with its addresses.
    pub fn unplug(&self, host: &str) {
        self.switch()
            .run("ip", &["link", "delete", &format!("port-{host}")]);
    }

    /// Puts a network card into a host that has none, with the addresses it had in the beginning.
    pub fn plug(&self, host: &'static str) {
        let (number, host) = match host {
            "a" => ("1", self.a()),
            _ => ("2", self.b()),
        };
        let port = format!("port-{}", host.name);
        let switch = self.switch();
        let card = ["type", "veth", "peer", "name", "eth0", "netns", &host.pid()];
        switch.run("ip", &[&["link", "add", &port][..], &card].concat());
        switch.run("ip", &["link", "set", &port, "master", "switch", "up"]);
        host.run(script("up"), &["cable", number]);
    }

    /// The switch between them, on which `port-a` and `port-b` lead to the hosts.
    pub fn switch(&self) -> Host<'_> {
        Host {
            lab: self,
            name: "switch",
        }
    }

    /// The host with addresses 10.77.0.2, fd77::2 and fe80::2.
    pub fn b(&self) -> Host<'_> {
        Host {
            lab: self,
            name: "b",
        }
    }
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.up.stdin.take()); // what `up` waits for
        drop(self.up.wait());
    }
}

impl Host<'_> {
    /// The process that holds this host's namespaces, to give to `ip link add … netns`.
    pub fn pid(&self) -> String {
        let file = self.lab.directory.join(format!("{}.pid", self.name));
        std::fs::read_to_string(file)
            .expect("a lab")
            .trim()
            .to_owned()
    }

    /// A command that will run on this host. It dies with the thread that starts it.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(script("enter"));
        command
            .arg(&self.lab.directory)
            .arg(self.name)
            .arg(program.as_ref());
        command
    }

    /// Starts a program on this host and listens to what it says.
    pub fn start(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Program {
        let mut command = self.command(program);
        command.args(arguments);
        Program::start(command)
    }

    /// Runs a program on this host to its end and returns its standard output.
    ///
    /// # Panics
    ///
    /// When the program fails.
    pub fn run(&self, program: impl AsRef<Path>, arguments: &[&str]) -> String {
        let program = program.as_ref();
        let output = self
            .command(program)
            .args(arguments)
            .output()
            .expect("tests/netns/enter runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{} {arguments:?}: {errors}",
            program.display()
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Starts a system bus on this host, where programs look for it.
    pub fn start_bus(&self) -> Program {
        self.run("mkdir", &["-p", "/run/dbus"]);
        let config = format!("--config-file={}", script("dbus.conf").display());
        let mut bus = self.start("dbus-daemon", &["--nofork", "--print-address", &config]);
        bus.expect(&["/run/dbus/system_bus_socket"]);
        bus
    }

    /// Starts an Avahi daemon on this host, which needs its bus; `extra` is added to the `[server]`
    /// section of Avahi's configuration.
    pub fn start_avahi(&self, extra: &str) -> Program {
        let template =
            std::fs::read_to_string(script("avahi.conf")).expect("tests/netns/avahi.conf");
        let config = self.lab.directory.join(format!("{}.avahi.conf", self.name));
        std::fs::write(
            &config,
            template.replace("[server]", &format!("[server]\n{extra}")),
        )
        .expect("a writable lab");
        let config = format!("--file={}", config.display());
        let stay = [
            "--no-drop-root",
            "--no-chroot",
            "--no-rlimits",
            "--no-proc-title",
            &config,
        ];
        let mut daemon = self.start("avahi-daemon", &stay);
        daemon.expect(&["Server startup complete"]);
        daemon
    }
}

/// The Python of the virtual environment that `tests/netns/setup` makes.
///
/// # Panics
///
/// When there is none.
pub fn python() -> PathBuf {
    let variable = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let cache =
        || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let rig = variable("DESKCONN_RIG").or_else(|| cache().map(|cache| cache.join("deskconn-rig")));
    let python = rig.expect("HOME is set").join("venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing: run tests/netns/setup",
        python.display()
    );
    python
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
