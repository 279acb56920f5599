//! Finding the one device somebody means by its name or by the beginning of its id.

use deskconn_protocol::identity::DeviceId;

use crate::error::CliError;

/// Something with an id and a name.
pub(crate) trait Named {
    /// The device id.
    fn id(&self) -> &DeviceId;
    /// The display name.
    fn name(&self) -> &str;
}

/// The one of `items` that `wanted` names: a whole name in any case, or the beginning of an id. `what`
/// says what the items are: `device`, `computer`.
///
/// # Errors
///
/// If there is none or more than one; the details list those it could be.
pub(crate) fn select<'a, T: Named>(
    items: &'a [T],
    wanted: &str,
    what: &str,
) -> Result<&'a T, CliError> {
    let is_meant = |item: &&T| {
        let by_id = !wanted.is_empty() && item.id().as_str().starts_with(wanted);
        by_id || item.name().to_lowercase() == wanted.to_lowercase()
    };
    let mut meant: Vec<&T> = items.iter().filter(is_meant).collect();
    match (meant.pop(), meant.is_empty()) {
        (Some(item), true) => Ok(item),
        (Some(last), false) => {
            meant.push(last);
            let message = format!("`{wanted}` could be {} {what}s", meant.len());
            Err(CliError::failed(message)
                .details(meant.into_iter().map(describe).collect())
                .hint("write more of the id"))
        }
        (None, _) if items.is_empty() => Err(CliError::failed(format!(
            "there is no {what} `{wanted}`, nor any other"
        ))),
        (None, _) => Err(CliError::failed(format!("there is no {what} `{wanted}`"))
            .details(items.iter().map(describe).collect())
            .hint("write one of these names, or the beginning of its id")),
    }
}

fn describe(item: &impl Named) -> String {
    format!("{} {}", item.id(), item.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Item(DeviceId, &'static str);

    impl Named for Item {
        fn id(&self) -> &DeviceId {
            &self.0
        }

        fn name(&self) -> &str {
            self.1
        }
    }

    fn items() -> [Item; 3] {
        let id = |start: &str| format!("{start:a<32}").parse().expect("an id");
        [
            Item(id("3f7k"), "Phone"),
            Item(id("3f2b"), "tablet"),
            Item(id("7777"), "Tablet"),
        ]
    }

    fn chosen(wanted: &str) -> Result<String, CliError> {
        let items = items();
        select(&items, wanted, "device").map(|item| item.0.short().to_owned())
    }

    #[test]
    fn a_device_is_meant_by_its_name_or_the_beginning_of_its_id() {
        for (wanted, short) in [("phone", "3f7k"), ("3f7", "3f7k"), ("7", "7777")] {
            assert_eq!(chosen(wanted).as_deref(), Ok(short), "{wanted}");
        }
    }

    #[test]
    fn what_fits_several_or_none_is_refused_with_what_there_is() {
        for (wanted, message, details) in [
            ("3f", "`3f` could be 2 devices", 2),
            ("TABLET", "`TABLET` could be 2 devices", 2),
            ("pho", "there is no device `pho`", 3),
            ("", "there is no device ``", 3),
        ] {
            let error = chosen(wanted).expect_err(wanted);
            assert_eq!(
                (error.message.as_str(), error.details.len()),
                (message, details)
            );
        }
        let nothing: [Item; 0] = [];
        assert!(select(&nothing, "phone", "device").is_err());
    }
}
