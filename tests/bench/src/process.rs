//! What a router's process uses: processor time and memory, from `/proc`.

use std::fs;
use std::io;
use std::time::Duration;

/// A running process, with its children: some routers are several.
#[derive(Clone, Copy, Debug)]
pub struct Process(u32);

impl Process {
    /// The process with this id.
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The time that its threads, and those of its children, have run so far.
    ///
    /// # Errors
    /// If there is no such process.
    pub fn ran(self) -> io::Result<Duration> {
        let mut nanoseconds = 0;
        for id in self.family()? {
            for task in fs::read_dir(format!("/proc/{id}/task"))? {
                let stat = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
                let ran = stat
                    .split(' ')
                    .next()
                    .and_then(|ran| ran.parse::<u64>().ok());
                nanoseconds += ran.unwrap_or(0);
            }
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// The octets that it and its children have in memory.
    ///
    /// # Errors
    /// If there is no such process.
    pub fn resident(self) -> io::Result<u64> {
        Ok(self
            .family()?
            .into_iter()
            .map(|id| status(id, "VmRSS:") * 1024)
            .sum())
    }

    /// How often its threads have gone to sleep so far.
    ///
    /// # Errors
    /// If there is no such process.
    pub fn slept(self) -> io::Result<u64> {
        let mut times = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.0))? {
            let path = task?.path().join("status");
            times += field(
                &fs::read_to_string(path).unwrap_or_default(),
                "voluntary_ctxt_switches:",
            );
        }
        Ok(times)
    }

    /// Itself, then its children and theirs.
    fn family(self) -> io::Result<Vec<u32>> {
        let mut family = vec![self.0];
        let mut next = 0;
        while let Some(id) = family.get(next) {
            for task in fs::read_dir(format!("/proc/{id}/task"))? {
                let children =
                    fs::read_to_string(task?.path().join("children")).unwrap_or_default();
                family.extend(
                    children
                        .split_whitespace()
                        .filter_map(|id| id.parse::<u32>().ok()),
                );
            }
            next += 1;
        }
        Ok(family)
    }
}

fn status(id: u32, name: &str) -> u64 {
    field(
        &fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default(),
        name,
    )
}

fn field(text: &str, name: &str) -> u64 {
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    let number = value.and_then(|value| value.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}
