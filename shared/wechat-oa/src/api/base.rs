//! Family `base`: addresses, the network check, the console's own rules (protocol section 7.7).

use super::{
    Meta,
    endpoint::{RetryClass::Read, family},
    wire::Number,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

family! { "base" for ANY:
    GetCallbackIp => IpList: Meta::get("/cgi-bin/getcallbackip", "https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html");
    GetApiDomainIp => IpList: Meta::get("/cgi-bin/get_api_domain_ip", "https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_the_WeChat_server_IP_address.html");
    CallbackCheck => CallbackReport: Meta::post("/cgi-bin/callback/check", "https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Network_Detection.html").retry(Read);
    GetCurrentAutoreplyInfo => AutoreplyInfo: Meta::get("/cgi-bin/get_current_autoreply_info", "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Getting_Rules_for_Auto_Replies.html");
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::call;
    let check = CallbackCheck {
        action: CheckAction::All,
        check_operator: CheckOperator::Default,
    };
    vec![
        call(GetCallbackIp {}),
        call(GetApiDomainIp {}),
        call(check),
        call(GetCurrentAutoreplyInfo {}),
    ]
}

/// `GET /cgi-bin/getcallbackip`: where pushes come from.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetCallbackIp {}

/// `GET /cgi-bin/get_api_domain_ip`: where the API hosts are.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetApiDomainIp {}

/// Addresses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IpList {
    /// Single addresses, or ranges such as `101.226.103.0/25`.
    pub ip_list: Vec<String>,
}

/// `POST /cgi-bin/callback/check`: how WeChat reaches the callback URL. Refused with 40201 when
/// no URL is set.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CallbackCheck {
    pub action: CheckAction,
    /// From whose network.
    pub check_operator: CheckOperator,
}

/// What to check.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckAction {
    /// The name resolves.
    Dns,
    /// The address answers.
    Ping,
    /// Both.
    All,
}

/// From whose network.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CheckOperator {
    Chinanet,
    Unicom,
    /// Tencent.
    Cap,
    /// As WeChat sees fit.
    Default,
}

/// How the callback URL is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct CallbackReport {
    /// What the name resolves to.
    pub dns: Vec<Resolved>,
    pub ping: Vec<Pinged>,
}

/// An address the name resolves to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Resolved {
    pub ip: String,
    pub real_operator: String,
}

/// How an address answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pinged {
    pub ip: String,
    /// From whose network.
    pub from_operator: String,
    /// Share of packets lost, as in `0%`.
    pub package_loss: String,
    /// Time to answer, as in `23.079ms`.
    pub time: String,
}

/// `GET /cgi-bin/get_current_autoreply_info`: the reply rules set in the console; those set over
/// the API are not told.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetCurrentAutoreplyInfo {}

/// The reply rules set in the console. The rules themselves are handed through as they come.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AutoreplyInfo {
    /// 1: new followers get `add_friend_autoreply_info`.
    #[serde_as(as = "Number")]
    pub is_add_friend_reply_open: u8,
    /// 1: messages get `message_default_autoreply_info`.
    #[serde_as(as = "Number")]
    pub is_autoreply_open: u8,
    /// The reply to a new follower.
    pub add_friend_autoreply_info: Option<Value>,
    /// The reply to a message no keyword fits.
    pub message_default_autoreply_info: Option<Value>,
    pub keyword_autoreply_info: Option<KeywordRules>,
}

/// The replies to keywords.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeywordRules {
    #[serde(default)]
    pub list: Vec<Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_are_those_of_the_fixtures() {
        let check = CallbackCheck {
            action: CheckAction::All,
            check_operator: CheckOperator::Default,
        };
        let expected: Value = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/requests/callback_check.json"
        ))
        .unwrap();
        assert_eq!(json!(check), expected);
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let report: CallbackReport = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/callback_check.json"
        ))
        .unwrap();
        assert_eq!(report.ping.first().unwrap().package_loss, "0%");
        for text in [
            include_str!("../../../../tests/fixtures/responses/get_callback_ip.json"),
            include_str!("../../../../tests/fixtures/responses/get_api_domain_ip.json"),
        ] {
            assert_eq!(
                serde_json::from_str::<IpList>(text).unwrap().ip_list.len(),
                2
            );
        }
    }

    #[test]
    fn an_account_without_rules_says_so() {
        let info: AutoreplyInfo = serde_json::from_value(json!({
            "is_add_friend_reply_open": 0,
            "is_autoreply_open": "1",
            "keyword_autoreply_info": {"list": []},
        }))
        .unwrap();
        assert_eq!(
            (info.is_autoreply_open, info.add_friend_autoreply_info),
            (1, None)
        );
    }
}
