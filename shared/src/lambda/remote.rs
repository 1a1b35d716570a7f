//! Tokens as the other functions see them: the table to read, and `token-refresh` to ask.

use super::TokenRefresh;
use crate::{
    account::AccountName,
    store::Tokens,
    token::{Current, Kind, Origin, Record},
};
use secrecy::SecretString;
use wechat_oa::{api::error::Cause, ids::AppId};

/// One account's tokens: a row of the table, and the function that replaces it.
#[derive(Debug, Clone)]
pub struct Remote {
    /// The table.
    pub tokens: Tokens,
    /// The function.
    pub token_refresh: TokenRefresh,
    /// The account's name.
    pub account: AccountName,
    /// The account's app id.
    pub app_id: AppId,
}

impl Origin for Remote {
    async fn stored(&self, kind: Kind) -> Result<Record, Cause> {
        Ok(self.tokens.read(&self.app_id, kind).await?)
    }

    async fn refreshed(
        &self,
        kind: Kind,
        refused: Option<&SecretString>,
    ) -> Result<Current, Cause> {
        let asked = &self.token_refresh;
        Ok(asked.refreshed(&self.account, kind, refused).await?)
    }
}
