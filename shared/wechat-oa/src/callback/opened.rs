//! From a request to clear text that WeChat vouches for.

use super::{
    Clear, EncodingAesKey, Mode, Query, Refusal, ServerConfig, element, envelope,
    signature::is_signed,
};
use secrecy::ExposeSecret as _;
use std::{
    borrow::Cow,
    ops::Range,
    time::{SystemTime, UNIX_EPOCH},
};

/// Largest body taken, in bytes.
pub const MAX_BODY: usize = 1 << 20;

/// The clear text of a push, signed by WeChat.
#[derive(Debug)]
pub struct Opened<'a> {
    bytes: Cow<'a, [u8]>,
    message: Range<usize>,
    key: Option<&'a EncodingAesKey>,
}

impl<'a> Opened<'a> {
    /// The text.
    pub fn clear(&self) -> Clear<'_> {
        Clear::of(self.bytes.get(self.message.clone()).unwrap_or_default())
    }

    /// The key it was sealed with: the answer is sealed with the same one. `None` for a clear push.
    pub fn key(&self) -> Option<&'a EncodingAesKey> {
        self.key
    }
}

/// Checks the URL check of the console (protocol section 1.2) and gives back what to echo.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use wechat_oa::callback::{Query, Refusal, sign, verify_url};
/// # use wechat_oa::{callback::{Mode, ServerConfig}, ids::AppId};
/// # let server = ServerConfig {
/// #     app_id: AppId::try_from("wx5f2c8a1d9e3b7046").unwrap(), token: "spamtest".into(), mode: Mode::Plain,
/// #     encoding_aes_key: None, previous_encoding_aes_key: None, timestamp_window_s: 600,
/// # };
///
/// let raw = format!("timestamp=1767000000&nonce=n1&echostr=42&signature={}", sign(["spamtest", "1767000000", "n1"]));
/// let a_second_later = UNIX_EPOCH + Duration::from_secs(1_767_000_001);
/// assert_eq!(verify_url(&server, &Query::parse(&raw), a_second_later), Ok("42"));
///
/// let an_hour_later = a_second_later + Duration::from_secs(3_599);
/// assert_eq!(verify_url(&server, &Query::parse(&raw), an_hour_later), Err(Refusal::Stale(600)));
/// ```
///
/// # Errors
/// A wrong signature, a timestamp outside the window, no `echostr`.
pub fn verify_url<'q>(
    server: &ServerConfig,
    query: &'q Query<'_>,
    now: SystemTime,
) -> Result<&'q str, Refusal> {
    check_signature(server, query)?;
    check_freshness(server, query, now)?;
    query.echostr.as_deref().ok_or(Refusal::NoEcho)
}

/// Checks a push and opens it (protocol section 1.3).
///
/// What WeChat says in `encrypt_type` decides how the body is read. A clear body is taken in plain
/// mode alone: elsewhere it would let a body through that nobody signed. An account in plain mode
/// that has a key takes both, which is how the mode is changed in the console without a gap.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use wechat_oa::callback::{Push, Query, open, sign};
/// # use wechat_oa::{callback::{Mode, ServerConfig}, ids::AppId};
/// # let server = ServerConfig {
/// #     app_id: AppId::try_from("wx5f2c8a1d9e3b7046").unwrap(), token: "spamtest".into(), mode: Mode::Plain,
/// #     encoding_aes_key: None, previous_encoding_aes_key: None, timestamp_window_s: 600,
/// # };
///
/// let body = b"<xml><ToUserName>gh_7d31c0a94be2</ToUserName><FromUserName>o1</FromUserName>\
///     <CreateTime>1767000000</CreateTime><MsgType>text</MsgType><Content>ping</Content><MsgId>1</MsgId></xml>";
/// let raw = format!("timestamp=1767000000&nonce=n1&signature={}", sign(["spamtest", "1767000000", "n1"]));
/// let now = UNIX_EPOCH + Duration::from_secs(1_767_000_001);
/// let opened = open(&server, &Query::parse(&raw), body, now).unwrap();
/// assert_eq!(Push::read(&opened.clear()).text(), Some("ping"));
///
/// assert!(open(&server, &Query::parse("timestamp=1767000000&nonce=n1"), body, now).is_err());
/// ```
///
/// # Errors
/// What was not right; see [`Refusal`].
pub fn open<'a>(
    server: &'a ServerConfig,
    query: &Query<'_>,
    body: &'a [u8],
    now: SystemTime,
) -> Result<Opened<'a>, Refusal> {
    if body.len() > MAX_BODY {
        return Err(Refusal::TooLarge(MAX_BODY));
    }
    if query.encrypt_type == "aes" {
        return open_sealed(server, query, body, now);
    }
    check_signature(server, query)?;
    check_freshness(server, query, now)?;
    match server.mode {
        Mode::Safe | Mode::Compatible => Err(Refusal::NotSealed),
        Mode::Plain => Ok(Opened {
            bytes: Cow::Borrowed(body),
            message: 0..body.len(),
            key: None,
        }),
    }
}

/// The clear half of a compatible body is signed by nobody: only the sealed half is read, whatever
/// the other one holds.
fn open_sealed<'a>(
    server: &'a ServerConfig,
    query: &Query<'_>,
    body: &[u8],
    now: SystemTime,
) -> Result<Opened<'a>, Refusal> {
    let signed = |encrypt: &str| {
        let parts = [
            server.token.expose_secret(),
            &query.timestamp,
            &query.nonce,
            encrypt,
        ];
        is_signed(parts, &query.msg_signature)
    };
    let first = element::encrypt_of(body);
    let encrypt = match &first {
        Ok(encrypt) if signed(encrypt) => encrypt,
        _ => element::signed_among(body, signed).ok_or(match &first {
            Ok(_) => Refusal::Signature("msg_signature"),
            Err(_) => Refusal::NoEnvelope,
        })?,
    };
    check_freshness(server, query, now)?;
    let opened = envelope::open(server, encrypt.as_bytes())?;
    Ok(Opened {
        bytes: Cow::Owned(opened.bytes),
        message: opened.message,
        key: Some(opened.key),
    })
}

fn check_signature(server: &ServerConfig, query: &Query<'_>) -> Result<(), Refusal> {
    let parts = [server.token.expose_secret(), &query.timestamp, &query.nonce];
    if is_signed(parts, &query.signature) {
        Ok(())
    } else {
        Err(Refusal::Signature("signature"))
    }
}

fn check_freshness(
    server: &ServerConfig,
    query: &Query<'_>,
    now: SystemTime,
) -> Result<(), Refusal> {
    let window = server.timestamp_window_s;
    let at: Option<u64> = query.timestamp.parse().ok();
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let fresh = at.is_some_and(|at| now.abs_diff(at) <= u64::from(window));
    if window == 0 || fresh {
        Ok(())
    } else {
        Err(Refusal::Stale(window))
    }
}
