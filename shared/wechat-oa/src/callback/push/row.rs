//! A push as JSON, to be kept or handed on.

use super::{Clear, Push, Unread};
use base64_simd::STANDARD;
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

/// A larger text is not kept whole, in bytes; real pushes have a few kilobytes.
pub(super) const LARGEST: usize = 200_000;
/// JSON of at most this many bytes fits with all that stands beside it into a row of a database (400 KB) and into
/// a message of a queue (256 KB).
const ROOM: usize = 240_000;
/// A text of this length cannot need more room than there is, whatever has to be escaped.
const SMALL: usize = ROOM / 6 - 2_000;
/// What is kept of a push too large to be kept whole, beside a part of it as it came.
const HEAD: [&str; 5] = ["kind", "event", "from", "to", "create_time"];
/// Room for names, lengths and reasons beside what was cut to fit.
const ASIDE: usize = 4_000;

impl Push<'_> {
    /// The push as JSON. One that does not read whole also has how it came: `"unread": {"why": ["…"],
    /// "raw": "…", "raw_base64": "…", "bytes": 1234, "sha1": "…"}`, with `raw_base64` where it is no
    /// UTF-8, and `raw` cut where it would not fit; `bytes` and `sha1` are of the whole.
    pub fn row(&self, clear: &Clear<'_>) -> Value {
        let whole = serde_json::to_value(self).unwrap_or_default();
        if self.unread.is_empty() && clear.text().len() <= SMALL {
            return whole;
        }
        let (mut row, mut why) = (whole, self.unread.clone());
        if row.to_string().len() > LARGEST {
            row = head(row);
            if why.is_empty() {
                why.push(Unread::Malformed("larger than a row holds"));
            }
        }
        if why.is_empty() {
            return row;
        }
        let taken = row.to_string().len() + ASIDE;
        let room = ROOM.max(taken) - taken;
        if let Some(fields) = row.as_object_mut() {
            fields.insert("unread".to_owned(), as_it_came(&why, clear, room));
        }
        row
    }
}

fn head(row: Value) -> Value {
    let Value::Object(mut fields) = row else {
        return row;
    };
    fields.retain(|name, _| HEAD.contains(&name.as_str()));
    Value::Object(fields)
}

fn as_it_came(why: &[Unread], clear: &Clear<'_>, room: usize) -> Value {
    let mut unread = Map::from_iter([
        ("why".to_owned(), json!(why)),
        ("bytes".to_owned(), json!(clear.bytes().len())),
        (
            "sha1".to_owned(),
            json!(hex::encode(Sha1::digest(clear.bytes()))),
        ),
    ]);
    let mut room = room;
    if !clear.is_utf8() {
        // Four letters for three bytes, in half of the room.
        let length = clear.bytes().len().min(room / 8 * 3);
        let encoded = STANDARD.encode_to_string(clear.bytes().get(..length).unwrap_or_default());
        room -= encoded.len();
        unread.insert("raw_base64".to_owned(), json!(encoded));
    }
    unread.insert("raw".to_owned(), json!(cut(clear.text(), room)));
    Value::Object(unread)
}

/// The longest start of the text that takes no more room than that as JSON.
fn cut(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find_map(|(at, letter)| {
        taken += match letter {
            '"' | '\\' => 2,
            '\0'..='\x1f' => 6,
            other => other.len_utf8(),
        };
        (taken > room).then_some(at)
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(body: &[u8]) -> Value {
        let clear = Clear::of(body);
        Push::read(&clear).row(&clear)
    }

    fn text(content: &str) -> String {
        format!(
            "<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1</CreateTime>\
             <MsgType>text</MsgType><Content><![CDATA[{content}]]></Content><MsgId>1</MsgId></xml>"
        )
    }

    #[test]
    fn a_push_that_reads_is_nothing_but_itself() {
        let body = text("hi");
        let row = row(body.as_bytes());
        assert_eq!(
            row,
            serde_json::to_value(Push::parse(&body).unwrap()).unwrap()
        );
        assert_eq!(row.get("unread"), None);
    }

    #[test]
    fn what_does_not_read_is_there_as_it_came() {
        let plain = row(b"hello");
        assert_eq!(plain["kind"], "unread");
        assert_eq!(plain["unread"]["raw"], "hello");
        assert_eq!(plain["unread"]["bytes"], 5);
        assert_eq!(
            plain["unread"]["sha1"],
            "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
        );
        assert_eq!(plain["unread"].get("raw_base64"), None);
        let cut = row(&text("hi?")
            .replace('?', "\u{1}")
            .into_bytes()
            .iter()
            .map(|b| if *b == 1 { 0xe4 } else { *b })
            .collect::<Vec<_>>());
        assert_eq!(cut["content"], "hi\u{fffd}");
        let bytes = STANDARD
            .decode_to_vec(cut["unread"]["raw_base64"].as_str().unwrap())
            .unwrap();
        assert!(bytes.contains(&0xe4));
    }

    #[test]
    fn every_row_fits_whatever_the_text() {
        for unit in ["a", "\u{1}", "\"", "你", "<a>", "]]>", "😀"] {
            for length in [SMALL, LARGEST - 400, LARGEST + 1, 1_000_000] {
                let body = text(&unit.repeat(length / unit.len()));
                let row = row(body.as_bytes());
                let size = row.to_string().len();
                assert!(size <= ROOM, "{unit} {length}: {size}");
                assert_eq!((&row["from"], &row["kind"]), (&json!("oA"), &json!("text")));
                if length > LARGEST {
                    assert_eq!(row["unread"]["bytes"], body.len());
                }
            }
        }
        let foreign = [text("").as_bytes(), &[0xc4; 900_000]].concat();
        let size = row(&foreign).to_string().len();
        assert!(size <= ROOM, "{size}");
    }
}
