//! Texts from elsewhere, made fit for a terminal and for a command line.

/// `text` with every character that could steer a terminal or reorder its line written as an escape.
/// Line breaks and tabs stay.
pub(crate) fn printable(text: &str) -> String {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

/// As [`printable`], on one line.
pub(crate) fn one_line(text: &str) -> String {
    escape(text.trim(), |_| false)
}

/// `name` if a shell takes it as one plain word, otherwise `instead`: what others call themselves must
/// not become part of a command by being copied.
pub(crate) fn shell_word<'a>(name: &'a str, instead: &'a str) -> &'a str {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_word = !name.is_empty() && !name.starts_with('-') && name.chars().all(plain);
    if is_word { name } else { instead }
}

fn escape(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !stays(c) && (c.is_control() || reorders(c)) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Directional marks, embeddings, overrides and isolates (Unicode UAX #9).
fn reorders(c: char) -> bool {
    matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_can_not_steer_the_terminal() {
        assert_eq!(printable("a\n\tb é 🖥"), "a\n\tb é 🖥");
        assert_eq!(printable("\u{1b}[2J\u{9b}31m"), "\\u{1b}[2J\\u{9b}31m");
        assert_eq!(printable("a\rb\u{7}"), "a\\rb\\u{7}");
        assert_eq!(printable("exe.\u{202E}gpj"), "exe.\\u{202e}gpj");
        assert_eq!(one_line(" two\nlines "), "two\\nlines");
    }

    #[test]
    fn only_a_plain_name_is_put_into_a_command() {
        for name in ["study-laptop", "pc.home", "PC_2"] {
            assert_eq!(shell_word(name, "3f7k"), name);
        }
        for name in [
            "",
            "-rf",
            "my pc",
            "x;reboot",
            "$(reboot)",
            "a\u{202E}b",
            "`x`",
        ] {
            assert_eq!(shell_word(name, "3f7k"), "3f7k");
        }
    }
}
