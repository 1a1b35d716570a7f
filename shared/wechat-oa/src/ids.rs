//! Ids, one type each, so that one is never passed for another.

use secrecy::SecretString;
use std::ops::RangeInclusive;
use thiserror::Error;

/// A text that cannot be the id it was given for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("must be {rule}")]
pub struct IdError {
    rule: &'static str,
}

impl IdError {
    /// The error of a text that breaks that rule.
    pub const fn new(rule: &'static str) -> Self {
        Self { rule }
    }
}

/// Declares a text that is an id, with the rule for it: `id!(/// Docs. Name, "rule in words", |text| …)`.
///
/// The type reads and writes as a string, checks the rule when it is made, and is ordered and hashed as its text.
/// It asks for `serde` (and for `schemars` where the feature `schema` is on) in the crate that uses it.
///
/// ```
/// wechat_oa::id!(/// A customer in our own books.
///     CustomerId, "1 to 8 digits", |text| text.len() <= 8 && text.bytes().all(|b| b.is_ascii_digit()));
///
/// fn main() {
///     assert_eq!(CustomerId::try_from("1024").unwrap().as_str(), "1024");
///     assert_eq!(CustomerId::try_from("x").unwrap_err().to_string(), "must be 1 to 8 digits");
/// }
/// ```
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as WeChat writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::ids::IdError;

            fn try_from(text: String) -> Result<Self, $crate::ids::IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) { Ok(Self(text)) } else { Err($crate::ids::IdError::new($rule)) }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::ids::IdError;

            fn try_from(text: &str) -> Result<Self, $crate::ids::IdError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

/// The secret that fetches tokens. It is shown by nothing, `Debug` included.
///
/// ```
/// use wechat_oa::ids::AppSecret;
///
/// let secret = AppSecret::parse("0123456789abcdef0123456789abcdef").unwrap();
/// assert!(!format!("{secret:?}").contains("0123"));
/// assert!(AppSecret::parse("too short").is_err());
/// ```
#[derive(Debug, Clone)]
pub struct AppSecret(pub SecretString);

impl AppSecret {
    /// A secret as the console shows it once.
    ///
    /// # Errors
    /// When the text has another length or another alphabet.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        match is_alphanumeric(text, 16..=128) {
            true => Ok(Self(text.into())),
            false => Err(IdError::new("16 to 128 letters or digits")),
        }
    }
}

pub(crate) fn is_alphanumeric(text: &str, length: RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_word(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

id!(
    /// The id WeChat gave an account, `wx…`.
    ///
    /// ```
    /// use wechat_oa::ids::AppId;
    ///
    /// assert_eq!(AppId::try_from("wx5f2c8a1d9e3b7046").unwrap().as_str(), "wx5f2c8a1d9e3b7046");
    /// assert!(AppId::try_from("gh_7d31c0a94be2").is_err());
    /// ```
    AppId,
    "'wx' followed by 1 to 62 letters or digits",
    |text| (3..=64).contains(&text.len())
        && text.starts_with("wx")
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
);

id!(
    /// The id of an account in pushes, `gh_…`.
    ///
    /// ```
    /// use wechat_oa::ids::OriginalId;
    ///
    /// assert!(OriginalId::try_from("gh_7d31c0a94be2").is_ok());
    /// assert!(OriginalId::try_from("wx5f2c8a1d9e3b7046").is_err());
    /// ```
    OriginalId,
    "'gh_' followed by 1 to 61 letters, digits, '-' or '_'",
    |text| (4..=64).contains(&text.len()) && text.starts_with("gh_") && is_word(text)
);

id!(
    /// A follower as one account sees them.
    ///
    /// ```
    /// use wechat_oa::ids::OpenId;
    ///
    /// let openid: OpenId = serde_json::from_str("\"oT3x_uK9bqVwZ2m4LrNcY8dEfGhI\"").unwrap();
    /// assert_eq!(openid.to_string(), "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI");
    /// assert_eq!(OpenId::try_from("").unwrap_err().to_string(), "must be 1 to 64 letters, digits, '-' or '_'");
    /// ```
    OpenId,
    "1 to 64 letters, digits, '-' or '_'",
    |text| (1..=64).contains(&text.len()) && is_word(text)
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_alphabet() {
        assert!(AppId::try_from("wx5f2c8a1d9e3b7046").is_ok());
        for wrong in ["", "wx", "gh_1", "wx5f 2c", "wx#key"] {
            assert!(AppId::try_from(wrong).is_err(), "{wrong}");
        }
        assert!(OpenId::try_from("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI").is_ok());
        assert!(OriginalId::try_from("gh_7d31c0a94be2").is_ok());
    }
}
