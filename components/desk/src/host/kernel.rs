//! What the kernel says of the computer: `proc(5)` and `sysfs(5)`.

use std::fs;
use std::path::Path;

use deskconn_protocol::api::host::{Battery, Charge, Load, Space};

/// Kinds of thermal zones that are the processor's, the best first; of others the warmest counts.
const PROCESSORS: [&str; 5] = [
    "x86_pkg_temp",
    "cpu-thermal",
    "cpu_thermal",
    "soc_thermal",
    "k10temp",
];

/// The name of the computer.
pub(super) fn name(proc: &Path) -> Option<String> {
    let name = read(&proc.join("sys/kernel/hostname"))?;
    (!name.is_empty()).then_some(name)
}

/// How long it has been up, seconds.
pub(super) fn uptime(proc: &Path) -> Option<u64> {
    let uptime = read(&proc.join("uptime"))?;
    uptime.split(['.', ' ']).next()?.parse().ok()
}

/// How many programs wanted to run.
pub(super) fn load(proc: &Path) -> Option<Load> {
    let averages = read(&proc.join("loadavg"))?;
    let mut averages = averages.split(' ').map(|average| average.parse().ok());
    let mut next = || averages.next()?;
    Some(Load {
        one: next()?,
        five: next()?,
        fifteen: next()?,
    })
}

/// How many programs can run at a time.
pub(super) fn cores(proc: &Path) -> Option<u32> {
    let stat = read(&proc.join("stat"))?;
    let is_core = |line: &&str| {
        let number = line.strip_prefix("cpu");
        number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let cores = stat.lines().filter(is_core).count();
    u32::try_from(cores).ok().filter(|cores| *cores > 0)
}

/// Its memory; what is available is the kernel's own estimate.
pub(super) fn memory(proc: &Path) -> Option<Space> {
    let memory = read(&proc.join("meminfo"))?;
    let octets = |key: &str| {
        let line = memory.lines().find_map(|line| line.strip_prefix(key))?;
        let kilobytes = line.trim().strip_suffix("kB")?;
        kilobytes.trim().parse::<u64>().ok()?.checked_mul(1024)
    };
    Some(Space {
        total: octets("MemTotal:")?,
        available: octets("MemAvailable:")?,
    })
}

/// The file system that `path` is on.
pub(super) fn disk(path: &Path) -> Option<Space> {
    let said = rustix::fs::statvfs(path).ok()?;
    Some(Space {
        total: said.f_blocks.checked_mul(said.f_frsize)?,
        available: said.f_bavail.checked_mul(said.f_frsize)?,
    })
}

/// How warm the processor is, degrees Celsius.
pub(super) fn temperature(sysfs: &Path) -> Option<f64> {
    let zones = entries(&sysfs.join("class/thermal"), "thermal_zone");
    let zones = zones.into_iter().filter_map(|zone| {
        let millidegrees: i32 = read(&zone.join("temp"))?.parse().ok()?;
        Some((read(&zone.join("type"))?, millidegrees))
    });
    let zones: Vec<_> = zones.collect();
    let of_processor = PROCESSORS.iter().find_map(|kind| {
        let mut zones = zones.iter();
        zones.find(|(name, _)| name == kind)
    });
    let zone = of_processor.or_else(|| zones.iter().max_by_key(|(_, millidegrees)| *millidegrees));
    zone.map(|(_, millidegrees)| f64::from(*millidegrees / 100) / 10.0)
}

/// Its batteries as one, without the time that is left: what that is made of differs from driver to
/// driver.
pub(super) fn battery(sysfs: &Path) -> Option<Battery> {
    let supplies = entries(&sysfs.join("class/power_supply"), "");
    let batteries = supplies.into_iter().filter_map(|supply| {
        let is = |file: &str, expected: &str| {
            read(&supply.join(file)).is_some_and(|text| text.eq_ignore_ascii_case(expected))
        };
        // That of a mouse has the scope `Device`.
        if !is("type", "Battery") || is("scope", "Device") || is("present", "0") {
            return None;
        }
        let percent: u64 = read(&supply.join("capacity"))?.parse().ok()?;
        let state = match read(&supply.join("status")).as_deref() {
            Some("Charging") => Charge::Charging,
            Some("Discharging") => Charge::Discharging,
            Some("Full") => Charge::Full,
            Some("Not charging") => Charge::Idle,
            _ => Charge::Unknown,
        };
        Some((percent.min(100), state))
    });
    let batteries: Vec<_> = batteries.collect();
    let count = u64::try_from(batteries.len()).ok()?;
    let together: u64 = batteries.iter().map(|(percent, _)| percent).sum();
    let percent = u8::try_from(together.checked_div(count)?).ok()?;
    // One of them works, and the other waits.
    let works = |state: &&Charge| matches!(state, Charge::Charging | Charge::Discharging);
    let states = || batteries.iter().map(|(_, state)| state);
    let state = states().find(works).or_else(|| states().next())?;
    Some(Battery {
        percent,
        state: *state,
        minutes_left: None,
    })
}

/// What is in a folder under names that begin so, in their order.
fn entries(folder: &Path, prefix: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    let mut paths: Vec<_> = named.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn read(file: &Path) -> Option<String> {
    Some(fs::read_to_string(file).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A folder with these files.
    fn files(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        folder
    }

    #[test]
    fn what_the_kernel_says_is_understood() {
        let proc = files(&[
            ("sys/kernel/hostname", "study\n"),
            ("uptime", "93784.21 180000.10\n"),
            ("loadavg", "0.52 1.25 3.00 2/811 12345\n"),
            ("stat", "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n"),
            (
                "meminfo",
                "MemTotal:       16000 kB\nMemFree:  100 kB\nMemAvailable:    8000 kB\n",
            ),
        ]);
        let proc = proc.path();
        assert_eq!(name(proc).as_deref(), Some("study"));
        assert_eq!(uptime(proc), Some(93_784));
        let expected = Load {
            one: 0.52,
            five: 1.25,
            fifteen: 3.0,
        };
        assert_eq!(load(proc), Some(expected));
        assert_eq!(cores(proc), Some(2));
        let expected = Space {
            total: 16_384_000,
            available: 8_192_000,
        };
        assert_eq!(memory(proc), Some(expected));
        assert!(disk(Path::new("/")).is_some_and(|disk| disk.total >= disk.available));
    }

    #[test]
    fn what_it_does_not_say_is_left_out() {
        let nothing = files(&[
            ("loadavg", "a b"),
            ("uptime", ""),
            ("meminfo", "MemTotal: x"),
        ]);
        let nothing = nothing.path();
        assert_eq!(name(nothing), None);
        assert_eq!(uptime(nothing), None);
        assert_eq!(load(nothing), None);
        assert_eq!(cores(nothing), None);
        assert_eq!(memory(nothing), None);
        assert_eq!(disk(&nothing.join("none")), None);
        assert_eq!(temperature(nothing), None);
        assert_eq!(battery(nothing), None);
    }

    #[test]
    fn the_processor_counts_or_else_what_is_warmest() {
        let zone = |number: u8, kind: &'static str, degrees: &'static str| {
            [
                (format!("class/thermal/thermal_zone{number}/type"), kind),
                (format!("class/thermal/thermal_zone{number}/temp"), degrees),
            ]
        };
        for (zones, expected) in [
            (
                [
                    zone(0, "acpitz", "90000\n"),
                    zone(1, "cpu-thermal\n", "48312\n"),
                ],
                Some(48.3),
            ),
            (
                [zone(0, "acpitz", "27800\n"), zone(1, "wifi", "41000\n")],
                Some(41.0),
            ),
            (
                [zone(0, "acpitz", ""), zone(1, "wifi", "-3050")],
                Some(-3.0),
            ),
        ] {
            let zones = zones.concat();
            let zones: Vec<_> = zones
                .iter()
                .map(|(name, text)| (name.as_str(), *text))
                .collect();
            let sysfs = files(&zones);
            assert_eq!(temperature(sysfs.path()), expected, "{zones:?}");
        }
    }

    #[test]
    fn several_batteries_are_one_and_that_of_a_mouse_is_none() {
        let sysfs = files(&[
            ("class/power_supply/AC/type", "Mains\n"),
            ("class/power_supply/BAT0/type", "Battery\n"),
            ("class/power_supply/BAT0/capacity", "90\n"),
            ("class/power_supply/BAT0/status", "Not charging\n"),
            ("class/power_supply/BAT1/type", "Battery\n"),
            ("class/power_supply/BAT1/capacity", "41\n"),
            ("class/power_supply/BAT1/status", "Discharging\n"),
            ("class/power_supply/hidpp/type", "Battery\n"),
            ("class/power_supply/hidpp/scope", "Device\n"),
            ("class/power_supply/hidpp/capacity", "5\n"),
        ]);
        let expected = Battery {
            percent: 65,
            state: Charge::Discharging,
            minutes_left: None,
        };
        assert_eq!(battery(sysfs.path()), Some(expected));
    }
}
