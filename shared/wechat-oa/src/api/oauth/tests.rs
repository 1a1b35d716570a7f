use super::*;
use crate::api::{
    answer::{accept, parse},
    body::Body,
};
use secrecy::ExposeSecret as _;

fn appid() -> AppId {
    AppId::try_from("wx5f2c8a1d9e3b7046").unwrap()
}

fn page(state: &str) -> AuthorizePage {
    AuthorizePage::new(appid(), "https://a.cn/in?x=1&y=好", Scope::Base, state)
}

#[test]
fn the_page_keeps_the_order_of_its_parameters() {
    assert_eq!(
        page("s1").url(None).unwrap(),
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx5f2c8a1d9e3b7046\
         &redirect_uri=https%3A%2F%2Fa.cn%2Fin%3Fx%3D1%26y%3D%E5%A5%BD&response_type=code\
         &scope=snsapi_base&state=s1#wechat_redirect"
    );
    let mut asking = page("");
    (asking.scope, asking.force_popup) = (Scope::UserInfo, Some(true));
    let url = asking.url(Some("http://127.0.0.1:9100/")).unwrap();
    assert!(url.starts_with("http://127.0.0.1:9100/connect/oauth2/authorize?appid="));
    assert!(url.ends_with("&scope=snsapi_userinfo&state=&forcePopup=true#wechat_redirect"));
}

#[test]
fn a_state_that_would_be_mangled_is_refused() {
    assert!(page(&"s".repeat(128)).url(None).is_ok());
    for wrong in ["a-b", "a b", "好", &"s".repeat(129)] {
        assert_eq!(page(wrong).url(None).unwrap_err().field, "state");
    }
    let mut elsewhere = page("s");
    elsewhere.redirect_uri = "javascript:alert(1)".into();
    assert_eq!(elsewhere.url(None).unwrap_err().field, "redirect_uri");
}

#[test]
fn requests_carry_their_secrets_in_the_query_and_show_none() {
    let secret = AppSecret("0123456789abcdef0123456789abcdef".into());
    let ask = GetWebToken::new(appid(), &secret, "code-1".into());
    let mut query = Body::of(&ask).unwrap().query;
    query.sort();
    let pairs: Vec<_> = query
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("appid", "wx5f2c8a1d9e3b7046"),
            ("code", "code-1"),
            ("grant_type", "authorization_code"),
            ("secret", "0123456789abcdef0123456789abcdef"),
        ]
    );
    let refresh = RefreshWebToken::new(appid(), "r-1".into());
    let query = Body::of(&refresh).unwrap().query;
    assert!(query.contains(&("grant_type".into(), "refresh_token".into())));
    let shown = format!("{ask:?} {refresh:?}");
    assert!(!shown.contains("0123") && !shown.contains("code-1") && !shown.contains("r-1"));
}

#[test]
fn an_empty_code_or_token_is_refused() {
    let secret = AppSecret("s".into());
    let ask = GetWebToken::new(appid(), &secret, "".into());
    assert_eq!(ask.validate().unwrap_err().field, "code");
    assert!(RefreshWebToken::new(appid(), "".into()).validate().is_err());
    let openid = OpenId::try_from("oA").unwrap();
    let info = GetWebUserInfo {
        access_token: "".into(),
        openid: openid.clone(),
        lang: Language::English,
    };
    assert!(info.validate().is_err());
    let check = CheckWebToken {
        access_token: "t".into(),
        openid,
    };
    assert!(check.validate().is_ok());
}

#[test]
fn responses_are_those_of_the_fixtures() {
    let token: WebToken = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/sns_oauth2_access_token.json"
    ))
    .unwrap();
    assert!(token.is_snapshotuser && token.unionid.is_some());
    assert_eq!(token.access_token.expose_secret(), "87_webtoken_aaaa");
    assert_eq!(
        (token.expires_in, token.scope.as_str()),
        (7200, "snsapi_userinfo")
    );
    assert!(!format!("{token:?}").contains("87_"));
    let info: WebUserInfo = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/sns_userinfo.json"
    ))
    .unwrap();
    assert_eq!((info.nickname.as_str(), info.sex), ("小明", 0));
    let works = include_str!("../../../../../tests/fixtures/responses/sns_auth.json");
    assert_eq!(
        parse::<Done>("/sns/auth", works.as_bytes()).unwrap(),
        Done {}
    );
}

#[test]
fn refusals_keep_their_code() {
    for (text, code) in [
        (
            include_str!(
                "../../../../../tests/fixtures/responses/sns_oauth2_access_token_err_40029.json"
            ),
            40029,
        ),
        (
            include_str!(
                "../../../../../tests/fixtures/responses/sns_oauth2_access_token_err_40163.json"
            ),
            40163,
        ),
        (
            include_str!(
                "../../../../../tests/fixtures/responses/sns_oauth2_access_token_err_40226.json"
            ),
            40226,
        ),
        (
            include_str!(
                "../../../../../tests/fixtures/responses/sns_oauth2_refresh_token_err_42002.json"
            ),
            42002,
        ),
    ] {
        let refused = accept("/x", 200, text.as_bytes().to_vec()).unwrap_err();
        assert_eq!(refused.refusal().unwrap().errcode, code);
    }
}
