//! XML to [`Element`], borrowing all that is written without an entity or a split.
//!
//! A scanner for the few forms pushes have. A general reader checks the encoding of every event,
//! a sixth of the message path, of a text that is checked already (docs/adr/0006-scanner.md). It
//! takes nothing `quick-xml` would refuse, and reads it alike: the tests compare the two.

use super::{Element, MAX_DEPTH, MAX_ELEMENTS, MAX_NAME, TOO_MANY, Unread};
use memchr::{memchr, memchr_iter, memchr2};
use std::borrow::Cow;

/// Elements of an ordinary message, so that its list is allocated once.
const USUAL: usize = 8;
/// Longest entity between `&` and `;`: the last code point, with some leading zeros.
const MAX_ENTITY: usize = 12;

const NOT_WELL_FORMED: Unread = Unread::Malformed("no well-formed XML");

/// Reads a document whose root is `xml`.
pub(super) fn read(document: &str) -> Result<Element<'_>, Unread> {
    let mut scanner = Scanner {
        rest: document,
        elements: MAX_ELEMENTS + 1,
    };
    scanner.pass_asides()?;
    let (name, is_empty) = scanner.open()?;
    if name != "xml" {
        return Err(Unread::Malformed("the root is not <xml>"));
    }
    let mut root = Element::named(name);
    root.children.reserve(USUAL);
    if !is_empty {
        scanner.fill(&mut root, MAX_DEPTH)?;
    }
    scanner.pass_asides()?;
    if scanner.rest.is_empty() {
        Ok(root)
    } else {
        Err(Unread::Malformed("something follows the root"))
    }
}

struct Scanner<'a> {
    rest: &'a str,
    elements: usize,
}

impl<'a> Scanner<'a> {
    /// Passes over white space, comments and instructions around the root.
    fn pass_asides(&mut self) -> Result<(), Unread> {
        loop {
            self.rest = self.rest.trim_ascii_start();
            if !self.pass_aside()? {
                return Ok(());
            }
        }
    }

    /// Passes over one comment or instruction, if one is next.
    fn pass_aside(&mut self) -> Result<bool, Unread> {
        let (from, to) = match self.rest.as_bytes() {
            [b'<', b'!', b'-', b'-', ..] => ("<!--", "-->"),
            // An instruction begins with its name.
            [b'<', b'?', name, ..] if name.is_ascii_alphabetic() => ("<?", "?>"),
            [b'<', b'?', ..] => return Err(NOT_WELL_FORMED),
            _ => return Ok(false),
        };
        let inside = self.rest.strip_prefix(from).ok_or(NOT_WELL_FORMED)?;
        self.rest = inside.split_once(to).ok_or(NOT_WELL_FORMED)?.1;
        Ok(true)
    }

    /// Opens an element: everything from `<` to `>`, attributes passed over. Its name, and whether it
    /// is `<a/>`.
    fn open(&mut self) -> Result<(&'a str, bool), Unread> {
        let rest = self.rest.strip_prefix('<').ok_or(NOT_WELL_FORMED)?;
        if rest
            .get(..8)
            .is_some_and(|word| word.eq_ignore_ascii_case("!doctype"))
        {
            return Err(Unread::Malformed("DOCTYPE is never sent by WeChat"));
        }
        self.elements = self.elements.checked_sub(1).ok_or(TOO_MANY)?;
        let inside = self.cut(rest, end_of_tag(rest)?)?;
        let (inside, is_empty) = inside
            .strip_suffix('/')
            .map_or((inside, false), |inside| (inside, true));
        let length = inside
            .bytes()
            .position(|byte| byte.is_ascii_whitespace())
            .unwrap_or(inside.len());
        let name = inside.get(..length).unwrap_or_default();
        if !(1..=MAX_NAME).contains(&name.len())
            || name.bytes().any(|byte| b"!<&=\"'/".contains(&byte))
        {
            return Err(NOT_WELL_FORMED);
        }
        Ok((name, is_empty))
    }

    /// Reads all up to the element's end tag. Text between elements is layout.
    fn fill(&mut self, element: &mut Element<'a>, depth: usize) -> Result<(), Unread> {
        let depth = depth.checked_sub(1).ok_or(TOO_MANY)?;
        loop {
            self.text(element)?;
            if let Some(rest) = self.rest.strip_prefix("</") {
                return self.close(rest, &element.name);
            }
            if !self.rest.starts_with('<')
                || self.rest.starts_with("<![CDATA[")
                || self.pass_aside()?
            {
                continue;
            }
            let (name, is_empty) = self.open()?;
            let mut child = Element::named(name);
            if !is_empty {
                self.fill(&mut child, depth)?;
            }
            element.children.push(child);
        }
    }

    /// The next piece of text: plain, an entity, or a CDATA section; empty before a tag.
    fn text(&mut self, element: &mut Element<'a>) -> Result<(), Unread> {
        if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
            let text = self.cut(rest, end_of_section(rest)?)?;
            self.rest = self.rest.strip_prefix("]>").ok_or(NOT_WELL_FORMED)?;
            element.add_cdata(Cow::Borrowed(text));
        } else if let Some(rest) = self.rest.strip_prefix('&') {
            let end = memchr(b';', rest.as_bytes()).filter(|end| *end <= MAX_ENTITY);
            let entity = self.cut(rest, end.ok_or(NOT_WELL_FORMED)?)?;
            element
                .add_text(resolve(entity).ok_or(Unread::Malformed("an entity XML does not know"))?);
        } else {
            let end = memchr2(b'<', b'&', self.rest.as_bytes())
                .ok_or(Unread::Malformed("no complete XML element"))?;
            let (text, rest) = self.rest.split_at_checked(end).ok_or(NOT_WELL_FORMED)?;
            self.rest = rest;
            // Left over by a text that WeChat put into CDATA as it was: it would be read wrongly.
            if text.contains("]]>") {
                return Err(NOT_WELL_FORMED);
            }
            if element.children.is_empty() && !text.is_empty() {
                element.add_plain(Cow::Borrowed(text));
            }
        }
        Ok(())
    }

    fn close(&mut self, rest: &'a str, name: &str) -> Result<(), Unread> {
        let rest = rest.strip_prefix(name).ok_or(NOT_WELL_FORMED)?;
        self.rest = rest
            .trim_ascii_start()
            .strip_prefix('>')
            .ok_or(NOT_WELL_FORMED)?;
        Ok(())
    }

    /// What stands before the byte at `end`, which is passed over.
    fn cut(&mut self, text: &'a str, end: usize) -> Result<&'a str, Unread> {
        let (before, after) = text.split_at_checked(end).ok_or(NOT_WELL_FORMED)?;
        self.rest = after.get(1..).ok_or(NOT_WELL_FORMED)?;
        Ok(before)
    }
}

/// Where the tag's `>` is, which does not count inside quotes.
fn end_of_tag(rest: &str) -> Result<usize, Unread> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Ok(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    Err(NOT_WELL_FORMED)
}

/// Where the `]]>` of a CDATA section is.
fn end_of_section(rest: &str) -> Result<usize, Unread> {
    let bytes = rest.as_bytes();
    let marked = |at: usize| {
        at.checked_sub(2)
            .filter(|end| bytes.get(*end..at) == Some(b"]]"))
    };
    memchr_iter(b'>', bytes)
        .find_map(marked)
        .ok_or(NOT_WELL_FORMED)
}

fn resolve(entity: &str) -> Option<Cow<'static, str>> {
    let Some(number) = entity.strip_prefix('#') else {
        return predefined(entity).map(Cow::Borrowed);
    };
    let (digits, radix) = number
        .strip_prefix('x')
        .map_or((number, 10), |digits| (digits, 16));
    if !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let letter = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    (letter != '\0').then(|| Cow::Owned(letter.to_string()))
}

/// The five entities of XML; others could only come from a DOCTYPE.
fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "apos" => "'",
        "quot" => "\"",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
