//! Why a request is not believed: it is not WeChat's, or not for this account. What WeChat signed is
//! never refused for its content (see [`Unread`](super::Unread)).

use thiserror::Error;

/// A request that is turned away; nothing about it is stored. No variant holds what was sent.
///
/// ```
/// use wechat_oa::callback::Refusal;
///
/// let refusal = Refusal::Signature("msg_signature");
/// assert!((400..500).contains(&refusal.status()));
/// assert!(!refusal.error_type().contains(' '));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// `signature` or `msg_signature` is missing or wrong.
    #[error("{0} missing or wrong")]
    Signature(&'static str),
    /// The timestamp lies outside the account's window.
    #[error("timestamp is no time within {0} s of now")]
    Stale(u32),
    /// A GET without `echostr`.
    #[error("echostr missing")]
    NoEcho,
    /// The body is larger than any push.
    #[error("body larger than {0} bytes")]
    TooLarge(usize),
    /// The account is in safe or compatible mode and the body is in clear only.
    #[error("the body is not sealed, which only plain mode allows")]
    NotSealed,
    /// The body is sealed and the account has no key.
    #[error("the body is sealed, but the account has no encoding_aes_key")]
    NoKey,
    /// The envelope does not open: base64, length or padding.
    #[error("envelope: {0}")]
    Envelope(&'static str),
    /// The envelope is for another account.
    #[error("envelope: sealed for another app_id")]
    AppId,
    /// WeChat says that the body is sealed, and there is no envelope in it.
    #[error("the body holds no Encrypt element, though encrypt_type says that it is sealed")]
    NoEnvelope,
}

impl Refusal {
    /// The status WeChat is answered with.
    pub fn status(&self) -> u16 {
        match self {
            Self::Signature(_) | Self::Stale(_) => 401,
            Self::TooLarge(_) => 413,
            _ => 400,
        }
    }

    /// The reason in one word, for logs, metrics and alarms.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Signature(_) => "bad_signature",
            Self::Stale(_) => "stale_timestamp",
            Self::NoEcho => "no_echostr",
            Self::TooLarge(_) => "too_large",
            Self::NotSealed => "not_sealed",
            Self::NoKey => "no_key",
            Self::Envelope(_) => "bad_envelope",
            Self::AppId => "wrong_app_id",
            Self::NoEnvelope => "no_envelope",
        }
    }
}
