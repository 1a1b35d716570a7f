//! Family `kf_session`: which agent serves which user (protocol section 7.1).

use super::{
    Meta,
    answer::Done,
    endpoint::family,
    kf_account::check_kf_account,
    wire::{Blank, Number},
};
use crate::ids::OpenId;
use serde::{Deserialize, Serialize};

family! { "kf_session" for VERIFIED:
    CreateKfSession => Done: Meta::post("/customservice/kfsession/create", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Session_control.html"), check(kf_account: check_kf_account);
    CloseKfSession => Done: Meta::post("/customservice/kfsession/close", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Session_control.html"), check(kf_account: check_kf_account);
    GetKfSession => KfSession: Meta::get("/customservice/kfsession/getsession", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Session_control.html");
    GetKfSessionList => KfSessionList: Meta::get("/customservice/kfsession/getsessionlist", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Session_control.html"), check(kf_account: check_kf_account);
    GetWaitCase => WaitCases: Meta::get("/customservice/kfsession/getwaitcase", "https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Session_control.html");
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, kf_account, openid};
    vec![
        call(CreateKfSession {
            kf_account: kf_account(),
            openid: openid(),
        }),
        call(CloseKfSession {
            kf_account: kf_account(),
            openid: openid(),
        }),
        call(GetKfSession { openid: openid() }),
        call(GetKfSessionList {
            kf_account: kf_account(),
        }),
        call(GetWaitCase {}),
    ]
}

/// `POST /customservice/kfsession/create`: hands a user to an agent. 65414 when another one serves
/// them, 65415 when the agent is away.
#[derive(Debug, Clone, Serialize)]
pub struct CreateKfSession {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
    pub openid: OpenId,
}

/// `POST /customservice/kfsession/close`: ends it. 65413 when there is none.
#[derive(Debug, Clone, Serialize)]
pub struct CloseKfSession {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
    pub openid: OpenId,
}

/// `GET /customservice/kfsession/getsession`: who serves a user.
#[derive(Debug, Clone, Serialize)]
pub struct GetKfSession {
    pub openid: OpenId,
}

/// Who serves a user.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct KfSession {
    /// Since when, in seconds since 1970; 0 or absent when nobody does.
    #[serde_as(as = "Blank<Number>")]
    pub createtime: Option<i64>,
    /// The agent's account; absent when nobody does.
    #[serde_as(as = "Blank")]
    pub kf_account: Option<String>,
}

/// `GET /customservice/kfsession/getsessionlist`: whom an agent serves.
#[derive(Debug, Clone, Serialize)]
pub struct GetKfSessionList {
    /// The agent's account, written `name@wechat-id`.
    pub kf_account: String,
}

/// Whom an agent serves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KfSessionList {
    #[serde(default)]
    pub sessionlist: Vec<ServedUser>,
}

/// A user an agent serves.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServedUser {
    /// Since when, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub createtime: i64,
    pub openid: OpenId,
}

/// `GET /customservice/kfsession/getwaitcase`: who waits for an agent.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetWaitCase {}

/// Who waits for an agent.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct WaitCases {
    #[serde_as(as = "Number")]
    pub count: u64,
    /// Those who came first, 100 at most.
    pub waitcaselist: Vec<WaitCase>,
}

/// A user who waits.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WaitCase {
    /// When they wrote last, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub latest_time: i64,
    pub openid: OpenId,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let session: KfSession = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/kfsession_getsession.json"
        ))
        .unwrap();
        assert_eq!(session.createtime, Some(1_735_692_000));
        assert_eq!(session.kf_account.as_deref(), Some("test1@gongzhonghao"));
        let list: KfSessionList = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/kfsession_getsessionlist.json"
        ))
        .unwrap();
        let served = list.sessionlist.first().unwrap();
        assert_eq!(served.createtime, 1_735_692_000);
        assert_eq!(served.openid.as_str(), "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI");
    }

    #[test]
    fn nobody_serves_and_somebody_waits() {
        let nobody: KfSession =
            serde_json::from_value(json!({"createtime": "", "kf_account": ""})).unwrap();
        assert_eq!((nobody.createtime, nobody.kf_account), (None, None));
        let waiting: WaitCases = serde_json::from_value(json!({
            "count": 150,
            "waitcaselist": [{"latest_time": "1735692000", "openid": "oA"}],
        }))
        .unwrap();
        assert_eq!(waiting.count, 150);
        let case = waiting.waitcaselist.first().unwrap();
        assert_eq!(case.latest_time, 1_735_692_000);
    }

    #[test]
    fn an_agent_has_a_whole_name() {
        let openid = OpenId::try_from("oA").unwrap();
        let kf_account = "test1".to_owned();
        let close = CloseKfSession {
            kf_account: kf_account.clone(),
            openid: openid.clone(),
        };
        assert!(close.validate().is_err());
        let create = CreateKfSession {
            kf_account: "test1@gongzhonghao".into(),
            openid,
        };
        assert!(create.validate().is_ok());
        assert_eq!(
            json!(create),
            json!({"kf_account": "test1@gongzhonghao", "openid": "oA"})
        );
        assert!(GetKfSessionList { kf_account }.validate().is_err());
    }
}
