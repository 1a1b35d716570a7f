//! Private templates and the industries they come from (protocol section 5).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
    get, post,
};
use crate::{
    account_data::{TEMPLATES, Template, content},
    clock::beijing_month,
    random::article_id,
};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/template/api_set_industry", set_industry),
    get("/cgi-bin/template/get_industry", industry),
    post("/cgi-bin/template/api_add_template", add),
    get("/cgi-bin/template/get_all_private_template", list),
    post("/cgi-bin/template/del_private_template", delete),
    post("/wxa/sec/queryblocktmplmsg", blocked),
];

/// Some industries by number; the others have no name here.
const INDUSTRIES: &[(i64, &str, &str)] = &[
    (1, "IT科技", "互联网|电子商务"),
    (2, "IT科技", "IT软件与服务"),
    (10, "餐饮", "餐饮"),
    (13, "运输与仓储", "快递"),
    (14, "运输与仓储", "物流"),
];
/// Industries are numbered up to here.
const LAST_INDUSTRY: i64 = 41;

fn set_industry(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let number = |name: &str| {
        body.number(name)
            .filter(|n| (1..=LAST_INDUSTRY).contains(n))
    };
    let (Some(first), Some(second)) = (number("industry_id1"), number("industry_id2")) else {
        return Err(Failure::code(40_035));
    };
    let month = beijing_month(context.now_ms());
    context.data(|data| {
        let templates = &mut data.templates;
        if templates.industries_month == Some(month) {
            return Err(Failure::code(43_100));
        }
        (templates.industries, templates.industries_month) = ([first, second], Some(month));
        Ok(ok())
    })
}

fn industry(context: &Context<'_>) -> Result<Value, Failure> {
    let [first, second] = context.data(|data| Ok(data.templates.industries))?;
    Ok(json!({"primary_industry": named(first), "secondary_industry": named(second)}))
}

fn named(number: i64) -> Value {
    let known = INDUSTRIES.iter().find(|(known, _, _)| *known == number);
    let (first, second) = known.map_or(("其他", "其他"), |(_, first, second)| (first, second));
    json!({"first_class": first, "second_class": second})
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let short = body.text("template_id_short");
    if short.is_empty() {
        return Err(Failure::code(40_036));
    }
    let keys = body.texts("keyword_name_list");
    let numbered: Vec<_> = (1..=keys.len()).map(|n| format!("thing{n}")).collect();
    let kinds: Vec<_> = match keys.is_empty() {
        true => vec!["first", "keyword1", "keyword2", "remark"],
        false => numbered.iter().map(String::as_str).collect(),
    };
    let template = Template {
        title: format!("模板 {short}"),
        content: content(&kinds),
        example: keys.join("\n"),
    };
    context.data(|data| {
        if data.templates.private.len() >= TEMPLATES {
            return Err(Failure::code(45_026));
        }
        let id = article_id();
        data.templates.private.insert(id.clone(), template);
        Ok(json!({"errcode": 0, "errmsg": "ok", "template_id": id}))
    })
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let all = data.templates.private.iter().map(|(id, template)| {
            json!({
                "template_id": id, "title": template.title, "primary_industry": "",
                "deputy_industry": "", "content": template.content, "example": template.example,
            })
        });
        Ok(json!({"template_list": all.collect::<Vec<_>>()}))
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    context.data(|data| {
        let gone = data.templates.private.remove(body.text("template_id"));
        gone.map(|_| ok()).ok_or_else(|| Failure::code(40_037))
    })
}

/// The platform blocked none.
fn blocked(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    match body.number("limit") {
        Some(1..=100) => Ok(ok()),
        _ => Err(Failure::code(40_035)),
    }
}
