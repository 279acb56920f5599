//! The only place that prints: results on standard output, errors and notes on standard error.
//!
//! What is printed may come from a peer, so everything passes through [`printable`] on its way to a
//! terminal. Escapes of our own go to terminals only, and colours nowhere if `NO_COLOR` is set.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::error::{CliError, ErrorKind};
use crate::text::{one_line, printable};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";
const CYAN: &str = "\x1b[36m";
/// Bright white on black: the polarity a QR code is printed in, whatever the terminal's colours.
const PAPER: &str = "\x1b[97;40m";
const RESET: &str = "\x1b[0m";
/// To the line's beginning, then erase it.
const ERASE_LINE: &str = "\r\x1b[K";

/// How results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs: one JSON value a line.
    Json,
}

/// Where a command's words go.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    color: bool,
    /// Whether a live line stands on the screen.
    live: Cell<bool>,
}

impl Output {
    /// The process's own standard output and error.
    pub(crate) fn new(format: Format) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            format,
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            color: !no_color,
            live: Cell::new(false),
        }
    }

    /// Whether results are for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether a person looks at the results as they come.
    pub(crate) fn is_live(&self) -> bool {
        self.stdout_is_terminal && !self.is_json()
    }

    /// How many characters fit on a line; `None` where nobody looks.
    pub(crate) fn width(&self) -> Option<usize> {
        if !self.stdout_is_terminal {
            return None;
        }
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }

    /// Prints text, which may have several lines.
    ///
    /// # Errors
    ///
    /// As every method that prints results: if nobody reads them any more.
    pub(crate) fn text(&self, text: &str) -> Result<(), CliError> {
        let text = if self.stdout_is_terminal {
            printable(text)
        } else {
            text.to_owned()
        };
        self.write(&text, None)
    }

    /// Prints a line that matters most.
    pub(crate) fn strong(&self, line: &str) -> Result<(), CliError> {
        self.write(&one_line(line), Some(BOLD))
    }

    /// Prints the lines of a QR code.
    pub(crate) fn qr(&self, lines: &[String]) -> Result<(), CliError> {
        lines
            .iter()
            .try_for_each(|line| self.write(line, Some(PAPER)))
    }

    /// Prints a value as one line of JSON.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), CliError> {
        let line = serde_json::to_string(value).map_err(not_json)?;
        self.text(&line)
    }

    /// Prints a value as JSON for people, over several lines; on one line if programs read.
    pub(crate) fn json_pretty(&self, value: &impl Serialize) -> Result<(), CliError> {
        if self.is_json() {
            return self.json(value);
        }
        let text = serde_json::to_string_pretty(value).map_err(not_json)?;
        self.text(&text)
    }

    /// Passes on what a program has written to its standard output: as it is, unless a person looks at it.
    pub(crate) fn pass_on(&self, octets: &[u8]) -> Result<(), CliError> {
        let shown = fit(octets, self.stdout_is_terminal);
        self.end_live()?;
        let mut out = io::stdout().lock();
        let written = out.write_all(&shown);
        written.and_then(|()| out.flush()).map_err(unwritten)
    }

    /// The same of its standard error. Where nobody reads that, nobody misses it.
    pub(crate) fn pass_on_error(&self, octets: &[u8]) {
        drop(
            io::stderr()
                .lock()
                .write_all(&fit(octets, self.stderr_is_terminal)),
        );
    }

    /// Shows a line that the next one replaces; only on a terminal.
    pub(crate) fn live(&self, line: &str) -> Result<(), CliError> {
        if !self.is_live() {
            return Ok(());
        }
        self.live.set(true);
        let mut out = io::stdout().lock();
        write!(out, "{ERASE_LINE}{}", one_line(line))
            .and_then(|()| out.flush())
            .map_err(unwritten)
    }

    /// Takes the live line away.
    pub(crate) fn end_live(&self) -> Result<(), CliError> {
        if !self.live.take() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        write!(out, "{ERASE_LINE}")
            .and_then(|()| out.flush())
            .map_err(unwritten)
    }

    /// Tells something beside the results, on standard error.
    pub(crate) fn note(&self, text: &str) {
        self.tell(&format!("{}\n", printable(text)));
    }

    /// Asks something on standard error, without ending the line.
    pub(crate) fn ask(&self, question: &str) {
        self.tell(&format!("{} ", one_line(question)));
    }

    /// Tells why a command ended, on standard error; silent for Ctrl-C and a closed pipe.
    pub(crate) fn error(&self, error: &CliError) {
        if error.kind.is_silent() {
            return;
        }
        let mut text = format!(
            "{} {}\n",
            self.label("error:", RED),
            one_line(&error.message)
        );
        for detail in &error.details {
            text.push_str(&format!("  {}\n", one_line(detail)));
        }
        if let Some(hint) = &error.hint {
            text.push_str(&format!(
                "{} {}\n",
                self.label("hint:", CYAN),
                one_line(hint)
            ));
        }
        self.tell(&text);
    }

    /// Writes to standard error. Where nobody reads it, nobody misses it.
    fn tell(&self, text: &str) {
        drop(self.end_live());
        drop(io::stderr().lock().write_all(text.as_bytes()));
    }

    fn label(&self, text: &str, style: &str) -> String {
        if self.color && self.stderr_is_terminal {
            format!("{style}{text}{RESET}")
        } else {
            text.to_owned()
        }
    }

    fn write(&self, text: &str, style: Option<&str>) -> Result<(), CliError> {
        self.end_live()?;
        let mut out = io::stdout().lock();
        let style = style.filter(|_| self.color && self.stdout_is_terminal);
        let written = match style {
            Some(style) => writeln!(out, "{style}{text}{RESET}"),
            None => writeln!(out, "{text}"),
        };
        written.and_then(|()| out.flush()).map_err(unwritten)
    }
}

/// The octets, made fit for a terminal if that is where they go.
fn fit(octets: &[u8], is_for_terminal: bool) -> Cow<'_, [u8]> {
    match is_for_terminal {
        false => Cow::Borrowed(octets),
        true => Cow::Owned(printable(&String::from_utf8_lossy(octets)).into_bytes()),
    }
}

fn not_json(error: serde_json::Error) -> CliError {
    CliError::failed(format!("the value has no form in JSON: {error}"))
}

fn unwritten(error: io::Error) -> CliError {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return CliError::new(ErrorKind::BrokenPipe, "nobody reads the output");
    }
    CliError::failed(format!("can not write the output: {error}"))
}
