//! QR codes drawn with half blocks, two modules a character.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// The lines of a QR code of `text` with its quiet zone; all are equally wide. `None` if it is too long
/// for one.
///
/// The blocks are the *light* modules: on a dark terminal the code looks as printed on paper.
pub(crate) fn lines(text: &str) -> Option<Vec<String>> {
    // The least error correction makes the fewest modules; a screen is not torn or dirty.
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let drawn = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build();
    Some(drawn.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::lines;
    use qrcode::{Color, EcLevel, QrCode};

    const LINK: &str =
        "http://192.168.1.50:5020/#p1.QUJDREVGR0hJSktMTU5PUA.3f7kabcdefghijklmnopqrstuvwxyz23";

    #[test]
    fn every_module_is_drawn_in_its_place_inside_a_quiet_zone() {
        let code = QrCode::with_error_correction_level(LINK, EcLevel::L).expect("a code");
        let quiet = 4;
        let side = code.width() + 2 * quiet;
        let is_dark = |x: usize, y: usize| {
            let inside = quiet..quiet + code.width();
            inside.contains(&x)
                && inside.contains(&y)
                && code[(x - quiet, y - quiet)] == Color::Dark
        };
        let drawn = lines(LINK).expect("a code");
        assert_eq!(drawn.len(), side.div_ceil(2));
        for (row, line) in drawn.iter().enumerate() {
            assert_eq!(line.chars().count(), side);
            for (x, block) in line.chars().enumerate() {
                let (top, bottom) = match block {
                    '█' => (false, false),
                    '▀' => (false, true),
                    '▄' => (true, false),
                    ' ' => (true, true),
                    other => panic!("{other:?}"),
                };
                assert_eq!(top, is_dark(x, 2 * row));
                if 2 * row + 1 < side {
                    assert_eq!(bottom, is_dark(x, 2 * row + 1));
                }
            }
        }
    }

    #[test]
    fn a_link_fits_a_terminal_of_80_columns_and_24_lines() {
        let drawn = lines(LINK).expect("a code");
        assert!(drawn.len() <= 24, "{} lines", drawn.len());
        assert!(drawn[0].chars().count() <= 80);
    }

    #[test]
    fn what_is_too_long_is_not_drawn() {
        assert_eq!(lines(&"x".repeat(10_000)), None);
    }
}
