//! What a notification says: whom it is from first, and nothing that a desktop could take for more than text.

use deskconn_component::failure;
use deskconn_protocol::api::notify::{Answer, Show};
use deskconn_protocol::profile::clean_up_to;
use deskconn_protocol::uris;
use wamp_client::InvocationError;

/// The longest title that is shown, in characters. Arguments are limited too; this is after cleaning.
const TITLE: usize = 200;

/// The longest line of a body, and how many there are at most.
const LINE: usize = 500;
const LINES: usize = 12;

/// The longest text of a button.
const LABEL: usize = 60;

/// A notification in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Whom it is from, and what it is about.
    pub(super) summary: String,
    /// More about it, in lines.
    pub(super) body: String,
    /// What can be answered: the name of an answer, and what its button says.
    pub(super) actions: Vec<(String, String)>,
}

impl Words {
    /// What the device called `from`, or a program of this user's, wants to have shown.
    ///
    /// # Errors
    /// If it says nothing, or an answer has no name.
    pub(super) fn read(show: &Show, from: Option<&str>) -> Result<Self, InvocationError> {
        let title = clean_up_to(TITLE, &show.title);
        if title.is_empty() {
            let hint = "say what it is about";
            return Err(invalid("title", "the title has nothing in it", hint));
        }
        let summary = match from {
            Some(name) => format!("{name} via DeskConn: {title}"),
            None => title,
        };
        let actions = show.actions.iter().map(read_action);
        Ok(Self {
            summary,
            body: lines(show.body.as_deref().unwrap_or_default()),
            actions: actions.collect::<Result<_, _>>()?,
        })
    }
}

/// Text as markup that says the same (Desktop Notifications Specification, "Markup").
pub(super) fn as_markup(text: &str) -> String {
    let mut markup = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => markup.push_str("&amp;"),
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            '"' => markup.push_str("&quot;"),
            '\'' => markup.push_str("&#39;"),
            c => markup.push(c),
        }
    }
    markup
}

fn read_action(answer: &Answer) -> Result<(String, String), InvocationError> {
    let is_of_words = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if answer.id.is_empty() || !answer.id.bytes().all(is_of_words) {
        let hint = "use a to z, digits and `_`";
        return Err(invalid("actions", "an action has no proper `id`", hint));
    }
    let label = clean_up_to(LABEL, &answer.label);
    if label.is_empty() {
        let hint = "say what its button says";
        return Err(invalid("actions", "an action has no label", hint));
    }
    Ok((answer.id.clone(), label))
}

/// Lines that are clean, each by itself.
fn lines(text: &str) -> String {
    let lines = text.split('\n').take(LINES);
    let lines: Vec<_> = lines.map(|line| clean_up_to(LINE, line)).collect();
    lines.join("\n").trim_end().to_owned()
}

fn invalid(argument: &str, message: &str, hint: &str) -> InvocationError {
    failure(uris::ERROR_INVALID_ARGUMENT, message, hint).kwarg("argument", argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(title: &str, body: &str, actions: &[(&str, &str)]) -> Show {
        let actions = actions.iter().map(|(id, label)| Answer {
            id: (*id).to_owned(),
            label: (*label).to_owned(),
        });
        Show {
            title: title.to_owned(),
            body: Some(body.to_owned()),
            urgency: None,
            actions: actions.collect(),
        }
    }

    #[test]
    fn the_device_is_named_before_anything_it_says() {
        let show = show("System update", "Enter your password", &[]);
        let words = Words::read(&show, Some("phone")).expect("words");
        assert_eq!(words.summary, "phone via DeskConn: System update");
        let words = Words::read(&show, None).expect("words");
        assert_eq!(words.summary, "System update");
    }

    #[test]
    fn what_is_shown_can_not_move_the_words_and_is_not_endless() {
        let body = "one\u{1b}[2J\r\n\ttwo\u{202e}\u{0}\n\n".to_owned() + &"x\n".repeat(100);
        let show = show("\u{202e}a\nb\u{7}", &body, &[("yes", " Y\u{200b}es\n")]);
        let words = Words::read(&show, None).expect("words");
        assert_eq!(words.summary, "a b");
        assert!(
            words.body.starts_with("one[2J\ntwo\n\nx\n"),
            "{:?}",
            words.body
        );
        assert_eq!(words.body.lines().count(), LINES);
        assert_eq!(words.actions, [("yes".to_owned(), "Yes".to_owned())]);
        let long = self::show(&"t".repeat(1000), &"b".repeat(5000), &[]);
        let words = Words::read(&long, None).expect("words");
        assert_eq!((words.summary.len(), words.body.len()), (TITLE, LINE));
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for show in [
            show("\u{200b}\n", "", &[]),
            show("a", "", &[("", "Yes")]),
            show("a", "", &[("inline-reply", "Yes")]),
            show("a", "", &[("yes", "\u{7}")]),
        ] {
            let refused = Words::read(&show, None).expect_err("nothing to show");
            assert_eq!(*refused.uri(), *uris::ERROR_INVALID_ARGUMENT, "{show:?}");
        }
    }

    #[test]
    fn text_stays_text_where_markup_is_understood() {
        assert_eq!(
            as_markup("<a href=\"x\">R&D</a> 'n"),
            "&lt;a href=&quot;x&quot;&gt;R&amp;D&lt;/a&gt; &#39;n"
        );
    }
}
