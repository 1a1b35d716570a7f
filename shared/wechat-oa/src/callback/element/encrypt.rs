//! The `Encrypt` element of the body around a sealed push.

use super::{Unread, xml};
use serde::Deserialize;
use std::borrow::Cow;

/// Places looked at where the first one is not the signed one.
const PLACES: usize = 4;

/// The text of `Encrypt` in a body that is whole; nothing else there is signed.
pub(in crate::callback) fn encrypt_of(body: &[u8]) -> Result<Cow<'_, str>, Unread> {
    const MISSING: Unread = Unread::Malformed("no Encrypt element");
    let body = simdutf8::basic::from_utf8(body).map_err(|_| Unread::Malformed("no UTF-8"))?;
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

/// The text of the `Encrypt` that `is_signed`, wherever it stands: the clear half of a compatible body
/// is not signed, may be cut or hold an `Encrypt` a follower wrote. From the end, where WeChat puts it.
pub(in crate::callback) fn signed_among(
    body: &[u8],
    is_signed: impl Fn(&str) -> bool,
) -> Option<&str> {
    let names = memchr::memmem::rfind_iter(body, "Encrypt");
    names
        .filter_map(|at| sealed_after(body.get(at..)?))
        .take(PLACES)
        .find(|text| is_signed(text))
}

/// The Base64 text that follows the name in `<Encrypt><![CDATA[` or `"Encrypt":"`.
fn sealed_after(from_name: &[u8]) -> Option<&str> {
    let rest = from_name.strip_prefix(b"Encrypt")?;
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest).trim_ascii_start();
    let rest = match rest.split_first()? {
        (b'>', rest) => rest.trim_ascii_start(),
        (b':', rest) => rest.trim_ascii_start().strip_prefix(b"\"")?,
        _ => return None,
    };
    let rest = rest.strip_prefix(b"<![CDATA[").unwrap_or(rest);
    let sealed = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let end = rest.iter().position(|byte| !sealed(byte));
    let (text, _) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    std::str::from_utf8(text)
        .ok()
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypt_is_found_in_both_forms() {
        let xml = b"<xml><ToUserName/><Encrypt><![CDATA[QQ==]]></Encrypt></xml>";
        assert_eq!(encrypt_of(xml).unwrap(), "QQ==");
        let json = br#"{"ToUserName": "gh_1", "Encrypt": "QQ=="}"#;
        assert_eq!(encrypt_of(json).unwrap(), "QQ==");
        assert!(encrypt_of(b"<xml><a><Encrypt>QQ==</Encrypt></a></xml>").is_err());
    }

    #[test]
    fn the_signed_one_is_found_whatever_stands_around() {
        let bodies: [&[u8]; 5] = [
            b"<xml><Content><![CDATA[a]]>b\xff]]></Content><Encrypt><![CDATA[QQ==]]></Encrypt></xml>",
            b"<xml><Encrypt>QQ==</Encrypt><Content>]]><Encrypt>ZZ==</Encrypt></xml>",
            b"<xml><Encrypt>ZZ==</Encrypt><Encrypt>\n QQ==</Encrypt></xml>",
            b"{\"Content\": \"\xff\", \"Encrypt\" : \"QQ==\"",
            b"Encrypt<Encrypt><Encrypt>QQ==",
        ];
        for body in bodies {
            let found = signed_among(body, |text| text == "QQ==");
            assert_eq!(found, Some("QQ=="), "{}", String::from_utf8_lossy(body));
        }
        assert_eq!(signed_among(b"<Encrypt></Encrypt>", |_| true), None);
        assert_eq!(signed_among(b"<xml/>", |_| true), None);
    }
}
