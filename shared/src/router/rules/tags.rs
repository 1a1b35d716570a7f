//! Tags of followers: those a rule looks for, and those it gives and takes away.

use super::{
    fault::Faults,
    table::{Fields, wrong_type},
};
use crate::followers::{Marks, TagRef};
use std::ops::Range;
use toml::{Spanned, de::DeValue};

/// What a rule does to the tags of whoever sent a push.
pub(super) const MARKS: [&str; 2] = ["tag", "untag"];

/// Longest name of a tag, in characters.
/// <https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html>
const LONGEST: usize = 30;
/// Tags that a follower has at most (45059).
const MOST: usize = 20;

/// Tags, each by its name or its id: one, or an array of some.
pub(super) fn read(name: &str, fields: &mut Fields<'_, '_, '_>) -> Option<Vec<TagRef>> {
    let value = fields.value(name)?;
    let written = match value.get_ref() {
        DeValue::Array(all) => all.iter().collect(),
        _ => vec![value],
    };
    if written.is_empty() {
        let english = format!("{name}: must not be empty");
        let chinese = format!("{name} 不能为空");
        fields.faults.at(&value.span(), english, &chinese);
        return None;
    }
    let read: Vec<_> = (written.into_iter())
        .map(|tag| one(name, tag, fields.faults))
        .collect();
    read.into_iter().collect()
}

fn one(field: &str, value: &Spanned<DeValue<'_>>, faults: &mut Faults<'_>) -> Option<TagRef> {
    if let Some(name) = value.get_ref().as_str() {
        if (1..=LONGEST).contains(&name.chars().count()) && name.trim() == name {
            return Some(TagRef::Name(name.to_owned()));
        }
        let english = format!(
            "{field}: a tag's name has 1 to {LONGEST} characters, and no blanks around them"
        );
        let chinese = format!("标签名要有 1 到 {LONGEST} 个字，首尾没有空白");
        faults.at(&value.span(), english, &chinese);
        return None;
    }
    let id = value.get_ref().as_integer();
    let id = id.and_then(|id| u32::from_str_radix(id.as_str(), id.radix()).ok());
    if id.is_none() {
        let english = "a tag's name, its id as a number, or an array of some";
        let chinese = "标签名、标签的数字编号，或者它们的数组";
        wrong_type(faults, field, value, english, chinese);
    }
    id.map(TagRef::Id)
}

/// The tags that are given and taken away, and where they stand; `None` when something is at fault, or neither is
/// written.
pub(super) fn marks(fields: &mut Fields<'_, '_, '_>) -> Option<(Range<usize>, Marks)> {
    let before = fields.faults.count();
    let (_, place) = fields.given(&MARKS).into_iter().next()?;
    let marks = Marks {
        tag: read("tag", fields).unwrap_or_default(),
        untag: read("untag", fields).unwrap_or_default(),
    };
    if let (Some(both), Some(at)) = (
        marks.untag.iter().find(|tag| marks.tag.contains(tag)),
        fields.place("untag"),
    ) {
        let english = format!("untag: {both} is given by tag; keep one");
        let chinese = format!("标签 {both} 同时写在 tag 和 untag 里；请只留一个");
        fields.faults.at(&at, english, &chinese);
    }
    if marks.tag.len() > MOST {
        let english = format!("tag: a follower has at most {MOST} tags");
        let chinese = format!("一个用户最多有 {MOST} 个标签");
        fields.faults.at(&place, english, &chinese);
    }
    (fields.faults.count() == before).then_some((place, marks))
}
