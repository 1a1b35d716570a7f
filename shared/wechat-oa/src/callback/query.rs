//! The query of a request to the callback.

use std::borrow::Cow;

/// What WeChat puts into the query; absent parts are empty. Of a repeated name the first counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query<'a> {
    /// Signs token, timestamp and nonce.
    pub signature: Cow<'a, str>,
    /// Seconds since 1970, as text: it is signed as text.
    pub timestamp: Cow<'a, str>,
    /// A random text, part of what is signed.
    pub nonce: Cow<'a, str>,
    /// What the URL check wants back.
    pub echostr: Option<Cow<'a, str>>,
    /// `aes` when the body is sealed.
    pub encrypt_type: Cow<'a, str>,
    /// Signs token, timestamp, nonce and the sealed body.
    pub msg_signature: Cow<'a, str>,
}

impl<'a> Query<'a> {
    /// Reads the query as it stands in the URL.
    ///
    /// ```
    /// use wechat_oa::callback::Query;
    ///
    /// let query = Query::parse("signature=f0&timestamp=1767000000&nonce=a%2Bb&encrypt_type=aes");
    /// assert_eq!((&*query.timestamp, &*query.nonce, &*query.encrypt_type), ("1767000000", "a+b", "aes"));
    /// assert_eq!(query.echostr, None);
    /// ```
    pub fn parse(raw: &'a str) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs(raw) {
            let place = match name {
                "signature" => &mut query.signature,
                "timestamp" => &mut query.timestamp,
                "nonce" => &mut query.nonce,
                "encrypt_type" => &mut query.encrypt_type,
                "msg_signature" => &mut query.msg_signature,
                "echostr" => {
                    query.echostr.get_or_insert_with(|| decode(value));
                    continue;
                }
                _ => continue,
            };
            if place.is_empty() {
                *place = decode(value);
            }
        }
        query
    }
}

/// Names and values, found in one pass over the text.
fn pairs(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    let (mut start, mut equals) = (0, None);
    let ends = memchr::memchr2_iter(b'=', b'&', raw.as_bytes()).chain([raw.len()]);
    ends.filter_map(move |at| {
        if raw.as_bytes().get(at) == Some(&b'=') {
            equals.get_or_insert(at);
            return None;
        }
        let (from, middle) = (std::mem::replace(&mut start, at + 1), equals.take()?);
        Some((raw.get(from..middle)?, raw.get(middle + 1..at)?))
    })
}

/// A part of a URL without its escapes; what is no escape stays as it is, `+` is a blank.
///
/// ```
/// assert_eq!(wechat_oa::callback::query::decode("%E4%BD%A0+100%"), "你 100%");
/// ```
pub fn decode(value: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'%', b'+', value.as_bytes()).is_none() {
        return Cow::Borrowed(value);
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => escaped(&mut rest).unwrap_or(b'%'),
            other => other,
        });
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

/// The byte of `%41`; a lone percent sign stays what it is.
fn escaped(rest: &mut std::str::Bytes<'_>) -> Option<u8> {
    let mut ahead = rest.clone();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(ahead.next()?)? * 16 + digit(ahead.next()?)?;
    *rest = ahead;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_the_first_one_counts() {
        let query = Query::parse(
            "&alone&nonce=a%2Bb+c&nonce=z&timestamp=17&echostr=%3Cb%3E=%E4%BD%A0&x=%&signature=100%zz&",
        );
        assert_eq!(query.nonce, "a+b c");
        assert_eq!(query.timestamp, "17");
        assert_eq!(query.echostr.as_deref(), Some("<b>=你"));
        assert_eq!(query.signature, "100%zz");
        assert_eq!(query.encrypt_type, "");
        assert_eq!(Query::parse("").echostr, None);
    }
}
