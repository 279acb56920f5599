//! The two one-time secrets of a pairing window: the code to type and the secret to scan.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

/// How many different codes there are.
const CODES: u32 = 100_000_000;

/// The largest multiple of [`CODES`] a `u32` holds: drawing below it favours no code.
const FAIR: u32 = u32::MAX - u32::MAX % CODES;

/// Eight decimal digits, to be typed: 26.6 bits, used once.
///
/// `Display` shows them as `4821 7305`; `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<[u8; 8]>);

impl Code {
    /// Draws a code, each as likely as any other, from `fill`, which fills a buffer with random
    /// bytes (`getrandom::fill` does).
    ///
    /// # Errors
    ///
    /// Only what `fill` fails with.
    pub fn generate<E>(mut fill: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut drawn = Zeroizing::new([0u8; 4]);
        loop {
            fill(&mut drawn[..])?;
            let number = u32::from_le_bytes(*drawn);
            if number < FAIR {
                return Ok(Self::from_number(number % CODES));
            }
        }
    }

    /// The digits without the gap, as they enter SPAKE2 (protocol §4).
    pub(crate) fn password(&self) -> &[u8] {
        &self.0[..]
    }

    fn from_number(mut number: u32) -> Self {
        let mut digits = Zeroizing::new([b'0'; 8]);
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
        Self(digits)
    }
}

impl FromStr for Code {
    type Err = NotACode;

    /// Reads a code as people type it: eight digits, with blanks, hyphens or dots between them.
    fn from_str(typed: &str) -> Result<Self, NotACode> {
        let mut digits = Zeroizing::new([0u8; 8]);
        let mut found = 0;
        for c in typed.chars() {
            if c.is_ascii_digit() {
                *digits.get_mut(found).ok_or(NotACode)? = c as u8;
                found += 1;
            } else if !(c.is_whitespace() || matches!(c, '-' | '.' | '\u{2010}'..='\u{2013}')) {
                return Err(NotACode);
            }
        }
        if found != digits.len() {
            return Err(NotACode);
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, digit) in self.0.iter().enumerate() {
            if i == 4 {
                f.write_str(" ")?;
            }
            write!(f, "{}", char::from(*digit))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// What was typed is not eight digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pairing code is eight digits")]
pub struct NotACode;

/// Sixteen random bytes, to be scanned: too many to guess, used once. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct QrSecret(Zeroizing<String>);

impl QrSecret {
    /// How many random bytes make one.
    pub const LEN: usize = 16;

    /// Takes sixteen random bytes.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(Zeroizing::new(BASE64URL_NOPAD.encode(bytes)))
    }

    /// Reads what [`QrSecret::reveal`] gave; `None` if it is not the base64url of sixteen bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        (bytes.len() == Self::LEN).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The secret in base64url, 22 characters: for the link in the QR code and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The base64url text, as it enters SPAKE2 (protocol §4).
    pub(crate) fn password(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for QrSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use serde::Deserialize;

    use super::{CODES, Code, FAIR, NotACode, QrSecret};

    fn drawn_from(numbers: &[u32]) -> String {
        let mut numbers = numbers.iter();
        Code::generate(|buffer| {
            let number = numbers.next().ok_or("asked for more")?;
            buffer.copy_from_slice(&number.to_le_bytes());
            Ok::<(), &str>(())
        })
        .map_or_else(str::to_owned, |code| code.to_string())
    }

    #[test]
    fn codes_are_drawn_without_favour() {
        assert_eq!(FAIR % CODES, 0);
        assert_eq!(drawn_from(&[7]), "0000 0007");
        assert_eq!(drawn_from(&[FAIR - 1]), "9999 9999");
        assert_eq!(
            drawn_from(&[FAIR, u32::MAX, CODES + 48_217_305]),
            "4821 7305"
        );
        assert_eq!(drawn_from(&[FAIR]), "asked for more");
    }

    #[derive(Deserialize)]
    struct Vectors {
        codes: Vec<Typed>,
        refused: Vec<String>,
    }

    #[derive(Deserialize)]
    struct Typed {
        typed: String,
        digits: String,
        shown: String,
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let vectors: Vectors =
            serde_json::from_str(include_str!("../../vectors/code.json")).expect("a vector");
        for Typed {
            typed,
            digits,
            shown,
        } in vectors.codes
        {
            let code: Code = typed.parse().expect(&typed);
            assert_eq!(code.password(), digits.as_bytes());
            assert_eq!(code.to_string(), shown);
        }
        for typed in vectors.refused {
            assert_eq!(typed.parse::<Code>(), Err(NotACode), "{typed:?}");
        }
    }

    #[test]
    fn a_scanned_secret_is_sixteen_bytes_of_base64url() {
        let secret = QrSecret::from_bytes(&[0xFB; 16]);
        assert_eq!(secret.reveal(), "-_v7-_v7-_v7-_v7-_v7-w");
        assert_eq!(QrSecret::parse(secret.reveal()), Some(secret));
        for wrong in [
            "",
            "-_v7",
            "-_v7-_v7-_v7-_v7-_v7-x",
            "+/v7+/v7+/v7+/v7+/v7+w",
        ] {
            assert_eq!(QrSecret::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let code = Code::generate(|buffer| {
            buffer.fill(0);
            Ok::<(), Infallible>(())
        });
        assert!(!format!("{code:?}").contains('0'));
        let secret = QrSecret::from_bytes(&[0; 16]);
        assert!(!format!("{secret:?}").contains("AA"));
    }
}
