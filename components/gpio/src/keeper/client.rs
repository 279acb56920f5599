//! The daemon's end: starts the keeper, asks it for things, hears what changes, and starts another when
//! one is gone.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deskconn_component::Unavailable;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tracing::warn;

use super::HELPER;
use super::messages::{Action, Command, Report, State};
use crate::{Line, LineName};

/// How long an answer may take: the keeper never waits for anything.
const PATIENCE: Duration = Duration::from_secs(5);

/// A keeper that does not live longer than this is not started again at once.
const SETTLED: Duration = Duration::from_secs(10);

/// What a keeper is and how it is started.
pub(crate) trait Spawn: Send + Sync + 'static {
    /// Starts one, and gives the way to it.
    fn spawn(&self) -> io::Result<StdStream>;
}

/// Asks the keeper for things.
pub(crate) struct Client {
    spawn: Box<dyn Spawn>,
    lines: BTreeMap<LineName, Line>,
    link: Mutex<Link>,
}

/// A change of a line that the keeper tells of.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) line: LineName,
    pub(crate) state: Result<State, Unavailable>,
    pub(crate) by: Option<String>,
}

/// What the keeper says.
#[derive(Debug)]
pub(crate) enum News {
    /// A keeper was started and takes the lines.
    Started,
    /// A line has changed.
    Changed(Change),
}

#[derive(Default)]
struct Link {
    stream: Option<StdStream>,
    waiting: HashMap<u64, oneshot::Sender<Result<State, Unavailable>>>,
    last: u64,
    /// No other keeper is started.
    ended: bool,
}

/// The keeper as a process: this program again.
#[derive(Debug)]
pub(crate) struct KeeperProcess {
    /// The component's directory.
    pub(crate) dir: PathBuf,
}

impl Spawn for KeeperProcess {
    fn spawn(&self) -> io::Result<StdStream> {
        let (ours, theirs) = StdStream::pair()?;
        // The link in /proc finds the program although an update has replaced its file.
        let program = Path::new("/proc/self/exe");
        let mut keeper = tokio::process::Command::new(program)
            .arg(HELPER)
            .arg(&self.dir)
            .stdout(OwnedFd::from(theirs.try_clone()?))
            .stdin(OwnedFd::from(theirs))
            // Whoever kills the component with all its processes leaves the keeper, which is there for that.
            .process_group(0)
            .spawn()?;
        // Only so that it is no zombie when it has ended.
        tokio::spawn(async move { keeper.wait().await });
        Ok(ours)
    }
}

impl Client {
    /// A client for a keeper of `lines`.
    pub(crate) fn new(spawn: impl Spawn, lines: BTreeMap<LineName, Line>) -> Self {
        Self {
            spawn: Box::new(spawn),
            lines,
            link: Mutex::default(),
        }
    }

    /// Keeps a keeper running, and tells what it says, until [`Client::end`] has ended it.
    pub(crate) async fn run(self: Arc<Self>, news: mpsc::Sender<News>) {
        loop {
            let started = Instant::now();
            let reason = match self.serve(&news).await {
                Ok(()) => "it ended".to_owned(),
                Err(error) => error.to_string(),
            };
            if self.lose() {
                return;
            }
            warn!("the keeper of the pins is gone and starts again: {reason}");
            let gone = Unavailable::new(
                format!("the keeper of the pins is gone: {reason}"),
                "try again in a moment",
            );
            for line in self.lines.keys() {
                let change = Change {
                    line: line.clone(),
                    state: Err(gone.clone()),
                    by: None,
                };
                if news.send(News::Changed(change)).await.is_err() {
                    return;
                }
            }
            // The pins are nobody's now, so the next keeper starts at once; but not again and again.
            if started.elapsed() < SETTLED {
                sleep_until(Instant::now() + Duration::from_secs(1)).await;
            }
        }
    }

    /// Asks for `action` on `line`, wanted by `by`, and waits for the answer.
    pub(crate) async fn act(
        &self,
        line: &LineName,
        action: Action,
        by: Option<String>,
    ) -> Result<State, Unavailable> {
        let answer = self.ask(line.clone(), action, by).map_err(|error| {
            Unavailable::new(
                format!("the keeper of the pins can not be reached: {error}"),
                "try again in a moment",
            )
        })?;
        match timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Unavailable::new(
                "the keeper of the pins is gone",
                "try again in a moment",
            )),
            Err(_) => Err(Unavailable::new(
                "the keeper of the pins does not answer",
                "see whether the kernel's log, `sudo dmesg`, says something of gpio",
            )),
        }
    }

    /// Has the keeper make everything safe and end.
    pub(crate) fn end(&self) {
        let mut link = self.lock();
        link.ended = true;
        // A keeper that can not be told sees that we are gone, and makes everything safe too.
        drop(link.write(&Command::End));
        link.stream = None;
    }

    /// Starts a keeper and listens to it until it is gone.
    async fn serve(&self, news: &mpsc::Sender<News>) -> io::Result<()> {
        let reports = {
            let mut link = self.lock();
            if link.ended {
                return Ok(());
            }
            let stream = self.spawn.spawn()?;
            stream.set_nonblocking(true)?;
            let reports = stream.try_clone()?;
            link.stream = Some(stream);
            link.write(&Command::Open(self.lines.clone()))?;
            UnixStream::from_std(reports)?
        };
        if news.send(News::Started).await.is_err() {
            return Ok(());
        }
        let mut reports = BufReader::new(reports).lines();
        while let Some(report) = reports.next_line().await? {
            match serde_json::from_str(&report)? {
                Report::Done { id, result } => {
                    let waiting = self.lock().waiting.remove(&id);
                    // Whoever asked may have given up.
                    drop(waiting.map(|waiting| waiting.send(result)));
                }
                Report::Changed { line, state, by } => {
                    let change = Change { line, state, by };
                    if news.send(News::Changed(change)).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn ask(
        &self,
        line: LineName,
        action: Action,
        by: Option<String>,
    ) -> io::Result<oneshot::Receiver<Result<State, Unavailable>>> {
        let (waiting, answer) = oneshot::channel();
        let mut link = self.lock();
        link.last += 1;
        let id = link.last;
        link.write(&Command::Do {
            id,
            line,
            action,
            by,
        })?;
        link.waiting.retain(|_, waiting| !waiting.is_closed());
        link.waiting.insert(id, waiting);
        Ok(answer)
    }

    /// The keeper is gone; true if that is how it should be.
    fn lose(&self) -> bool {
        let mut link = self.lock();
        link.stream = None;
        link.waiting.clear();
        link.ended
    }

    fn lock(&self) -> MutexGuard<'_, Link> {
        // A message is written whole or the keeper is given up.
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    /// Never waits: a keeper that does not take commands is as good as gone.
    fn write(&mut self, command: &Command) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let mut line = serde_json::to_vec(command)?;
        line.push(b'\n');
        let written = stream.write_all(&line);
        if written.is_err() {
            self.stream = None;
        }
        written
    }
}
