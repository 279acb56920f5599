//! Telling the protocols that share one port apart by their first octet.

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// WAMP RawSocket: the magic octet `0x7F`, which no HTTP request starts with.
    RawSocket,
    /// A TLS handshake record, `0x16`.
    Tls,
    /// Anything else is HTTP's to answer, if only with 400.
    Http,
    /// Nothing has come yet.
    NeedMore,
}

/// Says what a connection speaks from the first octets it sent; one is enough.
pub const fn sniff(first: &[u8]) -> Sniffed {
    match first {
        [] => Sniffed::NeedMore,
        [crate::rawsocket::MAGIC, ..] => Sniffed::RawSocket,
        [0x16, ..] => Sniffed::Tls,
        _ => Sniffed::Http,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_octet_tells_the_protocols_apart() {
        let table: [(&[u8], Sniffed); 7] = [
            (b"", Sniffed::NeedMore),
            (b"\x7f", Sniffed::RawSocket),
            (b"\x7f\xf1\0\0", Sniffed::RawSocket),
            (b"\x16\x03\x01", Sniffed::Tls),
            (b"G", Sniffed::Http),
            (b"GET /ws HTTP/1.1\r\n", Sniffed::Http),
            (b"\0\xff", Sniffed::Http),
        ];
        for (octets, expected) in table {
            assert_eq!(sniff(octets), expected, "{octets:?}");
        }
    }
}
