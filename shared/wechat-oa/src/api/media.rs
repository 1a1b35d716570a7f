//! Family `media`: files that WeChat keeps for three days (protocol section 7.4).

use super::{
    Accounts, Download, File, Invalid, Meta, endpoint::family, file::Limits, rules::filled,
    wire::Number,
};
use serde::{Deserialize, Serialize};

family! { "media" for ANY:
    UploadMedia => MediaUploaded: Meta::post("/cgi-bin/media/upload", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/New_temporary_materials.html")
        .query(&["type"]), validate, file(media);
    GetMedia => Media: Meta::get("/cgi-bin/media/get", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Get_temporary_materials.html"), check(media_id: filled);
    GetJssdkVoice => Download: Meta::get("/cgi-bin/media/get/jssdk", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Get_temporary_materials.html").accounts(Accounts::VERIFIED), check(media_id: filled);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, download, jpeg, media_id};
    vec![
        call(UploadMedia {
            kind: MediaKind::Image,
            media: jpeg(),
        }),
        download(GetMedia {
            media_id: media_id(),
        }),
        download(GetJssdkVoice {
            media_id: media_id(),
        }),
    ]
}

/// `POST /cgi-bin/media/upload`: keeps a file for three days.
///
/// ```
/// use wechat_oa::api::{File, media::{MediaKind, UploadMedia}};
///
/// let media = File::new("photo.jpg", b"\xff\xd8\xff\xe0".to_vec());
/// assert!(UploadMedia { kind: MediaKind::Image, media: media.clone() }.validate().is_ok());
/// assert!(UploadMedia { kind: MediaKind::Video, media }.validate().is_err());
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct UploadMedia {
    #[serde(rename = "type")]
    pub kind: MediaKind,
    #[serde(skip)]
    pub media: File,
}

/// What a file is for; each kind has its own [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// A picture: PNG, JPEG or GIF, 10 MB.
    Image,
    /// A voice: AMR or MP3, 2 MB, 60 s.
    Voice,
    /// A video: MP4, 10 MB.
    Video,
    /// A thumbnail: JPEG, 64 KB.
    Thumb,
}

impl MediaKind {
    /// What WeChat takes as this kind.
    pub fn limits(self) -> Limits {
        match self {
            Self::Image => Limits::IMAGE,
            Self::Voice => Limits::VOICE,
            Self::Video => Limits::VIDEO,
            Self::Thumb => Limits::THUMB,
        }
    }
}

impl UploadMedia {
    /// The file has the size and the format of its kind.
    ///
    /// # Errors
    /// When it has not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.kind.limits().check(&self.media)
    }
}

/// A file WeChat keeps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Uploaded")]
pub struct MediaUploaded {
    /// `image`, `voice`, `video`, `thumb` or, from `uploadnews`, `news`.
    pub kind: String,
    /// Its id; on the wire that of a thumb is called `thumb_media_id`.
    pub media_id: String,
    /// When it came, in seconds since 1970; it goes three days later.
    pub created_at: i64,
}

#[serde_with::serde_as]
#[derive(Deserialize)]
struct Uploaded {
    #[serde(rename = "type", default)]
    kind: String,
    media_id: Option<String>,
    thumb_media_id: Option<String>,
    #[serde_as(as = "Number")]
    #[serde(default)]
    created_at: i64,
}

impl TryFrom<Uploaded> for MediaUploaded {
    type Error = &'static str;

    fn try_from(uploaded: Uploaded) -> Result<Self, Self::Error> {
        Ok(Self {
            kind: uploaded.kind,
            media_id: uploaded
                .media_id
                .or(uploaded.thumb_media_id)
                .ok_or("missing field `media_id`")?,
            created_at: uploaded.created_at,
        })
    }
}

/// `GET /cgi-bin/media/get`: a file WeChat keeps. 40007 when it is gone.
#[derive(Debug, Clone, Serialize)]
pub struct GetMedia {
    pub media_id: String,
}

/// `GET /cgi-bin/media/get/jssdk`: a voice recorded with the JS-SDK, in Speex at 16 kHz.
#[derive(Debug, Clone, Serialize)]
pub struct GetJssdkVoice {
    pub media_id: String,
}

/// A file WeChat keeps, or where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    File(Download),
    /// A video, to be fetched from there.
    Video {
        /// The address, good for a while.
        video_url: String,
    },
}

impl From<Download> for Media {
    fn from(download: Download) -> Self {
        #[derive(Deserialize)]
        struct Video {
            video_url: String,
        }
        match download.json::<Video>() {
            Some(Video { video_url }) => Self::Video { video_url },
            None => Self::File(download),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn uploaded(text: &str) -> MediaUploaded {
        serde_json::from_str(text).unwrap()
    }

    fn download(bytes: &[u8]) -> Download {
        Download {
            content_type: None,
            file_name: None,
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let image = uploaded(include_str!(
            "../../../../tests/fixtures/responses/media_upload.json"
        ));
        assert_eq!(
            (image.kind.as_str(), image.created_at),
            ("image", 1_735_692_000)
        );
        assert!(image.media_id.starts_with("9pXk2"));
        let thumb = include_str!("../../../../tests/fixtures/responses/media_upload_thumb.json");
        assert!(uploaded(thumb).media_id.starts_with("Th4mb"));
        let both =
            json!({"type": "thumb", "media_id": "m", "thumb_media_id": "t", "created_at": "1"});
        assert_eq!(uploaded(&both.to_string()).media_id, "m");
        let none = json!({"type": "thumb", "created_at": 1});
        assert!(serde_json::from_value::<MediaUploaded>(none).is_err());
    }

    #[test]
    fn a_video_is_an_address_and_anything_else_a_file() {
        let video = include_bytes!("../../../../tests/fixtures/responses/media_get_video.json");
        let video_url = "http://203.0.113.50/v.mp4?k=1".to_owned();
        assert_eq!(Media::from(download(video)), Media::Video { video_url });
        for file in [&b"\xff\xd8\xff"[..], b"", b"{}"] {
            assert_eq!(Media::from(download(file)), Media::File(download(file)));
        }
    }

    #[test]
    fn a_file_of_the_wrong_kind_stays_here() {
        let upload = |kind, name: &str, bytes: &[u8]| {
            let media = File::new(name, bytes.to_vec());
            UploadMedia { kind, media }.validate()
        };
        assert_eq!(upload(MediaKind::Thumb, "a.jpg", b"\xff\xd8\xff"), Ok(()));
        assert!(upload(MediaKind::Video, "a.jpg", b"\xff\xd8\xff").is_err());
        assert!(upload(MediaKind::Voice, "a.amr", b"#!AMR\n").is_ok());
        assert!(upload(MediaKind::Image, "a.png", b"").is_err());
        let media_id = String::new();
        assert!(GetMedia { media_id }.validate().is_err());
    }
}
