//! The menu in force, told in a shape of its own.

use super::ButtonKind;
use crate::api::wire::{Blank, Flag, Number};
use serde::Deserialize;

/// The menu in force.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CurrentMenu {
    /// Whether it is shown.
    #[serde_as(as = "Flag")]
    pub is_menu_open: bool,
    #[serde(default)]
    pub selfmenu_info: SelfMenu,
}

/// A menu made here or in the console.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct SelfMenu {
    #[serde(default)]
    pub button: Vec<SelfButton>,
}

/// A button made here or in the console.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SelfButton {
    /// What it does; the console knows kinds of its own (`text`, `img`, `news` …).
    #[serde_as(as = "Blank")]
    #[serde(rename = "type", default)]
    pub kind: Option<ButtonKind>,
    pub name: String,
    /// Comes back in the push of a tap.
    pub key: Option<String>,
    pub url: Option<String>,
    /// The text or material of the console's own kinds.
    pub value: Option<String>,
    /// The mini program it opens.
    pub appid: Option<String>,
    /// The page of the mini program.
    pub pagepath: Option<String>,
    #[serde(default)]
    pub news_info: MenuArticles,
    #[serde(default)]
    pub sub_button: SelfButtons,
}

/// The buttons a button opens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct SelfButtons {
    #[serde(default)]
    pub list: Vec<SelfButton>,
}

/// Articles a button sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct MenuArticles {
    #[serde(default)]
    pub list: Vec<MenuArticle>,
}

/// An article a button sends.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct MenuArticle {
    pub title: String,
    pub author: String,
    pub digest: String,
    /// 1: the cover is shown in the text.
    #[serde_as(as = "Number")]
    pub show_cover: u8,
    pub cover_url: String,
    pub content_url: String,
    /// Where "read more" leads; empty for nowhere.
    pub source_url: String,
}
