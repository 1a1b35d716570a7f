//! Values the platform invents.

/// Long enough that a client with a short column fails here first.
const TOKEN_TAIL: usize = 149;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A new access token.
pub(crate) fn token_value() -> String {
    format!("86_{}", characters(TOKEN_TAIL))
}

/// A new ticket.
pub(crate) fn ticket_value() -> String {
    characters(86)
}

/// A request id: the time in hex and two random parts.
pub(crate) fn rid(now_ms: i64) -> String {
    format!(
        "{:08x}-{:08x}-{:08x}",
        now_ms / 1_000,
        fastrand::u32(..),
        fastrand::u32(..)
    )
}

fn characters(length: usize) -> String {
    let one = |_| fastrand::choice(ALPHABET).copied().map_or('A', char::from);
    (0..length).map(one).collect()
}

/// A new media id.
pub(crate) fn media_id() -> String {
    characters(64)
}

/// A new id of a template or a published article.
pub(crate) fn article_id() -> String {
    characters(43)
}

/// A new key of as many letters and digits.
pub(crate) fn key(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric)
        .take(length)
        .collect()
}
