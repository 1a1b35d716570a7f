//! The name a download goes by: `Content-Disposition` of RFC 6266, as servers write it.

use crate::api::answer::text;
use encoding_rs::Encoding;

/// The name in such a header; the one that says its character set (RFC 5987) goes first.
pub(super) fn file_name(header: &[u8]) -> Option<String> {
    let header = text(header);
    let named = |wanted: &str| {
        parameters(&header).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| unquoted(value.trim()))
        })
    };
    let extended = named("filename*").and_then(|value| decoded(&value));
    let name = extended.or_else(|| named("filename"))?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// What stands between semicolons, of which a quoted text may have some of its own.
fn parameters(header: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    header.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        c == ';' && !quoted
    })
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        text.extend(match letter {
            '\\' => letters.next(),
            letter => Some(letter),
        });
    }
    text
}

/// `utf-8'en'%E8%A1%A8.xls`.
fn decoded(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _, escaped) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = bytes_of(escaped);
    let encoding = Encoding::for_label(charset.as_bytes())?;
    let (name, _) = encoding.decode_without_bom_handling(&bytes);
    Some(name.into_owned())
}

fn bytes_of(escaped: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *first == b'%');
        match hex.and_then(|hex| hex::decode(hex).ok()) {
            Some(byte) => {
                bytes.extend(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_however_it_is_written() {
        let cases: &[(&[u8], Option<&str>)] = &[
            (
                &b"attachment; filename=\"MEDIA_ID.jpg\""[..],
                Some("MEDIA_ID.jpg"),
            ),
            (b"attachment;FileName=a.jpg;x=1", Some("a.jpg")),
            (
                "attachment; filename*=utf-8''%E8%A1%A8.xls; filename=\"表.xls\"".as_bytes(),
                Some("表.xls"),
            ),
            (
                b"attachment; filename=\"x.xls\"; filename*=UTF-8'zh'%E8%A1%A8.xls",
                Some("表.xls"),
            ),
            (b"attachment; filename*=GBK''%B1%ED.xls", Some("表.xls")),
            (b"attachment; filename*=gb2312''%B1%ED.xls", Some("表.xls")),
            (
                b"attachment; filename*=ISO-8859-1''na%EFve.txt",
                Some("naïve.txt"),
            ),
            (
                b"attachment; filename*=klingon''x; filename=y.txt",
                Some("y.txt"),
            ),
            (b"attachment; filename*=UTF-8''100%.txt", Some("100%.txt")),
            ("attachment; filename=\"表.xls\"".as_bytes(), Some("表.xls")),
            (b"attachment; filename=\"\xb1\xed.xls\"", Some("表.xls")),
            (b"attachment; filename=\"a\\\"b;c.txt\"", Some("a\"b;c.txt")),
            (b"attachment; filename=\"\"", None),
            (b"inline", None),
            (b"", None),
        ];
        for (header, name) in cases {
            assert_eq!(
                file_name(header).as_deref(),
                *name,
                "{}",
                String::from_utf8_lossy(header)
            );
        }
    }
}
