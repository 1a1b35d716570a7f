//! What the account may call, by its kind and its class, and what its late answers come to.

use crate::report::Check;
use shared::account::{Account, LateReply};
use wechat_oa::api::{
    Endpoint as _, Meta, Scope,
    custom::SendCustomMessage,
    freepublish::Publish,
    mass::{SendMass, SendMassToAll},
    media::UploadMedia,
    menu::CreateMenu,
    notify::SendSubscriptionMessage,
    oauth::GetWebToken,
    qrcode::CreateQrCode,
    subscribe_once::SendOneTimeMessage,
    tag::GetTags,
    template::SendTemplateMessage,
    user::GetUserInfo,
};

const MAY: &str = "may";
const LATE: &str = "late-reply";

/// What teams build on, by the call that it takes.
const AREAS: [(&str, Meta); 13] = [
    ("service messages", SendCustomMessage::META),
    ("template messages", SendTemplateMessage::META),
    ("subscription messages", SendSubscriptionMessage::META),
    ("one-time messages", SendOneTimeMessage::META),
    ("mass sends", SendMassToAll::META),
    ("mass sends to openids", SendMass::META),
    ("publish articles", Publish::META),
    ("menus", CreateMenu::META),
    ("user info", GetUserInfo::META),
    ("tags", GetTags::META),
    ("QR codes", CreateQrCode::META),
    ("OAuth login", GetWebToken::META),
    ("upload media", UploadMedia::META),
];

/// A line for each thing the account may or may not do, and one for its late answers.
pub(crate) fn checks(account: &Account) -> Vec<Check> {
    let areas = AREAS.iter();
    let lines = areas.map(|(area, call)| area_check(account, call).about(*area));
    lines.chain([late_reply(account)]).collect()
}

fn area_check(account: &Account, call: &Meta) -> Check {
    match account.may_call(call) {
        Some(true) => Check::ok(MAY, "yes"),
        Some(false) => Check::skipped(MAY, format!("no, for {} only (48001)", who(call))),
        None => Check::skipped(MAY, "no page says; the console does (接口权限)"),
    }
}

fn who(call: &Meta) -> &'static str {
    match (call.accounts.service, call.accounts.subscription) {
        (Scope::All, _) => "verified accounts and service accounts",
        (_, Scope::None) => "verified service accounts",
        _ => "verified accounts",
    }
}

fn late_reply(account: &Account) -> Check {
    match (account.late_reply, account.takes_service_messages()) {
        (LateReply::Continue, _) => Check::ok(LATE, "the follower's next message collects it"),
        (_, true) => Check::ok(LATE, "a service message"),
        (_, false) => Check::skipped(
            LATE,
            "no service message, for the account is not verified: the follower's next message collects it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::State;
    use shared::account::AccountsFile;

    fn told(kind: &str, more: &str) -> Vec<Check> {
        let file = format!(
            "[accounts.a]\napp_id = \"wx1\"\noriginal_id = \"gh_1\"\nkind = \"{kind}\"\n{more}\ntoken = \"abc\"\n\
             mode = \"plain\"\napp_secret = \"0123456789abcdef0123456789abcdef\"\n"
        );
        let file = AccountsFile::parse(&file).unwrap();
        checks(&file.accounts[0].account)
    }

    fn able(kind: &str, more: &str) -> Vec<String> {
        let checks = told(kind, more).into_iter();
        let able = checks.filter(|check| check.state == State::Ok);
        able.filter_map(|check| check.subject).collect()
    }

    #[test]
    fn a_line_for_each_thing_says_whether_the_account_may() {
        let unverified = "class = \"unverified\"";
        assert_eq!(able("service", "").len(), AREAS.len());
        assert_eq!(able("service", unverified), ["menus", "upload media"]);
        assert_eq!(able("subscription", unverified), ["upload media"]);
        let verified = able("subscription", "");
        assert!(
            verified.contains(&"service messages".to_owned()),
            "{verified:?}"
        );
        assert!(!verified.contains(&"QR codes".to_owned()), "{verified:?}");
        let lines = told("subscription", unverified);
        let template = &lines[1].finding;
        assert_eq!(template, "no, for verified service accounts only (48001)");
    }

    #[test]
    fn a_late_answer_that_can_be_no_message_is_collected() {
        let late = |kind: &str, more: &str| told(kind, more).pop().unwrap();
        assert_eq!(late("service", "").finding, "a service message");
        let unverified = late("subscription", "class = \"unverified\"");
        assert_eq!(unverified.state, State::Skipped);
        assert!(unverified.finding.ends_with("next message collects it"));
        let wanted = late("service", "late_reply = \"continue\"");
        assert_eq!(wanted.state, State::Ok);
    }
}
