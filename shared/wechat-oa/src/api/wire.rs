//! How WeChat writes values: numbers plainly or as text, absent ones as empty text (protocol
//! section 9).

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use serde_json::Value;
use serde_with::{DeserializeAs, Same, SerializeAs};
use std::{fmt, marker::PhantomData, str::FromStr};

/// A whole number that may come as text: `#[serde_as(as = "Number")]`. Written as a number.
#[derive(Debug)]
pub struct Number;

/// A whole number that may come as text, and is written as text.
#[derive(Debug)]
pub struct NumberText;

/// Text that may come as a number: programs write 12 where WeChat's sample has "12".
#[derive(Debug)]
pub struct Text;

/// Reads a number or text as what its digits say.
struct Digits<T> {
    wanted: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for Digits<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wanted)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        self.visit_str(&format!("{number:?}"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let wanted = self.wanted;
        (self.read)(text).ok_or_else(|| E::custom(format_args!("must be {wanted}")))
    }
}

fn whole_number<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_any(Digits {
        wanted: "a whole number",
        read: |text| text.trim().parse().ok(),
    })
}

impl<'de, T: FromStr> DeserializeAs<'de, T> for Number {
    fn deserialize_as<D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        whole_number(from)
    }
}

impl<T: Serialize> SerializeAs<T> for Number {
    fn serialize_as<S: Serializer>(number: &T, to: S) -> Result<S::Ok, S::Error> {
        number.serialize(to)
    }
}

impl<'de, T: FromStr> DeserializeAs<'de, T> for NumberText {
    fn deserialize_as<D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        whole_number(from)
    }
}

impl<T: fmt::Display> SerializeAs<T> for NumberText {
    fn serialize_as<S: Serializer>(number: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }
}

impl<'de> DeserializeAs<'de, String> for Text {
    fn deserialize_as<D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        from.deserialize_any(Digits {
            wanted: "text or a number",
            read: |text| Some(text.to_owned()),
        })
    }
}

impl SerializeAs<String> for Text {
    fn serialize_as<S: Serializer>(text: &String, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }
}

/// Yes or no, written as 1 or 0.
#[derive(Debug)]
pub struct Flag;

impl<'de> DeserializeAs<'de, bool> for Flag {
    fn deserialize_as<D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        Ok(match Value::deserialize(from)? {
            Value::Bool(yes) => yes,
            Value::Number(number) => number.as_i64() != Some(0),
            Value::String(text) => !matches!(text.as_str(), "" | "0" | "false"),
            _ => return Err(D::Error::custom("must be 0 or 1")),
        })
    }
}

/// A value that is absent when it is empty text or null; otherwise as `T` says.
#[derive(Debug)]
pub struct Blank<T = Same>(PhantomData<T>);

impl<'de, T, U> DeserializeAs<'de, Option<U>> for Blank<T>
where
    T: for<'a> DeserializeAs<'a, U>,
{
    fn deserialize_as<D: Deserializer<'de>>(from: D) -> Result<Option<U>, D::Error> {
        match Value::deserialize(from)? {
            Value::Null => Ok(None),
            Value::String(text) if text.is_empty() => Ok(None),
            value => T::deserialize_as(value).map(Some).map_err(D::Error::custom),
        }
    }
}

impl<T: SerializeAs<U>, U> SerializeAs<Option<U>> for Blank<T> {
    fn serialize_as<S: Serializer>(value: &Option<U>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => T::serialize_as(value, to),
            None => to.serialize_str(""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[serde_with::serde_as]
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Id {
        #[serde_as(as = "Number")]
        msgid: u64,
    }

    #[serde_with::serde_as]
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Loose {
        #[serde_as(deserialize_as = "Flag")]
        open: bool,
        #[serde_as(as = "Blank<Number>")]
        #[serde(default)]
        id: Option<u64>,
    }

    #[test]
    fn ids_above_two_to_the_53_survive_either_way() {
        for text in [
            r#"{"msgid":18446744073709551615}"#,
            r#"{"msgid":"18446744073709551615"}"#,
        ] {
            let id: Id = serde_json::from_str(text).unwrap();
            assert_eq!(id, Id { msgid: u64::MAX });
            assert_eq!(
                serde_json::to_string(&id).unwrap(),
                r#"{"msgid":18446744073709551615}"#
            );
        }
        assert!(serde_json::from_str::<Id>(r#"{"msgid":"x"}"#).is_err());
        assert!(serde_json::from_str::<Id>(r#"{"msgid":1.5}"#).is_err());
    }

    #[test]
    fn empty_text_is_no_value_and_flags_come_in_every_dress() {
        let loose = |text| serde_json::from_str::<Loose>(text);
        let open = |open, id| Loose { open, id };
        assert_eq!(loose(r#"{"open":1}"#).unwrap(), open(true, None));
        assert_eq!(loose(r#"{"open":"0","id":""}"#).unwrap(), open(false, None));
        assert_eq!(
            loose(r#"{"open":true,"id":"18446744073709551615"}"#).unwrap(),
            open(true, Some(u64::MAX))
        );
        assert_eq!(
            loose(r#"{"open":false,"id":null}"#).unwrap(),
            open(false, None)
        );
        let blank = serde_json::to_string(&open(true, None)).unwrap();
        assert_eq!(blank, r#"{"open":true,"id":""}"#);
        assert!(loose(r#"{"open":[]}"#).is_err() && loose(r#"{"open":1,"id":{}}"#).is_err());
    }
}
