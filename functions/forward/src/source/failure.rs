//! Why there is no answer.

/// Why an answer ends without being whole; what was said before it stands. No reason holds a word of
/// the user's or of the answer's, or a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    Failed {
        /// In a word, for metrics: `function_failed`, `unreachable`, `private_address`, `status`,
        /// `redirect`, `refused_key`, `too_many`, `html`, `not_json`, `too_large`, `stalled`,
        /// `cut_off`, `endpoint_error`, `empty`, `no_assistant`, `no_handler`, `handler_failed`,
        /// `wrong_setting`, `no_secret`, `wrong_secret` or `unavailable`.
        cause: &'static str,
        why: String,
    },
    /// It took longer than there was time.
    Slow { why: String },
}

impl Failure {
    pub(super) fn of(cause: &'static str, why: impl Into<String>) -> Self {
        let why = why.into();
        Self::Failed { cause, why }
    }
}
