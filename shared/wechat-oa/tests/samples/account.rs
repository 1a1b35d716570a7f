//! token, ticket, base, quota, oauth, shorten, qrcode.

use super::{Sample, app_id, call, download, openid, page};
use wechat_oa::{
    api::{
        base::*, oauth::*, qrcode::*, quota::*, shorten::*, ticket::*, token::*, user::Language,
    },
    ids::AppSecret,
};

fn secret() -> AppSecret {
    AppSecret("0123456789abcdef0123456789abcdef".into())
}

pub(super) fn all() -> Vec<Sample> {
    let cgi_path = || "/cgi-bin/menu/create".to_owned();
    let mut authorize = AuthorizePage::new(
        app_id(),
        "https://www.example.com/back",
        Scope::UserInfo,
        "s1",
    );
    authorize.force_popup = Some(true);
    authorize.force_snap_shot = Some(false);
    vec![
        call(GetAccessToken::new(app_id(), &secret())),
        call(GetStableAccessToken::new(app_id(), &secret())),
        call(GetTicket {
            kind: TicketKind::Jsapi,
        }),
        call(GetCallbackIp {}),
        call(GetApiDomainIp {}),
        call(CallbackCheck {
            action: CheckAction::All,
            check_operator: CheckOperator::Default,
        }),
        call(GetCurrentAutoreplyInfo {}),
        call(ClearQuota { appid: app_id() }),
        call(ClearQuotaV2::new(app_id(), &secret())),
        call(GetApiQuota {
            cgi_path: cgi_path(),
        }),
        call(ClearApiQuota {
            cgi_path: cgi_path(),
        }),
        call(GetRidInfo {
            rid: "67748a4e-1f2e3d4c-5b6a7980".into(),
        }),
        page(authorize),
        call(GetWebToken::new(app_id(), &secret(), "code".into())),
        call(RefreshWebToken::new(app_id(), "refresh".into())),
        call(GetWebUserInfo {
            access_token: "web".into(),
            openid: openid(),
            lang: Language::SimplifiedChinese,
        }),
        call(CheckWebToken {
            access_token: "web".into(),
            openid: openid(),
        }),
        call(GenShortKey {
            long_data: "data".into(),
            expire_seconds: Some(60),
        }),
        call(FetchShortKey {
            short_key: "abc".into(),
        }),
        call(ShortenUrl::new("https://www.example.com/a")),
        call(CreateQrCode::temporary(Scene::Id(7), 60)),
        download(ShowQrCode {
            ticket: "gQH47joAAA==".into(),
        }),
    ]
}
