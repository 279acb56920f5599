//! Rust without what is not code.

/// Rust without comments and without what is in quotes: spaces stand for both, so that places stay
/// the same.
pub(crate) fn code_of(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let hidden = hidden_length(rest);
        if hidden == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            let (gone, after) = rest.split_at(hidden);
            code.extend(gone.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
            rest = after;
        }
    }
    code
}

/// How long the comment or literal is that `text` begins with; 0 if it begins with none.
fn hidden_length(text: &str) -> usize {
    let raw = text
        .strip_prefix('r')
        .map(|after| after.trim_start_matches('#'));
    if text.starts_with("//") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        block_comment_length(text)
    } else if let Some(after) = raw.filter(|after| after.starts_with('"')) {
        let hashes = text.len() - after.len() - 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = after[1..]
            .find(&close)
            .map_or(text.len(), |at| hashes + 2 + at + close.len());
        end.min(text.len())
    } else if text.starts_with('"') {
        quoted_length(text, '"')
    } else if text.starts_with("'\\") || text.chars().nth(2) == Some('\'') && text.starts_with('\'')
    {
        quoted_length(text, '\'')
    } else {
        0
    }
}

fn block_comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn comments_and_literals_are_not_code() {
    let cases = [
        ("let a = 1; // b", "let a = 1;     "),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"f("x\"y", z)"#, "f(      , z)"),
        ("r\"x\" r#\"y\"z\"# r#type", "              r#type"),
        (r"'\'' 'a' <'a>(b: &'a str)", "         <'a>(b: &'a str)"),
        ("\"a\n b\" c", "  \n    c"),
    ];
    for (text, code) in cases {
        assert_eq!(code_of(text), code, "{text}");
    }
}
