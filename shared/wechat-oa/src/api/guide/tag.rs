//! Family `guide_tag`: what advisors note about customers. Up to 4 kinds of tags with up to 50
//! values each; a value belongs to one kind only.

use super::{BuyerResults, Buyers, Guide, once, read, set};
use crate::{
    api::{Invalid, answer::Done, endpoint::family, rules::filled},
    ids::OpenId,
};
use serde::{Deserialize, Serialize};

family! { "guide_tag":
    NewTagOption => Done: once("/cgi-bin/guide/newguidetagoption", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.newGuideTagOption.html"), validate;
    DeleteTagOption => Done: set("/cgi-bin/guide/delguidetagoption", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.delguidetagoption.html"), validate;
    AddTagValues => Done: once("/cgi-bin/guide/addguidetagoption", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.addGuideTagOption.html"), validate;
    GetTagOptions => TagOptions: read("/cgi-bin/guide/getguidetagoption", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.getGuideTagOption.html");
    TagBuyers => BuyerResults: once("/cgi-bin/guide/addguidebuyertag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.addGuideBuyerTag.html"), validate;
    GetBuyerTags => BuyerTags: read("/cgi-bin/guide/getguidebuyertag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.getGuideBuyerTag.html"), validate;
    FindBuyersByTag => TaggedBuyers: read("/cgi-bin/guide/queryguidebuyerbytag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.queryGuideBuyerByTag.html"), validate;
    UntagBuyers => BuyerResults: set("/cgi-bin/guide/delguidebuyertag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.delGuideBuyerTag.html"), validate;
    SetDisplayTags => Done: set("/cgi-bin/guide/addguidebuyerdisplaytag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.addGuideBuyerDisplayTag.html"), validate;
    GetDisplayTags => DisplayTags: read("/cgi-bin/guide/getguidebuyerdisplaytag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.getGuideBuyerDisplayTag.html"), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, guide, openid, words};
    let (tag_name, tag_value) = (|| "口味".to_owned(), || "甜".to_owned());
    let buyers = || Buyers::Some(vec![openid()]);
    vec![
        call(NewTagOption {
            tag_name: tag_name(),
            tag_values: words(),
        }),
        call(DeleteTagOption {
            tag_name: tag_name(),
        }),
        call(AddTagValues {
            tag_name: tag_name(),
            tag_values: words(),
        }),
        call(GetTagOptions {}),
        call(TagBuyers {
            guide: guide(),
            buyers: buyers(),
            tag_value: tag_value(),
        }),
        call(GetBuyerTags {
            guide: guide(),
            openid: openid(),
        }),
        call(FindBuyersByTag {
            guide: guide(),
            push_count: 0,
            tag_values: words(),
        }),
        call(UntagBuyers {
            guide: guide(),
            buyers: buyers(),
            tag_value: tag_value(),
        }),
        call(SetDisplayTags {
            guide: guide(),
            openid: openid(),
            display_tag_list: words(),
        }),
        call(GetDisplayTags {
            guide: guide(),
            openid: openid(),
        }),
    ]
}

/// `POST /cgi-bin/guide/newguidetagoption`: a kind of tag.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewTagOption {
    /// Its name.
    pub tag_name: String,
    /// Its values, 1 to 50.
    pub tag_values: Vec<String>,
}

/// `POST /cgi-bin/guide/delguidetagoption`: a kind of tag goes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DeleteTagOption {
    /// Its name.
    pub tag_name: String,
}

/// `POST /cgi-bin/guide/addguidetagoption`: a kind of tag gets more values.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AddTagValues {
    /// Its name.
    pub tag_name: String,
    /// More values, 1 to 50.
    pub tag_values: Vec<String>,
}

fn check_values(values: &[String]) -> Result<(), Invalid> {
    let fits = (1..=50).contains(&values.len());
    Invalid::unless(fits, "tag_values", "must be 1 to 50")
}

impl NewTagOption {
    /// Name and values are there.
    ///
    /// # Errors
    /// When they are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("tag_name", &self.tag_name)?;
        check_values(&self.tag_values)
    }
}

impl DeleteTagOption {
    /// The name is there.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("tag_name", &self.tag_name)
    }
}

impl AddTagValues {
    /// Name and values are there.
    ///
    /// # Errors
    /// When they are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        filled("tag_name", &self.tag_name)?;
        check_values(&self.tag_values)
    }
}

/// `POST /cgi-bin/guide/getguidetagoption`: the kinds of tags.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetTagOptions {}

/// The kinds of tags.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TagOptions {
    /// One each.
    #[serde(default)]
    pub options: Vec<TagOption>,
}

/// A kind of tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TagOption {
    /// Its name.
    pub tag_name: String,
    /// Its values.
    pub tag_values: Vec<String>,
}

/// `POST /cgi-bin/guide/addguidebuyertag`: customers get a tag. A whole success may hold single
/// failures.
#[derive(Debug, Clone, Serialize)]
pub struct TagBuyers {
    /// Whose customers.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    #[serde(flatten)]
    pub buyers: Buyers,
    /// A value of one of the kinds of tags (9300807).
    pub tag_value: String,
}

/// `POST /cgi-bin/guide/delguidebuyertag`: customers lose a tag. A whole success may hold single
/// failures.
#[derive(Debug, Clone, Serialize)]
pub struct UntagBuyers {
    /// Whose customers.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    #[serde(flatten)]
    pub buyers: Buyers,
    /// The value.
    pub tag_value: String,
}

impl TagBuyers {
    /// The advisor is named, there are 1 to 200 customers and a value.
    ///
    /// # Errors
    /// When it is not or there are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        self.buyers.check()?;
        filled("tag_value", &self.tag_value)
    }
}

impl UntagBuyers {
    /// The advisor is named, there are 1 to 200 customers and a value.
    ///
    /// # Errors
    /// When it is not or there are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        self.buyers.check()?;
        filled("tag_value", &self.tag_value)
    }
}

/// `POST /cgi-bin/guide/getguidebuyertag`: a customer's tags.
#[derive(Debug, Clone, Serialize)]
pub struct GetBuyerTags {
    /// Whose customer.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    pub openid: OpenId,
}

/// A customer's tags.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuyerTags {
    /// Their values, display tags at the end.
    #[serde(default)]
    pub tag_values: Vec<String>,
}

/// `POST /cgi-bin/guide/queryguidebuyerbytag`: customers with these tags.
#[derive(Debug, Clone, Serialize)]
pub struct FindBuyersByTag {
    /// Whose.
    #[serde(flatten)]
    pub guide: Guide,
    /// 0; left out, the call fails with -1.
    pub push_count: u32,
    /// The values.
    pub tag_values: Vec<String>,
}

impl FindBuyersByTag {
    /// The advisor is named and there are values.
    ///
    /// # Errors
    /// When it is not or there are none.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        Invalid::unless(
            !self.tag_values.is_empty(),
            "tag_values",
            "must not be empty",
        )
    }
}

/// Customers with certain tags.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TaggedBuyers {
    /// They.
    #[serde(default)]
    pub openid_list: Vec<String>,
}

/// `POST /cgi-bin/guide/addguidebuyerdisplaytag`: these display tags in place of all others.
#[derive(Debug, Clone, Serialize)]
pub struct SetDisplayTags {
    /// Whose customer.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    pub openid: OpenId,
    /// The tags.
    pub display_tag_list: Vec<String>,
}

/// `POST /cgi-bin/guide/getguidebuyerdisplaytag`: a customer's display tags.
#[derive(Debug, Clone, Serialize)]
pub struct GetDisplayTags {
    /// Whose customer.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    pub openid: OpenId,
}

impl GetBuyerTags {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

impl SetDisplayTags {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

impl GetDisplayTags {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

/// A customer's display tags.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DisplayTags {
    /// They.
    #[serde(default)]
    pub display_tag_list: Vec<String>,
}
