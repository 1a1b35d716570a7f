//! What tests of sends begin with.

use super::{Options, SendJob, SendKind, campaign::record::Campaign};
use crate::time::Timestamp;
use serde_json::json;
use std::sync::LazyLock;
use wechat_oa::ids::AppId;

pub(crate) static APP: LazyLock<AppId> =
    LazyLock::new(|| AppId::try_from("wx5f2c8a1d9e3b7046").unwrap());

/// A campaign of 1970 that says nothing.
pub(crate) fn campaign() -> Campaign {
    Campaign::new("demo", APP.clone(), "c".to_owned(), Timestamp::default())
}

/// A message of that kind to `oA`.
pub(crate) fn job(kind: SendKind) -> SendJob {
    SendJob {
        account: "demo".into(),
        kind,
        client_msg_id: "a1".into(),
        to_user: "oA".into(),
        body: json!({"touser": "oA", "n": 1.0}),
        options: Options::default(),
        unfiled: false,
        filed: None,
        not_before: None,
        released: None,
        answer: None,
    }
}
