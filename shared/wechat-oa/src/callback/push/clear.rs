//! The clear text of a push, which need not be UTF-8.

use std::borrow::Cow;

/// The bytes of a push, and the text they are.
#[derive(Debug, Clone)]
pub struct Clear<'a> {
    bytes: &'a [u8],
    text: Cow<'a, str>,
}

impl<'a> Clear<'a> {
    /// Reads the bytes; what is no UTF-8 becomes U+FFFD.
    pub fn of(bytes: &'a [u8]) -> Self {
        let text = simdutf8::basic::from_utf8(bytes).map_or_else(
            |_| Cow::Owned(String::from_utf8_lossy(bytes).into_owned()),
            Cow::Borrowed,
        );
        Self { bytes, text }
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the text is what came, byte for byte.
    pub fn is_utf8(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }
}
