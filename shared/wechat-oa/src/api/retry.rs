//! Whether a call that failed may be made again, unasked.

use super::{endpoint::RetryClass, errcode::ErrorClass, error::Error};

/// Whether the same call, failed with `error`, may be made again; `has_id` says that it carries
/// the caller's own id, by which WeChat knows a repeat. A send that never left is not repeated
/// here either: its queue does that better than a waiting function.
///
/// ```
/// use wechat_oa::api::{ApiError, Error, endpoint::RetryClass, retry::may_repeat};
///
/// let busy = Error::from(Box::new(ApiError::new("/x", -1, "system error", serde_json::Map::new())));
/// assert!(may_repeat(RetryClass::Read, false, &busy));
/// assert!(!may_repeat(RetryClass::Send, false, &busy));
/// assert!(may_repeat(RetryClass::Send, true, &busy));
/// ```
pub fn may_repeat(class: RetryClass, has_id: bool, error: &Error) -> bool {
    let harmless = match class {
        RetryClass::Read | RetryClass::Idempotent => true,
        RetryClass::Send => has_id,
        RetryClass::Once => false,
    };
    match error {
        Error::Transport { .. } | Error::Unreadable { .. } => harmless,
        Error::Api(refusal) => match refusal.class {
            ErrorClass::Transient => harmless,
            ErrorClass::Unknown => class == RetryClass::Read,
            _ => false,
        },
        _ => false,
    }
}

/// Whether the token the call went out with is dead (protocol section 4): the call had no effect
/// and may be made again, once, with another one.
pub fn token_is_refused(error: &Error) -> bool {
    error
        .refusal()
        .is_some_and(|refusal| refusal.class == ErrorClass::Token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ApiError, error::Failure};
    use RetryClass::{Idempotent, Once, Read, Send};

    fn refused(errcode: i64) -> Error {
        Box::new(ApiError::new("/x", errcode, "", serde_json::Map::new())).into()
    }

    fn broken(failure: Failure) -> Error {
        Error::Transport {
            endpoint: "/x".into(),
            failure,
            source: "gone".into(),
        }
    }

    #[test]
    fn what_may_pass_is_repeated_only_where_harmless() {
        for error in [
            broken(Failure::Connect),
            broken(Failure::Timeout),
            broken(Failure::Broken),
            refused(-1),
        ] {
            assert!(may_repeat(Read, false, &error) && may_repeat(Idempotent, false, &error));
            assert!(may_repeat(Send, true, &error));
            assert!(!may_repeat(Send, false, &error) && !may_repeat(Once, true, &error));
        }
    }

    #[test]
    fn refusals_are_final_and_unknown_codes_pass_for_busy_only_with_reads() {
        for code in [40003, 45009, 45011, 45065, 48001, 40164] {
            assert!(!may_repeat(Read, true, &refused(code)), "{code}");
        }
        assert!(may_repeat(Read, false, &refused(99_999)));
        assert!(!may_repeat(Idempotent, false, &refused(99_999)));
        assert!(!may_repeat(Send, true, &refused(99_999)));
    }

    #[test]
    fn three_codes_refuse_the_token() {
        for code in [40001, 40014, 42001] {
            assert!(token_is_refused(&refused(code)));
        }
        assert!(!token_is_refused(&refused(41001)));
    }
}
