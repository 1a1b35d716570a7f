//! How WeChat writes values: numbers plainly or as text, absent ones as empty text (protocol
//! section 9).

use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
use serde_json::Value;
use serde_with::{DeserializeAs, DisplayFromStr, PickFirst, Same, SerializeAs};
use std::marker::PhantomData;

/// A number that may come as text: `#[serde_as(as = "Number")]`. Written as a number.
pub type Number = PickFirst<(Same, DisplayFromStr)>;

/// A number that may come as text, and is written as text.
pub type NumberText = PickFirst<(DisplayFromStr, Same)>;

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
    use serde::Serialize;

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
