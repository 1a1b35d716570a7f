//! What the console's page 服务器配置 holds, as far as pushes and replies need it.

use super::EncodingAesKey;
use crate::ids::{AppId, IdError, is_alphanumeric};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// How an account's pushes are signed and sealed
/// (<https://developers.weixin.qq.com/doc/service/guide/dev/push/>).
///
/// ```
/// use wechat_oa::{callback::{EncodingAesKey, Mode, ServerConfig}, ids::AppId};
///
/// # fn main() -> Result<(), wechat_oa::ids::IdError> {
/// let server = ServerConfig {
///     app_id: AppId::try_from("wx5f2c8a1d9e3b7046")?,
///     token: "spamtest".into(),
///     mode: Mode::Safe,
///     encoding_aes_key: Some(EncodingAesKey::parse("kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG")?),
///     previous_encoding_aes_key: None,
///     timestamp_window_s: 600,
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Stands in every sealed push; one of another account is refused.
    pub app_id: AppId,
    /// The word that signs callbacks: see [`check_token`].
    pub token: SecretString,
    /// How pushes travel.
    pub mode: Mode,
    /// The key in force; absent only in plain mode.
    pub encoding_aes_key: Option<EncodingAesKey>,
    /// The key before it, tried when the present one fails: WeChat goes on using it for a while (protocol section 1.5).
    pub previous_encoding_aes_key: Option<EncodingAesKey>,
    /// How far, in seconds, a push's timestamp may lie from now; 0 turns the check off.
    pub timestamp_window_s: u32,
}

/// How pushes travel (protocol section 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 明文模式: in clear.
    Plain,
    /// 兼容模式: in clear and sealed, side by side; only the sealed half is believed.
    Compatible,
    /// 安全模式: sealed.
    Safe,
}

/// Whether the text can be the word that signs callbacks (protocol section 1.1).
///
/// ```
/// use wechat_oa::callback::check_token;
///
/// assert!(check_token("spamtest").is_ok());
/// assert_eq!(check_token("a-b").unwrap_err().to_string(), "must be 3 to 32 letters or digits");
/// ```
///
/// # Errors
/// When it has another length or another alphabet.
pub fn check_token(text: &str) -> Result<(), IdError> {
    match is_alphanumeric(text, 3..=32) {
        true => Ok(()),
        false => Err(IdError::new("3 to 32 letters or digits")),
    }
}
