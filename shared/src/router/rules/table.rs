//! Tables of a rules file, field by field: what is wrong is noted where it stands.

use super::fault::Faults;
use serde::Deserialize;
use serde_json::Value;
use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};
use wechat_oa::callback::{Reply, reply::ReplyError};

/// Fields of a reply, by its kind; all but `articles` hold a string.
pub(super) const REPLIES: [(&str, &[&str]); 8] = [
    ("acknowledge", &[]),
    ("text", &["content"]),
    ("image", &["media_id"]),
    ("voice", &["media_id"]),
    ("video", &["media_id", "title", "description"]),
    ("music", &MUSIC),
    ("news", &["articles"]),
    ("transfer_customer_service", &["kf_account"]),
];
const MUSIC: [&str; 5] = [
    "title",
    "description",
    "music_url",
    "hq_music_url",
    "thumb_media_id",
];
/// Fields of an article; all hold a string.
pub(super) const ARTICLE: [&str; 4] = ["title", "description", "pic_url", "url"];

/// A table whose fields are taken one after the other.
pub(super) struct Fields<'t, 'f> {
    table: &'t DeTable<'t>,
    faults: &'f mut Faults,
}

impl<'t, 'f> Fields<'t, 'f> {
    /// Notes every field that is not `known`.
    pub(super) fn of(table: &'t DeTable<'t>, known: &[&str], faults: &'f mut Faults) -> Self {
        for (key, _) in table {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let (english, chinese) = unknown("field", "字段", name, known);
                faults.at(&key.span(), english, &chinese);
            }
        }
        Self { table, faults }
    }

    pub(super) fn value(&self, name: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.get(name)
    }

    /// A string.
    pub(super) fn text(&mut self, name: &str) -> Option<Spanned<String>> {
        let value = self.value(name)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            wrong_type(self.faults, name, value, "a string", "字符串");
        }
        Some(Spanned::new(value.span(), text?.to_owned()))
    }

    /// `true`; a flag is left away where it does not hold.
    pub(super) fn flag(&mut self, name: &str) -> Option<Range<usize>> {
        let value = self.value(name)?;
        if value.get_ref().as_bool() != Some(true) {
            let english = format!("'{name}' can only be true; leave it away otherwise");
            let chinese = format!("'{name}' 只能是 true，不需要时不写");
            self.faults.at(&value.span(), english, &chinese);
            return None;
        }
        Some(value.span())
    }

    /// A reply: a string, or a table with its `kind`.
    pub(super) fn reply(&mut self, name: &str) -> Option<Spanned<Reply>> {
        let value = self.value(name)?;
        let before = self.faults.count();
        match value.get_ref() {
            DeValue::String(_) => {}
            DeValue::Table(table) => reply_fields(table, value, self.faults),
            _ => {
                let english = "a string or a table with 'kind'";
                wrong_type(
                    self.faults,
                    name,
                    value,
                    english,
                    "字符串，或者带 'kind' 的表",
                );
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

fn reply_fields(table: &DeTable<'_>, value: &Spanned<DeValue<'_>>, faults: &mut Faults) {
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

fn article_fields(name: &str, value: &Spanned<DeValue<'_>>, faults: &mut Faults) {
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

pub(super) fn wrong_type(
    faults: &mut Faults,
    name: &str,
    value: &Spanned<DeValue<'_>>,
    english: &str,
    chinese: &str,
) {
    let given = value.get_ref().type_str();
    let english = format!("'{name}' must be {english}, not {given}");
    let chinese = format!("'{name}' 必须是{chinese}");
    faults.at(&value.span(), english, &chinese);
}

/// The words for a name that is not known, with the nearest that is, or with all of them.
pub(super) fn unknown(
    english: &str,
    chinese: &str,
    name: &str,
    known: &[&str],
) -> (String, String) {
    let (tail, chinese_tail) = match nearest(name, known) {
        Some(near) => (
            format!("; did you mean '{near}'?"),
            format!("，是不是 '{near}'？"),
        ),
        None => {
            let all = known.join(", ");
            (format!("; known are {all}"), format!("，可用的有 {all}"))
        }
    };
    (
        format!("unknown {english} '{name}'{tail}"),
        format!("未知的{chinese} '{name}'{chinese_tail}"),
    )
}

/// The known name that a misspelt one most likely stands for.
pub(super) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let name = name.trim().to_lowercase();
    let distance = |known: &&&str| strsim::damerau_levenshtein(&name, &known.to_lowercase());
    let near = known.iter().min_by_key(distance)?;
    let far = (name.chars().count() / 3).max(1);
    (distance(&near) <= far).then_some(near)
}
