//! What WeChat takes as media (protocol section 7.4), told by the first bytes.

use crate::api::Invalid;
use serde::{Deserialize, Serialize};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What media is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture: PNG, JPEG or GIF, 10 MB at most.
    Image,
    /// A voice: AMR or MP3, 2 MB and 60 s at most.
    Voice,
    /// A video: MP4, 10 MB at most.
    Video,
    /// The picture before a video or a music: JPEG, 64 KB at most.
    Thumb,
}

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// AMR.
    Amr,
    /// MP3.
    Mp3,
    /// MP4.
    Mp4,
}

impl MediaKind {
    /// The kind of that name, as WeChat's `type` spells it.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Image, Self::Voice, Self::Video, Self::Thumb]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }

    /// WeChat's `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::Thumb => "thumb",
        }
    }

    /// Checks size and format, which WeChat would refuse with 40004 to 40012. How long a voice lasts
    /// is left to WeChat.
    ///
    /// # Errors
    /// The rule the bytes break.
    pub fn check(self, bytes: &[u8]) -> Result<Format, Invalid> {
        let (most, formats, rule): (_, &[Format], _) = match self {
            Self::Image => (
                10 * MIB,
                &[Format::Png, Format::Jpeg, Format::Gif],
                "an image must be a PNG, JPEG or GIF of at most 10 MB",
            ),
            Self::Voice => (
                2 * MIB,
                &[Format::Amr, Format::Mp3],
                "a voice must be an AMR or MP3 of at most 2 MB",
            ),
            Self::Video => (
                10 * MIB,
                &[Format::Mp4],
                "a video must be an MP4 of at most 10 MB",
            ),
            Self::Thumb => (
                64 * KIB,
                &[Format::Jpeg],
                "a thumb must be a JPEG of at most 64 KB",
            ),
        };
        let format = Format::of(bytes).filter(|format| formats.contains(format));
        match format {
            Some(format) if bytes.len() <= most => Ok(format),
            _ => Err(Invalid {
                field: "media".into(),
                rule: rule.into(),
            }),
        }
    }
}

impl Format {
    /// The format of a file that begins like this.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'#', b'!', b'A', b'M', b'R', ..] => Some(Self::Amr),
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            [0xff, second, ..] if second & 0xe6 == 0xe2 => Some(Self::Mp3),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Self::Mp4),
            _ => None,
        }
    }

    /// The extension of its files: WeChat tells the type by it.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Amr => "amr",
            Self::Mp3 => "mp3",
            Self::Mp4 => "mp4",
        }
    }

    /// Its MIME type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Amr => "audio/amr",
            Self::Mp3 => "audio/mpeg",
            Self::Mp4 => "video/mp4",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0....";

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        for (bytes, format) in [
            (PNG, Some(Format::Png)),
            (JPEG, Some(Format::Jpeg)),
            (b"GIF89a..", Some(Format::Gif)),
            (b"#!AMR\n..", Some(Format::Amr)),
            (b"ID3\x04....", Some(Format::Mp3)),
            (b"\xff\xfb\x90\x44", Some(Format::Mp3)),
            (b"\0\0\0\x20ftypisom", Some(Format::Mp4)),
            (b"<html>", None),
            (b"\xff", None),
            (b"", None),
        ] {
            assert_eq!(Format::of(bytes), format, "{bytes:?}");
        }
    }

    #[test]
    fn each_kind_takes_its_formats_up_to_its_size() {
        assert_eq!(MediaKind::Image.check(PNG), Ok(Format::Png));
        assert!(MediaKind::Thumb.check(PNG).is_err());
        let mut thumb = JPEG.to_vec();
        thumb.resize(64 * KIB, 0);
        assert!(MediaKind::Thumb.check(&thumb).is_ok());
        thumb.push(0);
        let error = MediaKind::Thumb.check(&thumb).unwrap_err();
        assert!(error.to_string().contains("64 KB"), "{error}");
        assert!(MediaKind::Voice.check(b"").is_err());
    }

    #[test]
    fn kinds_are_named_as_wechat_does() {
        assert_eq!(MediaKind::named("thumb"), Some(MediaKind::Thumb));
        assert_eq!(MediaKind::named("file"), None);
    }
}
