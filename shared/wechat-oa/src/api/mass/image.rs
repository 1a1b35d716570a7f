//! What mass sends and articles are made of: pictures in articles, articles, videos.

use crate::api::{File, Invalid, article::NewsArticle, file::Limits};
use serde::{Deserialize, Serialize};

/// `POST /cgi-bin/media/uploadimg`: a picture for the text of articles: PNG or JPEG, less than 1 MB.
/// It does not count as material.
#[derive(Debug, Clone, Serialize)]
pub struct UploadArticleImage {
    #[serde(skip)]
    pub media: File,
}

impl UploadArticleImage {
    /// The picture has the right size and format.
    ///
    /// # Errors
    /// When it has not.
    pub fn validate(&self) -> Result<(), Invalid> {
        Limits::ARTICLE_IMAGE.check(&self.media)
    }
}

/// A picture for the text of articles.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ArticleImage {
    pub url: String,
}

/// `POST /cgi-bin/media/uploadnews`: articles to send. Superseded by
/// [`AddDraft`](crate::api::draft::AddDraft).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UploadMassNews {
    /// The articles, 1 to 8.
    pub articles: Vec<NewsArticle>,
}

/// `POST /cgi-bin/media/uploadvideo`: makes an uploaded video one that can be sent to many; the
/// message takes the id that comes back.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UploadMassVideo {
    pub media_id: String,
    pub title: String,
    pub description: String,
}
