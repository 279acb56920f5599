//! What `deskconn pair` shows for everything that happens in a pairing window.

use std::net::IpAddr;
use std::time::Duration;

use deskconn_protocol::api::SecretText;
use deskconn_protocol::api::daemon::Device;
use deskconn_protocol::api::pairing::Update;
use deskconn_protocol::grants::Grant;
use deskconn_protocol::identity::DeviceId;
use deskconn_protocol::pairing::{CloseReason, Method};
use deskconn_protocol::profile::{DeviceKind, Profile};

use crate::duration::{clock, rough};
use crate::error::CliError;
use crate::text::shell_word;

/// After how many wrong codes it is more likely an attack than a slip.
const SUSPICIOUS: u32 = 2;

/// One thing to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Show {
    /// Lines of text.
    Text(String),
    /// The code to type.
    Code(String),
    /// A link to draw as a QR code.
    Qr(String),
}

/// The screen of one pairing window.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    /// Whether it was said already that somebody may be guessing.
    warned: bool,
    /// Whether a device was paired.
    paired: bool,
    /// What to do about a device that could not be stored.
    not_stored: Option<String>,
}

impl Screen {
    /// What to show for `update`; nothing for what [`Screen::end`] will tell.
    pub(crate) fn on(&mut self, update: &Update) -> Vec<Show> {
        match update {
            Update::Opened {
                name,
                id,
                code,
                links,
                expires_in_ms,
            } => opened(name, id, code, links, Duration::from_millis(*expires_in_ms)),
            Update::WrongAttempt {
                from,
                method,
                attempts,
                cap,
            } => self.wrong(*from, *method, *attempts, *cap),
            Update::Busy { from } => text(format!("turned away {from}: another device is pairing")),
            Update::CodeClosed => {
                text("too many wrong codes: only the QR code works now".to_owned())
            }
            Update::Asking {
                id,
                profile,
                from,
                words,
                ..
            } => text(asking(id, profile, *from, words)),
            Update::Paired { device, words } => {
                self.paired = true;
                text(paired(device, words))
            }
            Update::NotStored { hint } => {
                self.not_stored = Some(hint.clone());
                Vec::new()
            }
            Update::Closed { .. } => Vec::new(),
        }
    }

    /// How the command ends when the window has closed.
    ///
    /// # Errors
    ///
    /// If no device was paired.
    pub(crate) fn end(&self, reason: CloseReason, ttl: Option<Duration>) -> Result<(), CliError> {
        if self.paired {
            return Ok(());
        }
        if let Some(hint) = &self.not_stored {
            let message = "a device knew the code, but could not be stored: it is not paired";
            return Err(CliError::failed(message).hint(hint));
        }
        Err(match reason {
            CloseReason::Paired => CliError::failed("a device was paired, but not told which one")
                .hint("`deskconn devices` lists them"),
            CloseReason::Expired => {
                let after = ttl.map_or_else(String::new, |ttl| format!(" within {}", clock(ttl)));
                CliError::failed(format!("no device was paired{after}"))
                    .hint("run `deskconn pair` again; `--ttl 10m` leaves more time")
            }
            CloseReason::Cancelled => CliError::failed("the daemon closed the pairing window"),
            CloseReason::Replaced => CliError::failed(
                "another `deskconn pair` has taken over: this code is worthless now",
            ),
            CloseReason::Declined => CliError::failed("the device was not let in, as you said"),
            CloseReason::Unanswered => CliError::failed(
                "you did not say in time whether the device gets in: it is not paired",
            )
            .hint("run `deskconn pair --confirm` again, for a new code"),
            CloseReason::Gone => {
                CliError::failed("the device went away before you said whether it gets in")
                    .hint("run `deskconn pair --confirm` again, for a new code")
            }
            CloseReason::Spoiled => {
                CliError::failed("a device knew the code but did not say properly who it is")
                    .hint("update the program on that device, then run `deskconn pair` again")
            }
        })
    }

    fn wrong(
        &mut self,
        from: IpAddr,
        method: Method,
        attempts: u32,
        cap: Option<u32>,
    ) -> Vec<Show> {
        let what = match method {
            Method::Code => "code",
            Method::Qr => "QR code",
        };
        let count = cap.map_or_else(String::new, |cap| format!(" ({attempts}/{cap})"));
        let mut line = format!("wrong {what} from {from}{count}");
        if attempts >= SUSPICIOUS && !self.warned {
            self.warned = true;
            line.push_str("\nsomeone else may be trying: use the QR code");
        }
        text(line)
    }
}

/// `slides, status`, or that there is nothing.
pub(crate) fn grants<'a>(grants: impl IntoIterator<Item = &'a Grant>) -> String {
    let names: Vec<&str> = grants.into_iter().map(Grant::as_str).collect();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names.join(", ")
}

/// What sort of device it is, for people.
pub(crate) fn kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Phone => "phone",
        DeviceKind::Web => "web page",
        DeviceKind::Ext => "browser extension",
        DeviceKind::Cli => "command line",
        DeviceKind::Daemon => "computer",
        DeviceKind::Other => "device",
    }
}

/// `phone, Fairphone 5, Android 16`, as far as it is known.
pub(crate) fn about(profile: &Profile) -> String {
    let about = [kind(profile.kind), &profile.model, &profile.platform];
    let about: Vec<&str> = about.into_iter().filter(|text| !text.is_empty()).collect();
    about.join(", ")
}

fn opened(
    name: &str,
    id: &DeviceId,
    code: &SecretText,
    links: &[SecretText],
    ttl: Duration,
) -> Vec<Show> {
    let mut screen = vec![
        Show::Text(format!("Pairing {name} ({})\n", id.short())),
        Show::Code(code.reveal().to_owned()),
        Show::Text(String::new()),
    ];
    let first_http = links
        .iter()
        .find(|link| link.reveal().starts_with("http://"));
    if let Some(link) = first_http {
        screen.push(Show::Qr(link.reveal().to_owned()));
    }
    let links = links.iter().map(|link| format!("Link {}\n", link.reveal()));
    let links: String = links.collect();
    screen.push(Show::Text(format!(
        "{links}\nType the code on the device, or scan the QR code, within {}. Ctrl-C cancels.",
        clock(ttl)
    )));
    screen
}

fn asking(id: &DeviceId, profile: &Profile, from: IpAddr, words: &[String; 2]) -> String {
    format!(
        "{} ({}) knows the code\n\
         From {from}, id {}\n\
         Words {} {}\n\
         The device must show the same two words.",
        profile.name,
        about(profile),
        id.short(),
        words[0],
        words[1],
    )
}

fn paired(device: &Device, words: &[String; 2]) -> String {
    let profile = &device.profile;
    let short = device.id.short();
    let end = device.until.map_or_else(String::new, |until| {
        let span = Duration::from_secs(until.saturating_sub(device.paired_at));
        format!(
            "Ends in {}; `deskconn pair --for` sets another time\n",
            rough(span)
        )
    });
    format!(
        "Paired with {} ({})\n\
         Words {} {}\n\
         Grants {}\n\
         {end}\
         The device must show the same two words. If it does not: deskconn unpair {}",
        profile.name,
        about(profile),
        words[0],
        words[1],
        grants(device.grants.names()),
        shell_word(short, device.id.as_str()),
    )
}

fn text(text: String) -> Vec<Show> {
    vec![Show::Text(text)]
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn opened() -> Update {
        Update::Opened {
            name: "study-laptop".to_owned(),
            id: id(),
            code: "4821 7305".to_owned().into(),
            links: vec![
                "http://192.168.1.5:5020/#p1.SECRET.ID".to_owned().into(),
                "http://[fd00::5]:5020/#p1.SECRET.ID".to_owned().into(),
                "deskconn://pair?v=1#SECRET".to_owned().into(),
            ],
            expires_in_ms: 120_000,
        }
    }

    fn paired(until: Option<u64>) -> Update {
        Update::Paired {
            device: Device {
                id: id(),
                profile: Profile::new(
                    "Zoë’s phone",
                    "Android 16",
                    "Fairphone 5",
                    DeviceKind::Phone,
                ),
                grants: ["slides", "status"]
                    .map(|grant| grant.parse::<Grant>().expect("a grant"))
                    .into_iter()
                    .collect(),
                paired_at: 1_800_000_000,
                until,
                last_seen: None,
                connected: false,
                certificate: None,
            },
            words: ["tunnel".to_owned(), "apricot".to_owned()],
        }
    }

    fn wrong(method: Method, attempts: u32, cap: Option<u32>) -> Update {
        let from = "192.0.2.66".parse().expect("an address");
        Update::WrongAttempt {
            from,
            method,
            attempts,
            cap,
        }
    }

    fn id() -> DeviceId {
        "3f7kabcdefghijklmnopqrstuvwxyz23".parse().expect("an id")
    }

    /// Feeds `updates` to one screen and compares everything it shows.
    fn check(updates: &[Update], expected: &Expect) {
        let mut screen = Screen::default();
        let shown: Vec<String> = updates
            .iter()
            .flat_map(|update| screen.on(update))
            .map(|show| match show {
                Show::Text(text) => text,
                Show::Code(code) => format!("[code {code}]"),
                Show::Qr(link) => format!("[QR {link}]"),
            })
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn an_open_window_shows_code_qr_and_links() {
        check(
            &[opened()],
            &expect![[r#"
                Pairing study-laptop (3f7k)

                [code 4821 7305]

                [QR http://192.168.1.5:5020/#p1.SECRET.ID]
                Link http://192.168.1.5:5020/#p1.SECRET.ID
                Link http://[fd00::5]:5020/#p1.SECRET.ID
                Link deskconn://pair?v=1#SECRET

                Type the code on the device, or scan the QR code, within 2:00. Ctrl-C cancels."#]],
        );
    }

    #[test]
    fn wrong_codes_are_counted_and_the_second_warns_once() {
        check(
            &[
                wrong(Method::Code, 1, Some(10)),
                wrong(Method::Code, 2, Some(10)),
                wrong(Method::Code, 3, Some(10)),
                Update::CodeClosed,
                wrong(Method::Qr, 1, None),
            ],
            &expect![[r#"
                wrong code from 192.0.2.66 (1/10)
                wrong code from 192.0.2.66 (2/10)
                someone else may be trying: use the QR code
                wrong code from 192.0.2.66 (3/10)
                too many wrong codes: only the QR code works now
                wrong QR code from 192.0.2.66"#]],
        );
    }

    #[test]
    fn a_device_that_waits_is_shown_with_all_there_is_to_tell_it_by() {
        check(
            &[Update::Asking {
                id: id(),
                profile: Profile::new("Zoë’s phone", "Android 16", "", DeviceKind::Phone),
                from: "192.0.2.66".parse().expect("an address"),
                words: ["tunnel".to_owned(), "apricot".to_owned()],
                expires_in_ms: 45_000,
            }],
            &expect![[r#"
                Zoë’s phone (phone, Android 16) knows the code
                From 192.0.2.66, id 3f7k
                Words tunnel apricot
                The device must show the same two words."#]],
        );
    }

    #[test]
    fn a_paired_device_is_shown_with_the_words_and_the_way_back() {
        let from = "192.0.2.66".parse().expect("an address");
        check(
            &[
                Update::Busy { from },
                paired(None),
                Update::Closed {
                    reason: CloseReason::Paired,
                },
            ],
            &expect![[r#"
                turned away 192.0.2.66: another device is pairing
                Paired with Zoë’s phone (phone, Fairphone 5, Android 16)
                Words tunnel apricot
                Grants slides, status
                The device must show the same two words. If it does not: deskconn unpair 3f7k"#]],
        );
    }

    #[test]
    fn a_device_that_is_paired_for_a_time_is_shown_with_its_end() {
        check(
            &[paired(Some(1_800_043_200))],
            &expect![[r#"
            Paired with Zoë’s phone (phone, Fairphone 5, Android 16)
            Words tunnel apricot
            Grants slides, status
            Ends in 12 h 0 min; `deskconn pair --for` sets another time
            The device must show the same two words. If it does not: deskconn unpair 3f7k"#]],
        );
    }

    #[test]
    fn the_window_ends_well_only_with_a_device() {
        let mut screen = Screen::default();
        for (reason, message) in [
            (CloseReason::Expired, "no device was paired within 2:00"),
            (
                CloseReason::Cancelled,
                "the daemon closed the pairing window",
            ),
            (
                CloseReason::Replaced,
                "another `deskconn pair` has taken over: this code is worthless now",
            ),
            (
                CloseReason::Spoiled,
                "a device knew the code but did not say properly who it is",
            ),
        ] {
            let error = screen.end(reason, Some(Duration::from_secs(120)));
            assert_eq!(error.expect_err("no device").message, message);
        }
        let hint = "free some space on that disk".to_owned();
        screen.on(&Update::NotStored { hint: hint.clone() });
        let error = screen
            .end(CloseReason::Paired, None)
            .expect_err("not stored");
        assert_eq!(error.hint, Some(hint));
        screen.on(&paired(None));
        assert_eq!(screen.end(CloseReason::Paired, None), Ok(()));
    }
}
