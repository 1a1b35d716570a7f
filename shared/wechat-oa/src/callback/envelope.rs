//! The sealed envelope around pushes and replies (protocol sections 1.4 to 1.6).

use super::{EncodingAesKey, ServerConfig};
use super::{Refusal, signature::sign};
use base64_simd::STANDARD;
use cbc::cipher::{
    BlockModeDecrypt as _, BlockModeEncrypt as _, InnerIvInit as _, block_padding::NoPadding,
};
use secrecy::ExposeSecret as _;
use std::ops::Range;

/// WeChat pads to 32 bytes though AES has blocks of 16: the crates' paddings refuse half of all pushes.
const BLOCK: usize = 32;
/// Random bytes in front, then the length of the message in four bytes.
const HEAD: usize = 20;

/// An opened envelope: the message inside, and the key that opened it.
#[derive(Debug)]
pub(super) struct OpenEnvelope<'a> {
    pub(super) bytes: Vec<u8>,
    pub(super) message: Range<usize>,
    pub(super) key: &'a EncodingAesKey,
}

/// Opens the base64 text of an `Encrypt` element with the account's present key, then the former one.
pub(super) fn open<'a>(
    server: &'a ServerConfig,
    encrypt: &[u8],
) -> Result<OpenEnvelope<'a>, Refusal> {
    let sealed = STANDARD
        .decode_to_vec(encrypt)
        .map_err(|_| Refusal::Envelope("no base64"))?;
    if sealed.is_empty() || !sealed.len().is_multiple_of(16) {
        return Err(Refusal::Envelope("length is no multiple of the block"));
    }
    let present = server.encoding_aes_key.as_ref().ok_or(Refusal::NoKey)?;
    let app_id = server.app_id.as_str().as_bytes();
    let Some(former) = &server.previous_encoding_aes_key else {
        return open_with(present, sealed, app_id);
    };
    open_with(present, sealed.clone(), app_id)
        .or_else(|first| open_with(former, sealed, app_id).map_err(|_| first))
}

fn open_with<'a>(
    key: &'a EncodingAesKey,
    mut bytes: Vec<u8>,
    app_id: &[u8],
) -> Result<OpenEnvelope<'a>, Refusal> {
    cbc::Decryptor::inner_iv_init(key.decryptor(), &key.iv().into())
        .decrypt_padded::<NoPadding>(&mut bytes)
        .map_err(|_| Refusal::Envelope("length is no multiple of the block"))?;
    let message = message_range(&bytes, app_id)?;
    Ok(OpenEnvelope {
        bytes,
        message,
        key,
    })
}

/// Where the message lies: after 16 random bytes and its length, before the app id and the padding.
fn message_range(bytes: &[u8], app_id: &[u8]) -> Result<Range<usize>, Refusal> {
    let clear = strip_padding(bytes).ok_or(Refusal::Envelope("padding"))?;
    let (head, rest) = clear
        .split_at_checked(HEAD)
        .ok_or(Refusal::Envelope("shorter than its head"))?;
    let length = head
        .last_chunk::<4>()
        .map_or(0, |four| u32::from_be_bytes(*four));
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let (_, id) = rest
        .split_at_checked(length)
        .ok_or(Refusal::Envelope("length of the message"))?;
    if id == app_id {
        Ok(HEAD..HEAD + length)
    } else {
        Err(Refusal::AppId)
    }
}

/// Without the padding: 1 to 32 bytes, each telling their number.
fn strip_padding(bytes: &[u8]) -> Option<&[u8]> {
    let count = *bytes.last()?;
    let (clear, padding) = bytes.split_at_checked(bytes.len().checked_sub(usize::from(count))?)?;
    let fits = (1..=BLOCK).contains(&padding.len()) && padding.iter().all(|byte| *byte == count);
    fits.then_some(clear)
}

/// Encrypts `message` for the server. `random` must be fresh.
fn encrypt(key: &EncodingAesKey, app_id: &str, message: &str, random: &[u8; 16]) -> Vec<u8> {
    let length = u32::try_from(message.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let content = HEAD + message.len() + app_id.len();
    let padding = BLOCK - content % BLOCK;
    let mut bytes = Vec::with_capacity(content + padding);
    for part in [&random[..], &length, message.as_bytes(), app_id.as_bytes()] {
        bytes.extend_from_slice(part);
    }
    bytes.resize(content + padding, u8::try_from(padding).unwrap_or(0));
    let whole = bytes.len();
    let sealed = cbc::Encryptor::inner_iv_init(key.encryptor(), &key.iv().into())
        .encrypt_padded::<NoPadding>(&mut bytes, whole)
        .map(<[u8]>::len);
    debug_assert!(
        sealed.is_ok_and(|length| length == whole),
        "whole blocks always fit"
    );
    bytes
}

/// A reply sealed and signed as WeChat wants it (protocol section 1.6). `timestamp` in seconds.
///
/// The sealed half of a push has the same form, so that [`open`](super::open) reads it back:
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use wechat_oa::callback::{Query, open, seal_reply, sign};
/// # use wechat_oa::{callback::{EncodingAesKey, Mode, ServerConfig}, ids::AppId};
/// # let key = EncodingAesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG").unwrap();
/// # let server = ServerConfig {
/// #     app_id: AppId::try_from("wx5f2c8a1d9e3b7046").unwrap(), token: "spamtest".into(), mode: Mode::Safe,
/// #     encoding_aes_key: Some(key.clone()), previous_encoding_aes_key: None, timestamp_window_s: 600,
/// # };
///
/// let sealed = seal_reply(&server, &key, "<xml>pong</xml>", 1_767_000_000, "n1", b"0123456789abcdef");
/// let encrypt = sealed.split("<Encrypt><![CDATA[").nth(1).and_then(|rest| rest.split("]]>").next()).unwrap();
///
/// let query = Query {
///     timestamp: "1767000000".into(), nonce: "n1".into(), encrypt_type: "aes".into(),
///     msg_signature: sign(["spamtest", "1767000000", "n1", encrypt]).into(),
///     ..Query::default()
/// };
/// let now = UNIX_EPOCH + Duration::from_secs(1_767_000_001);
/// let opened = open(&server, &query, sealed.as_bytes(), now).unwrap();
/// assert_eq!(opened.clear().text(), "<xml>pong</xml>");
/// ```
pub fn seal_reply(
    server: &ServerConfig,
    key: &EncodingAesKey,
    reply: &str,
    timestamp: i64,
    nonce: &str,
    random: &[u8; 16],
) -> String {
    let sealed = encrypt(key, server.app_id.as_str(), reply, random);
    let mut xml = String::with_capacity(sealed.len() * 4 / 3 + 256 + nonce.len());
    xml.push_str("<xml><Encrypt><![CDATA[");
    let from = xml.len();
    STANDARD.encode_append(sealed, &mut xml);
    let timestamp = timestamp.to_string();
    let parts = [
        server.token.expose_secret(),
        &timestamp,
        nonce,
        xml.get(from..).unwrap_or_default(),
    ];
    let signature = sign(parts);
    xml.extend([
        "]]></Encrypt><MsgSignature><![CDATA[",
        &signature,
        "]]></MsgSignature><TimeStamp>",
        &timestamp,
        "</TimeStamp><Nonce><![CDATA[",
    ]);
    super::reply::push_text(&mut xml, nonce);
    xml.push_str("]]></Nonce></xml>");
    xml
}
