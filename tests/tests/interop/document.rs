//! `docs/interop.md`, whose tables say what is tried.

const DOCUMENT: &str = include_str!("../../../docs/interop.md");

/// A row of a table: its cells, without the space around them.
pub(crate) type Row = Vec<&'static str>;

/// The head and the rows of the tables under the heading `title`, which is a part of the document's and
/// may have parts of its own.
///
/// # Panics
///
/// When there is no such heading.
pub(crate) fn tables(title: &str) -> Vec<(Row, Vec<Row>)> {
    let lines = part(title).lines();
    let mut tables: Vec<(Row, Vec<Row>)> = Vec::new();
    let mut is_in_table = false;
    for line in lines {
        let Some(cells) = cells(line) else {
            is_in_table = false;
            continue;
        };
        match tables.last_mut() {
            Some((_, rows)) if is_in_table => rows.push(cells),
            _ => tables.push((cells, Vec::new())),
        }
        is_in_table = true;
    }
    for (_, rows) in &mut tables {
        rows.retain(|row| row.iter().any(|cell| !cell.starts_with("---")));
    }
    tables
}

/// The entries of the list under the heading `title`.
///
/// # Panics
///
/// When there is no such heading.
pub(crate) fn list(title: &str) -> Vec<&'static str> {
    let lines = part(title).lines();
    lines.filter_map(|line| line.strip_prefix("* ")).collect()
}

/// Whether it has these words.
pub(crate) fn says(words: &str) -> bool {
    DOCUMENT.contains(words)
}

fn part(title: &str) -> &'static str {
    let heading = format!("\n## {title}\n");
    let (_, after) = DOCUMENT
        .split_once(&heading)
        .unwrap_or_else(|| panic!("docs/interop.md has no part {title:?}"));
    after.split("\n## ").next().unwrap_or(after)
}

fn cells(line: &'static str) -> Option<Row> {
    let row = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(row.split('|').map(str::trim).collect())
}
