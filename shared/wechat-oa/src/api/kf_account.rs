//! Family `kf_account`: the agents of customer service (protocol section 7.1).

use super::{
    File, Invalid, Meta,
    answer::Done,
    endpoint::{RetryClass::Idempotent, family},
    file::Limits,
    rules::{characters, filled},
    wire::{Blank, Number},
};
use serde::{Deserialize, Serialize};

family! { "kf_account" for VERIFIED:
    GetKfList => KfList: Meta::get("/cgi-bin/customservice/getkflist", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Management.html");
    GetOnlineKfList => OnlineKfList: Meta::get("/cgi-bin/customservice/getonlinekflist", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Management.html");
    AddKfAccount => Done: Meta::post("/customservice/kfaccount/add", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Management.html"), check(kf_account: check_kf_account, nickname: check_nickname);
    InviteKfWorker => Done: Meta::post("/customservice/kfaccount/inviteworker", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Management.html"), check(kf_account: check_kf_account, invite_wx: filled);
    UpdateKfAccount => Done: Meta::post("/customservice/kfaccount/update", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Management.html")
        .retry(Idempotent), check(kf_account: check_kf_account, nickname: check_nickname);
    UploadKfHeadImage => Done: Meta::post("/customservice/kfaccount/uploadheadimg", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Management.html")
        .retry(Idempotent).query(&["kf_account"]), validate, file(media);
    DeleteKfAccount => Done: Meta::post("/customservice/kfaccount/del", "https://developers.weixin.qq.com/doc/service/api/customer/servicermanage/api_delkfaccount"), check(kf_account: check_kf_account);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, jpeg, kf_account};
    let nickname = || "客服一".to_owned();
    vec![
        call(GetKfList {}),
        call(GetOnlineKfList {}),
        call(AddKfAccount {
            kf_account: kf_account(),
            nickname: nickname(),
        }),
        call(InviteKfWorker {
            kf_account: kf_account(),
            invite_wx: "example_wx".into(),
        }),
        call(UpdateKfAccount {
            kf_account: kf_account(),
            nickname: nickname(),
        }),
        call(UploadKfHeadImage {
            kf_account: kf_account(),
            media: jpeg(),
        }),
        call(DeleteKfAccount {
            kf_account: kf_account(),
        }),
    ]
}

/// `GET /cgi-bin/customservice/getkflist`: all agents, invited ones too.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetKfList {}

/// All agents.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KfList {
    #[serde(default)]
    pub kf_list: Vec<Kf>,
}

/// An agent: bound to somebody (`kf_wx`), or still an invitation (`invite_…`), or neither.
#[serde_with::apply(Option => #[serde(default)])]
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Kf {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
    #[serde(default)]
    pub kf_nick: String,
    #[serde_as(as = "Number")]
    pub kf_id: u64,
    #[serde(default)]
    pub kf_headimgurl: String,
    /// The WeChat id of who it is bound to.
    #[serde_as(as = "Blank")]
    pub kf_wx: Option<String>,
    /// The WeChat id of who is invited.
    #[serde_as(as = "Blank")]
    pub invite_wx: Option<String>,
    /// Until when the invitation stands, in seconds since 1970.
    #[serde_as(as = "Blank<Number>")]
    pub invite_expire_time: Option<i64>,
    /// What became of the invitation.
    #[serde_as(as = "Blank")]
    pub invite_status: Option<InviteStatus>,
}

/// What became of an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InviteStatus {
    /// No answer yet.
    Waiting,
    /// Turned down.
    Rejected,
    /// Too late.
    Expired,
    /// A word not known here.
    #[serde(untagged)]
    Other(String),
}

/// `GET /cgi-bin/customservice/getonlinekflist`: the agents at work. Ask before handing a user
/// over to one agent, who may be away.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetOnlineKfList {}

/// The agents at work.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OnlineKfList {
    #[serde(default)]
    pub kf_online_list: Vec<OnlineKf>,
}

/// An agent at work.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OnlineKf {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
    /// Where they are logged in; 1 is the web.
    #[serde_as(as = "Number")]
    pub status: u32,
    #[serde_as(as = "Number")]
    pub kf_id: u64,
    /// How many users they serve now.
    #[serde_as(as = "Number")]
    pub accepted_case: u32,
}

/// `POST /customservice/kfaccount/add`: a new agent. 65406 when there is one of that name.
///
/// ```
/// use wechat_oa::api::kf_account::AddKfAccount;
///
/// let agent = |account: &str| AddKfAccount { kf_account: account.into(), nickname: "客服一".into() };
/// assert!(agent("test1@example").validate().is_ok());
/// assert!(agent("test1").validate().is_err());
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct AddKfAccount {
    /// `name@wechat-id`; the name 1 to 10 letters, digits or `_`.
    pub kf_account: String,
    /// The name users see, at most 16 characters.
    pub nickname: String,
}

/// `POST /customservice/kfaccount/inviteworker`: asks somebody to be that agent; their WeChat asks
/// them to agree. 65407 to 65412 say why not.
#[derive(Debug, Clone, Serialize)]
pub struct InviteKfWorker {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
    /// The WeChat id of who is asked.
    pub invite_wx: String,
}

/// `POST /customservice/kfaccount/update`: another name for users to see.
#[derive(Debug, Clone, Serialize)]
pub struct UpdateKfAccount {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
    /// The name users see, at most 16 characters.
    pub nickname: String,
}

/// `POST /customservice/kfaccount/uploadheadimg`: another picture. 40009 for a wrong size.
#[derive(Debug, Clone, Serialize)]
pub struct UploadKfHeadImage {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
    /// A JPG below 5 MB, 640 × 640 pixels.
    #[serde(skip)]
    pub media: File,
}

/// `POST /customservice/kfaccount/del`: takes an agent away. Older pages have it as a GET.
#[derive(Debug, Clone, Serialize)]
pub struct DeleteKfAccount {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
}

impl UploadKfHeadImage {
    /// The account is one, the picture a JPG that is not too large.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        check_kf_account("kf_account", &self.kf_account)?;
        Limits::HEAD_IMAGE.check(&self.media)
    }
}

/// `name@wechat-id`.
pub(super) fn check_kf_account(field: &'static str, account: &str) -> Result<(), Invalid> {
    let (name, wechat_id) = account.split_once('@').unwrap_or_default();
    let in_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let fits = (1..=10).contains(&name.len()) && name.bytes().all(in_name) && !wechat_id.is_empty();
    Invalid::unless(
        fits,
        field,
        "must be 1 to 10 letters, digits or '_', then '@' and the account's WeChat id",
    )
}

fn check_nickname(field: &'static str, nickname: &str) -> Result<(), Invalid> {
    characters(field, nickname, 1..=16, "must be 1 to 16 characters")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{
        answer::accept,
        body::{Body, Content},
    };

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let list: KfList = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/kf_getkflist.json"
        ))
        .unwrap();
        let [bound, invited] = list.kf_list.as_slice() else {
            panic!("two agents")
        };
        assert_eq!((bound.kf_id, bound.kf_wx.as_deref()), (1001, Some("kfwx1")));
        assert_eq!(bound.invite_status, None);
        assert_eq!(invited.invite_status, Some(InviteStatus::Waiting));
        assert_eq!(invited.invite_expire_time, Some(1_735_778_400));
        let online: OnlineKfList = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/kf_getonlinekflist.json"
        ))
        .unwrap();
        assert_eq!(online.kf_online_list.first().unwrap().accepted_case, 1);
    }

    #[test]
    fn numbers_words_and_blanks_vary() {
        let list: KfList = serde_json::from_str(
            r#"{"kf_list":[{"kf_account":"a@b","kf_id":7,"kf_wx":"","invite_expire_time":"12","invite_status":"lost"}]}"#,
        )
        .unwrap();
        let kf = list.kf_list.first().unwrap();
        assert_eq!(
            (kf.kf_id, &kf.kf_wx, kf.invite_expire_time),
            (7, &None, Some(12))
        );
        assert_eq!(kf.invite_status, Some(InviteStatus::Other("lost".into())));
        assert!(
            serde_json::from_str::<KfList>("{}")
                .unwrap()
                .kf_list
                .is_empty()
        );
    }

    #[test]
    fn accounts_and_nicknames_keep_their_form() {
        for wrong in [
            "",
            "test1",
            "@gh",
            "test1@",
            "test-1@gh",
            "elevenchars@gh",
            "测试@gh",
        ] {
            let broken = check_kf_account("kf_account", wrong).unwrap_err();
            assert_eq!(broken.field, "kf_account", "{wrong}");
        }
        let add = |nickname: &str| AddKfAccount {
            kf_account: "test1@gongzhonghao".into(),
            nickname: nickname.into(),
        };
        assert!(add(&"客".repeat(16)).validate().is_ok());
        assert_eq!(
            add(&"客".repeat(17)).validate().unwrap_err().field,
            "nickname"
        );
    }

    #[test]
    fn a_picture_goes_as_a_form_and_the_account_in_the_query() {
        let upload = |name: &str, length| UploadKfHeadImage {
            kf_account: "test1@gongzhonghao".into(),
            media: File::new(name, [&[0xff, 0xd8, 0xff][..], &vec![0; length]].concat()),
        };
        let body = Body::of(&upload("a.JPG", 9)).unwrap();
        assert_eq!(
            body.query,
            [("kf_account".into(), "test1@gongzhonghao".into())]
        );
        assert!(matches!(body.content, Content::Form(fields, _) if fields.is_empty()));
        for (name, length) in [("a.png", 9), ("a.jpg", 5 << 20)] {
            let broken = upload(name, length).validate().unwrap_err();
            assert_eq!(broken.field, "media", "{name} {length}");
        }
    }

    #[test]
    fn refusals_keep_their_code() {
        let text =
            include_str!("../../../../tests/fixtures/responses/kfaccount_add_err_65406.json");
        let refused = accept("/x", 200, text.as_bytes().to_vec()).unwrap_err();
        assert_eq!(refused.refusal().unwrap().errcode, 65406);
    }
}
