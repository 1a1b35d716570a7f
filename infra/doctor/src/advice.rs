//! What to do about a refusal, in a sentence or two.

use crate::report::Check;
use wechat_oa::api::{Error, ErrorClass, errcode::explain, error::Failure};

/// A check that failed because a call to WeChat did.
pub(crate) fn failed(check: &'static str, error: &Error) -> Check {
    let Some(refusal) = error.refusal() else {
        return Check::failed(check, reason(error), of_transport(error));
    };
    let finding = finding(refusal.errcode, &refusal.errmsg);
    let mut failed = Check::failed(check, finding, of_class(refusal.class));
    failed.errcode = Some(refusal.errcode);
    failed
}

/// The code in words where the table has it, in WeChat's otherwise.
pub(crate) fn finding(errcode: i64, errmsg: &str) -> String {
    let words = explain(errcode).map_or(errmsg, |told| told.en);
    format!("WeChat refuses with {errcode}: {words}")
}

fn reason(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = next.source();
    }
    text
}

fn of_transport(error: &Error) -> &'static str {
    match error {
        Error::Transport {
            failure: Failure::Connect,
            ..
        } => {
            "Let this machine reach WeChat (api.weixin.qq.com on port 443), or the host that the account's api_hosts or --wechat-api-base name."
        }
        Error::Transport { .. } => {
            "Try again; if it stays so, look at the way from here to WeChat (proxy, firewall, name server)."
        }
        _ => {
            "What answered is not WeChat's API: look for a proxy on the way, or a wrong --wechat-api-base."
        }
    }
}

fn of_class(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Token => {
            "Something else fetches tokens with cgi-bin/token or force_refresh and ends this one: let it read the token from the bundle."
        }
        ErrorClass::Transient => "WeChat is busy: run the check again in a minute.",
        ErrorClass::Rate => "Too many calls this minute: run the check again in the next one.",
        ErrorClass::Quota => {
            "The allowance is used up until midnight in Beijing; the console or cgi-bin/clear_quota resets it, 10 times a month."
        }
        ErrorClass::Permission => {
            "The account may not make this call: look in the console which interfaces it has (微信开发者平台 → 接口管理 → 接口权限与额度), and whether it is verified."
        }
        ErrorClass::Ip => {
            "Allow the address this runs at in the console (微信开发者平台 → 基础信息 → 开发密钥 → IP白名单)."
        }
        ErrorClass::Config => {
            "Compare app_id and app_secret with the console; run wechat-doctor init to store the right ones."
        }
        _ => {
            "Look the code up at developers.weixin.qq.com; the bundle makes this call as its page says."
        }
    }
}
