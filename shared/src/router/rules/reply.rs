//! Replies of a rules file: what is wrong is noted at the field at fault.

use super::{
    super::fill,
    fault::Faults,
    table::{Fields, unknown, wrong_type},
};
use serde::Deserialize;
use serde_json::Value;
use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};
use wechat_oa::callback::{Reply, reply::ReplyError};

/// Fields of a reply, by its kind; all but `articles` hold a string.
pub const REPLIES: [(&str, &[&str]); 9] = [
    ("acknowledge", &[]),
    ("text", &["content"]),
    ("image", &["media_id"]),
    ("voice", &["media_id"]),
    ("video", &["media_id", "title", "description"]),
    ("music", &MUSIC),
    ("news", &["articles"]),
    ("transfer_customer_service", &["kf_account"]),
    ("transfer_biz_ai_ivr", &[]),
];
const MUSIC: [&str; 5] = [
    "title",
    "description",
    "music_url",
    "hq_music_url",
    "thumb_media_id",
];
/// Fields of an article; all hold a string.
pub const ARTICLE: [&str; 4] = ["title", "description", "pic_url", "url"];

impl<'t> Fields<'t, '_, '_> {
    /// A reply: a string, or a table with its `kind`.
    pub(super) fn reply(&mut self, name: &str) -> Option<Spanned<Reply>> {
        self.reply_in(name, self.value(name)?)
    }

    /// Replies: an array of two or more.
    pub(super) fn replies(&mut self, name: &str) -> Option<Vec<Spanned<Reply>>> {
        let value = self.value(name)?;
        match value.get_ref().as_array() {
            Some(all) if all.len() > 1 => {
                let read: Vec<_> = all.iter().map(|one| self.reply_in(name, one)).collect();
                read.into_iter().collect()
            }
            _ => {
                let english = "an array of two or more replies";
                wrong_type(
                    self.faults,
                    name,
                    value,
                    english,
                    "由两条以上回复组成的数组",
                );
                None
            }
        }
    }

    fn reply_in(&mut self, name: &str, value: &Spanned<DeValue<'t>>) -> Option<Spanned<Reply>> {
        let before = self.faults.count();
        match value.get_ref() {
            DeValue::String(_) => {}
            DeValue::Table(table) => reply_fields(table, value, self.faults),
            _ => {
                let english = "a string or a table with 'kind'";
                let chinese = "字符串，或者带 'kind' 的表";
                wrong_type(self.faults, name, value, english, chinese);
            }
        }
        self.sound(value, before, Reply::from_answer)
    }

    /// Articles: an array of tables.
    pub(super) fn articles(&mut self, name: &str) -> Option<Spanned<Reply>> {
        let value = self.value(name)?;
        let before = self.faults.count();
        article_fields(name, value, self.faults);
        self.sound(value, before, |articles| {
            serde_json::from_value(articles).map(|articles| Reply::News { articles })
        })
    }

    /// The reply that a value reads as, when no fault came since `before` and none comes now.
    fn sound(
        &mut self,
        value: &Spanned<DeValue<'t>>,
        before: usize,
        read: impl FnOnce(Value) -> Result<Reply, serde_json::Error>,
    ) -> Option<Spanned<Reply>> {
        names_are_known(value, self.faults);
        if self.faults.count() > before {
            return None;
        }
        let written = Value::deserialize(ValueDeserializer::from(value.clone()));
        let read = match written {
            Ok(written) => read(written).map_err(|e| e.to_string()),
            Err(error) => Err(error.message().to_owned()),
        };
        let reply = match read {
            Ok(reply) => reply,
            Err(reason) => {
                let chinese = "回复的内容不完整或不对";
                self.faults.at(&value.span(), reason, chinese);
                return None;
            }
        };
        if let Err(error) = reply.validate() {
            self.refuse(value, &error);
            return None;
        }
        Some(Spanned::new(value.span(), reply))
    }

    /// Notes the field of a reply that WeChat would not take.
    fn refuse(&mut self, value: &Spanned<DeValue<'t>>, error: &ReplyError) {
        let field = error.field.rsplit('.').next().unwrap_or(error.field);
        let span = locate(value, field).unwrap_or_else(|| value.span());
        let chinese = format!("'{field}' 不符合微信的限制");
        self.faults.at(&span, error, &chinese);
    }
}

/// Notes what stands between two pairs of braces in a text and is no name.
fn names_are_known(value: &Spanned<DeValue<'_>>, faults: &mut Faults<'_>) {
    match value.get_ref() {
        DeValue::String(text) => {
            for (braces, name) in fill::names(text) {
                let at = faults.within(&value.span(), braces);
                if !fill::NAMES.contains(&name.name) {
                    let (english, chinese) =
                        unknown("name in braces", "大括号里的名称", name.name, &fill::NAMES);
                    faults.at(&at, english, &chinese);
                } else if name.otherwise.is_some() && !fill::KNOWN.contains(&name.name) {
                    let english =
                        format!("{braces}: is always known; leave out the '|' and what follows");
                    let chinese = format!("{braces} 总是有值；请去掉 '|' 及其后的内容");
                    faults.at(&at, english, &chinese);
                }
            }
        }
        DeValue::Array(all) => all.iter().for_each(|one| names_are_known(one, faults)),
        DeValue::Table(table) => table.values().for_each(|one| names_are_known(one, faults)),
        _ => {}
    }
}

fn reply_fields(table: &DeTable<'_>, value: &Spanned<DeValue<'_>>, faults: &mut Faults<'_>) {
    let Some(kind) = table.get("kind") else {
        let english = "a reply that is a table needs 'kind', as in { kind = \"image\", … }";
        return faults.at(&value.span(), english, "写成表的回复需要 'kind'");
    };
    let known = REPLIES.map(|(kind, _)| kind);
    let written = kind.get_ref().as_str().unwrap_or_default();
    let Some((_, own)) = REPLIES.iter().find(|(kind, _)| *kind == written) else {
        let (english, chinese) = unknown("kind of reply", "回复类型", written, &known);
        return faults.at(&kind.span(), english, &chinese);
    };
    let known = [&["kind"], *own].concat();
    let mut fields = Fields::of(table, &known, faults);
    for name in own.iter().filter(|name| **name != "articles") {
        fields.text(name);
    }
    let articles = fields.value("articles");
    if let Some(articles) = articles.filter(|_| own.contains(&"articles")) {
        article_fields("articles", articles, faults);
    }
}

fn article_fields(name: &str, value: &Spanned<DeValue<'_>>, faults: &mut Faults<'_>) {
    let Some(articles) = value.get_ref().as_array() else {
        return wrong_type(faults, name, value, "an array of tables", "由表组成的数组");
    };
    for article in articles {
        let Some(table) = article.get_ref().as_table() else {
            wrong_type(faults, "an article", article, "a table", "表");
            continue;
        };
        let mut fields = Fields::of(table, &ARTICLE, faults);
        for name in ARTICLE {
            fields.text(name);
        }
    }
}

/// Where the field stands that a rule of WeChat's refuses; in an array, the first that is missing or
/// empty.
fn locate(value: &Spanned<DeValue<'_>>, field: &str) -> Option<Range<usize>> {
    let empty = |table: &DeTable<'_>| {
        let text = table.get(field).and_then(|v| v.get_ref().as_str());
        text.is_none_or(str::is_empty)
    };
    match value.get_ref() {
        DeValue::Table(table) => match table.get(field) {
            Some(found) => Some(found.span()),
            None => locate(table.get("articles")?, field),
        },
        DeValue::Array(all) => {
            let lacks = |a: &&Spanned<DeValue<'_>>| a.get_ref().as_table().is_some_and(empty);
            let article = all.iter().find(lacks)?;
            let found = article.get_ref().as_table()?.get(field);
            Some(found.unwrap_or(article).span())
        }
        _ => None,
    }
}
