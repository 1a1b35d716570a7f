//! Family `material`: files and articles that WeChat keeps for good (protocol section 7.4).
//! 100,000 pictures and articles, 1,000 of every other kind.

use super::{
    Accounts, Download, File, Invalid, Meta,
    answer::Done,
    article::{News, NewsArticle, NewsItem},
    endpoint::{
        RetryClass::{Idempotent, Read},
        family,
    },
    media::MediaKind,
    rules::{count, each, filled},
    wire::Number,
};
use serde::{Deserialize, Serialize};

family! { "material" for UNSAID:
    AddNews => MaterialAdded: Meta::post("/cgi-bin/material/add_news", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Adding_Permanent_Assets.html"), check(articles: check_news);
    AddMaterial => MaterialAdded: Meta::post("/cgi-bin/material/add_material", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Adding_Permanent_Assets.html").accounts(Accounts::ANY)
        .query(&["type"]), validate, file(media);
    GetMaterial => Material: Meta::post("/cgi-bin/material/get_material", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Getting_Permanent_Assets.html").accounts(Accounts::ANY)
        .retry(Read), check(media_id: filled);
    DeleteMaterial => Done: Meta::post("/cgi-bin/material/del_material", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Deleting_Permanent_Assets.html").accounts(Accounts::ANY)
        .retry(Idempotent), check(media_id: filled);
    UpdateNews => Done: Meta::post("/cgi-bin/material/update_news", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Editing_Permanent_Rich_Media_Assets.html")
        .retry(Idempotent), check(media_id: filled, articles: check_article);
    CountMaterials => MaterialCounts: Meta::get("/cgi-bin/material/get_materialcount", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Get_the_total_of_all_materials.html").accounts(Accounts::ANY);
    ListMaterials => MaterialList: Meta::post("/cgi-bin/material/batchget_material", "https://developers.weixin.qq.com/doc/offiaccount/Asset_Management/Get_materials_list.html").accounts(Accounts::ANY)
        .retry(Read), check(count: check_page);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, download, media_id, news};
    let description = VideoDescription {
        title: "标题".into(),
        introduction: "介绍".into(),
    };
    vec![
        call(AddNews {
            articles: vec![news()],
        }),
        call(AddMaterial {
            kind: MediaKind::Video,
            description: Some(description),
            media: File::new("v.mp4", b"\0\0\0\x18ftypmp42".to_vec()),
        }),
        download(GetMaterial {
            media_id: media_id(),
        }),
        call(DeleteMaterial {
            media_id: media_id(),
        }),
        call(UpdateNews {
            media_id: media_id(),
            index: 0,
            articles: news(),
        }),
        call(CountMaterials {}),
        call(ListMaterials {
            kind: MaterialKind::News,
            offset: 0,
            count: 20,
        }),
    ]
}

/// `POST /cgi-bin/material/add_news`: keeps articles. Superseded by
/// [`AddDraft`](super::draft::AddDraft) and gone from the present list of calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddNews {
    /// The articles, 1 to 8.
    pub articles: Vec<NewsArticle>,
}

pub(super) fn check_news(list: &'static str, articles: &[NewsArticle]) -> Result<(), Invalid> {
    count(list, articles, 1..=8, "must be 1 to 8")?;
    each(list, articles, NewsArticle::validate)
}

/// `POST /cgi-bin/material/add_material`: keeps a file.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct AddMaterial {
    #[serde(rename = "type")]
    pub kind: MediaKind,
    /// What a video is about; a video needs it and nothing else has it.
    pub description: Option<VideoDescription>,
    /// The file, within the limits of temporary media.
    #[serde(skip)]
    pub media: File,
}

/// What a video is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VideoDescription {
    pub title: String,
    /// A few words.
    pub introduction: String,
}

impl AddMaterial {
    /// The file has the size and the format of its kind, and a video has a title.
    ///
    /// # Errors
    /// When it has not.
    pub fn validate(&self) -> Result<(), Invalid> {
        let video = self.kind == MediaKind::Video;
        Invalid::unless(
            video == self.description.is_some(),
            "description",
            "must come with a video and with nothing else",
        )?;
        if let Some(description) = &self.description {
            filled("title", &description.title).map_err(|broken| broken.inside("description"))?;
        }
        self.kind.limits().check(&self.media)
    }
}

/// Something WeChat keeps for good.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MaterialAdded {
    pub media_id: String,
    /// Where it can be seen; pictures only.
    pub url: Option<String>,
}

/// `POST /cgi-bin/material/get_material`: something WeChat keeps for good.
#[derive(Debug, Clone, Serialize)]
pub struct GetMaterial {
    pub media_id: String,
}

/// Something WeChat keeps for good, in one of three shapes.
#[derive(Debug, Clone, PartialEq)]
pub enum Material {
    /// Articles.
    Articles(Vec<NewsItem>),
    /// A video, to be fetched from an address.
    Video(MaterialVideo),
    /// A file.
    File(Download),
}

/// A video kept for good.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MaterialVideo {
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub description: String,
    /// Where it is, for a while.
    pub down_url: String,
}

impl From<Download> for Material {
    fn from(download: Download) -> Self {
        #[derive(Deserialize)]
        struct Articles {
            news_item: Vec<NewsItem>,
        }
        if let Some(Articles { news_item }) = download.json() {
            return Self::Articles(news_item);
        }
        match download.json() {
            Some(video) => Self::Video(video),
            None => Self::File(download),
        }
    }
}

/// `POST /cgi-bin/material/del_material`: forgets it. 48005 while a menu or a reply uses it.
#[derive(Debug, Clone, Serialize)]
pub struct DeleteMaterial {
    pub media_id: String,
}

/// `POST /cgi-bin/material/update_news`: another article in place of one. Superseded by
/// [`UpdateDraft`](super::draft::UpdateDraft) and gone from the present list of calls.
#[serde_with::serde_as]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UpdateNews {
    /// The articles it belongs to.
    pub media_id: String,
    /// Which of them, from 0.
    #[serde_as(as = "Number")]
    pub index: u32,
    pub articles: NewsArticle,
}

fn check_article(field: &'static str, article: &NewsArticle) -> Result<(), Invalid> {
    article.validate().map_err(|broken| broken.inside(field))
}

/// `GET /cgi-bin/material/get_materialcount`: how much WeChat keeps for good.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct CountMaterials {}

/// How much WeChat keeps for good.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct MaterialCounts {
    #[serde_as(as = "Number")]
    pub voice_count: u64,
    #[serde_as(as = "Number")]
    pub video_count: u64,
    #[serde_as(as = "Number")]
    pub image_count: u64,
    /// Articles.
    #[serde_as(as = "Number")]
    pub news_count: u64,
}

/// `POST /cgi-bin/material/batchget_material`: a page of what WeChat keeps for good.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ListMaterials {
    #[serde(rename = "type")]
    pub kind: MaterialKind,
    /// How many to leave out at the beginning.
    pub offset: u64,
    /// How many to tell, 1 to 20.
    pub count: u32,
}

/// What is kept for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MaterialKind {
    Image,
    Video,
    Voice,
    /// Articles.
    News,
}

pub(super) fn check_page(field: &'static str, count: &u32) -> Result<(), Invalid> {
    Invalid::unless((1..=20).contains(count), field, "must be 1 to 20")
}

/// A page of what WeChat keeps for good.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MaterialList {
    /// How many there are in all.
    #[serde_as(as = "Number")]
    pub total_count: u64,
    /// How many are on this page.
    #[serde_as(as = "Number")]
    pub item_count: u64,
    #[serde(default)]
    pub item: Vec<MaterialItem>,
}

/// Something WeChat keeps for good.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MaterialItem {
    pub media_id: String,
    /// Its name, when it is a file.
    pub name: Option<String>,
    /// What stands in it, when it is articles.
    pub content: Option<News>,
    /// When it was last changed, in seconds since 1970.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub update_time: i64,
    /// Where it can be seen, when it is a picture.
    pub url: Option<String>,
}

#[cfg(test)]
mod tests;
