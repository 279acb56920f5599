//! Figures: as JSON, as a table for people.

use crate::scenario::Measured;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What came of one scenario with one target.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Which scenario.
    pub scenario: String,
    /// What is counted.
    pub unit: &'static str,
    /// Who was measured.
    pub target: String,
    /// The median of each number.
    pub median: Measured,
    /// The rate as a fraction of the relay's in the same round: the median of the rounds.
    pub of_limit: Option<f64>,
    /// The same of the time that 99 % of operations took no longer than.
    pub p99_of_limit: Option<f64>,
    /// Every round.
    pub rounds: Vec<Measured>,
    /// What went wrong, if something did.
    pub failed: Option<String>,
}

/// The machine on which it was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Its processor, as it calls itself.
    pub processor: String,
    /// How many.
    pub cores: usize,
    /// The system's version.
    pub kernel: String,
}

/// All that is written down.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where it was measured.
    pub machine: Machine,
    /// What came of it.
    pub figures: Vec<Figure>,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let name = cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        Self {
            processor: name.map_or("unknown", |(_, name)| name).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

/// The median of each number of the rounds.
pub fn median(rounds: &[Measured]) -> Measured {
    let of = |number: &dyn Fn(&Measured) -> Option<f64>| {
        let mut all = rounds.iter().filter_map(number).collect::<Vec<_>>();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied()
    };
    let more = rounds.iter().flat_map(|round| round.more.keys());
    let more = more.filter_map(|name| Some((*name, of(&|m| m.more.get(name).copied())?)));
    Measured {
        rate: of(&|m| Some(m.rate)).unwrap_or_default(),
        p50: of(&|m| Some(m.p50)).unwrap_or_default(),
        p90: of(&|m| Some(m.p90)).unwrap_or_default(),
        p99: of(&|m| Some(m.p99)).unwrap_or_default(),
        p999: of(&|m| Some(m.p999)).unwrap_or_default(),
        cpu: of(&|m| m.cpu),
        resident: of(&|m| m.resident),
        more: more.collect::<BTreeMap<_, _>>(),
    }
}

impl fmt::Display for Figure {
    /// One line, for those who wait.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scenario,
            target,
            median,
            ..
        } = self;
        write!(f, "{scenario}: {target} ")?;
        if let Some(failed) = &self.failed {
            return write!(f, "failed: {failed}");
        }
        write!(f, "{} {}", thousands(median.rate), self.unit)?;
        write!(
            f,
            ", p50 {:.0} p99 {:.0} p99.9 {:.0} µs",
            median.p50, median.p99, median.p999
        )?;
        if let Some(cpu) = median.cpu {
            write!(f, ", cpu {cpu:.2} µs")?;
        }
        if let Some(resident) = median.resident {
            write!(f, ", {resident:.1} MiB")?;
        }
        if let Some(fraction) = self.of_limit {
            write!(f, ", {fraction:.2} of the relay")?;
        }
        for (name, value) in &median.more {
            write!(f, ", {} {name}", thousands(*value))?;
        }
        Ok(())
    }
}

/// A table in Markdown: a row for each scenario and target.
pub fn table(figures: &[Figure]) -> String {
    let mut out = String::from(
        "| scenario | router | rate | of the relay | p50 | p90 | p99 | p99.9 | p99 of the relay | cpu | memory | |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut before = "";
    for figure in figures {
        let scenario = if figure.scenario == before {
            ""
        } else {
            &figure.scenario
        };
        before = &figure.scenario;
        let m = &figure.median;
        let or_none = |number: Option<f64>, unit: &str| {
            number.map_or(String::new(), |number| format!("{number:.2}{unit}"))
        };
        let more = m
            .more
            .iter()
            .map(|(name, value)| format!("{} {name}", thousands(*value)));
        let more = more.collect::<Vec<_>>().join(", ");
        let row = match &figure.failed {
            Some(failed) => format!(
                "| failed: {} | | | | | | | | | |",
                failed.replace(['\n', '|'], " ")
            ),
            None => format!(
                "| {} {} | {} | {:.0} µs | {:.0} µs | {:.0} µs | {:.0} µs | {} | {} | {} | {more} |",
                thousands(m.rate),
                figure.unit,
                or_none(figure.of_limit, ""),
                m.p50,
                m.p90,
                m.p99,
                m.p999,
                or_none(figure.p99_of_limit, ""),
                or_none(m.cpu, " µs"),
                or_none(m.resident, " MiB"),
            ),
        };
        out.push_str(&format!("| {scenario} | {} {row}\n", figure.target));
    }
    out
}

/// A number with its thousands apart.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_taken_of_each_number() {
        let rounds = [(1.0, 30.0), (3.0, 10.0), (2.0, 20.0)].map(|(rate, p50)| Measured {
            rate,
            p50,
            more: BTreeMap::from([("joins per second", rate)]),
            ..Measured::default()
        });
        let median = median(&rounds);
        assert_eq!((median.rate, median.p50, median.cpu), (2.0, 20.0, None));
        assert_eq!(median.more["joins per second"], 2.0);
    }

    #[test]
    fn thousands_stand_apart() {
        let numbers = [0.4, 999.0, 1000.0, 1_234_567.0].map(thousands);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
    }
}
