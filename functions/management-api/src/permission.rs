//! What the account may not send is refused before anything is stored: WeChat would answer 48001.

use crate::refusal::{Refusal, explained};
use serde_json::json;
use shared::{
    account::{Account, Class, Kind},
    problem::Problem,
    sends::SendKind,
};
use wechat_oa::api::{
    Endpoint as _, Meta, custom::SendCustomMessage, notify::SendSubscriptionMessage,
    subscribe_once::SendOneTimeMessage, template::SendTemplateMessage,
};

/// WeChat's code for a call that the account may not make.
const UNAUTHORIZED: u32 = 48_001;

/// The call that sends a message of that kind.
pub(crate) fn call_of(kind: SendKind) -> Meta {
    match kind {
        SendKind::Template => SendTemplateMessage::META,
        SendKind::Subscription => SendSubscriptionMessage::META,
        SendKind::OneTimeSubscription => SendOneTimeMessage::META,
        SendKind::CustomerService => SendCustomMessage::META,
    }
}

/// The account may make the call, or no page says; `forced` leaves it to WeChat.
///
/// # Errors
/// 403 with the setting that speaks against it, the rule, and what to do.
pub(crate) fn permit(account: &Account, call: &Meta, forced: bool) -> Result<(), Refusal> {
    if forced || account.may_call(call) != Some(false) {
        return Ok(());
    }
    let mut verified = account.clone();
    verified.class = Class::Verified;
    let (field, who) = match verified.may_call(call) {
        Some(true) => ("class", "verified accounts"),
        _ => ("kind", "verified service accounts"),
    };
    let (path, own) = (call.path, words(account));
    let rule = format!("{path} is for {who}, and this is {own}");
    let why = format!("{field}: {rule}; WeChat would answer 48001 api unauthorized");
    let problem = Problem::new("api_unauthorized", 403, why).with("field", json!(field));
    let problem = problem.with("rule", json!(rule));
    Err(advised(problem.with("errcode", json!(UNAUTHORIZED))).into())
}

fn words(account: &Account) -> &'static str {
    match (account.class, account.kind.get()) {
        (Class::Verified, Ok(Kind::Subscription)) => "a verified subscription account",
        (Class::Unverified, Ok(Kind::Subscription)) => "an unverified subscription account",
        (Class::Unverified, _) => "an unverified account",
        (Class::Verified, _) => "another account",
    }
}

/// With the next step, whichever setting it is.
fn advised(problem: Problem) -> Problem {
    explained(
        problem,
        "The account may not make this call (48001); nothing was stored or sent. Have it verified (微信认证) and set \
         \"class\": \"verified\", use a service account where the rule asks for one, or answer followers in the reply to \
         their message, which every account may. If 接口权限 in the console shows the call as granted, \"force\": true sends",
        "该账号没有此接口权限（48001），未保存也未发送任何内容。请完成微信认证并设置 \"class\": \"verified\"；规则要求服务号的，\
         请改用服务号；或用被动回复回答粉丝，所有账号都可以。如控制台“接口权限”显示已获得该接口，可加 \"force\": true 发送",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use shared::account::AccountsFile;
    use wechat_oa::api::mass::{PreviewMass, SendMass, SendMassToAll};

    fn account(kind: &str, class: &str) -> Account {
        let file = format!(
            "[accounts.a]\napp_id = \"wx1\"\noriginal_id = \"gh_1\"\nkind = \"{kind}\"\nclass = \"{class}\"\n\
             token = \"abc\"\nmode = \"plain\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\n"
        );
        AccountsFile::parse(&file).unwrap().accounts[0]
            .account
            .clone()
    }

    /// The field that speaks against a call, for a verified and an unverified account of that kind.
    fn against(kind: &str, call: &Meta) -> [Option<Value>; 2] {
        ["verified", "unverified"].map(|class| {
            let account = account(kind, class);
            assert!(permit(&account, call, true).is_ok());
            let refusal = permit(&account, call, false).err()?;
            assert_eq!(refusal.problem.status(), 403);
            Some(refusal.problem.details()["field"].clone())
        })
    }

    #[test]
    fn each_class_sends_what_it_may() {
        let (class, kind) = (Some(json!("class")), Some(json!("kind")));
        for call in [
            call_of(SendKind::CustomerService),
            call_of(SendKind::Subscription),
            call_of(SendKind::OneTimeSubscription),
            SendMassToAll::META,
            PreviewMass::META,
        ] {
            assert_eq!(against("service", &call), [None, class.clone()]);
            assert_eq!(against("subscription", &call), [None, class.clone()]);
        }
        for call in [call_of(SendKind::Template), SendMass::META] {
            assert_eq!(against("service", &call), [None, class.clone()]);
            let never = [kind.clone(), kind.clone()];
            assert_eq!(against("subscription", &call), never);
        }
    }

    #[test]
    fn a_refusal_names_field_rule_and_next_step() {
        let account = account("subscription", "unverified");
        let refusal = permit(&account, &call_of(SendKind::CustomerService), false).unwrap_err();
        let told: Value = serde_json::from_str(&refusal.response().body).unwrap();
        openapi::Contract::of_answers().hold("ErrorAnswer", &told);
        let error = &told["error"];
        assert_eq!(error["type"], "api_unauthorized");
        assert_eq!(error["errcode"], 48_001);
        let rule = "/cgi-bin/message/custom/send is for verified accounts, and this is an unverified subscription account";
        assert_eq!(error["rule"], rule);
        assert!(
            error["explanation"]["zh"]
                .as_str()
                .unwrap()
                .contains("微信认证")
        );
    }
}
