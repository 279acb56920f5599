//! The repository's files, and where they say what.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::code::code_of;

/// One file of the repository that is text.
pub(crate) struct Source {
    /// Its path from the root of the repository.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) language: Language,
    /// The text of a Rust file with spaces for comments and for what is in quotes.
    code: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Rust,
    Script,
    /// Lock files, vectors, pictures: not written by hand.
    Data,
    Prose,
}

impl Language {
    fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        if path.starts_with("wamp/fuzz/corpus/") {
            return Self::Data;
        }
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("rs") => Self::Rust,
            Some("css" | "java" | "js" | "kt" | "mjs" | "py" | "sh" | "ts" | "tsx") => Self::Script,
            Some("json" | "lock" | "svg" | "snap") => Self::Data,
            None if path.starts_with("LICENSE") => Self::Data,
            None if name == "Makefile" || path.contains('/') => Self::Script,
            _ => Self::Prose,
        }
    }

    /// Whether it is something that runs.
    pub(crate) fn is_program(self) -> bool {
        matches!(self, Self::Rust | Self::Script)
    }
}

/// Every text file of the repository: tracked, or new and not ignored.
pub(crate) fn all() -> &'static [Source] {
    static ALL: OnceLock<Vec<Source>> = OnceLock::new();
    ALL.get_or_init(|| {
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root())
            .output()
            .expect("git runs");
        let listed = String::from_utf8(listed.stdout).expect("paths in UTF-8");
        let sources = listed
            .split_terminator('\0')
            .filter_map(Source::read)
            .collect::<Vec<_>>();
        assert!(
            sources.len() > 100,
            "git lists the files of the repository: {listed:?}"
        );
        sources
    })
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("tests/ is in the repository")
        .to_path_buf()
}

impl Source {
    /// `None` for what is deleted, a link or not text.
    fn read(path: &str) -> Option<Self> {
        let whole = root().join(path);
        if whole.is_symlink() {
            return None;
        }
        Some(Self::new(path, std::fs::read_to_string(whole).ok()?))
    }

    fn new(path: &str, text: String) -> Self {
        let language = Language::of(path);
        let code = match language {
            Language::Rust => code_of(&text),
            _ => String::new(),
        };
        Self {
            path: path.to_owned(),
            text,
            language,
            code,
        }
    }

    pub(crate) fn is_in(&self, directory: &str) -> bool {
        Path::new(&self.path).starts_with(directory)
    }

    /// A finding at line `line`, from 0.
    pub(crate) fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.path, line + 1)
    }

    /// Where the text has one of `words`, not as a part of a longer word.
    pub(crate) fn text_with(&self, words: &[&str]) -> Vec<String> {
        self.places(&self.text, words, |_| true)
    }

    /// Where the code has one of `words`, comments and literals aside.
    pub(crate) fn code_with(&self, words: &[&str]) -> Vec<String> {
        self.places(&self.code, words, |_| true)
    }

    /// Where tests wait for time to pass: real time, not that of a paused clock.
    pub(crate) fn waits_in_tests(&self) -> Vec<String> {
        let is_test = self.test_lines();
        let lines = self.code.lines().collect::<Vec<_>>();
        let paused = |line: usize| {
            let mut before = lines[..line].iter().rev();
            let test =
                before.find(|line| line.contains("#[tokio::test") || line.contains("#[test]"));
            test.is_some_and(|test| test.contains("start_paused = true"))
                && !lines[line].contains("thread::")
        };
        self.places(&self.code, &["sleep(", "sleep_until("], |line| {
            is_test[line] && !paused(line)
        })
    }

    /// The same in code that users run.
    pub(crate) fn product_code_with(&self, words: &[&str]) -> Vec<String> {
        let is_test = self.test_lines();
        self.places(&self.code, words, |line| !is_test[line])
    }

    /// Where the text names something below one of `directories` of the machine.
    pub(crate) fn paths_below(&self, directories: &[&str]) -> Vec<String> {
        let begins = |line: &str, at: usize| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || "./_-*})>".contains(c))
        };
        let mut places = Vec::new();
        for (number, line) in self.text.lines().enumerate() {
            for directory in directories {
                let mut found = line.match_indices(directory);
                if found.any(|(at, _)| begins(line, at)) {
                    places.push(self.at(number, line.trim()));
                }
            }
        }
        places
    }

    /// The literals that begin with `prefix`, up to what can not be in a URI, and their lines.
    pub(crate) fn literals(&self, prefix: &str) -> impl Iterator<Item = (usize, &str)> {
        let quotes = match self.language {
            Language::Rust => "\"",
            _ => "\"'`",
        };
        let lines = self.text.lines().enumerate();
        lines.flat_map(move |(number, line)| {
            line.match_indices(prefix).filter_map(move |(at, _)| {
                let quote = line[..at].chars().next_back()?;
                let name = &line[at..];
                let end =
                    name.find(|c: char| !c.is_ascii_alphanumeric() && !['.', '_'].contains(&c));
                quotes
                    .contains(quote)
                    .then(|| (number, &name[..end.unwrap_or(name.len())]))
            })
        })
    }

    fn places(&self, text: &str, words: &[&str], lines: impl Fn(usize) -> bool) -> Vec<String> {
        let mut places = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if !lines(number) {
                continue;
            }
            for word in words {
                if has_word(line, word) {
                    places.push(self.at(number, word));
                }
            }
        }
        places
    }

    /// For each line, whether only tests run it: files of tests, and modules that are `cfg(test)`.
    fn test_lines(&self) -> Vec<bool> {
        let count = self.text.lines().count();
        let mut parts = Path::new(&self.path).iter();
        let is_test_part = |part: &std::ffi::OsStr| {
            ["tests", "test", "tests.rs", "benches"]
                .iter()
                .any(|name| part == *name)
        };
        if parts.any(is_test_part) {
            return vec![true; count];
        }
        let mut is_test = vec![false; count];
        for (start, _) in self.code.match_indices("#[cfg(test)]") {
            let end = end_of_item(&self.code[start..]) + start;
            let line_of = |at: usize| self.code[..at].matches('\n').count();
            is_test[line_of(start)..=line_of(end)].fill(true);
        }
        is_test
    }
}

/// Where the first item of `code` ends: at its `;` or at the `}` that closes its first `{`.
fn end_of_item(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at,
            '}' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return at,
            _ => {}
        }
    }
    code.len()
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let open_start = word.starts_with(|c| is_part(Some(c)));
        let open_end = word.ends_with(|c| is_part(Some(c)));
        !(open_start && is_part(before) || open_end && is_part(after))
    })
}

#[test]
fn a_word_is_whole() {
    assert!(has_word("println!(\"\")", "println!"));
    assert!(!has_word("eprintln!(\"\")", "println!"));
    assert!(!has_word("unsafe_code = forbid", "unsafe"));
    assert!(has_word("time::sleep(second)", "sleep("));
}

#[test]
fn test_code_is_what_follows_cfg_test_and_what_is_in_folders_of_tests() {
    let text =
        "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { sleep(1) }\n}\nfn c() { sleep(2) }\n";
    let source = Source::new("a/src/lib.rs", text.to_owned());
    assert_eq!(source.waits_in_tests(), ["a/src/lib.rs:4: sleep("]);
    assert_eq!(
        source.product_code_with(&["sleep("]),
        ["a/src/lib.rs:6: sleep("]
    );
    let paused = format!("#[tokio::test(start_paused = true)]\n{text}");
    let source = Source::new("a/tests/b.rs", paused);
    assert_eq!(source.waits_in_tests(), [""; 0]);
    let source = Source::new("a/tests/b.rs", text.to_owned());
    assert_eq!(source.product_code_with(&["sleep("]), [""; 0]);
}

#[test]
fn a_literal_ends_where_a_name_can_not_go_on() {
    let source = Source::new(
        "a.rs",
        r#"call("org.deskconn.test.a", "org.deskconn.test.*"); // org.deskconn.b"#.to_owned(),
    );
    let literals = source.literals("org.deskconn.").map(|(_, name)| name);
    assert_eq!(
        literals.collect::<Vec<_>>(),
        ["org.deskconn.test.a", "org.deskconn.test."]
    );
}
