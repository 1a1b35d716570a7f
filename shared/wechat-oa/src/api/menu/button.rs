//! A button: what it says, what it does, and what that needs.

use crate::{
    api::{
        Invalid,
        rules::{count, each},
    },
    ids::AppId,
};
use serde::{Deserialize, Serialize};

/// A button. It either does something or opens others; the functions make whole ones.
///
/// ```
/// use wechat_oa::api::menu::{Button, CreateMenu};
///
/// let below = vec![Button::view("官网", "https://www.example.com/"), Button::click("今日", "TODAY")];
/// let menu = CreateMenu { button: vec![Button::opening("更多", below)] };
/// assert!(menu.validate().is_ok());
/// assert_eq!(serde_json::json!(menu)["button"][0]["sub_button"][1]["key"], "TODAY");
/// ```
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it does; nothing when it opens others.
    #[serde(rename = "type", default)]
    pub kind: Option<ButtonKind>,
    /// What it says: 16 bytes, of which 4 Chinese characters are shown; 60 and 8 on the second
    /// level.
    pub name: String,
    /// Comes back in the push of a tap, at most 128 bytes.
    pub key: Option<String>,
    /// The page it opens, at most 1,024 bytes.
    pub url: Option<String>,
    /// The permanent material it sends or shows.
    pub media_id: Option<String>,
    /// The published article it sends or shows.
    pub article_id: Option<String>,
    /// The mini program it opens.
    pub appid: Option<AppId>,
    /// The page of the mini program.
    pub pagepath: Option<String>,
    /// The buttons it opens, up to 5.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_button: Vec<Button>,
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonKind {
    /// Pushes `CLICK` with its key.
    Click,
    View,
    /// Opens a mini program; a web page in clients too old for it.
    Miniprogram,
    /// Scans a code and pushes what it says.
    ScancodePush,
    /// The same, and waits for the answer.
    ScancodeWaitmsg,
    /// Takes a photo.
    PicSysphoto,
    /// Takes a photo or chooses one.
    PicPhotoOrAlbum,
    /// Chooses a photo.
    PicWeixin,
    LocationSelect,
    /// Sends a material.
    MediaId,
    /// Opens an article of the material library.
    ViewLimited,
    ArticleId,
    /// Opens a published article.
    ArticleViewLimited,
    /// A kind not known here; told by WeChat, never sent.
    #[serde(untagged)]
    Other(String),
}

impl Button {
    /// Pushes `CLICK` with that key.
    pub fn click(name: &str, key: &str) -> Self {
        Self::keyed(ButtonKind::Click, name, key)
    }

    /// Scans, takes a photo, chooses a place: kinds that push with a key.
    pub fn keyed(kind: ButtonKind, name: &str, key: &str) -> Self {
        Self {
            key: Some(key.to_owned()),
            ..Self::of(kind, name)
        }
    }

    /// Opens that page.
    pub fn view(name: &str, url: &str) -> Self {
        Self {
            url: Some(url.to_owned()),
            ..Self::of(ButtonKind::View, name)
        }
    }

    /// Opens that page of a mini program; `url` in clients too old for it.
    pub fn mini_program(name: &str, appid: AppId, pagepath: &str, url: &str) -> Self {
        Self {
            appid: Some(appid),
            pagepath: Some(pagepath.to_owned()),
            url: Some(url.to_owned()),
            ..Self::of(ButtonKind::Miniprogram, name)
        }
    }

    /// Sends that permanent material.
    pub fn media(name: &str, media_id: &str) -> Self {
        Self {
            media_id: Some(media_id.to_owned()),
            ..Self::of(ButtonKind::MediaId, name)
        }
    }

    /// Sends that published article.
    pub fn article(name: &str, article_id: &str) -> Self {
        Self {
            article_id: Some(article_id.to_owned()),
            ..Self::of(ButtonKind::ArticleId, name)
        }
    }

    /// Opens those buttons, 1 to 5.
    pub fn opening(name: &str, sub_button: Vec<Button>) -> Self {
        Self {
            name: name.to_owned(),
            sub_button,
            ..Self::default()
        }
    }

    fn of(kind: ButtonKind, name: &str) -> Self {
        Self {
            kind: Some(kind),
            name: name.to_owned(),
            ..Self::default()
        }
    }

    fn check_first_level(&self) -> Result<(), Invalid> {
        let rule = "must be 1 to 16 bytes: 5 Chinese characters, of which 4 are shown";
        check_text("name", Some(&self.name), 16, rule)?;
        if self.sub_button.is_empty() {
            return self.check_kind();
        }
        let rule = "must be at most 5 buttons";
        count("sub_button", &self.sub_button, 1..=5, rule)?;
        each("sub_button", &self.sub_button, Self::check_second_level)
    }

    fn check_second_level(&self) -> Result<(), Invalid> {
        let rule = "must be 1 to 60 bytes: 20 Chinese characters, of which 8 are shown";
        check_text("name", Some(&self.name), 60, rule)?;
        let leaf = self.sub_button.is_empty();
        Invalid::unless(leaf, "sub_button", "must be empty: a menu has two levels")?;
        self.check_kind()
    }

    fn check_kind(&self) -> Result<(), Invalid> {
        let kind = self.kind.as_ref().ok_or_else(|| Invalid {
            field: "type".into(),
            rule: "must be given, or sub_button".into(),
        })?;
        match kind {
            ButtonKind::View => self.check_url(),
            ButtonKind::Miniprogram => self.check_mini_program(),
            ButtonKind::MediaId | ButtonKind::ViewLimited => given("media_id", &self.media_id),
            ButtonKind::ArticleId | ButtonKind::ArticleViewLimited => {
                given("article_id", &self.article_id)
            }
            ButtonKind::Other(_) => Invalid::unless(false, "type", "must be a known type"),
            _ => {
                let rule = "must be 1 to 128 bytes";
                check_text("key", self.key.as_deref(), 128, rule)
            }
        }
    }

    fn check_url(&self) -> Result<(), Invalid> {
        let rule = "must be 1 to 1024 bytes";
        check_text("url", self.url.as_deref(), 1024, rule)
    }

    fn check_mini_program(&self) -> Result<(), Invalid> {
        Invalid::unless(self.appid.is_some(), "appid", "must be given")?;
        given("pagepath", &self.pagepath)?;
        self.check_url()
    }
}

/// A menu's buttons.
pub(super) fn check_buttons(list: &'static str, buttons: &[Button]) -> Result<(), Invalid> {
    count(list, buttons, 1..=3, "must be 1 to 3 buttons")?;
    each(list, buttons, Button::check_first_level)
}

fn check_text(
    field: &'static str,
    text: Option<&str>,
    most: usize,
    rule: &'static str,
) -> Result<(), Invalid> {
    let text = text.unwrap_or_default();
    let fits = !text.trim().is_empty() && text.len() <= most;
    Invalid::unless(fits, field, rule)
}

fn given(field: &'static str, text: &Option<String>) -> Result<(), Invalid> {
    let text = text.as_deref().unwrap_or_default();
    Invalid::unless(!text.trim().is_empty(), field, "must be given")
}
