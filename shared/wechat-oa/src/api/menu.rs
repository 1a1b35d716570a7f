//! Family `menu`: the menu below the chat, and menus for some followers only (protocol
//! section 7.3). Clients fetch a menu anew when theirs is older than five minutes.

mod button;
mod current;

pub use button::{Button, ButtonKind};
pub use current::{CurrentMenu, MenuArticle, MenuArticles, SelfButton, SelfButtons, SelfMenu};

use super::{
    Accounts, Invalid, Meta,
    answer::Done,
    endpoint::{
        RetryClass::{Idempotent, Once, Read},
        family,
    },
    rules::filled,
    wire::{Blank, Number, NumberText},
};
use button::check_buttons;
use serde::{Deserialize, Serialize};

family! { "menu" for SERVICE_OR_VERIFIED:
    CreateMenu => Done: Meta::post("/cgi-bin/menu/create", "https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html")
        .retry(Idempotent), check(button: check_buttons);
    GetCurrentSelfMenuInfo => CurrentMenu: Meta::get("/cgi-bin/get_current_selfmenu_info", "https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Querying_Custom_Menus.html").accounts(Accounts::ANY);
    GetMenu => Menus: Meta::get("/cgi-bin/menu/get", "https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Getting_Custom_Menu_Configurations.html");
    DeleteMenu => Done: Meta::get("/cgi-bin/menu/delete", "https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Deleting_Custom-Defined_Menu.html")
        .retry(Once);
    AddConditionalMenu => ConditionalMenuAdded: Meta::post("/cgi-bin/menu/addconditional", "https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Personalized_menu_interface.html").accounts(Accounts::VERIFIED_OR_MORE), check(button: check_buttons, matchrule: check_rule);
    DeleteConditionalMenu => Done: Meta::post("/cgi-bin/menu/delconditional", "https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Personalized_menu_interface.html").accounts(Accounts::VERIFIED);
    TryMatchMenu => MatchedMenu: Meta::post("/cgi-bin/menu/trymatch", "https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Personalized_menu_interface.html").accounts(Accounts::VERIFIED_OR_MORE)
        .retry(Read), check(user_id: filled);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::call;
    let below = vec![
        Button::view("官网", "https://www.example.com/"),
        Button::media("图", "m"),
        Button::article("文", "a"),
    ];
    let button = vec![
        Button::click("今日", "TODAY"),
        Button::opening("更多", below),
    ];
    vec![
        call(CreateMenu {
            button: button.clone(),
        }),
        call(GetCurrentSelfMenuInfo {}),
        call(GetMenu {}),
        call(DeleteMenu {}),
        call(AddConditionalMenu {
            button,
            matchrule: MatchRule::tag(2).on(Platform::Android),
        }),
        call(DeleteConditionalMenu {
            menuid: 208_396_993,
        }),
        call(TryMatchMenu {
            user_id: "example_wx".into(),
        }),
    ]
}

/// `POST /cgi-bin/menu/create`: the menu of everybody for whom no conditional one is made; takes
/// the place of the one before. 1,000 a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateMenu {
    /// 1 to 3 buttons, each with up to 5 below it.
    pub button: Vec<Button>,
}

/// `GET /cgi-bin/get_current_selfmenu_info`: the menu in force, made here or in the console.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetCurrentSelfMenuInfo {}

/// `GET /cgi-bin/menu/get`: the menus made over the API. 46003 when there is none.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetMenu {}

/// The menus made over the API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Menus {
    pub menu: Menu,
    #[serde(default)]
    pub conditionalmenu: Vec<ConditionalMenu>,
}

/// A menu.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Menu {
    #[serde(default)]
    pub button: Vec<Button>,
    /// Its id, once there are conditional menus.
    #[serde_as(as = "Blank<Number>")]
    #[serde(default)]
    pub menuid: Option<u64>,
}

/// A menu for some followers.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ConditionalMenu {
    #[serde(default)]
    pub button: Vec<Button>,
    #[serde(default)]
    pub matchrule: MatchRule,
    #[serde_as(as = "Number")]
    pub menuid: u64,
}

/// `GET /cgi-bin/menu/delete`: takes all menus away, conditional ones too. It changes things
/// although it is a GET, and is never repeated.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct DeleteMenu {}

/// `POST /cgi-bin/menu/addconditional`: a menu for some followers. 2,000 a day; 65303 when there is
/// none for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddConditionalMenu {
    /// 1 to 3 buttons, each with up to 5 below it.
    pub button: Vec<Button>,
    pub matchrule: MatchRule,
}

/// Whom a menu is for: all that is given must fit. Rules on sex, region and language work no more.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchRule {
    /// Followers with that tag.
    #[serde_as(as = "Blank<NumberText>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_id: Option<u32>,
    /// Followers on that system, a number of [`Platform`].
    #[serde_as(as = "Blank<NumberText>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_platform_type: Option<u8>,
    /// The tag, under the name `menu/get` has for it; not sent.
    #[serde_as(as = "Blank<Number>")]
    #[serde(default, skip_serializing)]
    pub group_id: Option<u32>,
}

/// The system of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// iOS.
    Ios = 1,
    /// Android.
    Android = 2,
    /// Any other.
    Other = 3,
}

/// A conditional menu that is there now.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ConditionalMenuAdded {
    #[serde_as(as = "Number")]
    pub menuid: u64,
}

/// `POST /cgi-bin/menu/delconditional`: takes a conditional menu away. 2,000 a day; 65301 for an
/// unknown one.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DeleteConditionalMenu {
    #[serde_as(as = "NumberText")]
    pub menuid: u64,
}

/// `POST /cgi-bin/menu/trymatch`: which menu somebody sees. 20,000 a day.
#[derive(Debug, Clone, Serialize)]
pub struct TryMatchMenu {
    /// An openid or a WeChat id.
    pub user_id: String,
}

/// The menu somebody sees.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "MatchedParts")]
pub struct MatchedMenu {
    pub button: Vec<Button>,
}

/// The buttons stand in the answer itself, or in `menu` as `menu/get` has them.
#[derive(Deserialize)]
struct MatchedParts {
    #[serde(default)]
    button: Vec<Button>,
    menu: Option<Menu>,
}

impl From<MatchedParts> for MatchedMenu {
    fn from(parts: MatchedParts) -> Self {
        Self {
            button: parts.menu.map_or(parts.button, |menu| menu.button),
        }
    }
}

impl MatchRule {
    /// Followers with that tag.
    pub fn tag(tag_id: u32) -> Self {
        Self {
            tag_id: Some(tag_id),
            ..Self::default()
        }
    }

    /// Those of them on that system.
    #[must_use]
    pub fn on(self, platform: Platform) -> Self {
        Self {
            client_platform_type: Some(platform as u8),
            ..self
        }
    }
}

fn check_rule(field: &'static str, rule: &MatchRule) -> Result<(), Invalid> {
    let (tag, platform) = (rule.tag_id, rule.client_platform_type);
    let any = tag.is_some() || platform.is_some();
    let rule = "must name tag_id or client_platform_type";
    Invalid::unless(any, field, rule)?;
    let known = platform.is_none_or(|platform| (1..=3).contains(&platform));
    let rule = "must be 1 (iOS), 2 (Android) or 3 (other)";
    Invalid::unless(known, "matchrule.client_platform_type", rule)
}

#[cfg(test)]
mod tests;
