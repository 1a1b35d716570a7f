//! Refusals of the WeChat API: `errcode` and `errmsg` (protocol section 8).

use serde_json::{Value, json};

/// A call refused with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) errcode: i64,
    pub(crate) errmsg: String,
}

/// The usual wording by code.
const ERRMSG: &[(i64, &str)] = &[
    (-1, "system error"),
    (
        40001,
        "invalid credential, access_token is invalid or not latest",
    ),
    (40002, "invalid grant_type"),
    (40003, "invalid openid"),
    (40013, "invalid appid"),
    (40014, "invalid access_token"),
    (
        40033,
        "invalid charset. please check your request, if include \\uxxxx will create fail",
    ),
    (40066, "invalid url"),
    (40097, "invalid args"),
    (40125, "invalid appsecret"),
    (40201, "invalid url, the callback url is not set"),
    (40202, "invalid action"),
    (40203, "invalid check_operator"),
    (40243, "invalid appsecret, appsecret is frozen"),
    (41001, "access_token missing"),
    (41002, "appid missing"),
    (41004, "appsecret missing"),
    (42001, "access_token expired"),
    (43001, "require GET method"),
    (43002, "require POST method"),
    (44002, "empty post data"),
    (45009, "reach max api daily quota limit"),
    (
        45011,
        "api minute-quota reach limit  mustslower  retry next minute",
    ),
    (47001, "data format error"),
    (48001, "api unauthorized"),
    (48006, "forbid to clear quota because of reaching the limit"),
    (50002, "user limited"),
    (
        61024,
        "must use api(api_component_token) to get token for component acct",
    ),
    (76001, "rid not found"),
    (76002, "invalid rid"),
    (76003, "rid expired"),
    (76021, "cgi_path not found"),
    (89503, "此次调用需要管理员确认，请耐心等候"),
];

impl Failure {
    /// The code with its usual wording.
    pub(crate) fn code(errcode: i64) -> Self {
        let usual = ERRMSG
            .iter()
            .find(|(code, _)| *code == errcode)
            .map_or("invalid request", |(_, text)| text);
        Self {
            errcode,
            errmsg: usual.to_owned(),
        }
    }

    /// The caller's address is not in the whitelist: the message carries it.
    pub(crate) fn not_in_whitelist(caller: &str) -> Self {
        Self {
            errcode: 40164,
            errmsg: format!("invalid ip {caller} ipv6 ::ffff:{caller}, not in whitelist"),
        }
    }

    /// The answer, with the request's id in the message.
    pub(crate) fn to_json(&self, rid: &str) -> Value {
        json!({"errcode": self.errcode, "errmsg": format!("{} rid: {rid}", self.errmsg)})
    }
}

/// The answer of calls that have nothing to tell.
pub(crate) fn ok() -> Value {
    json!({"errcode": 0, "errmsg": "ok"})
}
