//! Lines of the kernel's chips, through version 2 of the GPIO character device.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use deskconn_component::Unavailable;
use gpiocdev::Request;
use gpiocdev::line::{Bias as KernelBias, EdgeDetection, EdgeKind, Value};

use super::Pins;
use super::find::{cannot_open, find};
use crate::settings::Bias;
use crate::{Line, LineName, Role};

/// What `gpioinfo` shows as the user of our lines.
const CONSUMER: &str = "deskconnd";

/// The lines that this process holds. The kernel takes them back when the value is dropped or the
/// process ends, and what they do then is the chip's affair.
#[derive(Debug, Default)]
pub struct KernelPins(BTreeMap<LineName, Request>);

impl Pins for KernelPins {
    fn open(&mut self, name: &LineName, line: &Line, value: bool) -> Result<bool, Unavailable> {
        let (chip, offset) = find(&line.place)?;
        let mut request = Request::builder();
        request
            .on_chip(chip)
            .with_consumer(CONSUMER)
            .with_line(offset);
        match &line.role {
            Role::Input { debounce } => {
                request
                    .as_input()
                    .with_edge_detection(EdgeDetection::BothEdges);
                if !debounce.is_zero() {
                    request.with_debounce_period(*debounce);
                }
            }
            Role::Output(_) => {
                request.as_output(value.into());
            }
        }
        if line.active_low {
            request.as_active_low();
        }
        if let Some(bias) = line.bias {
            request.with_bias(kernel_bias(bias));
        }
        let request = request.request().map_err(|error| cannot_open(&error))?;
        let value = match line.role {
            Role::Input { .. } => request
                .lone_value()
                .map_err(|error| cannot_open(&error))?
                .into(),
            Role::Output(_) => value,
        };
        self.0.insert(name.clone(), request);
        Ok(value)
    }

    fn close(&mut self, name: &LineName) {
        self.0.remove(name);
    }

    fn set(&mut self, name: &LineName, value: bool) -> io::Result<()> {
        let value = Value::from(value);
        self.request(name)?
            .set_lone_value(value)
            .map_err(io::Error::other)
    }

    fn read(&mut self, name: &LineName) -> io::Result<bool> {
        let value = self.request(name)?.lone_value().map_err(io::Error::other)?;
        Ok(value.into())
    }

    fn take_edges(&mut self, name: &LineName) -> io::Result<Option<bool>> {
        let request = self.request(name)?;
        let mut last = None;
        while request.has_edge_event().map_err(io::Error::other)? {
            let edge = request.read_edge_event().map_err(io::Error::other)?;
            last = Some(edge.kind == EdgeKind::Rising);
        }
        Ok(last)
    }

    fn edges(&self, name: &LineName) -> Option<BorrowedFd<'_>> {
        Some(self.0.get(name)?.as_fd())
    }
}

impl KernelPins {
    fn request(&self, name: &LineName) -> io::Result<&Request> {
        let closed = || io::Error::new(io::ErrorKind::NotConnected, "the line is not open");
        self.0.get(name).ok_or_else(closed)
    }
}

const fn kernel_bias(bias: Bias) -> KernelBias {
    match bias {
        Bias::Disabled => KernelBias::Disabled,
        Bias::PullUp => KernelBias::PullUp,
        Bias::PullDown => KernelBias::PullDown,
    }
}
