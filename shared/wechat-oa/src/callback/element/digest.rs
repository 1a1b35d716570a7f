//! The digest of what a push holds: the same for every form of it.

use super::Element;
use sha1::{Digest as _, Sha1};
use std::borrow::Cow;

impl Element<'_> {
    /// The SHA-1 of everything in the children but those named: the same from XML and JSON, in any
    /// order of different elements and with any layout between them.
    pub(in crate::callback) fn digest_without(&self, left_out: &[&str]) -> [u8; 20] {
        let mut hash = Sha1::new();
        self.add_to(&mut hash, left_out);
        hash.finalize().into()
    }

    fn add_to(&self, hash: &mut Sha1, left_out: &[&str]) {
        let told = |child: &&Self| !left_out.contains(&&*child.name) && !child.is_blank();
        let mut children: Vec<&Self> = self.children.iter().filter(told).collect();
        children.sort_by(|one, other| one.name.cmp(&other.name));
        add_number(hash, children.len());
        for child in children {
            add_text(hash, &child.name);
            if child.children.is_empty() {
                add_text(hash, &child.exact_text());
            } else {
                child.add_to(hash, &[]);
            }
        }
    }

    /// Whether nothing is in it: WeChat leaves such an element out as well as not.
    fn is_blank(&self) -> bool {
        if self.children.is_empty() {
            self.exact_text().is_empty()
        } else {
            self.children.iter().all(Self::is_blank)
        }
    }

    /// The text without layout, and a decimal number without the zeros JSON does not write.
    fn exact_text(&self) -> Cow<'_, str> {
        let text = if self.has_cdata {
            &self.text
        } else {
            self.text.trim()
        };
        let digit = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'-';
        let is_decimal = text.contains('.') && text.bytes().all(digit);
        Cow::Borrowed(if is_decimal {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            text
        })
    }
}

/// With its length in front, so that no two contents are written alike.
fn add_text(hash: &mut Sha1, text: &str) {
    add_number(hash, text.len());
    hash.update(text);
}

fn add_number(hash: &mut Sha1, number: usize) {
    hash.update(u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::read;

    fn digest(body: &str) -> [u8; 20] {
        read(body).unwrap().digest_without(&["CreateTime"])
    }

    #[test]
    fn a_push_has_one_digest_in_every_form() {
        let xml = "<xml><A><![CDATA[x]]></A><G><L><n>1.50</n></L><L><n>2</n></L></G><CreateTime>1</CreateTime></xml>";
        let forms = [
            "<xml>\n<CreateTime>2</CreateTime><G>\n <L><n> 1.5 </n></L><L><n>2</n></L>\n</G>\n<A>\n<![CDATA[x]]>\n</A><E/></xml>",
            r#"{"G": {"L": [{"n": 1.5}, {"n": "2"}]}, "A": "x", "CreateTime": 3, "E": "", "N": null}"#,
        ];
        for form in forms {
            assert_eq!(digest(form), digest(xml), "{form}");
        }
    }

    #[test]
    fn whatever_differs_in_content_differs_in_digest() {
        let bodies = [
            "<xml><A>x</A></xml>",
            "<xml><A>y</A></xml>",
            "<xml><B>x</B></xml>",
            "<xml><A><![CDATA[ x]]></A></xml>",
            "<xml><A>x</A><A>x</A></xml>",
            "<xml><A><A>x</A></A></xml>",
            "<xml><A>4008072001201701105817000000</A></xml>",
            "<xml><A>4008072001201701105817000001</A></xml>",
            "<xml><L><n>1</n></L><L><n>2</n></L></xml>",
            "<xml><L><n>2</n></L><L><n>1</n></L></xml>",
            "<xml><L><n>1</n><n>2</n></L></xml>",
        ];
        let digests: std::collections::BTreeSet<_> = bodies.iter().map(|b| digest(b)).collect();
        assert_eq!(digests.len(), bodies.len());
    }
}
