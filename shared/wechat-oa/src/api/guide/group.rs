//! Family `guide_group`: advisors in groups; 200 groups, 200 advisors each.

use super::{account::GuideAccount, once, read, set};
use crate::api::{Invalid, answer::Done, endpoint::family, rules::filled, wire::Number};
use serde::{Deserialize, Serialize};

family! { "guide_group":
    NewGuideGroup => GuideGroupAdded: once("/cgi-bin/guide/newguidegroup", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.newGuideGroup.html"), validate;
    ListGuideGroups => GuideGroups: read("/cgi-bin/guide/getguidegrouplist", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideGroupList.html");
    GetGuideGroup => GuideGroupMembers: read("/cgi-bin/guide/getgroupinfo", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGroupInfo.html");
    AddGuideToGroup => Done: set("/cgi-bin/guide/addguide2guidegroup", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.addGuide2GuideGroup.html"), validate;
    RemoveGuideFromGroup => Done: set("/cgi-bin/guide/delguide2guidegroup", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.delGuide2GuideGroup.html"), validate;
    GetGroupsOfGuide => GroupsOfGuide: read("/cgi-bin/guide/getgroupbyguide", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGroupByGuide.html"), validate;
    DeleteGuideGroup => Done: set("/cgi-bin/guide/delguidegroup", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.delGuideGroup.html");
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::call;
    let (group_id, guide_account) = (3223, "wx_guide_01".to_owned());
    vec![
        call(NewGuideGroup {
            group_name: "一组".into(),
        }),
        call(ListGuideGroups {}),
        call(GetGuideGroup {
            group_id,
            page: 0,
            num: 10,
        }),
        call(AddGuideToGroup {
            group_id,
            guide_account: guide_account.clone(),
        }),
        call(RemoveGuideFromGroup {
            group_id,
            guide_account: guide_account.clone(),
        }),
        call(GetGroupsOfGuide { guide_account }),
        call(DeleteGuideGroup { group_id }),
    ]
}

/// `POST /cgi-bin/guide/newguidegroup`: a group.
#[derive(Debug, Clone, Serialize)]
pub struct NewGuideGroup {
    /// Its name.
    pub group_name: String,
}

impl NewGuideGroup {
    /// The name is there.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("group_name", &self.group_name)
    }
}

/// A new group.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct GuideGroupAdded {
    /// Its id.
    #[serde_as(as = "Number")]
    pub group_id: u64,
}

/// `POST /cgi-bin/guide/getguidegrouplist`: the groups.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct ListGuideGroups {}

/// The groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideGroups {
    /// One each.
    #[serde(default)]
    pub group_list: Vec<GuideGroup>,
}

/// A group.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideGroup {
    /// Its id.
    #[serde_as(as = "Number")]
    pub id: u64,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Since when, in seconds since 1970.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub create_time: i64,
    /// When it was last changed, in seconds since 1970.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub update_time: i64,
}

/// `POST /cgi-bin/guide/getgroupinfo`: a page of a group's advisors.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct GetGuideGroup {
    /// The group.
    pub group_id: u64,
    /// Which page, from 0.
    pub page: u32,
    /// Entries a page.
    pub num: u32,
}

/// A page of a group's advisors.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GuideGroupMembers {
    /// The page.
    #[serde(default)]
    pub guide_list: Vec<GuideAccount>,
    /// How many there are in all.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub total_num: u64,
}

/// `POST /cgi-bin/guide/addguide2guidegroup`: an advisor joins a group.
#[derive(Debug, Clone, Serialize)]
pub struct AddGuideToGroup {
    /// The group.
    pub group_id: u64,
    /// The advisor's WeChat id.
    pub guide_account: String,
}

/// `POST /cgi-bin/guide/delguide2guidegroup`: an advisor leaves a group.
#[derive(Debug, Clone, Serialize)]
pub struct RemoveGuideFromGroup {
    /// The group.
    pub group_id: u64,
    /// The advisor's WeChat id.
    pub guide_account: String,
}

/// `POST /cgi-bin/guide/getgroupbyguide`: an advisor's groups.
#[derive(Debug, Clone, Serialize)]
pub struct GetGroupsOfGuide {
    /// The advisor's WeChat id.
    pub guide_account: String,
}

impl AddGuideToGroup {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("guide_account", &self.guide_account)
    }
}

impl RemoveGuideFromGroup {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("guide_account", &self.guide_account)
    }
}

impl GetGroupsOfGuide {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("guide_account", &self.guide_account)
    }
}

/// An advisor's groups.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GroupsOfGuide {
    /// Their ids.
    #[serde_as(as = "Vec<Number>")]
    #[serde(default)]
    pub group_id_list: Vec<u64>,
}

/// `POST /cgi-bin/guide/delguidegroup`: a group goes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DeleteGuideGroup {
    /// The group.
    pub group_id: u64,
}
