//! The AES envelope (protocol 1.4): `random16 | length | message | appid`, padded to blocks of 32.

use aes::Aes256;
use base64::{
    Engine,
    alphabet::STANDARD as ALPHABET,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};
use cbc::{
    Decryptor, Encryptor,
    cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::NoPadding},
};

/// Padding blocks are twice the cipher's own.
const PAD_BLOCK: usize = 32;
const RANDOM: usize = 16;
const HEADER: usize = RANDOM + 4;

/// 43 characters carry two bits more than 32 bytes; the console hands out keys with those bits set.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);
const TEXT_BASE64: GeneralPurpose = GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new());

/// The 32 bytes of an EncodingAESKey.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AesKey([u8; 32]);

/// How the last block is filled; anything but `Documented` is for hostile pushes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    /// PKCS#7 with blocks of 32.
    Documented,
    /// The last byte says 0, which no padding can.
    Broken,
}

/// Why an envelope does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("Encrypt is not base64")]
    Base64,
    #[error("Encrypt is not a whole number of cipher blocks")]
    Blocks,
    #[error("the padding is not 1 to 32 equal bytes")]
    Padding,
    #[error("the inner length does not fit")]
    Length,
    #[error("the appid inside is another one")]
    AppId,
    #[error("the message inside is not UTF-8")]
    Utf8,
}

impl AesKey {
    /// Reads the 43 characters of the console; none when they are not 43 of A-Z, a-z, 0-9.
    pub(crate) fn parse(encoding_aes_key: &str) -> Option<Self> {
        let alphanumeric = encoding_aes_key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric());
        if encoding_aes_key.len() != 43 || !alphanumeric {
            return None;
        }
        let bytes = KEY_BASE64.decode(format!("{encoding_aes_key}=")).ok()?;
        bytes.try_into().ok().map(Self)
    }

    fn iv(&self) -> &[u8] {
        self.0.first_chunk::<16>().map_or(&[], |iv| iv)
    }
}

/// Encrypts a message for an appid; the answer is base64.
pub(crate) fn seal(
    key: &AesKey,
    random: [u8; RANDOM],
    message: &[u8],
    app_id: &str,
    padding: Padding,
) -> String {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let mut clear = Vec::with_capacity(HEADER + message.len() + app_id.len() + PAD_BLOCK);
    clear.extend_from_slice(&random);
    clear.extend_from_slice(&length.to_be_bytes());
    clear.extend_from_slice(message);
    clear.extend_from_slice(app_id.as_bytes());
    let pad = PAD_BLOCK - clear.len() % PAD_BLOCK;
    clear.resize(clear.len() + pad, u8::try_from(pad).unwrap_or_default());
    if let (Padding::Broken, Some(last)) = (padding, clear.last_mut()) {
        *last = 0;
    }
    let sealed = encrypt(key, &mut clear);
    TEXT_BASE64.encode(sealed)
}

fn encrypt<'a>(key: &AesKey, clear: &'a mut [u8]) -> &'a [u8] {
    let length = clear.len();
    match Encryptor::<Aes256>::new_from_slices(&key.0, key.iv()) {
        Ok(cipher) => cipher
            .encrypt_padded::<NoPadding>(clear, length)
            .unwrap_or_default(),
        Err(_) => &[],
    }
}

/// Decrypts an envelope and checks padding, length and appid.
pub(crate) fn open(key: &AesKey, encrypt: &str, app_id: &str) -> Result<String, OpenError> {
    let mut bytes = TEXT_BASE64.decode(encrypt).map_err(|_| OpenError::Base64)?;
    if bytes.is_empty() || bytes.len() % PAD_BLOCK != 0 {
        return Err(OpenError::Blocks);
    }
    let cipher =
        Decryptor::<Aes256>::new_from_slices(&key.0, key.iv()).map_err(|_| OpenError::Blocks)?;
    let padded = cipher
        .decrypt_padded::<NoPadding>(&mut bytes)
        .map_err(|_| OpenError::Blocks)?;
    let (message, inner_app_id) = split(unpad(padded)?)?;
    if inner_app_id != app_id.as_bytes() {
        return Err(OpenError::AppId);
    }
    String::from_utf8(message.to_vec()).map_err(|_| OpenError::Utf8)
}

fn unpad(padded: &[u8]) -> Result<&[u8], OpenError> {
    let pad = padded.last().copied().map_or(0, usize::from);
    let keep = padded.len().checked_sub(pad).ok_or(OpenError::Padding)?;
    let (clear, padding) = padded.split_at_checked(keep).ok_or(OpenError::Padding)?;
    let equal = padding.iter().all(|byte| usize::from(*byte) == pad);
    if (1..=PAD_BLOCK).contains(&pad) && equal {
        Ok(clear)
    } else {
        Err(OpenError::Padding)
    }
}

fn split(clear: &[u8]) -> Result<(&[u8], &[u8]), OpenError> {
    let (_random, rest) = clear.split_at_checked(RANDOM).ok_or(OpenError::Length)?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(OpenError::Length)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| OpenError::Length)?;
    rest.split_at_checked(length).ok_or(OpenError::Length)
}

#[cfg(test)]
mod tests;
