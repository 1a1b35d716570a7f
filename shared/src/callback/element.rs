//! A push as it is written: elements with text or elements inside, from XML or JSON.

mod xml;

use super::Refusal;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{borrow::Cow, str::FromStr};

/// Real pushes nest five deep; more is hostile.
const MAX_DEPTH: usize = 16;
/// Real pushes have some tens of elements; more is hostile.
const MAX_ELEMENTS: usize = 4096;

/// An element; its name and text borrow from the push where nothing had to be unescaped.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Element<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) text: Cow<'a, str>,
    pub(super) children: Vec<Element<'a>>,
    has_cdata: bool,
}

impl<'a> Element<'a> {
    fn named(name: &'a str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            ..Self::default()
        }
    }

    /// Takes the text of the child of that name out; `None` when there is no such child.
    pub(super) fn text_of(&mut self, name: &str) -> Option<Cow<'a, str>> {
        self.child(name)
            .map(|child| std::mem::take(&mut child.text))
    }

    /// The number in the child of that name; `None` when there is none or it is empty.
    pub(super) fn number_of<T: FromStr>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text_of(name) else {
            return Ok(None);
        };
        match text.trim() {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| Refusal::Field {
                field: name,
                rule: "must be a number that fits",
            }),
        }
    }

    /// The first child of that name.
    pub(super) fn child(&mut self, name: &str) -> Option<&mut Self> {
        self.children.iter_mut().find(|child| child.name == name)
    }

    /// All children of that name, however often they occur.
    pub(super) fn children_of<'n>(
        &'n mut self,
        name: &'n str,
    ) -> impl Iterator<Item = &'n mut Self> {
        self.children
            .iter_mut()
            .filter(move |child| child.name == name)
    }

    /// The element as JSON: text, or an object whose repeated names are arrays.
    pub(super) fn to_json(&self) -> Value {
        if self.children.is_empty() {
            return Value::String(self.text.clone().into_owned());
        }
        let mut fields = Map::new();
        for child in &self.children {
            let value = child.to_json();
            match fields.get_mut(&*child.name) {
                None => drop(fields.insert(child.name.clone().into_owned(), value)),
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        Value::Object(fields)
    }

    fn add_text(&mut self, more: Cow<'a, str>) {
        if self.text.is_empty() {
            self.text = more;
        } else {
            self.text.to_mut().push_str(&more);
        }
    }

    /// White space around CDATA is layout, not text.
    fn add_cdata(&mut self, more: Cow<'a, str>) {
        if !self.has_cdata && self.text.trim().is_empty() {
            self.text = Cow::default();
        }
        self.has_cdata = true;
        self.add_text(more);
    }

    fn add_plain(&mut self, more: Cow<'a, str>) {
        if !(self.has_cdata && more.trim().is_empty()) {
            self.add_text(more);
        }
    }
}

/// Reads a push body: XML with the root `xml`, or a JSON object.
pub(super) fn read(body: &str) -> Result<Element<'_>, Refusal> {
    let body = body.trim_start_matches('\u{feff}').trim();
    if body.starts_with('{') {
        read_json(body)
    } else {
        xml::read(body)
    }
}

fn read_json(body: &str) -> Result<Element<'_>, Refusal> {
    let value: Value =
        serde_json::from_str(body).map_err(|_| Refusal::Malformed("no JSON object"))?;
    Ok(Element {
        children: json_children(value),
        ..Element::default()
    })
}

/// serde_json bounds the depth itself.
fn json_children(value: Value) -> Vec<Element<'static>> {
    let Value::Object(fields) = value else {
        return Vec::new();
    };
    let elements = |(name, value): (String, Value)| {
        let values = if let Value::Array(values) = value {
            values
        } else {
            vec![value]
        };
        values
            .into_iter()
            .map(move |value| json_element(name.clone(), value))
    };
    fields.into_iter().flat_map(elements).collect()
}

fn json_element(name: String, value: Value) -> Element<'static> {
    let text = match &value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    };
    Element {
        name: name.into(),
        text: text.into(),
        children: json_children(value),
        has_cdata: false,
    }
}

/// The text of `Encrypt` in the body around a sealed push; nothing else there is signed.
pub(super) fn encrypt_of(body: &str) -> Result<Cow<'_, str>, Refusal> {
    const MISSING: Refusal = Refusal::Malformed("no Encrypt element");
    let body = body.trim_start_matches('\u{feff}').trim();
    if !body.starts_with('{') {
        return xml::read(body)?.text_of("Encrypt").ok_or(MISSING);
    }
    #[derive(Deserialize)]
    struct Sealed<'a> {
        #[serde(rename = "Encrypt", borrow)]
        encrypt: Cow<'a, str>,
    }
    serde_json::from_str::<Sealed<'_>>(body)
        .map(|sealed| sealed.encrypt)
        .map_err(|_| MISSING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_comes_whole_whatever_it_is_written_as() {
        let body = "<xml><a>1 &lt; 2 &amp;&amp; &#20320;</a><b>\n <![CDATA[a]]]]><![CDATA[>b]]>\n</b><c/></xml>";
        let root = read(body).unwrap();
        assert_eq!(
            root.to_json(),
            json!({ "a": "1 < 2 && 你", "b": "a]]>b", "c": "" })
        );
        assert!(matches!(
            read("<xml><a><![CDATA[x]]></a></xml>").unwrap().children[0].text,
            Cow::Borrowed("x")
        ));
    }

    #[test]
    fn json_and_xml_come_to_the_same() {
        let xml = read("<xml><L><i><n>1</n></i><i><n>2</n></i></L></xml>").unwrap();
        let json = read(r#"{"L": {"i": [{"n": 1}, {"n": "2"}]}}"#).unwrap();
        assert_eq!(xml.to_json(), json.to_json());
    }

    #[test]
    fn what_is_no_push_is_refused() {
        let deep = format!("<xml>{}{}</xml>", "<a>".repeat(40), "</a>".repeat(40));
        let many = format!("<xml>{}</xml>", "<a/>".repeat(5000));
        let bodies = [
            "",
            "hello",
            "<a/>",
            "<xml>",
            "<xml></a>",
            "<xml/><xml/>",
            "<xml>&who;</xml>",
            "{",
            "[1]",
            &deep,
            &many,
        ];
        for body in bodies {
            assert!(
                matches!(read(body), Err(Refusal::Malformed(_))),
                "{body:.40}"
            );
        }
        let doctype = "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml>&a;</xml>";
        assert_eq!(
            read(doctype).unwrap_err().to_string(),
            "body: DOCTYPE is never sent by WeChat"
        );
    }

    #[test]
    fn encrypt_is_found_in_both_forms() {
        assert_eq!(
            encrypt_of("<xml><ToUserName/><Encrypt><![CDATA[QQ==]]></Encrypt></xml>").unwrap(),
            "QQ=="
        );
        assert_eq!(
            encrypt_of(r#"{"ToUserName": "gh_1", "Encrypt": "QQ=="}"#).unwrap(),
            "QQ=="
        );
        assert!(encrypt_of("<xml><a><Encrypt>QQ==</Encrypt></a></xml>").is_err());
    }
}
