//! The keeper's process: one thread that waits for the daemon, for edges, for signals and for time.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

use super::handover::Door;
use super::messages::{Command, Report};
use crate::{Keeper, KernelPins, LineName, Pins};

/// The argument after which the daemon's program is the keeper: `deskconnd --keep-pins DIR`.
pub const HELPER: &str = "--keep-pins";

/// The longest command, in octets: all lines with their schedules.
const MAX_COMMAND: usize = 1 << 20;

/// Holds pins for the daemon at the other end of standard input, a socket, until told to end. `dir` is
/// the component's directory.
///
/// # Errors
/// If the process has no socket there, or an older keeper does not let go. Whatever else goes wrong,
/// the outputs are driven to their safe state before this returns.
pub fn keep(dir: &Path) -> io::Result<()> {
    let daemon = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    // Whoever does not read its reports is as good as gone; it must not hold us up.
    daemon.set_nonblocking(true)?;
    let (ends, end) = UnixStream::pair()?;
    pipe::register(SIGTERM, end)?;
    // What a terminal sends to all its processes is for the daemon, which tells us.
    let (ignored, ignore) = UnixStream::pair()?;
    pipe::register(SIGINT, ignore.try_clone()?)?;
    pipe::register(SIGHUP, ignore)?;
    let next = Door::open(dir)?;
    Process {
        keeper: Keeper::new(KernelPins::default()),
        daemon: Some(Daemon::new(daemon)),
        ends,
        next,
    }
    .run()?;
    drop(ignored);
    Ok(())
}

struct Process<P: Pins> {
    keeper: Keeper<P>,
    /// `None` when it is gone.
    daemon: Option<Daemon>,
    /// Readable when the process was asked to end.
    ends: UnixStream,
    /// Readable when the next keeper waits for the lines.
    next: Door,
}

/// The daemon, as this process sees it.
struct Daemon {
    stream: UnixStream,
    /// What came and is not a whole line yet.
    begun: Vec<u8>,
}

/// What became readable.
#[derive(Default)]
struct Ready {
    daemon: bool,
    ends: bool,
    edges: Vec<LineName>,
}

impl<P: Pins> Process<P> {
    fn run(mut self) -> io::Result<()> {
        loop {
            let ready = self.wait()?;
            if ready.ends {
                return Ok(());
            }
            let mut reports = Vec::new();
            let now = Instant::now();
            self.keeper.tick(now, &mut reports);
            for line in ready.edges {
                self.keeper.edges(&line, now, &mut reports);
            }
            if ready.daemon
                && let Some(daemon) = &mut self.daemon
            {
                match daemon.commands() {
                    Ok(commands) => {
                        for command in commands {
                            if matches!(command, Command::End) {
                                return Ok(());
                            }
                            self.keeper.obey(command, now, &mut reports);
                        }
                    }
                    Err(_) => self.lose_daemon(),
                }
            }
            if let Some(daemon) = &mut self.daemon
                && daemon.tell(&reports).is_err()
            {
                self.lose_daemon();
            }
        }
    }

    /// The daemon has crashed. The lines are held on, in their safe state.
    fn lose_daemon(&mut self) {
        self.daemon = None;
        self.keeper.make_safe();
    }

    /// Waits until something is readable or due.
    fn wait(&self) -> io::Result<Ready> {
        let mut fds = vec![
            PollFd::new(&self.ends, PollFlags::IN),
            PollFd::new(&self.next, PollFlags::IN),
        ];
        let daemon = self.daemon.as_ref();
        fds.extend(daemon.map(|daemon| PollFd::new(&daemon.stream, PollFlags::IN)));
        let watched: Vec<(&LineName, BorrowedFd<'_>)> = match daemon {
            // Nobody is there to be told.
            None => Vec::new(),
            Some(_) => self
                .keeper
                .watched()
                .filter_map(|name| Some((name, self.keeper.pins().edges(name)?)))
                .collect(),
        };
        let edges = watched.iter().map(|(_, fd)| *fd);
        fds.extend(edges.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));

        let left = self.keeper.deadline().map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            // A deadline is never years away.
            Timespec::try_from(left).unwrap_or_default()
        });
        match poll(&mut fds, left.as_ref()) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(Ready::default()),
            Err(error) => return Err(error.into()),
        }

        let mut readable = fds.iter().map(|fd| !fd.revents().is_empty());
        let mut next = || readable.next().unwrap_or(false);
        Ok(Ready {
            ends: next() | next(),
            daemon: daemon.is_some() && next(),
            edges: watched
                .into_iter()
                .filter(|_| next())
                .map(|(name, _)| name.clone())
                .collect(),
        })
    }
}

impl Daemon {
    const fn new(stream: UnixStream) -> Self {
        let begun = Vec::new();
        Self { stream, begun }
    }

    /// The commands of one read; what comes after them is for the next. An error if the daemon is gone,
    /// or does not make sense.
    fn commands(&mut self) -> io::Result<Vec<Command>> {
        let mut octets = [0; 4096];
        match self.stream.read(&mut octets) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => self.begun.extend(octets.iter().take(count)),
            Err(error) if is_for_later(&error) => {}
            Err(error) => return Err(error),
        }
        let mut commands = Vec::new();
        while let Some(end) = self.begun.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            commands.push(serde_json::from_slice(&line)?);
        }
        if self.begun.len() > MAX_COMMAND {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(commands)
    }

    fn tell(&mut self, reports: &[Report]) -> io::Result<()> {
        let mut lines = Vec::new();
        for report in reports {
            serde_json::to_writer(&mut lines, report)?;
            lines.push(b'\n');
        }
        self.stream.write_all(&lines)
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_daemon_said_last_is_heard_although_it_is_gone() {
        let (ours, mut theirs) = UnixStream::pair().expect("sockets");
        let mut daemon = Daemon::new(ours);
        let mut line = serde_json::to_vec(&Command::End).expect("JSON");
        line.push(b'\n');
        theirs.write_all(&line).expect("written");
        drop(theirs);
        assert_eq!(daemon.commands().expect("a command"), [Command::End]);
        assert!(daemon.commands().is_err());
    }

    #[test]
    fn commands_come_in_pieces_and_nonsense_is_as_good_as_gone() {
        let (ours, mut theirs) = UnixStream::pair().expect("sockets");
        let mut daemon = Daemon::new(ours);
        theirs.write_all(b"\"e").expect("written");
        assert_eq!(daemon.commands().expect("nothing yet"), []);
        theirs.write_all(b"nd\"\n\"jump\"\n").expect("written");
        assert!(daemon.commands().is_err());
    }
}
