//! Tying an authentication to the link it happens on.

/// What a link that binds the authentication calls its channel id, and the id itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelBinding {
    /// The name in `channel_binding`, as `x-noise-h` or `tls-exporter`.
    pub name: &'static str,
    /// The id, the same on both sides of the link.
    pub id: [u8; 32],
}
