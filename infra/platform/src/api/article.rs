//! Articles: what each needs, and how it is read back (protocol 7.4).

use super::{
    failure::Failure,
    fields::{Fields, characters},
    library_rules::media_id,
};
use crate::account_data::{AccountData, News};
use serde_json::{Value, json};

const ARTICLES: usize = 8;
const TITLE: usize = 64;
/// Materials a page holds.
const PAGE: std::ops::RangeInclusive<i64> = 1..=20;

/// The articles of a body: 44003 without any, 45008 when there are too many.
pub(super) fn articles(body: &Value) -> Result<Vec<Value>, Failure> {
    match body.items("articles") {
        [] => Err(Failure::code(44_003)),
        some if some.len() > ARTICLES => Err(Failure::code(45_008)),
        some => Ok(some.to_vec()),
    }
}

/// Checks every article.
pub(super) fn check(data: &AccountData, articles: &[Value], now_ms: i64) -> Result<(), Failure> {
    articles.iter().try_for_each(|article| {
        match characters(article.text("title")) {
            0 => return Err(Failure::code(41_011)),
            1..=TITLE => {}
            _ => return Err(Failure::code(45_003)),
        }
        if article.text("content").is_empty() {
            return Err(Failure::code(45_166));
        }
        match article.text("article_type") {
            "newspic" => Ok(()),
            _ => media_id(data, article, "thumb_media_id", now_ms),
        }
    })
}

/// An article as it is read back.
pub(super) fn shown(article: &Value, with_content: bool) -> Value {
    let text = |name| article.text(name);
    json!({
        "title": text("title"),
        "author": text("author"),
        "digest": text("digest"),
        "content": if with_content { text("content") } else { "" },
        "content_source_url": text("content_source_url"),
        "thumb_media_id": text("thumb_media_id"),
        "show_cover_pic": article.number("show_cover_pic").unwrap_or_default(),
        "need_open_comment": article.number("need_open_comment").unwrap_or_default(),
        "only_fans_can_comment": article.number("only_fans_can_comment").unwrap_or_default(),
        "url": "http://mp.weixin.qq.com/s?__biz=1&mid=1&idx=1&sn=1",
    })
}

/// All articles of one id.
pub(super) fn news_item(news: &News, with_content: bool) -> Value {
    news.articles
        .iter()
        .map(|article| shown(article, with_content))
        .collect()
}

/// Replaces the article at an index: 40007 without news, 40035 when there is no such index.
pub(super) fn replace(news: Option<&mut News>, body: &Value, now_ms: i64) -> Result<(), Failure> {
    let news = news.ok_or_else(|| Failure::code(40_007))?;
    let index = body
        .number("index")
        .and_then(|index| usize::try_from(index).ok());
    let place = index.and_then(|index| news.articles.get_mut(index));
    let place = place.ok_or_else(|| Failure::code(40_035))?;
    if !body.part("articles").is_object() {
        return Err(Failure::code(44_003));
    }
    place.clone_from(body.part("articles"));
    news.updated_ms = now_ms;
    Ok(())
}

/// A page of a list, and its frame: 40097 when offset or count are none.
pub(super) fn page<'a, T>(
    body: &Value,
    all: impl ExactSizeIterator<Item = T> + 'a,
    show: impl Fn(T) -> Value,
) -> Result<Value, Failure> {
    let count = body.number("count").filter(|count| PAGE.contains(count));
    let offset = body.number("offset").filter(|offset| *offset >= 0);
    let (Some(count), Some(offset)) = (count, offset) else {
        return Err(Failure::code(40_097));
    };
    let size = |number: i64| usize::try_from(number).unwrap_or_default();
    let total = all.len();
    let item: Vec<_> = all.skip(size(offset)).take(size(count)).map(show).collect();
    Ok(json!({"total_count": total, "item_count": item.len(), "item": item}))
}
