//! A push that is not well-formed, as far as it reads.
//!
//! WeChat puts what a follower wrote into CDATA as it is: a text with `]]>` in it, or cut in the middle,
//! leaves XML that no reader takes. What stands around the text has a known form: an element of the
//! root ends at the last `]]></Name>`, one further in at the first.

use super::{Element, MAX_DEPTH, MAX_NAME};
use std::borrow::Cow;

/// Elements of one parent; real pushes have at most some tens, and what follows them is not looked at.
const MOST: usize = 64;
const CDATA: &str = "<![CDATA[";

/// The root and what is found in it, whatever its name; `None` where nothing looks like an element.
pub(in crate::callback) fn read(document: &str) -> Option<Element<'_>> {
    let tag = open(after_prolog(document))?;
    let end = format!("</{}", tag.name);
    let inside = tag
        .after
        .rsplit_once(&end)
        .map_or(tag.after, |(inside, _)| inside);
    let mut root = Element::named(tag.name);
    fill(&mut root, inside, MAX_DEPTH, Ends::Last);
    Some(root)
}

/// Which of several possible ends of a CDATA section is taken.
#[derive(Clone, Copy)]
enum Ends {
    /// Nothing of the follower's is taken for an element.
    Last,
    /// Names repeat further in.
    First,
}

/// Without declaration, comments and DOCTYPE, whose entities are never resolved.
fn after_prolog(document: &str) -> &str {
    let mut rest = document;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let end = if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<!") {
            let subset = rest.find('[') < rest.find('>') && rest.contains('[');
            if subset { "]>" } else { ">" }
        } else {
            return rest;
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after,
            None => return "",
        }
    }
}

/// A start tag, and what follows it.
struct Tag<'a> {
    name: &'a str,
    is_empty: bool,
    after: &'a str,
}

/// The next start tag; everything in front of it is passed over.
fn open(text: &str) -> Option<Tag<'_>> {
    let mut rest = text;
    loop {
        let (_, inside) = rest.split_once('<')?;
        let length = inside
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(inside.len());
        let (name, after) = inside.split_at_checked(length)?;
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let ends = after.starts_with(|c: char| c == '>' || c == '/' || c.is_whitespace());
        if begins && ends && name.len() <= MAX_NAME {
            let (attributes, after) = after.split_once('>')?;
            return Some(Tag {
                name,
                is_empty: attributes.ends_with('/'),
                after,
            });
        }
        rest = inside;
    }
}

fn fill<'a>(parent: &mut Element<'a>, mut rest: &'a str, depth: usize, ends: Ends) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    while let Some(tag) = open(rest).filter(|_| parent.children.len() < MOST) {
        let mut child = Element::named(tag.name);
        rest = if tag.is_empty {
            tag.after
        } else if let Some(section) = tag.after.trim_start().strip_prefix(CDATA) {
            let (text, after) = end_of_section(section, tag.name, ends);
            child.has_cdata = true;
            child.text = unsplit(text);
            after
        } else {
            let (inside, after) = end_of_element(tag.after, tag.name);
            match open(inside) {
                Some(_) => fill(&mut child, inside, depth, Ends::First),
                None => child.text = unescaped(inside),
            }
            after
        };
        parent.children.push(child);
    }
}

/// The text of a CDATA section, and what follows its element.
fn end_of_section<'a>(section: &'a str, name: &str, ends: Ends) -> (&'a str, &'a str) {
    let split = |end: &str| match ends {
        Ends::Last => section.rsplit_once(end),
        Ends::First => section.split_once(end),
    };
    if let Some(found) = split(&format!("]]></{name}>")) {
        return found;
    }
    // Layout before the end tag, or a section that was never closed.
    if let Some((inside, after)) = split(&format!("</{name}>")) {
        let inside = inside.trim_end();
        return (inside.strip_suffix("]]>").unwrap_or(inside), after);
    }
    section.split_once("]]>").unwrap_or((section, ""))
}

/// What stands in an element that does not begin with CDATA, and what follows it.
fn end_of_element<'a>(rest: &'a str, name: &str) -> (&'a str, &'a str) {
    let closed = rest.split_once(&format!("</{name}>"));
    closed.unwrap_or_else(|| {
        let end = rest.find('<').unwrap_or(rest.len());
        rest.split_at_checked(end).unwrap_or((rest, ""))
    })
}

/// A text whose `]]>` was split over two sections, as XML has it, is put together again.
fn unsplit(text: &str) -> Cow<'_, str> {
    const SPLIT: &str = "]]]]><![CDATA[>";
    if text.contains(SPLIT) {
        Cow::Owned(text.replace(SPLIT, "]]>"))
    } else {
        Cow::Borrowed(text)
    }
}

/// An ampersand that begins no entity of XML stays one.
fn unescaped(text: &str) -> Cow<'_, str> {
    const ENTITIES: [(&str, &str); 5] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let replace = |text: String, (entity, letter): &(&str, &str)| text.replace(entity, letter);
    Cow::Owned(ENTITIES.iter().fold(text.to_owned(), replace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn found(document: &str) -> Value {
        read(document).map_or(Value::Null, |root| root.to_json())
    }

    fn content(text: &str) -> String {
        format!(
            "<xml><From><![CDATA[o]]></From><Content><![CDATA[{text}]]></Content><Id>1</Id></xml>"
        )
    }

    #[test]
    fn a_text_in_cdata_is_what_the_follower_wrote() {
        for text in [
            "<xml><a><![CDATA[ok]]></a></xml>",
            "a]]>b",
            "]]>",
            "a]]></Content><Id>2</Id><Content><![CDATA[b",
            "</xml>",
            "a <![CDATA[ b",
        ] {
            let whole = json!({ "From": "o", "Content": text, "Id": "1" });
            assert_eq!(found(&content(text)), whole, "{text}");
        }
        assert_eq!(found(&content("a]]]]><![CDATA[>b"))["Content"], "a]]>b");
    }

    #[test]
    fn a_cut_push_reads_up_to_the_cut() {
        let whole = content("hello");
        let from = whole.find("hello").unwrap();
        for (length, text) in [
            (0, ""),
            (3, "hel"),
            (5, "hello"),
            (7, "hello]]"),
            (12, "hello"),
        ] {
            let read = found(whole.get(..from + length).unwrap());
            assert_eq!(read, json!({ "From": "o", "Content": text }));
        }
    }

    #[test]
    fn groups_plain_texts_and_other_roots_are_read() {
        assert_eq!(
            found(
                "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b \"<c>\">]><a x='1'>1<G><L><n>1</n></L><L><n>2</n></L></G><T>a & b &lt; &b;</T><E/> <U>x</a>"
            ),
            json!({ "G": { "L": [{ "n": "1" }, { "n": "2" }] }, "T": "a & b < &b;", "E": "", "U": "x" })
        );
        for none in ["", "hello", "<", "<!--", "a < b", "<!DOCTYPE a [", "<>"] {
            assert_eq!(found(none), Value::Null, "{none}");
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = "<a>".repeat(100_000);
        assert!(read(&deep).is_some());
        let many = format!("<xml>{}</xml>", "<a><![CDATA[</b>]]></b>".repeat(40_000));
        assert!(read(&many).is_some());
    }
}
