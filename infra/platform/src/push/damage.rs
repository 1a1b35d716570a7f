//! What a push of WeChat itself can be: cut in the middle of a character, without an element, with a
//! number that is none. It is signed, so that a callback has to take it.

use super::format::Format;
use crate::{
    element::{Content, Element},
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is wrong with a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Damage {
    /// Elements that are left out: `["MsgType", "CreateTime"]`.
    pub without: Vec<String>,
    /// Elements that say this instead: `{"MsgId": "18446744073709551616", "Idx": "a"}`.
    pub instead: BTreeMap<String, String>,
    /// The root's name, instead of `xml`.
    pub root: Option<String>,
    /// How its characters are written.
    pub characters: Option<Characters>,
}

/// How characters are written that are no UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Characters {
    /// The last one of several bytes lacks its last byte.
    Cut,
    /// Those beyond U+FFFF are two surrogates of three bytes each.
    Surrogates,
}

impl Damage {
    /// The body of the damaged message. Refused where there is nothing to damage in that way.
    pub(super) fn apply(&self, tree: &Element, format: Format) -> Result<Vec<u8>, Refusal> {
        let mut damaged = tree.clone();
        if let Content::Children(children) = &mut damaged.content {
            self.leave_out(children)?;
            self.replace(children);
        }
        if let Some(root) = &self.root {
            damaged.name.clone_from(root);
        }
        let body = match format {
            Format::Xml => damaged.to_xml(),
            Format::Json => damaged.to_json().to_string(),
        };
        self.encode(body)
    }

    fn leave_out(&self, children: &mut Vec<Element>) -> Result<(), Refusal> {
        for name in &self.without {
            let before = children.len();
            children.retain(|child| child.name != *name);
            if children.len() == before {
                let rule = format!("{name} is no element of this push");
                return Err(Refusal::field("damage.without", rule));
            }
        }
        Ok(())
    }

    fn replace(&self, children: &mut Vec<Element>) {
        for (name, text) in &self.instead {
            let other = Element::number(name, text);
            match children.iter_mut().find(|child| child.name == *name) {
                Some(child) => *child = other,
                None => children.push(other),
            }
        }
    }

    fn encode(&self, body: String) -> Result<Vec<u8>, Refusal> {
        let none = |what| Refusal::field("damage.characters", format!("the push has no {what}"));
        match self.characters {
            None => Ok(body.into_bytes()),
            Some(Characters::Cut) => {
                let mut letters = body.char_indices().rev();
                let (at, letter) = letters
                    .find(|(_, letter)| letter.len_utf8() > 1)
                    .ok_or_else(|| none("character of several bytes"))?;
                let mut bytes = body.into_bytes();
                bytes.remove(at + letter.len_utf8() - 1);
                Ok(bytes)
            }
            Some(Characters::Surrogates) if body.chars().any(is_beyond) => {
                Ok(body.chars().flat_map(in_surrogates).collect())
            }
            Some(Characters::Surrogates) => Err(none("character beyond U+FFFF")),
        }
    }
}

fn is_beyond(letter: char) -> bool {
    u32::from(letter) > 0xffff
}

/// The bytes of a character; of one beyond U+FFFF, those of its two surrogates.
fn in_surrogates(letter: char) -> Vec<u8> {
    if !is_beyond(letter) {
        return letter.to_string().into_bytes();
    }
    let three = |unit: &u16| {
        let low = |bits: u16| u8::try_from(bits & 0x3f).unwrap_or_default() | 0x80;
        [
            0xe0 | u8::try_from(unit >> 12).unwrap_or_default(),
            low(unit >> 6),
            low(*unit),
        ]
    };
    letter
        .encode_utf16(&mut [0; 2])
        .iter()
        .flat_map(three)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn damaged(damage: serde_json::Value, format: Format) -> Result<Vec<u8>, Refusal> {
        let damage: Damage = serde_json::from_value(damage).unwrap();
        let tree = Element::group(
            "xml",
            vec![
                Element::cdata("Content", "a😀"),
                Element::number("MsgId", 7),
            ],
        );
        damage.apply(&tree, format)
    }

    fn text(damage: serde_json::Value) -> String {
        String::from_utf8(damaged(damage, Format::Xml).unwrap()).unwrap()
    }

    #[test]
    fn elements_and_root_are_what_is_asked_for() {
        assert!(!text(json!({"without": ["MsgId"]})).contains("MsgId"));
        let replaced = text(json!({"instead": {"MsgId": "-1.5e400", "Idx": "a"}}));
        assert!(replaced.contains("<MsgId>-1.5e400</MsgId>") && replaced.contains("<Idx>a</Idx>"));
        let other = text(json!({"root": "message"}));
        assert!(other.starts_with("<message>") && other.ends_with("</message>"));
        assert!(damaged(json!({"without": ["Event"]}), Format::Xml).is_err());
    }

    #[test]
    fn characters_are_no_utf_8() {
        for format in [Format::Xml, Format::Json] {
            let cut = damaged(json!({"characters": "cut"}), format).unwrap();
            assert!(cut.windows(4).any(|four| four == b"a\xf0\x9f\x98"));
            let pair = damaged(json!({"characters": "surrogates"}), format).unwrap();
            assert!(
                pair.windows(7)
                    .any(|seven| seven == b"a\xed\xa0\xbd\xed\xb8\x80")
            );
            assert!(String::from_utf8(cut).is_err() && String::from_utf8(pair).is_err());
        }
    }
}
