//! Media of messages: uploaded once for each account and content, used again while WeChat keeps it.
//!
//! One row an account, type and content. Whoever finds nothing good there takes the lease in the
//! same request and uploads; the others wait for the row.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wechat_oa::{
    api::{
        File, Invalid,
        file::{Format, Limits},
    },
    ids::AppId,
};

/// WeChat keeps temporary media this long, in milliseconds (protocol section 7.4).
pub const LIFE: Duration = Duration::from_secs(259_200);
/// A `media_id` is handed out only with this much life left: a message may wait
/// for a night of quiet hours before it goes.
pub const RESERVE: Duration = Duration::from_secs(43_200);
/// How long an upload may take before another caller makes it.
pub const LEASE: Duration = Duration::from_secs(30);

/// What media is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    Image,
    Voice,
    Video,
    /// The picture before a video or a music.
    Thumb,
}

impl MediaKind {
    const ALL: [Self; 4] = [Self::Image, Self::Voice, Self::Video, Self::Thumb];

    /// The kind of that name, as WeChat's `type` spells it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
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

    /// The bytes as a file under that name with the extension of their format, if WeChat takes such
    /// a file as this.
    ///
    /// # Errors
    /// The rule the bytes break.
    pub fn file(self, name: &str, bytes: Vec<u8>) -> Result<File, Invalid> {
        let extension = Format::of(&bytes).map_or("bin", extension);
        let file = File::new(format!("{name}.{extension}"), bytes);
        let limits = match self {
            Self::Image => Limits::IMAGE,
            Self::Voice => Limits::VOICE,
            Self::Video => Limits::VIDEO,
            Self::Thumb => Limits::THUMB,
        };
        limits.check(&file)?;
        Ok(file)
    }
}

fn extension(format: Format) -> &'static str {
    match format {
        Format::Png => "png",
        Format::Jpeg => "jpg",
        Format::Gif => "gif",
        Format::Amr | Format::AmrWide => "amr",
        Format::Mp3 => "mp3",
        Format::Mp4 => "mp4",
    }
}

/// What tells one upload from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaKey {
    pub app_id: AppId,
    /// What it is used as.
    pub kind: MediaKind,
    /// Whether it stays until it is deleted.
    pub permanent: bool,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
}

impl MediaKey {
    /// The row's key.
    pub fn id(&self) -> String {
        let life = match self.permanent {
            true => "permanent",
            false => "temporary",
        };
        let (app_id, kind, sha256) = (&self.app_id, self.kind.as_str(), &self.sha256);
        format!("{app_id}#{life}#{kind}#{sha256}")
    }
}

/// Media WeChat holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub media_id: String,
    /// Where it can be seen; only permanent pictures have one.
    pub url: Option<String>,
    /// When WeChat drops it; `None` for permanent media.
    #[serde(rename = "ends_ms")]
    pub ends: Option<Timestamp>,
    /// When it was uploaded.
    #[serde(rename = "stored_ms")]
    pub stored: Timestamp,
}

/// The row of an upload, as far as decisions read it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Row {
    pub stored: Option<Stored>,
    /// Who uploads.
    pub lease_owner: Option<String>,
    /// Until when.
    #[serde(default)]
    pub lease_until: Timestamp,
}

/// What a caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Use what is there.
    Reuse(Stored),
    /// The lease is this caller's: upload.
    Upload,
    /// Another one uploads: look again soon.
    Wait,
}

impl Stored {
    /// Whether it lives long enough to be handed out at `now`, and was uploaded at `since` or
    /// later.
    pub fn is_good(&self, now: Timestamp, since: Timestamp) -> bool {
        let lives = self.ends.is_none_or(|ends| ends.since(now) > RESERVE);
        lives && self.stored >= since
    }
}

/// Decides what the caller `me` does, by the row as it stands after its bid for the lease.
pub fn next_step(row: &Row, me: &str, now: Timestamp, since: Timestamp) -> Step {
    match &row.stored {
        Some(stored) if stored.is_good(now, since) => Step::Reuse(stored.clone()),
        _ if row.lease_owner.as_deref() == Some(me) => Step::Upload,
        _ => Step::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ms;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn stored(ends: Option<Timestamp>) -> Stored {
        Stored {
            media_id: "m".into(),
            url: None,
            ends,
            stored: NOW,
        }
    }

    fn row(stored: Option<Stored>, owner: Option<&str>) -> Row {
        Row {
            stored,
            lease_owner: owner.map(str::to_owned),
            lease_until: NOW + LEASE,
        }
    }

    #[test]
    fn good_media_is_used_again_even_while_somebody_uploads() {
        let good = stored(Some(NOW + LIFE));
        let step = next_step(
            &row(Some(good.clone()), Some("other")),
            "me",
            NOW,
            Timestamp::from_millis(0),
        );
        assert_eq!(step, Step::Reuse(good));
    }

    #[test]
    fn temporary_media_is_left_in_good_time_and_permanent_never() {
        let end = NOW + LIFE;
        assert!(stored(Some(end)).is_good(end - RESERVE - ms(1), Timestamp::from_millis(0)));
        assert!(!stored(Some(end)).is_good(end - RESERVE, Timestamp::from_millis(0)));
        assert!(stored(None).is_good(Timestamp::MAX, Timestamp::default()));
        assert!(
            !stored(None).is_good(NOW, NOW + ms(1)),
            "older than asked for"
        );
    }

    #[test]
    fn the_holder_of_the_lease_uploads_and_the_rest_wait() {
        assert_eq!(
            next_step(&row(None, Some("me")), "me", NOW, Timestamp::from_millis(0)),
            Step::Upload
        );
        assert_eq!(
            next_step(
                &row(None, Some("you")),
                "me",
                NOW,
                Timestamp::from_millis(0)
            ),
            Step::Wait
        );
        assert_eq!(
            next_step(&Row::default(), "me", NOW, Timestamp::from_millis(0)),
            Step::Wait
        );
    }

    #[test]
    fn bytes_become_a_file_of_their_format_where_it_is_taken() {
        let png = b"\x89PNG\r\n\x1a\n....".to_vec();
        let file = MediaKind::Image.file("ab", png.clone()).unwrap();
        assert_eq!(
            (file.name.as_str(), file.content_type.as_str()),
            ("ab.png", "image/png")
        );
        for (kind, bytes) in [
            (MediaKind::Thumb, png),
            (MediaKind::Image, b"<html>".to_vec()),
            (MediaKind::Voice, Vec::new()),
        ] {
            assert_eq!(kind.file("ab", bytes).unwrap_err().field, "media");
        }
        assert_eq!(MediaKind::named("thumb"), Some(MediaKind::Thumb));
        assert_eq!(MediaKind::named("file"), None);
    }

    #[test]
    fn one_content_has_one_row_for_each_use() {
        let key = |kind, permanent| MediaKey {
            app_id: AppId::try_from("wx5f2c8a1d9e3b7046").unwrap(),
            kind,
            permanent,
            sha256: "ab".into(),
        };
        assert_eq!(
            key(MediaKind::Image, false).id(),
            "wx5f2c8a1d9e3b7046#temporary#image#ab"
        );
        assert_ne!(
            key(MediaKind::Thumb, false).id(),
            key(MediaKind::Image, false).id()
        );
        assert_ne!(
            key(MediaKind::Image, true).id(),
            key(MediaKind::Image, false).id()
        );
    }
}
