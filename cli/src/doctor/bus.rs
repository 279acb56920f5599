//! Whether the system's bus and logind are there, for what is announced and for whose screen it is.

use std::time::Duration;

use tokio::time::timeout;
use zbus::{Connection, OwnedObjectPath, connection};

use super::{Finding, Machine};

const CHECK: &str = "bus";

/// How long the bus, and whoever is on it, may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// A session as logind lists it: its id, its user's id and name, its seat and its path
/// (`ListSessions` of `org.freedesktop.login1(5)`).
type LoginSession = (String, u32, String, String, OwnedObjectPath);

/// Asks the bus, and logind on it.
pub(crate) async fn look(machine: &Machine) -> Vec<Finding> {
    let bus = match timeout(PATIENCE, connect(machine)).await {
        Ok(Ok(bus)) => bus,
        Ok(Err(error)) => return unreachable(&error.to_string()),
        Err(_) => return unreachable("it does not answer"),
    };
    let sessions = match timeout(PATIENCE, sessions(&bus)).await {
        Ok(Ok(sessions)) => Some(sessions),
        Ok(Err(_)) | Err(_) => None,
    };
    let uid = rustix::process::getuid().as_raw();
    vec![
        Finding::ok(CHECK, "the system bus can be reached"),
        logind(sessions.as_deref(), uid),
    ]
}

fn unreachable(why: &str) -> Vec<Finding> {
    let message = format!(
        "the system bus can not be reached: {why}; the daemon announces itself without Avahi"
    );
    vec![Finding::warning(
        CHECK,
        message,
        "sudo systemctl start dbus",
    )]
}

async fn connect(machine: &Machine) -> zbus::Result<Connection> {
    let builder = match &machine.bus {
        Some(address) => connection::Builder::address(address.as_str()),
        None => connection::Builder::system(),
    };
    builder.build().await
}

async fn sessions(bus: &Connection) -> zbus::Result<Vec<LoginSession>> {
    let manager = "org.freedesktop.login1.Manager";
    let name = "org.freedesktop.login1";
    let path = "/org/freedesktop/login1";
    let answer = bus
        .call_method(Some(name), path, Some(manager), "ListSessions", &())
        .await?;
    answer.body().deserialize()
}

/// Whether logind knows at which screen this user sits; `None` if it does not answer.
fn logind(sessions: Option<&[LoginSession]>, uid: u32) -> Finding {
    let Some(sessions) = sessions else {
        return Finding::warning(
            CHECK,
            "logind does not run, so the udev rule can give nobody the virtual keyboard",
            "sudo systemctl start systemd-logind",
        );
    };
    let mut own = sessions.iter().filter(|(_, user, ..)| *user == uid);
    match own.find(|(_, _, _, seat, _)| !seat.is_empty()) {
        Some((_, _, _, seat, _)) => Finding::ok(
            CHECK,
            format!("logind knows that the screen of {seat} is this user's"),
        ),
        None => Finding::warning(
            CHECK,
            "this user is logged in at no screen, so the udev rule gives no virtual keyboard",
            "log in at the screen, or give the device to a system's daemon: \
             packaging/udev/60-deskconn-uinput-system.rules",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{machine, told};
    use super::*;

    #[tokio::test]
    async fn a_bus_that_is_not_there_is_said() {
        let root = tempfile::tempdir().expect("a directory");
        let told = told(&look(&machine(root.path())).await);
        assert!(
            told[0].starts_with("Warning the system bus can not be reached"),
            "{told:?}"
        );
    }

    #[test]
    fn only_a_session_of_this_users_at_a_seat_has_the_screen() {
        let session = |uid, seat: &str| {
            let path = "/org/freedesktop/login1/session/c1"
                .try_into()
                .expect("a path");
            (
                "c1".to_owned(),
                uid,
                "alice".to_owned(),
                seat.to_owned(),
                path,
            )
        };
        let level = |sessions: Option<&[LoginSession]>| told(&[logind(sessions, 1000)]).remove(0);
        assert!(level(None).starts_with("Warning logind does not run"));
        for others in [
            vec![],
            vec![session(1000, "")],
            vec![session(1001, "seat0")],
        ] {
            let told = level(Some(&others));
            assert!(
                told.starts_with("Warning this user is logged in at no screen"),
                "{told}"
            );
        }
        let own = [
            session(1001, "seat0"),
            session(1000, ""),
            session(1000, "seat1"),
        ];
        assert_eq!(
            level(Some(&own)),
            "Ok logind knows that the screen of seat1 is this user's"
        );
    }
}
