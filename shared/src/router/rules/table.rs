//! Tables of a rules file, field by field: what is wrong is noted where it stands.

use super::fault::Faults;
use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A table whose fields are taken one after the other.
pub(super) struct Fields<'t, 'f, 's> {
    table: &'t DeTable<'t>,
    pub(super) faults: &'f mut Faults<'s>,
}

impl<'t, 'f, 's> Fields<'t, 'f, 's> {
    /// Notes every field that is not `known`.
    pub(super) fn of(table: &'t DeTable<'t>, known: &[&str], faults: &'f mut Faults<'s>) -> Self {
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

    /// Where the value of a field stands.
    pub(super) fn place(&self, name: &str) -> Option<Range<usize>> {
        Some(self.value(name)?.span())
    }

    /// Those of the names that the table has, by where their values stand.
    pub(super) fn given<'n>(&self, names: &[&'n str]) -> Vec<(&'n str, Range<usize>)> {
        let given = names
            .iter()
            .filter_map(|name| Some((*name, self.place(name)?)));
        let mut given: Vec<_> = given.collect();
        given.sort_by_key(|(_, place)| place.start);
        given
    }

    /// Whether every field is one of these.
    pub(super) fn are_all(&self, known: &[&str]) -> bool {
        let mut keys = self.table.keys();
        keys.all(|key| known.contains(&&**key.get_ref()))
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

    /// A string, or an array of strings.
    pub(super) fn texts(&mut self, name: &str) -> Option<Spanned<Vec<Spanned<String>>>> {
        let value = self.value(name)?;
        let one = |value: &Spanned<DeValue<'t>>| {
            let text = value.get_ref().as_str()?;
            Some(Spanned::new(value.span(), text.to_owned()))
        };
        let texts: Option<Vec<_>> = match value.get_ref() {
            DeValue::Array(all) => all.iter().map(one).collect(),
            _ => one(value).map(|text| vec![text]),
        };
        let Some(texts) = texts else {
            let english = "a string or an array of strings";
            wrong_type(
                self.faults,
                name,
                value,
                english,
                "字符串，或者字符串的数组",
            );
            return None;
        };
        if texts.is_empty() {
            let english = format!("{name}: must not be empty");
            self.faults
                .at(&value.span(), english, &format!("{name} 不能为空"));
            return None;
        }
        Some(Spanned::new(value.span(), texts))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let written = self.text(name)?;
        let is_it = |(word, _): &&(&str, T)| *word == written.get_ref();
        if let Some((_, choice)) = words.iter().find(is_it) {
            return Some(*choice);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let (english, chinese) = unknown(name, name, written.get_ref(), &known);
        self.faults.at(&written.span(), english, &chinese);
        None
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
}

pub(super) fn wrong_type(
    faults: &mut Faults<'_>,
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
        None if known.is_empty() => Default::default(),
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
