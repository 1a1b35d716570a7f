//! A push as it is written: elements with text or elements inside, from XML or JSON.

mod digest;
mod encrypt;
mod lenient;
mod xml;

use super::unread::{Faults, Unread};
use serde_json::{Map, Value};
use std::{borrow::Cow, str::FromStr};

pub(super) use encrypt::{encrypt_of, signed_among};
pub(super) use lenient::read as read_as_far_as_it_goes;

/// Real pushes nest five deep; more is hostile.
const MAX_DEPTH: usize = 16;
/// Real pushes have some tens of elements; more is hostile.
const MAX_ELEMENTS: usize = 4096;
/// Longest name, in bytes; as an attribute of a row it could not be much longer.
const MAX_NAME: usize = 256;

/// What followers write. WeChat puts it into CDATA as it is: a text that closes its own element and
/// opens it again would put elements of its own beside the real ones.
const WRITTEN: [&str; 5] = ["Content", "Title", "Description", "Label", "Recognition"];

const TOO_MANY: Unread = Unread::Malformed("more elements than any push has");

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

    /// Takes the text of the child of that name out; `None` when there is no such child. What stands
    /// around elements in it is layout.
    pub(super) fn text_of(&mut self, name: &str) -> Option<Cow<'a, str>> {
        self.child(name).map(|child| {
            if child.children.is_empty() {
                std::mem::take(&mut child.text)
            } else {
                Cow::default()
            }
        })
    }

    /// The text of the child of that name, left where it is.
    pub(super) fn peek(&self, name: &str) -> Option<&Cow<'a, str>> {
        self.children
            .iter()
            .find(|child| child.name == name)
            .map(|child| &child.text)
    }

    /// The number in the child of that name; `None` when there is none, it is empty or no such number.
    pub(super) fn number_of<T: FromStr>(
        &mut self,
        name: &'static str,
        faults: &mut Faults,
    ) -> Option<T> {
        let text = self.text_of(name)?;
        match text.trim() {
            "" => None,
            digits => digits.parse().ok().or_else(|| {
                faults.field(name, "must be a number that fits");
                None
            }),
        }
    }

    /// The decimal number in the child of that name, as [`number_of`](Self::number_of); only what a
    /// place or a distance can be, for a table takes no other.
    pub(super) fn decimal_of(&mut self, name: &'static str, faults: &mut Faults) -> Option<f64> {
        const LONGEST: usize = 32;
        let number: Option<f64> = {
            let text = self.peek(name)?.trim();
            let digits = |byte: u8| byte.is_ascii_digit() || b"+-.".contains(&byte);
            if text.len() > LONGEST || !text.bytes().all(digits) {
                faults.field(name, "must be a decimal number");
                return None;
            }
            if text.is_empty() {
                return None;
            }
            text.parse().ok()
        };
        if number.is_none() {
            faults.field(name, "must be a decimal number");
        }
        number
    }

    /// The first child of that name.
    pub(super) fn child(&mut self, name: &str) -> Option<&mut Self> {
        self.children.iter_mut().find(|child| child.name == name)
    }

    /// Takes texts out of the child of that name; they are empty when there is no such child.
    pub(super) fn texts_in(
        &mut self,
        name: &str,
    ) -> impl FnMut(&str) -> Cow<'a, str> + use<'_, 'a> {
        let mut child = self.child(name);
        move |name| {
            let text = child.as_mut().and_then(|child| child.text_of(name));
            text.unwrap_or_default()
        }
    }

    fn has_two(&self, name: &str) -> bool {
        let named = self.children.iter().filter(|child| child.name == name);
        named.take(2).count() == 2
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

    /// All children named `item` of the first child named `list`.
    pub(super) fn list_in<'n>(
        &'n mut self,
        list: &str,
        item: &'n str,
    ) -> impl Iterator<Item = &'n mut Self> + use<'n, 'a> {
        let list = self.child(list).into_iter();
        list.flat_map(move |list| list.children_of(item))
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

/// Reads a push body that is whole: XML with the root `xml`, or a JSON object.
pub(super) fn read(body: &str) -> Result<Element<'_>, Unread> {
    let body = body.trim_start_matches('\u{feff}').trim();
    if body.starts_with('{') {
        return read_json(body);
    }
    let root = xml::read(body)?;
    if WRITTEN.iter().any(|name| root.has_two(name)) {
        return Err(Unread::Malformed("a text that is there twice"));
    }
    Ok(root)
}

fn read_json(body: &str) -> Result<Element<'_>, Unread> {
    let Ok(Value::Object(fields)) = serde_json::from_str(body) else {
        return Err(Unread::Malformed("no JSON object"));
    };
    let mut left = MAX_ELEMENTS;
    Ok(Element {
        children: json_children(fields, MAX_DEPTH, &mut left)?,
        ..Element::default()
    })
}

fn json_children(
    fields: Map<String, Value>,
    depth: usize,
    left: &mut usize,
) -> Result<Vec<Element<'static>>, Unread> {
    let depth = depth.checked_sub(1).ok_or(TOO_MANY)?;
    let mut children = Vec::with_capacity(fields.len().min(*left));
    for (name, value) in fields {
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(Unread::Malformed("a name no push has"));
        }
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        for value in values {
            *left = left.checked_sub(1).ok_or(TOO_MANY)?;
            children.push(json_element(name.clone(), value, depth, left)?);
        }
    }
    Ok(children)
}

fn json_element(
    name: String,
    value: Value,
    depth: usize,
    left: &mut usize,
) -> Result<Element<'static>, Unread> {
    let mut element = Element {
        name: name.into(),
        // As in CDATA, blanks at the ends of a string are text.
        has_cdata: value.is_string(),
        ..Element::default()
    };
    match value {
        Value::String(text) => element.text = text.into(),
        Value::Number(number) => element.text = number.to_string().into(),
        Value::Bool(truth) => element.text = truth.to_string().into(),
        Value::Object(fields) => element.children = json_children(fields, depth, left)?,
        Value::Null | Value::Array(_) => {}
    }
    Ok(element)
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
                matches!(read(body), Err(Unread::Malformed(_))),
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
    fn no_text_is_taken_for_elements() {
        let forged = "<xml><Content><![CDATA[a]]></Content><MsgId>1</MsgId><Content><![CDATA[b]]></Content><MsgId>2</MsgId></xml>";
        assert!(read(forged).is_err());
        let mut found = read_as_far_as_it_goes(forged).unwrap();
        assert_eq!(found.text_of("MsgId").unwrap(), "2");
        let content = found.text_of("Content").unwrap();
        assert!(content.starts_with("a]]></Content>") && content.ends_with('b'));
    }

    #[test]
    fn json_has_the_limits_of_xml() {
        let deep = format!("{}1{}", "{\"a\":".repeat(40), "}".repeat(40));
        let many = format!("{{\"a\": [{}1]}}", "1,".repeat(5000));
        let name = format!("{{\"{}\": 1}}", "n".repeat(300));
        for body in [&deep, &many, &name, "{\"\": 1}", "{\"a\": \"\\ud83d\"}"] {
            assert!(
                matches!(read(body), Err(Unread::Malformed(_))),
                "{body:.40}"
            );
        }
    }
}
