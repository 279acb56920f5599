//! Which chips and lines there are, and which of them is meant.

use std::io;
use std::path::PathBuf;

use deskconn_component::Unavailable;
use deskconn_protocol::api::gpio::{Chip as ChipInfo, ChipLine, Chips};
use gpiocdev::Chip;
use gpiocdev::chip::chips as chip_paths;

use crate::{LineRef, Place};

const ALLOW: &str = "let the daemon's user read and write /dev/gpiochip*: on Raspberry Pi OS \
     `sudo usermod -aG gpio USER` and log in again; elsewhere a udev rule";
const LIST: &str = "`deskconn call org.deskconn.gpio.chips` lists the chips and lines there are";

/// The lines of one chip that fit a place.
struct Found {
    path: PathBuf,
    chip: String,
    offset: u32,
    used_by: Option<String>,
}

/// Every chip that can be opened, and its lines.
pub(crate) fn chips() -> Result<Chips, Unavailable> {
    let chips = open_all()?.into_iter().filter_map(|chip| {
        let info = chip.info().ok()?;
        let lines = chip.line_info_iter().ok()?.flatten().map(|line| ChipLine {
            offset: line.offset,
            name: (!line.name.is_empty()).then_some(line.name),
            used_by: line.used.then_some(line.consumer),
        });
        Some(ChipInfo {
            name: info.name,
            label: info.label,
            lines: lines.collect(),
        })
    });
    Ok(Chips {
        chips: chips.collect(),
    })
}

/// The chip and the number of the line at `place`, if nobody else uses it.
pub(super) fn find(place: &Place) -> Result<(PathBuf, u32), Unavailable> {
    let chips = open_all()?;
    let mut found = Vec::new();
    for chip in &chips {
        let info = chip.info().map_err(|error| cannot_open(&error))?;
        let meant = |name: &String| *name == info.label || *name == info.name;
        if !place.chip.as_ref().is_none_or(meant) {
            continue;
        }
        let lines = chip.line_info_iter().map_err(|error| cannot_open(&error))?;
        let lines = lines.flatten().filter(|line| match &place.line {
            LineRef::Offset(offset) => line.offset == *offset,
            LineRef::Name(name) => line.name == *name,
        });
        found.extend(lines.map(|line| Found {
            path: chip.path().to_owned(),
            chip: info.name.clone(),
            offset: line.offset,
            used_by: line.used.then_some(line.consumer),
        }));
    }
    match found.as_slice() {
        [] => Err(Unavailable::new(format!("there is no {place}"), LIST)),
        [
            Found {
                used_by: Some(user),
                ..
            },
        ] => Err(Unavailable::new(
            format!("{place} is used by `{user}`"),
            "end that, or choose another line",
        )),
        [Found { path, offset, .. }] => Ok((path.clone(), *offset)),
        [one, another, ..] => Err(Unavailable::new(
            format!("{} and {} both have a {place}", one.chip, another.chip),
            "say which with `chip`, the label or name of one of them",
        )),
    }
}

/// What the system says when a chip or line can not be had.
pub(super) fn cannot_open(error: &gpiocdev::Error) -> Unavailable {
    let denied = matches!(error, gpiocdev::Error::Os(errno)
        if io::Error::from_raw_os_error(errno.0).kind() == io::ErrorKind::PermissionDenied);
    if denied {
        Unavailable::new("no permission to open /dev/gpiochip*", ALLOW)
    } else {
        Unavailable::new(
            format!("the kernel refuses the line: {error}"),
            "see whether the chip can do what the configuration asks for",
        )
    }
}

fn open_all() -> Result<Vec<Chip>, Unavailable> {
    let none = || {
        Unavailable::new(
            "there is no /dev/gpiochip*",
            "this computer has no pins that the kernel knows of; load the driver of the chip",
        )
    };
    let paths = chip_paths().map_err(|_| none())?;
    if paths.is_empty() {
        return Err(none());
    }
    let mut refused = None;
    let mut chips = Vec::new();
    for path in paths {
        match Chip::from_path(path) {
            Ok(chip) => chips.push(chip),
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if chips.is_empty() => Err(cannot_open(&error)),
        _ => Ok(chips),
    }
}
