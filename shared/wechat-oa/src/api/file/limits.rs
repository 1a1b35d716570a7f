//! How big a file may be and what it may be, by its use (protocol section 7.4).

use super::{File, Format};
use crate::api::Invalid;

/// What WeChat takes as one kind of file. Checked are length, extension and first bytes; of how
/// long a voice lasts only what its length makes certain, and a picture's width not at all.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    formats: &'static [Format],
    formats_rule: &'static str,
    bytes: u64,
    bytes_rule: &'static str,
    seconds: Option<u64>,
}

impl Limits {
    /// A picture: PNG, JPEG or GIF, 10 MB.
    pub const IMAGE: Self = Self {
        formats: &[Format::Png, Format::Jpeg, Format::Gif],
        formats_rule: "must be PNG, JPEG or GIF, by name and content",
        bytes: 10 << 20,
        bytes_rule: "must have at most 10 MB",
        seconds: None,
    };
    /// A voice: AMR or MP3, 2 MB, 60 s. A longer AMR is told by its length where no coding could
    /// make it fit; a longer MP3 only WeChat finds (45007).
    pub const VOICE: Self = Self {
        formats: &[Format::Amr, Format::AmrWide, Format::Mp3],
        formats_rule: "must be AMR or MP3, by name and content",
        bytes: 2 << 20,
        bytes_rule: "must have at most 2 MB",
        seconds: Some(60),
    };
    /// A video: MP4, 10 MB.
    pub const VIDEO: Self = Self {
        formats: &[Format::Mp4],
        formats_rule: "must be MP4, by name and content",
        bytes: 10 << 20,
        bytes_rule: "must have at most 10 MB",
        seconds: None,
    };
    /// A thumbnail: JPEG, 64 KB.
    pub const THUMB: Self = Self {
        formats: &[Format::Jpeg],
        formats_rule: "must be JPEG, by name and content",
        bytes: 64 << 10,
        bytes_rule: "must have at most 64 KB",
        seconds: None,
    };
    /// A picture inside an article: PNG or JPEG, less than 1 MB.
    pub const ARTICLE_IMAGE: Self = Self {
        formats: &[Format::Png, Format::Jpeg],
        formats_rule: "must be PNG or JPEG, by name and content",
        bytes: (1 << 20) - 1,
        bytes_rule: "must have less than 1 MB",
        seconds: None,
    };
    /// The head of a customer-service account: JPEG, less than 5 MB, 640 × 640.
    pub const HEAD_IMAGE: Self = Self {
        formats: &[Format::Jpeg],
        formats_rule: "must be JPEG, by name and content",
        bytes: (5 << 20) - 1,
        bytes_rule: "must have less than 5 MB",
        seconds: None,
    };

    /// The file fits.
    ///
    /// # Errors
    /// The rule the field `media` breaks.
    pub fn check(&self, file: &File) -> Result<(), Invalid> {
        Invalid::unless(file.length() > 0, "media", "must not be empty")?;
        Invalid::unless(file.length() <= self.bytes, "media", self.bytes_rule)?;
        let takes = |format: Option<Format>| format.filter(|f| self.formats.contains(f));
        let (named, found) = (takes(Format::named(&file.name)), takes(file.format()));
        Invalid::unless(named.is_some(), "media", self.formats_rule)?;
        let Some(found) = found else {
            return Invalid::unless(false, "media", self.formats_rule);
        };
        let long = |seconds| found.lasts_longer_than(seconds, file.length());
        let long = self.seconds.is_some_and(long);
        Invalid::unless(!long, "media", "must not last longer than 60 s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, head: &[u8], length: usize) -> File {
        let mut bytes = head.to_vec();
        bytes.resize(length, 0);
        File::new(name, bytes)
    }

    const JPEG: &[u8] = b"\xff\xd8\xff\xe0";
    const MP4: &[u8] = b"\0\0\0\x18ftypmp42";

    #[test]
    fn each_limit_holds_to_the_byte() {
        for (limits, name, head, most) in [
            (Limits::IMAGE, "a.jpg", JPEG, 10 << 20),
            (Limits::VOICE, "a.mp3", b"ID3", 2 << 20),
            (Limits::VIDEO, "a.mp4", MP4, 10 << 20),
            (Limits::THUMB, "a.jpeg", JPEG, 64 << 10),
            (Limits::ARTICLE_IMAGE, "a.jpg", JPEG, (1 << 20) - 1),
            (Limits::HEAD_IMAGE, "a.JPG", JPEG, (5 << 20) - 1),
            (Limits::VOICE, "a.amr", b"#!AMR\n", 96_006),
            (Limits::VOICE, "a.amr", b"#!AMR-WB\n", 183_009),
        ] {
            assert_eq!(limits.check(&file(name, head, most)), Ok(()), "{name}");
            let broken = limits.check(&file(name, head, most + 1)).unwrap_err();
            assert_eq!(broken.field, "media", "{name}");
        }
    }

    #[test]
    fn name_and_content_must_both_fit() {
        for (name, head) in [
            ("a.bmp", JPEG),
            ("jpg", JPEG),
            ("a.jpg", b"<html>"),
            ("a.jpg", MP4),
            ("a.jpg", b""),
        ] {
            assert!(
                Limits::IMAGE.check(&file(name, head, 99)).is_err(),
                "{name}"
            );
        }
        assert!(
            Limits::THUMB
                .check(&file("a.png", b"\x89PNG\r\n\x1a\n", 99))
                .is_err()
        );
        let empty = Limits::IMAGE.check(&file("a.jpg", b"", 0)).unwrap_err();
        assert_eq!(empty.rule, "must not be empty");
    }
}
