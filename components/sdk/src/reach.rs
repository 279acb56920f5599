//! What a component has to do with on this machine.

/// What a component in a process of its own reaches besides the system's programs and libraries, the daemon's
/// Unix socket and its own folder. Everything else is closed to it where the kernel can do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All that the daemon's user reaches.
    Everything,
    /// These only. A path may begin with `~/`, the home directory, and have one `*` in a name, and
    /// `$NAME` is what that environment variable says; what is not there when the component starts stays
    /// closed.
    Only {
        /// Files and folders that it reads.
        read: &'static [&'static str],
        /// Files and folders, devices too, that it also writes.
        write: &'static [&'static str],
        /// Whether it uses TCP.
        network: bool,
    },
}

impl Reach {
    /// Nothing but what every component has.
    pub const NOTHING: Self = Self::writing(&[]);

    /// These files and folders, devices too, to read and write.
    pub const fn writing(write: &'static [&'static str]) -> Self {
        Self::Only {
            read: &[],
            write,
            network: false,
        }
    }
}
