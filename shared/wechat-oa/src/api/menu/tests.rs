use super::*;
use crate::{
    api::{answer::accept, body::read, endpoint::Endpoint as _},
    ids::AppId,
};
use serde_json::{Value, json};

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn menu() -> Value {
    fixture(include_str!(
        "../../../../../tests/fixtures/requests/menu_create.json"
    ))
}

/// The fixtures write some empty `sub_button` lists and leave others out: the same to WeChat.
fn without_empty_lists(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|_, member| *member != json!([]));
            for member in members.values_mut() {
                *member = without_empty_lists(member.take());
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = without_empty_lists(item.take());
            }
        }
        _ => {}
    }
    value
}

#[test]
fn requests_are_those_of_the_fixtures() {
    let create: CreateMenu = read(&menu()).unwrap();
    assert_eq!(json!(create), without_empty_lists(menu()));
    let conditional = fixture(include_str!(
        "../../../../../tests/fixtures/requests/menu_addconditional.json"
    ));
    let add: AddConditionalMenu = read(&conditional).unwrap();
    assert_eq!(add.matchrule, MatchRule::tag(2).on(Platform::Android));
    assert_eq!(json!(add), without_empty_lists(conditional));
    let delete = DeleteConditionalMenu {
        menuid: 208_379_533,
    };
    assert_eq!(json!(delete), json!({"menuid": "208379533"}));
}

#[test]
fn buttons_are_built_whole() {
    let appid = AppId::try_from("wxa81f3c5d7e9b0246").unwrap();
    let scan = ButtonKind::ScancodeWaitmsg;
    let inner = vec![
        Button::view("搜索", "https://example.com/"),
        Button::mini_program("小程序", appid, "pages/index", "https://example.com/"),
        Button::keyed(scan, "扫码", "k"),
        Button::media("图片", "m"),
        Button::article("文章", "a"),
    ];
    let create = CreateMenu {
        button: vec![Button::click("歌曲", "V1"), Button::opening("更多", inner)],
    };
    assert!(create.validate().is_ok());
    let sent = json!(create);
    assert_eq!(
        sent["button"][0],
        json!({"type": "click", "name": "歌曲", "key": "V1"})
    );
    assert_eq!(
        sent["button"][1]["sub_button"][2]["type"],
        "scancode_waitmsg"
    );
    assert_eq!(sent["button"][1].get("type"), None);
}

/// With that value there, the menu is refused, and the refusal begins with those words.
fn refused<const N: usize>(cases: [(&str, Value, &str); N]) {
    for (pointer, value, told) in cases {
        let mut body = menu();
        *body.pointer_mut(pointer).unwrap() = value;
        let refused = read::<CreateMenu>(&body).unwrap_err().to_string();
        assert!(refused.starts_with(told), "{refused}");
    }
}

#[test]
fn numbers_and_names_are_refused_with_field_and_limit() {
    refused([
        ("/button", json!([]), "button: must be 1 to 3 buttons"),
        (
            "/button",
            json!(vec![Button::click("a", "b"); 4]),
            "button: must be 1 to 3 buttons",
        ),
        (
            "/button/2/name",
            json!("六个汉字太长"),
            "button[2].name: must be 1 to 16 bytes",
        ),
        (
            "/button/0/sub_button/1/name",
            json!("字".repeat(21)),
            "button[0].sub_button[1].name: must be 1 to 60 bytes",
        ),
        (
            "/button/1/sub_button",
            json!(vec![Button::click("a", "b"); 6]),
            "button[1].sub_button: must be at most 5 buttons",
        ),
    ]);
}

#[test]
fn buttons_are_refused_with_field_and_limit() {
    refused([
        (
            "/button/2/type",
            json!("dance"),
            "button[2].type: must be a known type",
        ),
        (
            "/button/2/type",
            Value::Null,
            "button[2].type: must be given, or sub_button",
        ),
        (
            "/button/2/key",
            json!("k".repeat(129)),
            "button[2].key: must be 1 to 128 bytes",
        ),
        (
            "/button/1/sub_button/3/url",
            json!("u".repeat(1025)),
            "button[1].sub_button[3].url: must be 1 to 1024 bytes",
        ),
        (
            "/button/1/sub_button/4/pagepath",
            json!(""),
            "button[1].sub_button[4].pagepath: must be given",
        ),
        (
            "/button/1/sub_button/4/appid",
            Value::Null,
            "button[1].sub_button[4].appid: must be given",
        ),
        (
            "/button/0/sub_button/0/sub_button",
            json!([Button::click("a", "b")]),
            "button[0].sub_button[0].sub_button: must be empty",
        ),
        ("/button/0/name", json!(7), "button[0].name: must be text"),
    ]);
}

#[test]
fn each_kind_has_what_it_needs() {
    for (kind, needed) in [
        ("click", "key"),
        ("scancode_push", "key"),
        ("scancode_waitmsg", "key"),
        ("pic_sysphoto", "key"),
        ("pic_photo_or_album", "key"),
        ("pic_weixin", "key"),
        ("location_select", "key"),
        ("view", "url"),
        ("media_id", "media_id"),
        ("view_limited", "media_id"),
        ("article_id", "article_id"),
        ("article_view_limited", "article_id"),
        ("miniprogram", "appid"),
    ] {
        let body = json!({"button": [{"name": "a", "type": kind}]});
        let broken = read::<CreateMenu>(&body).unwrap_err();
        assert_eq!(broken.field, format!("button[0].{needed}"), "{kind}");
    }
}

#[test]
fn a_conditional_menu_is_for_somebody() {
    let add = |matchrule| AddConditionalMenu {
        button: vec![Button::click("a", "b")],
        matchrule,
    };
    let broken = |rule| add(rule).validate().unwrap_err().field;
    assert_eq!(broken(MatchRule::default()), "matchrule");
    let odd = MatchRule {
        client_platform_type: Some(4),
        ..MatchRule::tag(2)
    };
    assert_eq!(broken(odd), "matchrule.client_platform_type");
    assert!(add(MatchRule::tag(2)).validate().is_ok());
    let user_id = String::new();
    assert!(TryMatchMenu { user_id }.validate().is_err());
}

#[test]
fn a_get_that_deletes_is_not_repeated() {
    assert_eq!(DeleteMenu::META.retry, Once);
}

#[test]
fn responses_are_those_of_the_fixtures() {
    let menus: Menus = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/menu_get.json"
    ))
    .unwrap();
    assert_eq!(menus.menu.menuid, Some(208_396_938));
    assert_eq!(
        menus.menu.button[1].sub_button[1].kind,
        Some(ButtonKind::Miniprogram)
    );
    let conditional = menus.conditionalmenu.first().unwrap();
    assert_eq!(conditional.menuid, 208_396_993);
    assert_eq!(conditional.matchrule.group_id, Some(2));
    assert_eq!(conditional.matchrule.client_platform_type, Some(2));
    let added: ConditionalMenuAdded = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/menu_addconditional.json"
    ))
    .unwrap();
    assert_eq!(added.menuid, 208_379_533);
    let current: CurrentMenu = serde_json::from_str(include_str!(
        "../../../../../tests/fixtures/responses/get_current_selfmenu_info.json"
    ))
    .unwrap();
    assert!(current.is_menu_open);
    let news = &current.selfmenu_info.button[1].sub_button.list[1];
    assert_eq!(news.kind, Some(ButtonKind::Other("news".into())));
    assert_eq!(news.news_info.list[0].title, "T");
}

#[test]
fn what_wechat_tells_may_be_blank_or_new() {
    let menus: Menus = serde_json::from_value(json!({
        "menu": {"button": [{"type": "hologram", "name": "新", "depth": 3}]},
        "conditionalmenu": [{"menuid": "7", "matchrule": {"tag_id": "", "sex": "", "client_platform_type": ""}}],
    }))
    .unwrap();
    let other = ButtonKind::Other("hologram".into());
    assert_eq!(menus.menu.button[0].kind, Some(other));
    assert_eq!(menus.conditionalmenu[0].matchrule, MatchRule::default());
    let matched: MatchedMenu = serde_json::from_value(json!({"errcode": 0})).unwrap();
    assert!(matched.button.is_empty());
    let button = json!([{"type": "click", "name": "a", "key": "b"}]);
    for said in [
        json!({"button": button}),
        json!({"menu": {"button": button}}),
    ] {
        let matched: MatchedMenu = serde_json::from_value(said).unwrap();
        assert_eq!(matched.button, [Button::click("a", "b")]);
    }
}

#[test]
fn refusals_keep_their_code() {
    for (text, code) in [
        (
            include_str!("../../../../../tests/fixtures/responses/menu_create_err_40054.json"),
            40054,
        ),
        (
            include_str!(
                "../../../../../tests/fixtures/responses/menu_delconditional_err_65301.json"
            ),
            65301,
        ),
        (
            include_str!(
                "../../../../../tests/fixtures/responses/menu_addconditional_err_65303.json"
            ),
            65303,
        ),
    ] {
        let refused = accept("/x", 200, text.as_bytes().to_vec()).unwrap_err();
        assert_eq!(refused.refusal().unwrap().errcode, code);
    }
}
