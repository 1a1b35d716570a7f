//! What is known about a user.

use crate::{
    api::wire::{Blank, Flag, Number},
    ids::OpenId,
};
use serde::Deserialize;

/// What is known about a user. Names, pictures and regions are filled no more since 2021.
#[serde_with::apply(Option => #[serde(default)])]
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserInfo {
    /// Whether they follow; if not, only `openid` and `unionid` are told.
    #[serde_as(as = "Flag")]
    pub subscribe: bool,
    pub openid: OpenId,
    /// The same person in all accounts bound to one open-platform account.
    #[serde_as(as = "Blank")]
    pub unionid: Option<String>,
    /// The language of their client, such as `zh_CN`.
    #[serde(default)]
    pub language: String,
    /// Since when they follow, in seconds since 1970.
    #[serde_as(as = "Blank<Number>")]
    pub subscribe_time: Option<i64>,
    #[serde(default)]
    pub remark: String,
    /// The group of the time before tags.
    #[serde_as(as = "Blank<Number>")]
    pub groupid: Option<u32>,
    #[serde_as(as = "Vec<Number>")]
    #[serde(default)]
    pub tagid_list: Vec<u32>,
    #[serde_as(as = "Blank")]
    pub subscribe_scene: Option<SubscribeScene>,
    /// The number of the QR code they came by; 0 for none.
    #[serde_as(as = "Blank<Number>")]
    pub qr_scene: Option<u32>,
    /// The text of the QR code they came by.
    #[serde_as(as = "Blank")]
    pub qr_scene_str: Option<String>,
}

/// How a user came to follow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum SubscribeScene {
    #[serde(rename = "ADD_SCENE_SEARCH")]
    Search,
    /// With an account that was merged into this one.
    #[serde(rename = "ADD_SCENE_ACCOUNT_MIGRATION")]
    AccountMigration,
    /// By a card somebody shared.
    #[serde(rename = "ADD_SCENE_PROFILE_CARD")]
    ProfileCard,
    /// By a QR code.
    #[serde(rename = "ADD_SCENE_QR_CODE")]
    QrCode,
    /// By the name in an article.
    #[serde(rename = "ADD_SCENE_PROFILE_LINK")]
    ProfileLink,
    /// By the menu of an article.
    #[serde(rename = "ADD_SCENE_PROFILE_ITEM")]
    ProfileItem,
    /// After paying.
    #[serde(rename = "ADD_SCENE_PAID")]
    Paid,
    #[serde(rename = "ADD_SCENE_WECHAT_ADVERTISEMENT")]
    Advertisement,
    #[serde(rename = "ADD_SCENE_REPRINT")]
    Reprint,
    #[serde(rename = "ADD_SCENE_LIVESTREAM")]
    Livestream,
    /// By Channels.
    #[serde(rename = "ADD_SCENE_CHANNELS")]
    Channels,
    #[serde(rename = "ADD_SCENE_WXA")]
    MiniProgram,
    /// In some other way.
    #[serde(rename = "ADD_SCENE_OTHERS")]
    Others,
    /// In a way not known here.
    #[serde(untagged)]
    Unknown(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::user::UserInfoList;

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let info: UserInfo = serde_json::from_str(include_str!(
            "../../../../../tests/fixtures/responses/user_info.json"
        ))
        .unwrap();
        assert!(info.subscribe);
        assert_eq!(info.tagid_list, [128, 2]);
        assert_eq!(info.subscribe_scene, Some(SubscribeScene::QrCode));
        assert_eq!((info.qr_scene, info.qr_scene_str), (Some(98_765), None));
        assert_eq!(info.subscribe_time, Some(1_735_600_000));
        let list: UserInfoList = serde_json::from_str(include_str!(
            "../../../../../tests/fixtures/responses/user_info_batchget.json"
        ))
        .unwrap();
        let [follower, stranger] = list.user_info_list.as_slice() else {
            panic!("two users")
        };
        assert_eq!(follower.subscribe_scene, Some(SubscribeScene::Search));
        assert!(!stranger.subscribe && stranger.tagid_list.is_empty());
    }

    #[test]
    fn an_unknown_way_is_kept_as_it_is_written() {
        let info: UserInfo = serde_json::from_str(
            r#"{"subscribe":"1","openid":"oA","subscribe_scene":"ADD_SCENE_MOON"}"#,
        )
        .unwrap();
        let scene = SubscribeScene::Unknown("ADD_SCENE_MOON".into());
        assert_eq!(info.subscribe_scene, Some(scene));
    }
}
