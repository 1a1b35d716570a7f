//! Family `user`: who follows (protocol section 7.6).

mod info;

pub use info::{SubscribeScene, UserInfo};

use super::{
    Accounts, Invalid, Meta,
    answer::Done,
    endpoint::{
        RetryClass::{Idempotent, Read},
        family,
    },
    rules::count,
    wire::{Blank, Number},
};
use crate::ids::{AppId, OpenId};
use serde::{Deserialize, Serialize};

family! { "user" for UNSAID:
    GetUserInfo => UserInfo: Meta::get("/cgi-bin/user/info", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html").accounts(Accounts::VERIFIED);
    BatchGetUserInfo => UserInfoList: Meta::post("/cgi-bin/user/info/batchget", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html").accounts(Accounts::VERIFIED)
        .retry(Read), check(user_list: check_users);
    GetUsers => OpenIdPage: Meta::get("/cgi-bin/user/get", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/Getting_a_User_List.html").accounts(Accounts::VERIFIED);
    UpdateRemark => Done: Meta::post("/cgi-bin/user/info/updateremark", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/Configuring_user_notes.html").accounts(Accounts::VERIFIED)
        .retry(Idempotent), validate;
    ChangeOpenId => ChangedOpenIds: Meta::post("/cgi-bin/changeopenid", "https://developers.weixin.qq.com/doc/offiaccount/Account_Management/")
        .retry(Read), check(openid_list: check_users);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{app_id, call, openid};
    let user = || GetUserInfo {
        openid: openid(),
        lang: Some(Language::English),
    };
    vec![
        call(user()),
        call(BatchGetUserInfo {
            user_list: vec![user()],
        }),
        call(GetUsers {
            next_openid: Some(openid()),
        }),
        call(UpdateRemark {
            openid: openid(),
            remark: "老客户".into(),
        }),
        call(ChangeOpenId {
            from_appid: app_id(),
            openid_list: vec![openid()],
        }),
    ]
}

/// A language WeChat writes region names in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "zh_CN")]
    SimplifiedChinese,
    #[serde(rename = "zh_TW")]
    TraditionalChinese,
    #[serde(rename = "en")]
    English,
}

/// `GET /cgi-bin/user/info`: what is known about a user.
#[derive(Debug, Clone, Serialize)]
pub struct GetUserInfo {
    pub openid: OpenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<Language>,
}

/// `POST /cgi-bin/user/info/batchget`: what is known about some users.
#[derive(Debug, Clone, Serialize)]
pub struct BatchGetUserInfo {
    /// 1 to 100 users.
    pub user_list: Vec<GetUserInfo>,
}

/// What is known about some users.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserInfoList {
    #[serde(default)]
    pub user_info_list: Vec<UserInfo>,
}

/// `GET /cgi-bin/user/get`: the followers, 10,000 at a time; `Client::followers` goes through all.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GetUsers {
    /// After whom to begin: the `next_openid` of the last answer; nobody for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_openid: Option<OpenId>,
}

/// A page of a list of users.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OpenIdPage {
    /// How many there are in all, where that is told.
    #[serde_as(as = "Option<Number>")]
    pub total: Option<u64>,
    /// How many are on this page.
    #[serde_as(as = "Number")]
    pub count: u64,
    /// Those on this page; absent on an empty one.
    pub data: OpenIds,
    /// Where the next page begins. The last one with users on it names one as well; the end is an
    /// empty page.
    #[serde_as(as = "Blank")]
    pub next_openid: Option<OpenId>,
}

/// Users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct OpenIds {
    /// One each, 10,000 at most.
    #[serde(default)]
    pub openid: Vec<OpenId>,
}

/// `POST /cgi-bin/user/info/updateremark`: the account's own note on a user.
///
/// ```
/// use wechat_oa::{api::user::UpdateRemark, ids::OpenId};
///
/// let openid = OpenId::try_from("o1").unwrap();
/// assert!(UpdateRemark { openid: openid.clone(), remark: "老客户".into() }.validate().is_ok());
/// assert!(UpdateRemark { openid, remark: "x".repeat(31) }.validate().is_err());
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct UpdateRemark {
    pub openid: OpenId,
    /// The note, fewer than 30 characters; empty for none.
    pub remark: String,
}

/// `POST /cgi-bin/changeopenid`: what users of another account are called here, after that account
/// was merged into this one.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeOpenId {
    /// The account they come from.
    pub from_appid: AppId,
    /// What they were called there, 1 to 100.
    pub openid_list: Vec<OpenId>,
}

/// What users are called now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChangedOpenIds {
    #[serde(default)]
    pub result_list: Vec<ChangedOpenId>,
}

/// What a user is called now.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChangedOpenId {
    /// What they were called.
    pub ori_openid: OpenId,
    /// What they are called here; nothing when `err_msg` says why not.
    #[serde_as(as = "Blank")]
    #[serde(default)]
    pub new_openid: Option<OpenId>,
    /// `ok`, or why not.
    #[serde(default)]
    pub err_msg: String,
}

impl UpdateRemark {
    /// The note is not too long.
    ///
    /// # Errors
    /// When it is.
    pub fn validate(&self) -> Result<(), Invalid> {
        let fits = self.remark.chars().count() < 30;
        Invalid::unless(fits, "remark", "must be fewer than 30 characters")
    }
}

fn check_users<T>(list: &'static str, users: &[T]) -> Result<(), Invalid> {
    count(list, users, 1..=100, "must be 1 to 100 users")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::body::Body;
    use serde_json::json;

    fn user(name: &str) -> OpenId {
        OpenId::try_from(name).unwrap()
    }

    fn page(text: &str) -> OpenIdPage {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn requests_say_only_what_is_known() {
        let first = Body::of(&GetUsers::default()).unwrap();
        assert_eq!(first.query, []);
        let info = GetUserInfo {
            openid: user("oA"),
            lang: Some(Language::default()),
        };
        assert_eq!(json!(info), json!({"openid": "oA", "lang": "zh_CN"}));
        let remark = UpdateRemark {
            openid: user("oA"),
            remark: String::new(),
        };
        assert_eq!(json!(remark), json!({"openid": "oA", "remark": ""}));
    }

    #[test]
    fn limits_hold_before_the_call() {
        let info = GetUserInfo {
            openid: user("oA"),
            lang: None,
        };
        let batch = |n| BatchGetUserInfo {
            user_list: vec![info.clone(); n],
        };
        assert!(batch(100).validate().is_ok());
        assert!(batch(0).validate().is_err() && batch(101).validate().is_err());
        let remark = |n| UpdateRemark {
            openid: user("oA"),
            remark: "注".repeat(n),
        };
        assert!(remark(29).validate().is_ok() && remark(30).validate().is_err());
        let change = |n| ChangeOpenId {
            from_appid: AppId::try_from("wx1").unwrap(),
            openid_list: vec![user("oA"); n],
        };
        assert_eq!(change(101).validate().unwrap_err().field, "openid_list");
        assert!(change(0).validate().is_err() && change(100).validate().is_ok());
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let full = page(include_str!(
            "../../../../tests/fixtures/responses/user_get.json"
        ));
        assert_eq!((full.total, full.data.openid.len()), (Some(2), 2));
        assert_eq!(full.next_openid.as_ref(), full.data.openid.last());
        let end = page(include_str!(
            "../../../../tests/fixtures/responses/user_get_end.json"
        ));
        assert_eq!((end.count, end.next_openid), (0, None));
        assert!(end.data.openid.is_empty());
    }

    #[test]
    fn a_user_who_could_not_be_found_has_no_new_name() {
        let changed: ChangedOpenIds = serde_json::from_value(json!({"result_list": [
            {"ori_openid": "oA", "new_openid": "oB", "err_msg": "ok"},
            {"ori_openid": "oC", "new_openid": "", "err_msg": "ori_openid error"},
            {"ori_openid": "oD", "err_msg": "ori_openid error"},
        ]}))
        .unwrap();
        let names = changed.result_list.into_iter().map(|one| one.new_openid);
        assert_eq!(names.collect::<Vec<_>>(), [Some(user("oB")), None, None]);
    }
}
