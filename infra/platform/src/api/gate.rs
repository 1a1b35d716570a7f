//! Who may call: tokens and quotas (protocol section 4).

use super::{
    call::{Call, Context},
    failure::Failure,
};
use crate::{quota::Exhausted, state::State, tokens::Standing};

/// Tokens are of this length and alphabet; anything else is malformed.
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 32..=512;

/// Whose token the call carries: 41001, 40014, 40001 or 42001 when it is not a living one.
pub(crate) fn token_owner(state: &State, call: &Call) -> Result<String, Failure> {
    let token = call
        .query("access_token")
        .ok_or_else(|| Failure::code(41_001))?;
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !TOKEN_LENGTH.contains(&token.len()) || !token.bytes().all(alphabet) {
        return Err(Failure::code(40_014));
    }
    match owner(state, token, call.at_ms) {
        Some((app_id, Standing::Valid)) => Ok(app_id),
        Some((_, Standing::Expired)) => Err(Failure::code(42_001)),
        Some((_, Standing::Superseded)) | None => Err(Failure::code(40_001)),
    }
}

/// The account a call is about, living token or not.
pub(crate) fn account_of(state: &State, call: &Call) -> Option<String> {
    let by_token = |token| owner(state, token, call.at_ms).map(|(app_id, _)| app_id);
    call.query("access_token")
        .and_then(by_token)
        .or_else(|| call.named_app_id())
}

fn owner(state: &State, token: &str, now_ms: i64) -> Option<(String, Standing)> {
    state.find_account(|account| {
        let standing = account.tokens.standing(token, now_ms)?;
        Some((account.setup.app_id.clone(), standing))
    })
}

/// Counts the call against the account's quota: 45009 or 45011 when it is used up.
pub(crate) fn spend(context: &Context<'_>, app_id: &str) -> Result<(), Failure> {
    let call = context.call;
    let spent = context.account(app_id, |account| {
        account.usage.spend(&call.path, call.at_ms)
    })?;
    spent.map_err(|exhausted| match exhausted {
        Exhausted::Day => Failure::code(45_009),
        Exhausted::Minute => Failure::code(45_011),
    })
}
