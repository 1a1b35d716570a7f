//! The EncodingAESKey, decoded.

use crate::ids::IdError;
use aes::{Aes256Dec, Aes256Enc, cipher::KeyInit as _};
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use std::fmt;
use zeroize::Zeroizing;

/// 43 characters carry 258 bits; the console fills the two spare ones at random (protocol 1.4).
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// The 32-byte AES key behind an EncodingAESKey of 43 letters and digits.
///
/// The cipher's round keys are expanded once, not for every push.
///
/// ```
/// use wechat_oa::callback::EncodingAesKey;
///
/// let key = EncodingAesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG").unwrap();
/// assert_eq!(key.expose().len(), 32);
/// assert_eq!(format!("{key:?}"), "EncodingAesKey(…)");
/// assert!(EncodingAesKey::parse("too short").is_err());
/// ```
#[derive(Clone)]
pub struct EncodingAesKey {
    key: Zeroizing<[u8; 32]>,
    encrypt: Aes256Enc,
    decrypt: Aes256Dec,
}

impl EncodingAesKey {
    /// Decodes the 43 characters of the console; `+` and `/` do not occur there.
    ///
    /// # Errors
    /// When the text has another length or another alphabet.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        const WRONG: IdError = IdError::new("exactly 43 letters or digits");
        if text.len() != 43 || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(WRONG);
        }
        let mut key = Zeroizing::new([0; 32]);
        match ENGINE.decode_slice(text, key.as_mut_slice()) {
            Ok(32) => Ok(Self {
                encrypt: Aes256Enc::new((&*key).into()),
                decrypt: Aes256Dec::new((&*key).into()),
                key,
            }),
            _ => Err(WRONG),
        }
    }

    /// The key itself, for the cipher alone.
    pub fn expose(&self) -> &[u8; 32] {
        &self.key
    }

    /// The initialisation vector: the first half of the key (protocol 1.4).
    pub(crate) fn iv(&self) -> [u8; 16] {
        self.key.first_chunk().copied().unwrap_or_default()
    }

    pub(crate) fn encryptor(&self) -> Aes256Enc {
        self.encrypt.clone()
    }

    pub(crate) fn decryptor(&self) -> Aes256Dec {
        self.decrypt.clone()
    }
}

impl PartialEq for EncodingAesKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for EncodingAesKey {}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spare_bits_are_allowed() {
        let with_bits =
            EncodingAesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG").unwrap();
        let without = EncodingAesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqE").unwrap();
        assert_eq!(with_bits, without);
        assert_eq!(with_bits.expose()[..4], [0x90, 0x3e, 0xef, 0x43]);
    }

    #[test]
    fn other_lengths_and_letters_are_refused() {
        for wrong in [
            "",
            "short",
            &"A".repeat(42),
            &"A".repeat(44),
            &"+".repeat(43),
            &"é".repeat(43),
        ] {
            assert!(EncodingAesKey::parse(wrong).is_err(), "{wrong}");
        }
    }
}
