//! Columns of text.

use crate::text::one_line;

/// Rows under a heading, each column as wide as its widest cell and two blanks apart.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<[String; N]> = std::iter::once(heading.map(str::to_owned))
        .chain(
            rows.iter()
                .map(|row| row.each_ref().map(|cell| one_line(cell))),
        )
        .collect();
    let widths: [usize; N] = std::array::from_fn(|column| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    });
    let lines = rows.iter().map(|row| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        line.truncate(line.trim_end().len());
        line
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::table;
    use expect_test::expect;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["Zoë’s phone".to_owned(), "3f7k".to_owned(), String::new()],
            ["a\u{1b}[2J".to_owned(), "9".to_owned(), "now".to_owned()],
        ];
        let expected = expect![[r#"
            NAME         ID    SEEN
            Zoë’s phone  3f7k
            a\u{1b}[2J   9     now"#]];
        expected.assert_eq(&table(["NAME", "ID", "SEEN"], &rows));
    }
}
