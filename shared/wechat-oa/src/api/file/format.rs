//! The formats WeChat takes, told by a file's first bytes and by its name.

/// A format WeChat takes somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Png,
    Jpeg,
    Gif,
    /// AMR, narrow band.
    Amr,
    /// AMR, wide band.
    AmrWide,
    Mp3,
    Mp4,
}

impl Format {
    /// The format of what begins with those bytes.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'#', b'!', b'A', b'M', b'R', b'-', b'W', b'B', b'\n', ..] => Some(Self::AmrWide),
            [b'#', b'!', b'A', b'M', b'R', b'\n', ..] => Some(Self::Amr),
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            // The first frame: eleven set bits, a version that exists, layer 3.
            [0xff, second, ..] if second & 0xe6 == 0xe2 && second & 0x18 != 0x08 => Some(Self::Mp3),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            _ => None,
        }
    }

    /// The format the extension of a name stands for.
    pub fn named(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "png" => Self::Png,
            "jpg" | "jpeg" => Self::Jpeg,
            "gif" => Self::Gif,
            "amr" => Self::Amr,
            "mp3" => Self::Mp3,
            "mp4" => Self::Mp4,
            _ => return None,
        })
    }

    /// Its MIME type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Amr => "audio/amr",
            Self::AmrWide => "audio/amr-wb",
            Self::Mp3 => "audio/mpeg",
            Self::Mp4 => "video/mp4",
        }
    }

    /// So many bytes of it last longer than that many seconds for certain. Only AMR tells: 20 ms
    /// have 32 bytes at most, in wide band 61 (RFC 4867, section 5.3).
    pub(super) fn lasts_longer_than(self, seconds: u64, length: u64) -> bool {
        let (header, frame) = match self {
            Self::Amr => (6, 32),
            Self::AmrWide => (9, 61),
            _ => return false,
        };
        length > header + seconds * 50 * frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let known: [(&[u8], Format); 11] = [
            (b"\x89PNG\r\n\x1a\n\0\0", Format::Png),
            (b"\xff\xd8\xff\xe0\0", Format::Jpeg),
            (b"GIF87a", Format::Gif),
            (b"GIF89a..", Format::Gif),
            (b"#!AMR\n\x3c", Format::Amr),
            (b"#!AMR-WB\n\x04", Format::AmrWide),
            (b"ID3\x03", Format::Mp3),
            (b"\xff\xfb\x90", Format::Mp3),
            (b"\xff\xf3\x40", Format::Mp3),
            (b"\0\0\0\x18ftypmp42", Format::Mp4),
            (b"\0\0\0\x20ftypisom\0\0", Format::Mp4),
        ];
        for (head, format) in known {
            assert_eq!(Format::of(head), Some(format), "{head:?}");
        }
        for other in [
            &b""[..],
            b"{\"errcode\":1}",
            b"\xff",
            b"RIFF....WEBP",
            b"%PDF",
            b"\xff\xec",
        ] {
            assert_eq!(Format::of(other), None, "{other:?}");
        }
    }

    #[test]
    fn names_count_by_their_last_extension() {
        assert_eq!(Format::named("a.tar.JPEG"), Some(Format::Jpeg));
        assert_eq!(Format::named("jpg"), None);
        assert_eq!(Format::named("a.jpg.exe"), None);
    }
}
