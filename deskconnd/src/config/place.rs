//! Where in a configuration file a mistake is.

use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// A setting as it stands in the file.
#[derive(Debug, PartialEq)]
pub(super) struct Setting {
    /// Its keys, outermost first.
    pub(super) keys: Vec<String>,
    /// The number of its line, from 1.
    pub(super) line: usize,
    /// The file with nothing in it but this setting.
    pub(super) alone: toml::Table,
}

/// Every setting of `text`, in the order they stand there; none if it is no TOML.
pub(super) fn settings(text: &str) -> Vec<Setting> {
    let Ok(document) = DeTable::parse(text) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    collect(document.get_ref(), &mut Vec::new(), &mut places);
    places.sort_by_key(|(_, span)| span.start);
    let table: toml::Table = text.parse().unwrap_or_default();
    let setting = |(keys, span): (Vec<String>, Range<usize>)| {
        let before = text.get(..span.start).unwrap_or_default();
        Some(Setting {
            line: before.matches('\n').count() + 1,
            alone: only(&table, &keys)?,
            keys,
        })
    };
    places.into_iter().filter_map(setting).collect()
}

/// The keys of every value that is no table, or an empty one, and where its own key stands.
fn collect(
    table: &DeTable<'_>,
    outer: &mut Vec<String>,
    places: &mut Vec<(Vec<String>, Range<usize>)>,
) {
    for (key, value) in table {
        outer.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => collect(inner, outer, places),
            _ => places.push((outer.clone(), key.span())),
        }
        outer.pop();
    }
}

/// `table` with nothing in it but the value at `keys`.
fn only(table: &toml::Table, keys: &[String]) -> Option<toml::Table> {
    let (first, rest) = keys.split_first()?;
    let value = table.get(first)?;
    let value = match value {
        toml::Value::Table(inner) if !rest.is_empty() => only(inner, rest)?.into(),
        value => value.clone(),
    };
    Some(toml::Table::from_iter([(first.clone(), value)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_found_in_order_with_their_lines() {
        let text = "# a\nb.c = 1\n[a]\n\nz = [\n2]\ny = {x = 3, w = 4}\n[d]\n";
        let found: Vec<_> = settings(text)
            .into_iter()
            .map(|setting| {
                let alone = setting.alone.to_string();
                (setting.line, setting.keys.join("."), alone)
            })
            .collect();
        let expected = [
            (2, "b.c", "[b]\nc = 1\n"),
            (5, "a.z", "[a]\nz = [2]\n"),
            (7, "a.y.x", "[a.y]\nx = 3\n"),
            (7, "a.y.w", "[a.y]\nw = 4\n"),
            (8, "d", "[d]\n"),
        ];
        assert_eq!(
            found,
            expected.map(|(line, keys, alone)| (line, keys.to_owned(), alone.to_owned()))
        );
        assert_eq!(settings("[a"), []);
    }
}
