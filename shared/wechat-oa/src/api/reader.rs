//! Reads a request that somebody wrote as JSON, as a person means it, and says what is wrong in
//! words that name no type of ours.
//!
//! A member that is null is an absent one. Members that a struct does not have are noted: a
//! misspelt option would otherwise do nothing, and nobody would know.

mod misread;
mod nearest;
mod place;

use super::endpoint::Invalid;
use misread::Misread;
use nearest::nearest;
use place::{Place, Step};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer as _, MapAccess, SeqAccess,
        Unexpected, Visitor,
    },
    forward_to_deserialize_any,
};
use serde_json::Value;
use std::{cell::RefCell, fmt, marker::PhantomData};

/// A member nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its place, as on the wire: `miniprogram.pagepth`.
    pub field: String,
    /// The object it stands in, as a JSON pointer.
    inside: String,
    name: String,
    known: &'static [&'static str],
}

impl Unknown {
    /// What to say about it, where `others` are names known beside those of WeChat's page.
    pub fn invalid(&self, others: &[&str]) -> Invalid {
        let others = others.iter().filter(|_| self.inside.is_empty());
        let known: Vec<_> = self.known.iter().chain(others).copied().collect();
        let Invalid { field, rule } = unknown(&self.field, &self.name, &known);
        let end = if rule.ends_with('?') { "" } else { ";" };
        let rule = format!("{rule}{end} \"allow_unknown\": true sends it all the same").into();
        Invalid { field, rule }
    }
}

/// What to say about a member of that name where only those `known` belong.
pub fn unknown(field: &str, name: &str, known: &[&str]) -> Invalid {
    let rule = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("is not known; did you mean {meant}?"),
        None => format!("is not known; known here are {}", known.join(", ")),
    };
    Invalid {
        field: field.to_owned().into(),
        rule: rule.into(),
    }
}

/// Reads a request, and notes the members it does not know as far as it came.
///
/// ```
/// use serde_json::json;
/// use wechat_oa::api::{menu::CreateMenu, reader::read};
///
/// let (menu, unknown) = read::<CreateMenu>(&json!({ "button": [], "buton": [] }));
/// assert!(menu.is_ok());
/// assert_eq!(unknown[0].field, "buton");
/// ```
pub fn read<T: DeserializeOwned>(body: &Value) -> (Result<T, Invalid>, Vec<Unknown>) {
    let unknown = RefCell::default();
    let reader = Reader {
        value: body,
        place: &Place::WHOLE,
        unknown: &unknown,
    };
    let read = T::deserialize(reader).map_err(|error| error.at(&Place::WHOLE).invalid());
    (read, unknown.into_inner())
}

/// The request as WeChat's page writes it, with the members that are not known as they came; none
/// for one that does not read.
pub fn tidied<T: DeserializeOwned + Serialize>(body: &Value) -> Option<Value> {
    let (read, unknown) = read::<T>(body);
    let mut tidy = serde_json::to_value(read.ok()?).ok()?;
    for Unknown { inside, name, .. } in unknown {
        let came = body.pointer(&inside).and_then(|object| object.get(&name));
        let object = tidy.pointer_mut(&inside).and_then(Value::as_object_mut);
        if let (Some(object), Some(came)) = (object, came) {
            object.insert(name, came.clone());
        }
    }
    Some(tidy)
}

/// A member that is absent when it is empty in any way: other libraries write `""`, `{}` or an
/// object of empty texts for "none".
///
/// # Errors
/// When it is there and does not read.
pub fn unless_blank<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    from.deserialize_newtype_struct(UNLESS_BLANK, UnlessBlank(PhantomData))
}

/// The name under which [`unless_blank`] asks a [`Reader`].
const UNLESS_BLANK: &str = "unless_blank";

struct UnlessBlank<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for UnlessBlank<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        Option::deserialize(from)
    }
}

/// Null, an empty text, or an object of nothing else.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Object(members) => members.values().all(is_blank),
        _ => false,
    }
}

#[derive(Clone, Copy)]
struct Reader<'v, 'p> {
    value: &'v Value,
    place: &'p Place<'p>,
    unknown: &'p RefCell<Vec<Unknown>>,
}

impl<'v> Reader<'v, '_> {
    fn misplaced<V: Visitor<'v>>(&self, visitor: &V) -> Misread {
        Misread::invalid_type(Unexpected::Other("another type"), visitor)
    }

    /// The members of an object that are not null; of those a struct has where it says which.
    fn members<V: Visitor<'v>>(
        self,
        known: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Misread> {
        let Value::Object(members) = self.value else {
            return Err(self.misplaced(&visitor));
        };
        let mut given: Vec<(&'v str, &'v Value)> = Vec::new();
        for (name, value) in members {
            match known {
                Some(known) if !known.contains(&name.as_str()) => self.note(name, known),
                _ if value.is_null() => {}
                _ => given.push((name, value)),
            }
        }
        visitor.visit_map(Members {
            reader: self,
            given: given.into_iter(),
            next: None,
        })
    }

    fn note(&self, name: &str, known: &'static [&'static str]) {
        let place = Place {
            outer: Some(self.place),
            step: Step::Member(name),
        };
        self.unknown.borrow_mut().push(Unknown {
            field: place.field(),
            inside: self.place.pointer(),
            name: name.to_owned(),
            known,
        });
    }

    fn inner<T: DeserializeSeed<'v>>(
        &self,
        step: Step<'_>,
        value: &'v Value,
        seed: T,
    ) -> Result<T::Value, Misread> {
        let place = Place {
            outer: Some(self.place),
            step,
        };
        let reader = Reader {
            value,
            place: &place,
            unknown: self.unknown,
        };
        seed.deserialize(reader).map_err(|error| error.at(&place))
    }
}

impl<'v> Deserializer<'v> for Reader<'v, '_> {
    type Error = Misread;

    fn deserialize_any<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Misread> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(yes) => visitor.visit_bool(*yes),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (_, Some(number)) => visitor.visit_i64(number),
                _ => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.members(None, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Misread> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'v>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misread> {
        match name {
            UNLESS_BLANK if is_blank(self.value) => visitor.visit_none(),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Misread> {
        let Value::Array(items) = self.value else {
            return Err(self.misplaced(&visitor));
        };
        visitor.visit_seq(Items {
            reader: self,
            items: items.iter().enumerate(),
        })
    }

    fn deserialize_map<V: Visitor<'v>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.members(None, visitor)
    }

    fn deserialize_struct<V: Visitor<'v>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        self.members(Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'v>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        match self.value {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(Misread::unknown_variant("", variants)),
        }
    }

    forward_to_deserialize_any! {
        <W: Visitor<'v>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Members<'v, 'p> {
    reader: Reader<'v, 'p>,
    given: std::vec::IntoIter<(&'v str, &'v Value)>,
    next: Option<(&'v str, &'v Value)>,
}

impl<'v> MapAccess<'v> for Members<'v, '_> {
    type Error = Misread;

    fn next_key_seed<K: DeserializeSeed<'v>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misread> {
        self.next = self.given.next();
        let name = self.next.map(|(name, _)| {
            let name: serde::de::value::BorrowedStrDeserializer<'v, Misread> =
                serde::de::value::BorrowedStrDeserializer::new(name);
            seed.deserialize(name)
        });
        name.transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'v>>(&mut self, seed: S) -> Result<S::Value, Misread> {
        let (name, value) = self.next.take().unwrap_or(("", &Value::Null));
        self.reader.inner(Step::Member(name), value, seed)
    }
}

struct Items<'v, 'p> {
    reader: Reader<'v, 'p>,
    items: std::iter::Enumerate<std::slice::Iter<'v, Value>>,
}

impl<'v> SeqAccess<'v> for Items<'v, '_> {
    type Error = Misread;

    fn next_element_seed<S: DeserializeSeed<'v>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misread> {
        let next = self.items.next();
        next.map(|(n, item)| self.reader.inner(Step::Item(n), item, seed))
            .transpose()
    }
}

#[cfg(test)]
mod tests;
