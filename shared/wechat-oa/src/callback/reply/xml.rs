//! Replies as XML.

/// Characters that XML cannot hold.
pub(super) fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

pub(super) struct Xml(pub(super) String);

impl Xml {
    pub(super) fn inside(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.tag("<", name);
        content(self);
        self.tag("</", name);
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.inside(name, |xml| {
            xml.0.push_str("<![CDATA[");
            push_text(&mut xml.0, text);
            xml.0.push_str("]]>");
        });
    }

    pub(super) fn text_unless_empty(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(name, text);
        }
    }

    pub(super) fn number(&mut self, name: &str, number: i64) {
        self.inside(name, |xml| xml.0.push_str(&number.to_string()));
    }

    fn tag(&mut self, start: &str, name: &str) {
        self.0.push_str(start);
        self.0.push_str(name);
        self.0.push('>');
    }
}

/// Writes text into an open CDATA section: characters XML forbids are dropped first, for what is
/// left may read `]]>`; then `]]>` is split over two sections.
pub(in crate::callback) fn push_text(xml: &mut String, text: &str) {
    if is_plain(text.as_bytes()) {
        return xml.push_str(text);
    }
    for (n, part) in text.replace(is_forbidden, "").split("]]>").enumerate() {
        if n > 0 {
            xml.push_str("]]]]><![CDATA[>");
        }
        xml.push_str(part);
    }
}

/// Whether no byte can belong to a forbidden character or to `]]>`; nearly every text is so.
fn is_plain(text: &[u8]) -> bool {
    !text.iter().fold(false, |found, byte| {
        found | (*byte < 0x20) | (*byte == b']') | (*byte == 0xef)
    })
}
