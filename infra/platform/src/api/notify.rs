//! Templates of subscription messages (protocol section 5).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    fields::{Fields, characters},
    get, post,
};
use crate::{
    account_data::{NotifyTemplate, TEMPLATES, content},
    random::article_id,
};
use serde_json::{Value, json};

const SCENE: usize = 15;
const TITLES: i64 = 30;
/// The public keywords: number, name, example, kind.
const KEYWORDS: &[(i64, &str, &str, &str)] = &[
    (1, "物品名称", "名称", "thing"),
    (2, "购买地点", "TIT造舰厂", "thing"),
    (3, "时间", "2025年1月1日 08:00", "time"),
    (4, "金额", "￥12.50", "amount"),
    (5, "单号", "SN2025", "character_string"),
];
/// The public titles: number, title, type (2 once, 3 long-term).
const PUBLIC: &[(i64, &str, i64)] = &[(99, "付款成功通知", 2), (100, "公交到站提醒", 3)];
const CATEGORY: i64 = 616;

pub(super) const ROUTES: &[Route] = &[
    post("/wxaapi/newtmpl/addtemplate", add),
    post("/wxaapi/newtmpl/deltemplate", delete),
    get("/wxaapi/newtmpl/getcategory", categories),
    get("/wxaapi/newtmpl/getpubtemplatekeywords", keywords),
    get("/wxaapi/newtmpl/getpubtemplatetitles", titles),
    get("/wxaapi/newtmpl/gettemplate", list),
];

fn title(tid: Option<i64>) -> Option<&'static (i64, &'static str, i64)> {
    PUBLIC.iter().find(|(known, _, _)| Some(*known) == tid)
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let (_, title, kind) = title(body.number("tid")).ok_or_else(|| Failure::code(200_014))?;
    let kids: Vec<_> = body
        .items("kidList")
        .iter()
        .filter_map(Value::as_i64)
        .collect();
    let chosen: Vec<_> = kids
        .iter()
        .filter_map(|kid| KEYWORDS.iter().find(|(known, ..)| known == kid))
        .collect();
    if !(2..=5).contains(&kids.len()) || chosen.len() != kids.len() {
        return Err(Failure::code(200_020));
    }
    if characters(body.text("sceneDesc")) > SCENE {
        return Err(Failure::code(200_021));
    }
    let keys: Vec<_> = chosen
        .iter()
        .map(|(kid, _, _, rule)| format!("{rule}{kid}"))
        .collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let example = chosen
        .iter()
        .map(|(_, name, example, _)| format!("{name}:{example}\n"));
    let template = NotifyTemplate {
        title: (*title).to_owned(),
        content: content(&keys),
        example: example.collect(),
        long_term: *kind == 3,
    };
    context.data(|data| {
        if data.templates.notify.len() >= TEMPLATES {
            return Err(Failure::code(200_012));
        }
        let id = article_id();
        data.templates.notify.insert(id.clone(), template);
        Ok(json!({"errcode": 0, "errmsg": "ok", "priTmplId": id}))
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let gone = data.templates.notify.remove(body.text("priTmplId"));
        gone.map(|_| ok()).ok_or_else(|| Failure::code(200_014))
    })
}

fn categories(_: &Context<'_>) -> Result<Value, Failure> {
    Ok(json!({"errcode": 0, "errmsg": "ok", "data": [{"id": CATEGORY, "name": "公交"}]}))
}

fn keywords(context: &Context<'_>) -> Result<Value, Failure> {
    let tid = context.call.query("tid").and_then(|tid| tid.parse().ok());
    title(tid).ok_or_else(|| Failure::code(200_014))?;
    let data = KEYWORDS.iter().map(|(kid, name, example, rule)| {
        json!({"kid": kid, "name": name, "example": example, "rule": rule})
    });
    let data: Vec<_> = data.collect();
    Ok(json!({"errcode": 0, "errmsg": "ok", "count": data.len(), "data": data}))
}

fn titles(context: &Context<'_>) -> Result<Value, Failure> {
    let number = |name| {
        context
            .call
            .query(name)
            .and_then(|text| text.parse::<i64>().ok())
    };
    let ids = context
        .call
        .query("ids")
        .ok_or_else(|| Failure::code(200_018))?;
    let ids: Vec<_> = ids.split(',').map(str::parse::<i64>).collect();
    if ids.iter().any(Result::is_err) {
        return Err(Failure::code(200_019));
    }
    let start = number("start").filter(|start| *start >= 0);
    let start = start.ok_or_else(|| Failure::code(200_016))?;
    let limit = number("limit").filter(|limit| (1..=TITLES).contains(limit));
    let limit = limit.ok_or_else(|| Failure::code(200_017))?;
    let size = |number: i64| usize::try_from(number).unwrap_or_default();
    let known: Vec<_> = PUBLIC
        .iter()
        .filter(|_| ids.contains(&Ok(CATEGORY)))
        .collect();
    let page = known.iter().skip(size(start)).take(size(limit));
    let data: Vec<_> = page
        .map(|(tid, title, kind)| {
            json!({"tid": tid, "title": title, "type": kind, "categoryId": CATEGORY.to_string()})
        })
        .collect();
    Ok(json!({"errcode": 0, "errmsg": "ok", "count": known.len(), "data": data}))
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let all = data.templates.notify.iter().map(|(id, template)| {
            json!({
                "priTmplId": id, "title": template.title, "content": template.content,
                "example": template.example, "type": if template.long_term { 3 } else { 2 },
            })
        });
        let data: Vec<_> = all.collect();
        Ok(json!({"errcode": 0, "errmsg": "ok", "data": data}))
    })
}
