//! Digits one can read from across the room.

/// Each digit's five rows of three dots, the leftmost dot the highest bit.
const FONT: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];

/// The three lines of `code` in half blocks, every dot two characters wide. What is no digit is a gap.
pub(crate) fn large(code: &str) -> [String; 3] {
    std::array::from_fn(|line| {
        let glyphs = code.chars().map(|c| {
            let digit = c.to_digit(10).and_then(|digit| FONT.get(digit as usize));
            digit.map_or_else(|| "  ".to_owned(), |rows| glyph(rows, line))
        });
        let text = glyphs.collect::<Vec<_>>().join("  ");
        text.trim_end().to_owned()
    })
}

fn glyph(rows: &[u8; 5], line: usize) -> String {
    let row = |index: usize| rows.get(index).copied().unwrap_or(0);
    let (top, bottom) = (row(2 * line), row(2 * line + 1));
    let dots = [0b100, 0b010, 0b001].map(|bit| match (top & bit != 0, bottom & bit != 0) {
        (true, true) => "██",
        (true, false) => "▀▀",
        (false, true) => "▄▄",
        (false, false) => "  ",
    });
    dots.concat()
}

#[cfg(test)]
mod tests {
    use super::large;
    use expect_test::expect;

    #[test]
    fn every_digit_has_its_shape() {
        let expected = expect![[r#"
            ██▀▀██  ▄▄██    ▀▀▀▀██  ▀▀▀▀██  ██  ██      ██▀▀▀▀  ██▀▀▀▀  ▀▀▀▀██  ██▀▀██  ██▀▀██
            ██  ██    ██    ██▀▀▀▀  ▀▀▀▀██  ▀▀▀▀██      ▀▀▀▀██  ██▀▀██    ██    ██▀▀██  ▀▀▀▀██
            ▀▀▀▀▀▀  ▀▀▀▀▀▀  ▀▀▀▀▀▀  ▀▀▀▀▀▀      ▀▀      ▀▀▀▀▀▀  ▀▀▀▀▀▀    ▀▀    ▀▀▀▀▀▀  ▀▀▀▀▀▀"#]];
        expected.assert_eq(&large("01234 56789").join("\n"));
    }
}
