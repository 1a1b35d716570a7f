//! Passes a relayed call on: its content as it came, its answer as it comes.

use super::{Client, TokenSource, call::Call};
use crate::api::{
    answer::{self, Download},
    body::Body,
    error::Error,
    relay::Relay,
};

impl<T: TokenSource> Client<T> {
    /// Makes a relayed call with the access token. Repeats follow the catalog; what is not in it is
    /// called once. JSON comes back without the control characters it must not have, anything else
    /// untouched, 32 MiB at most.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn pass(&self, relay: &Relay) -> Result<Download, Error> {
        let call = Call {
            meta: relay.meta,
            path: &relay.path,
            body: Body {
                query: relay.query.clone(),
                content: relay.content.clone(),
            },
            has_id: false,
            binary: true,
        };
        let answer = self.execute(&call).await?;
        if answer.is_file() {
            return Ok(answer);
        }
        let bytes = answer::accept(&relay.path, 200, answer.bytes)?;
        Ok(Download { bytes, ..answer })
    }
}
