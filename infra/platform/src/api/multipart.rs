//! Reads uploads: `multipart/form-data` in one piece.

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) name: String,
    /// Empty for fields that are no file.
    pub(super) file_name: String,
    pub(super) bytes: &'a [u8],
}

/// The parts of a body; none when it is no form.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    if !content_type.starts_with("multipart/form-data") {
        return None;
    }
    let boundary = parameter(content_type, "boundary")?;
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let (before, mut rest) = split(body, first.as_bytes())?;
    if !before.is_empty() && !before.ends_with(b"\r\n") {
        return None;
    }
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let (content, after) = split(rest.strip_prefix(b"\r\n")?, between.as_bytes())?;
        parts.push(part(content)?);
        rest = after;
    }
    Some(parts)
}

fn part(content: &[u8]) -> Option<Part<'_>> {
    let (head, bytes) = split(content, b"\r\n\r\n")?;
    let head = std::str::from_utf8(head).ok()?;
    let is_disposition = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        name.eq_ignore_ascii_case("content-disposition")
    };
    let disposition = head.split("\r\n").find(is_disposition)?;
    Some(Part {
        name: parameter(disposition, "name")?,
        file_name: parameter(disposition, "filename").unwrap_or_default(),
        bytes,
    })
}

/// A parameter of a header, in quotes or bare.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut parameters = header
        .split(';')
        .skip(1)
        .filter_map(|part| part.split_once('='));
    let found = parameters.find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = memchr::memmem::find(bytes, at)?;
    Some((bytes.get(..place)?, bytes.get(place + at.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=xY";

    #[test]
    fn files_and_fields_are_read() {
        let body = b"--xY\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89P\r\n--\r\n\r\n--xY\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n{}\r\n--xY--\r\n";
        let parts = parts(TYPE, body).unwrap();
        assert_eq!(
            (parts[0].name.as_str(), parts[0].file_name.as_str()),
            ("media", "a.png")
        );
        assert_eq!(parts[0].bytes, b"\x89P\r\n--\r\n");
        assert_eq!(
            (parts[1].name.as_str(), parts[1].bytes),
            ("description", &b"{}"[..])
        );
    }

    #[test]
    fn what_is_no_form_is_none() {
        assert_eq!(parts("application/json", b"{}"), None);
        for body in [
            "",
            "--xY",
            "--xY\r\n\r\nno head\r\n--xY--",
            "--xY\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
        ] {
            assert_eq!(parts(TYPE, body.as_bytes()), None, "{body}");
        }
    }
}
