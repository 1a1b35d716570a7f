//! A small XML tree: what pushes are written from and replies are read into.

use quick_xml::{
    Reader,
    events::{BytesRef, Event},
};
use serde_json::{Map, Number, Value};

/// Deeper than any push or reply of the protocol goes.
const MAX_DEPTH: usize = 16;

/// One element: a name and what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What stands in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Text, written as CDATA.
    Cdata(String),
    /// Text outside CDATA: numbers.
    Bare(String),
    Children(Vec<Element>),
}

/// Why a text is no XML of the protocol.
#[derive(Debug, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("not well-formed XML: {0}")]
    Syntax(#[from] quick_xml::Error),
    #[error("a DOCTYPE is not allowed")]
    Doctype,
    #[error("the entity &{0}; is not known")]
    Entity(String),
    #[error("the root element is not <xml>")]
    Root,
    #[error("nested deeper than {MAX_DEPTH}")]
    Depth,
    #[error("an element is not closed, or something follows the root")]
    Shape,
}

impl Element {
    pub(crate) fn cdata(name: &str, text: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            content: Content::Cdata(text.into()),
        }
    }

    pub(crate) fn number(name: &str, number: impl ToString) -> Self {
        Self {
            name: name.to_owned(),
            content: Content::Bare(number.to_string()),
        }
    }

    pub(crate) fn group(name: &str, children: Vec<Self>) -> Self {
        Self {
            name: name.to_owned(),
            content: Content::Children(children),
        }
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children().iter().find(|child| child.name == name)
    }

    /// The text of the first child of that name.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).and_then(Self::text)
    }

    pub(crate) fn children(&self) -> &[Self] {
        match &self.content {
            Content::Children(children) => children,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Cdata(text) | Content::Bare(text) => Some(text),
            Content::Children(_) => None,
        }
    }

    /// The element as XML. A text goes into CDATA as it is, as WeChat puts it there: one that holds
    /// `]]>` makes XML that is none.
    pub(crate) fn to_xml(&self) -> String {
        let mut xml = String::new();
        self.write(&mut xml);
        xml
    }

    fn write(&self, out: &mut String) {
        out.extend(["<", &self.name, ">"]);
        match &self.content {
            Content::Cdata(text) => {
                out.extend(["<![CDATA[", text, "]]>"]);
            }
            Content::Bare(text) => out.push_str(text),
            Content::Children(children) => {
                for child in children {
                    child.write(out);
                    out.push('\n');
                }
            }
        }
        out.extend(["</", &self.name, ">"]);
    }

    /// What stands in the element as JSON: repeated children become an array, single ones do not.
    pub(crate) fn to_json(&self) -> Value {
        match &self.content {
            Content::Cdata(text) => Value::from(text.as_str()),
            Content::Bare(text) => bare_to_json(text),
            Content::Children(children) => {
                let mut object = Map::new();
                children.iter().for_each(|child| insert(&mut object, child));
                Value::Object(object)
            }
        }
    }

    /// The same tree from the JSON form of a message.
    pub(crate) fn from_json(name: &str, value: &Value) -> Self {
        match value {
            Value::Object(object) => {
                Self::group(name, object.iter().flat_map(children_of).collect())
            }
            Value::String(text) => Self::cdata(name, text.as_str()),
            other => Self::number(name, other),
        }
    }

    /// Reads a document whose root is `<xml>`.
    pub(crate) fn parse(text: &str) -> Result<Self, XmlError> {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Open::new("")];
        loop {
            match reader.read_event()? {
                Event::Start(tag) => open.push(Open::new(tag.name().as_ref())),
                Event::Empty(tag) => {
                    let empty = Open::new(tag.name().as_ref());
                    last(&mut open)?.children.push(empty.close());
                }
                Event::End(_) => {
                    let closed = open.pop().ok_or(XmlError::Shape)?.close();
                    last(&mut open)?.children.push(closed);
                }
                Event::Text(text) => last(&mut open)?.text.push_str(&text.xml10_content()),
                Event::CData(text) => last(&mut open)?.cdata(&text.xml10_content()),
                Event::GeneralRef(entity) => last(&mut open)?.text.push(resolve(&entity)?),
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Eof => return root(open),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
            if open.len() > MAX_DEPTH {
                return Err(XmlError::Depth);
            }
        }
    }
}

/// An element whose end has not been read yet.
struct Open {
    name: String,
    text: String,
    cdata: bool,
    children: Vec<Element>,
}

impl Open {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: String::new(),
            cdata: false,
            children: Vec::new(),
        }
    }

    fn cdata(&mut self, text: &str) {
        if !self.cdata && self.text.trim().is_empty() {
            self.text.clear();
        }
        self.cdata = true;
        self.text.push_str(text);
    }

    fn close(self) -> Element {
        let content = match (self.children.is_empty(), self.cdata) {
            (false, _) => Content::Children(self.children),
            (true, true) => Content::Cdata(self.text),
            (true, false) => Content::Bare(self.text),
        };
        Element {
            name: self.name,
            content,
        }
    }
}

fn last(open: &mut [Open]) -> Result<&mut Open, XmlError> {
    open.last_mut().ok_or(XmlError::Shape)
}

fn root(mut open: Vec<Open>) -> Result<Element, XmlError> {
    let document = open
        .pop()
        .filter(|_| open.is_empty())
        .ok_or(XmlError::Shape)?;
    let stray = document.cdata || !document.text.trim().is_empty();
    match <[Element; 1]>::try_from(document.children) {
        Ok([root]) if !stray && root.name == "xml" => Ok(root),
        Ok(_) if !stray => Err(XmlError::Root),
        _ => Err(XmlError::Shape),
    }
}

fn resolve(entity: &BytesRef<'_>) -> Result<char, XmlError> {
    if let Some(character) = entity.resolve_char_ref()? {
        return Ok(character);
    }
    match &**entity {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => Err(XmlError::Entity(other.to_owned())),
    }
}

fn bare_to_json(text: &str) -> Value {
    match text.parse::<Number>() {
        Ok(number) => Value::Number(number),
        Err(_) => Value::from(text),
    }
}

fn insert(object: &mut Map<String, Value>, child: &Element) {
    let value = child.to_json();
    match object.get_mut(&child.name) {
        None => {
            object.insert(child.name.clone(), value);
        }
        Some(Value::Array(many)) => many.push(value),
        Some(one) => *one = Value::Array(vec![one.take(), value]),
    }
}

fn children_of((name, value): (&String, &Value)) -> Vec<Element> {
    match value {
        Value::Array(many) => many
            .iter()
            .map(|one| Element::from_json(name, one))
            .collect(),
        one => vec![Element::from_json(name, one)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_text_is_read_again() {
        let hostile = "a]] >b <c> & \"d\" \u{1F600}\n2";
        let tree = Element::group(
            "xml",
            vec![
                Element::cdata("Content", hostile),
                Element::number("MsgId", u64::MAX),
            ],
        );
        let again = Element::parse(&tree.to_xml()).unwrap();
        assert_eq!(again.text_of("Content"), Some(hostile));
        assert_eq!(again.text_of("MsgId"), Some("18446744073709551615"));
    }

    #[test]
    fn a_text_is_put_into_cdata_as_it_is() {
        let content = Element::cdata("Content", "<![CDATA[a]]>b");
        assert_eq!(
            content.to_xml(),
            "<Content><![CDATA[<![CDATA[a]]>b]]></Content>"
        );
    }

    #[test]
    fn repeated_children_become_an_array_only_when_repeated() {
        let list = |n: u8| Element::group("List", vec![Element::number("PopupScene", n)]);
        let one = Element::group("xml", vec![list(1)]);
        assert_eq!(
            one.to_json(),
            serde_json::json!({"List": {"PopupScene": 1}})
        );
        let two = Element::group("xml", vec![list(1), list(2)]);
        assert_eq!(
            two.to_json(),
            serde_json::json!({"List": [{"PopupScene": 1}, {"PopupScene": 2}]})
        );
        assert_eq!(Element::from_json("xml", &two.to_json()), two);
    }

    #[test]
    fn only_the_protocols_xml_is_read() {
        let refused = [
            "",
            "success",
            "{}",
            "<a>1</a>",
            "<xml>",
            "<xml></a></xml>",
            "<xml/><xml/>",
            "<xml/>x",
        ];
        for text in refused {
            assert!(Element::parse(text).is_err(), "{text} was read");
        }
        let doctype = "<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><Content>&a;</Content></xml>";
        assert!(matches!(Element::parse(doctype), Err(XmlError::Doctype)));
        assert!(matches!(
            Element::parse("<xml>&a;</xml>"),
            Err(XmlError::Entity(_))
        ));
        let deep = format!("{}{}", "<xml>".repeat(40), "</xml>".repeat(40));
        assert!(matches!(Element::parse(&deep), Err(XmlError::Depth)));
        let plain = Element::parse("<xml><Content>1 &lt; 2 &#x4f60;</Content></xml>").unwrap();
        assert_eq!(plain.text_of("Content"), Some("1 < 2 你"));
    }

    #[test]
    fn fixtures_of_every_push_are_read() {
        for folder in ["messages", "events"] {
            let path = format!(
                "{}/../../tests/fixtures/{folder}",
                env!("CARGO_MANIFEST_DIR")
            );
            for entry in std::fs::read_dir(path).unwrap() {
                let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
                assert!(Element::parse(&text).unwrap().text_of("MsgType").is_some());
            }
        }
    }
}
