//! What the console answers, as a rule has it.

use serde::Deserialize;
use toml_edit::{Array, InlineTable, Value};

/// An answer of the console's, by the type that says what of it is filled.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    r#type: String,
    content: String,
    news_info: News,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct News {
    list: Vec<Article>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Article {
    title: String,
    digest: String,
    cover_url: String,
    content_url: String,
}

/// An answer as a rule has it, or why it cannot be given.
pub(super) fn reply(answer: &Answer, remarks: &mut Vec<String>) -> Result<Value, String> {
    let media = |what: &str| {
        Err(format!(
            "{what}, whose media_id '{}' WeChat ends after three days: fetch it by then, upload it as permanent material, and name that \
             media_id",
            answer.content
        ))
    };
    match answer.r#type.as_str() {
        "text" if answer.content.is_empty() => Err("a text without words".to_owned()),
        "text" => literal(&answer.content).map(Value::from),
        "news" => news(&answer.news_info.list, remarks),
        "img" | "image" => media("a picture"),
        "voice" => media("a voice"),
        "video" => media("a video"),
        other => Err(format!("an answer of a kind that is not known: '{other}'")),
    }
}

/// The first article: in answer to a message WeChat shows one.
fn news(articles: &[Article], remarks: &mut Vec<String>) -> Result<Value, String> {
    let Some(article) = articles.first() else {
        return Err("an article of which WeChat tells nothing".to_owned());
    };
    if articles.len() > 1 {
        let others = articles.len() - 1;
        remarks.push(format!(
            "left out: {others} articles after the first, for WeChat shows one in answer to a message"
        ));
    }
    let mut table = InlineTable::new();
    let fields = [
        ("title", &article.title),
        ("description", &article.digest),
        ("pic_url", &article.cover_url),
        ("url", &article.content_url),
    ];
    for (field, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
        table.insert(field, literal(text)?.into());
    }
    let mut news = InlineTable::new();
    news.insert("kind", "news".into());
    news.insert("articles", Array::from_iter([table]).into());
    Ok(news.into())
}

/// A text that a rule gives as it stands.
fn literal(text: &str) -> Result<&str, String> {
    match text.contains("{{") {
        true => Err(format!(
            "'{text}', for a rule fills in what stands between '{{{{' and '}}}}'"
        )),
        false => Ok(text),
    }
}
