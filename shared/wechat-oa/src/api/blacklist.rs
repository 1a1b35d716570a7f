//! Family `blacklist`: who may not write (protocol section 7.6).

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{
        RetryClass::{Idempotent, Read},
        family,
    },
    rules::count,
    user::OpenIdPage,
    wire::Blank,
};
use crate::ids::OpenId;
use serde::Serialize;

family! { "blacklist" for VERIFIED:
    GetBlacklist => OpenIdPage: Meta::post("/cgi-bin/tags/members/getblacklist", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/Manage_blacklist.html")
        .retry(Read);
    BatchBlacklist => Done: Meta::post("/cgi-bin/tags/members/batchblacklist", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/Manage_blacklist.html")
        .retry(Idempotent), check(openid_list: check_users);
    BatchUnblacklist => Done: Meta::post("/cgi-bin/tags/members/batchunblacklist", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/Manage_blacklist.html")
        .retry(Idempotent), check(openid_list: check_users);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, openid};
    vec![
        call(GetBlacklist {
            begin_openid: Some(openid()),
        }),
        call(BatchBlacklist {
            openid_list: vec![openid()],
        }),
        call(BatchUnblacklist {
            openid_list: vec![openid()],
        }),
    ]
}

/// `POST /cgi-bin/tags/members/getblacklist`: who is on the list, page by page.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, Serialize)]
pub struct GetBlacklist {
    /// After whom to begin: the `next_openid` of the last answer; nobody for the first.
    #[serde_as(as = "Blank")]
    pub begin_openid: Option<OpenId>,
}

/// `POST /cgi-bin/tags/members/batchblacklist`: puts users on the list.
///
/// ```
/// use wechat_oa::api::blacklist::BatchBlacklist;
///
/// assert!(BatchBlacklist { openid_list: Vec::new() }.validate().is_err());
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct BatchBlacklist {
    /// 1 to 20 users in one call.
    pub openid_list: Vec<OpenId>,
}

/// `POST /cgi-bin/tags/members/batchunblacklist`: takes users off the list.
#[derive(Debug, Clone, Serialize)]
pub struct BatchUnblacklist {
    /// 1 to 20 users in one call.
    pub openid_list: Vec<OpenId>,
}

fn check_users(list: &'static str, users: &[OpenId]) -> Result<(), Invalid> {
    count(list, users, 1..=20, "must be 1 to 20 users")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_has_1_to_20_users() {
        let user = OpenId::try_from("oA").unwrap();
        let block = |n| BatchBlacklist {
            openid_list: vec![user.clone(); n],
        };
        assert!(block(20).validate().is_ok());
        assert!(block(0).validate().is_err() && block(21).validate().is_err());
        let unblock = BatchUnblacklist {
            openid_list: vec![user; 21],
        };
        assert_eq!(unblock.validate().unwrap_err().field, "openid_list");
        assert_eq!(json!(GetBlacklist::default()), json!({"begin_openid": ""}));
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let page: OpenIdPage = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/getblacklist.json"
        ))
        .unwrap();
        assert_eq!((page.total, page.count), (Some(2), 2));
        assert_eq!(page.next_openid.as_ref(), page.data.openid.last());
    }
}
