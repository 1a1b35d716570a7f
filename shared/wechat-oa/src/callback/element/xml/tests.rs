//! The scanner beside `quick-xml`.

use super::*;
use proptest::prelude::*;
use quick_xml::{Reader, events::Event};

/// The same reading by a general XML reader.
fn oracle(body: &str) -> Result<Element<'_>, Unread> {
    let mut reader = reader(body);
    let mut open: Vec<Element<'_>> = Vec::with_capacity(4);
    let mut count = 0_usize;
    loop {
        let from = reader.buffer_position();
        let event = reader.read_event().map_err(|_| NOT_WELL_FORMED)?;
        let closed = match event {
            Event::Start(start) => {
                count += 1;
                let name = name_at(body, from, start.name().as_ref().len());
                open.push(begin(name, open.len(), count)?);
                None
            }
            Event::Empty(start) => {
                count += 1;
                Some(begin(
                    name_at(body, from, start.name().as_ref().len()),
                    open.len(),
                    count,
                )?)
            }
            Event::End(end) => Some(close(&mut open, end.name().as_ref())?),
            Event::DocType(_) => return Err(Unread::Malformed("DOCTYPE is never sent by WeChat")),
            Event::Eof => return Err(Unread::Malformed("no complete XML element")),
            other => {
                if let Some(element) = open
                    .last_mut()
                    .filter(|e| e.children.is_empty() || !matches!(other, Event::Text(_)))
                {
                    add(element, other)?;
                }
                None
            }
        };
        match (closed, open.last_mut()) {
            (Some(element), Some(parent)) => parent.children.push(element),
            (Some(root), None) => return whole(root, reader),
            (None, _) => {}
        }
    }
}

/// Tags are paired by [`close`], which needs no copy of their names.
fn reader(body: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(body);
    reader.config_mut().check_end_names = false;
    reader
}

fn close<'a>(open: &mut Vec<Element<'a>>, name: &str) -> Result<Element<'a>, Unread> {
    open.pop()
        .filter(|element| element.name == name)
        .ok_or(NOT_WELL_FORMED)
}

/// The root is `xml`, and nothing but white space, comments and instructions follows it.
fn whole<'a>(root: Element<'a>, mut reader: Reader<&'a [u8]>) -> Result<Element<'a>, Unread> {
    if root.name != "xml" {
        return Err(Unread::Malformed("the root is not <xml>"));
    }
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(root),
            Ok(Event::Comment(_) | Event::PI(_)) => {}
            Ok(Event::Text(text)) if text.trim().is_empty() => {}
            _ => return Err(Unread::Malformed("something follows the root")),
        }
    }
}

fn begin(name: &str, depth: usize, count: usize) -> Result<Element<'_>, Unread> {
    if depth >= MAX_DEPTH || count > MAX_ELEMENTS {
        return Err(Unread::Malformed("more elements than any push has"));
    }
    // A message has seven or eight elements below its root.
    let children = if depth == 0 {
        Vec::with_capacity(8)
    } else {
        Vec::new()
    };
    Ok(Element {
        name: Cow::Borrowed(name),
        children,
        ..Element::default()
    })
}

/// The name of the tag that begins at `from`, borrowed from the body: the event's own borrow is too short.
fn name_at(body: &str, from: u64, length: usize) -> &str {
    let at = usize::try_from(from)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    body.get(at..at.saturating_add(length)).unwrap_or_default()
}

fn add<'a>(element: &mut Element<'a>, event: Event<'a>) -> Result<(), Unread> {
    match event {
        Event::Text(text) => element.add_plain(text.into_inner()),
        Event::CData(data) => element.add_cdata(data.into_inner()),
        Event::GeneralRef(reference) => {
            let character = match reference.resolve_char_ref() {
                Ok(Some(character)) => character,
                Ok(None) => named(&reference)?,
                Err(_) => return Err(Unread::Malformed("a character reference to no character")),
            };
            element.add_text(Cow::Owned(character.to_string()));
        }
        _ => {}
    }
    Ok(())
}

/// The five entities of XML; others could only come from a DOCTYPE.
fn named(reference: &str) -> Result<char, Unread> {
    match reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(Unread::Malformed("an entity XML does not know")),
    }
}

fn piece() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        // Never `]]>`, which XML has at the end of CDATA only.
        "[a-c你 \n>'\"]{0,6}".prop_map(|text| text),
        "[a-c\\]]{0,4}a".prop_map(|text| text),
        "[a-c<&>\\]你]{0,6}".prop_map(|text| format!("<![CDATA[{}]]>", text.replace("]]>", ""))),
        Just("&lt;&amp;&#x4F60;&#33;".to_owned()),
        Just("<!-- <a> & -->".to_owned()),
        Just("<e a=\"x>y\" b='/'/>".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::vec(inner, 0..4).prop_map(|all| format!("<n >{}</n>", all.concat()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn well_formed_documents_read_the_same(pieces in prop::collection::vec(piece(), 0..6)) {
        let document = format!("<?xml version=\"1.0\"?><xml>{}</xml>\n", pieces.concat());
        let scanned = read(&document);
        prop_assert!(scanned.is_ok(), "{document}");
        prop_assert_eq!(scanned, oracle(&document));
    }

    #[test]
    fn what_a_text_left_over_of_cdata_is_not_well_formed(
        before in "[a-c\\]>]{0,3}",
        after in "(<b>|</b>|<b/>|[a-c\\]>]){0,3}",
    ) {
        let text = format!("{before}]]>{after}");
        let read = read(&format!("<xml><a><![CDATA[{text}]]></a></xml>")).map(|root| root.to_json());
        prop_assert!(read.is_err(), "{text}: {read:?}");
    }

    #[test]
    fn nothing_is_taken_that_the_oracle_refuses(
        text in "(<xml>|</xml>|<a>|</a>|<b/>|<!\\[CDATA\\[|\\]\\]>|&amp;|&#|x|;|<!--|-->|<\\?|\\?>|<!DOCTYPE|[a1 <>&é=\"'/-]){0,12}",
    ) {
        for document in [format!("<xml>{text}</xml>"), text] {
            if let Ok(scanned) = read(&document) {
                prop_assert_eq!(Ok(scanned), oracle(&document), "{}", document);
            }
        }
    }
}
