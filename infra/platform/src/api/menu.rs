//! Menus (protocol 7.3).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
    get, post,
};
use crate::account_data::{Conditional, Follower};
use serde_json::{Value, json};

const BUTTONS: usize = 3;
const SUB_BUTTONS: usize = 5;
const NAME: usize = 16;
const SUB_NAME: usize = 60;
const KEY: usize = 128;
const URL: usize = 1_024;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/menu/create", create),
    get("/cgi-bin/get_current_selfmenu_info", current),
    get("/cgi-bin/menu/get", read),
    get("/cgi-bin/menu/delete", delete),
    post("/cgi-bin/menu/addconditional", add_conditional),
    post("/cgi-bin/menu/delconditional", delete_conditional),
    post("/cgi-bin/menu/trymatch", try_match),
];

fn buttons(body: &Value) -> Result<Value, Failure> {
    let buttons = body.items("button");
    if buttons.is_empty() || buttons.len() > BUTTONS {
        return Err(Failure::code(40_016));
    }
    for button in buttons {
        let subs = button.items("sub_button");
        if !(1..=NAME).contains(&button.text("name").len()) {
            return Err(Failure::code(40_018));
        }
        if subs.len() > SUB_BUTTONS {
            return Err(Failure::code(40_023));
        }
        if subs.is_empty() {
            check(button)?;
        }
        for sub in subs {
            if !(1..=SUB_NAME).contains(&sub.text("name").len()) {
                return Err(Failure::code(40_025));
            }
            check(sub)?;
        }
    }
    Ok(body.part("button").clone())
}

/// A button that does something: each type has its fields.
fn check(button: &Value) -> Result<(), Failure> {
    let fits = |field: &str, most: usize, code: i64| match button.text(field).len() {
        0 => Err(Failure::code(code)),
        length if length > most => Err(Failure::code(code)),
        _ => Ok(()),
    };
    match button.text("type") {
        "click" | "scancode_push" | "scancode_waitmsg" | "pic_sysphoto" | "pic_photo_or_album"
        | "pic_weixin" | "location_select" => fits("key", KEY, 40_019),
        "view" => fits("url", URL, 40_020),
        "miniprogram" => {
            fits("url", URL, 40_020)?;
            fits("appid", KEY, 40_166)?;
            fits("pagepath", URL, 40_165)
        }
        "media_id" | "view_limited" => fits("media_id", KEY, 40_007),
        "article_id" | "article_view_limited" => fits("article_id", KEY, 40_007),
        _ => Err(Failure::code(40_017)),
    }
}

fn create(context: &Context<'_>) -> Result<Value, Failure> {
    let button = buttons(&context.call.json()?)?;
    context.data(|data| {
        let id = data.menus.new_id();
        data.menus.default = Some((id, button));
        Ok(ok())
    })
}

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let (id, button) = data.menus.default.as_ref().ok_or_else(|| Failure::code(46_003))?;
        let mut menus = json!({"menu": {"button": button, "menuid": id}});
        let conditional = data.menus.conditional.iter();
        let conditional: Vec<_> = conditional
            .map(|(id, menu)| json!({"button": menu.button, "matchrule": rule(&menu.rule), "menuid": id}))
            .collect();
        if let Some(fields) = menus.as_object_mut().filter(|_| !conditional.is_empty()) {
            fields.insert("conditionalmenu".to_owned(), Value::from(conditional));
        }
        Ok(menus)
    })
}

/// Tags come back as `group_id`, and what was text as a number.
fn rule(written: &Value) -> Value {
    let names = [
        ("tag_id", "group_id"),
        ("client_platform_type", "client_platform_type"),
    ];
    let fields = names.into_iter().filter_map(|(name, shown)| {
        let number = written.number(name)?;
        Some((shown.to_owned(), Value::from(number)))
    });
    Value::Object(fields.collect())
}

/// The same menu in another shape: lists inside `sub_button`.
fn current(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let button = data.menus.default.as_ref().map(|(_, button)| button);
        let buttons = button
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let shown: Vec<_> = buttons.into_iter().map(with_list).collect();
        Ok(json!({
            "is_menu_open": u8::from(!shown.is_empty()), "selfmenu_info": {"button": shown},
        }))
    })
}

fn with_list(mut button: Value) -> Value {
    if let Some(fields) = button.as_object_mut() {
        match fields.remove("sub_button") {
            Some(Value::Array(subs)) if !subs.is_empty() => {
                let list: Vec<_> = subs.into_iter().map(with_list).collect();
                fields.insert("sub_button".to_owned(), json!({"list": list}));
            }
            _ => {}
        }
    }
    button
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        data.menus.default = None;
        data.menus.conditional.clear();
        Ok(ok())
    })
}

fn add_conditional(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let button = buttons(&body)?;
    let rule = body.part("matchrule").clone();
    if rule
        .as_object()
        .is_none_or(|rule| rule.values().all(|value| value == "" || value.is_null()))
    {
        return Err(Failure::code(65_304));
    }
    context.data(|data| {
        if data.menus.default.is_none() {
            return Err(Failure::code(65_303));
        }
        let id = data.menus.new_id();
        data.menus
            .conditional
            .insert(id, Conditional { button, rule });
        Ok(json!({"menuid": id.to_string()}))
    })
}

fn delete_conditional(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let id = body.id("menuid").parse().unwrap_or_default();
    context.data(|data| {
        let gone = data.menus.conditional.remove(&id);
        gone.map(|_| ok()).ok_or_else(|| Failure::code(65_301))
    })
}

/// The newest conditional menu that fits, else the default one. Everybody has an Android phone.
fn try_match(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let user = body.text("user_id");
    if user.is_empty() {
        return Err(Failure::code(65_302));
    }
    context.data(|data| {
        let follower = data.followers.known(user);
        let newest = data.menus.conditional.values().rev();
        let special = newest.into_iter().find(|menu| fits(&menu.rule, follower));
        let default = data.menus.default.as_ref().map(|(_, button)| button);
        let button = special.map(|menu| &menu.button).or(default);
        Ok(json!({"button": button.ok_or_else(|| Failure::code(46_003))?}))
    })
}

fn fits(rule: &Value, follower: Option<&Follower>) -> bool {
    let tag = rule.number("tag_id");
    let tagged = |tag: i64| follower.is_some_and(|follower| follower.tags.contains(&tag));
    tag.is_none_or(tagged)
        && rule
            .number("client_platform_type")
            .is_none_or(|phone| phone == 2)
}
