//! Family `guide_buyer`: which customers an advisor looks after; 15,000 at most.

use super::{BuyerResults, Buyers, Guide, check_batch, once, read, set};
use crate::{
    api::{Invalid, answer::Done, endpoint::family, rules::filled, wire::Number},
    ids::OpenId,
};
use serde::{Deserialize, Serialize};

family! { "guide_buyer":
    BindBuyers => BuyerResults: once("/cgi-bin/guide/addguidebuyerrelation", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.addGuideBuyerRelation.html"), validate;
    UnbindBuyers => BuyerResults: set("/cgi-bin/guide/delguidebuyerrelation", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.delGuideBuyerRelation.html"), validate;
    ListBuyers => BuyerList: read("/cgi-bin/guide/getguidebuyerrelationlist", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.getGuideBuyerRelationList.html"), validate;
    RebindBuyers => BuyerResults: once("/cgi-bin/guide/rebindguideacctforbuyer", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.rebindGuideAcctForBuyer.html"), validate;
    RenameBuyer => Done: set("/cgi-bin/guide/updateguidebuyerrelation", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.updateGuideBuyerRelation.html"), validate;
    GetGuideOfBuyer => BuyerRelation: read("/cgi-bin/guide/getguidebuyerrelationbybuyer", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.getGuideBuyerRelationByBuyer.html");
    GetBuyer => BuyerRelation: read("/cgi-bin/guide/getguidebuyerrelation", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.getGuideBuyerRelation.html"), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, guide, openid};
    let buyers = || Buyers::Some(vec![openid()]);
    let buyer_nickname = || "小李".to_owned();
    let new = NewBuyer {
        openid: openid(),
        buyer_nickname: buyer_nickname(),
    };
    vec![
        call(BindBuyers {
            guide: guide(),
            buyers: NewBuyers::Some {
                buyer_list: vec![new],
            },
        }),
        call(UnbindBuyers {
            guide: guide(),
            buyers: buyers(),
        }),
        call(ListBuyers {
            guide: guide(),
            page: 0,
            num: 10,
        }),
        call(RebindBuyers {
            old: OldGuide::Account("wx_guide_01".into()),
            new: NewGuide::OpenId(openid()),
            buyers: Buyers::One(openid()),
        }),
        call(RenameBuyer {
            guide: guide(),
            openid: openid(),
            buyer_nickname: buyer_nickname(),
        }),
        call(GetGuideOfBuyer { openid: openid() }),
        call(GetBuyer {
            guide: guide(),
            openid: openid(),
        }),
    ]
}

/// `POST /cgi-bin/guide/addguidebuyerrelation`: an advisor gets customers. A whole success may hold
/// single failures.
#[derive(Debug, Clone, Serialize)]
pub struct BindBuyers {
    /// Who gets them.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    #[serde(flatten)]
    pub buyers: NewBuyers,
}

/// New customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum NewBuyers {
    /// One.
    One(NewBuyer),
    /// Some, 200 at most.
    Some {
        /// They.
        buyer_list: Vec<NewBuyer>,
    },
}

/// A new customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewBuyer {
    /// Who.
    pub openid: OpenId,
    /// The name the advisor sees.
    pub buyer_nickname: String,
}

impl BindBuyers {
    /// The advisor is named, and there are 1 to 200 customers.
    ///
    /// # Errors
    /// When it is not or there are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        match &self.buyers {
            NewBuyers::One(_) => Ok(()),
            NewBuyers::Some { buyer_list } => check_batch("buyer_list", buyer_list),
        }
    }
}

/// `POST /cgi-bin/guide/delguidebuyerrelation`: an advisor loses customers. A whole success may hold
/// single failures.
#[derive(Debug, Clone, Serialize)]
pub struct UnbindBuyers {
    /// Who loses them.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    #[serde(flatten)]
    pub buyers: Buyers,
}

impl UnbindBuyers {
    /// The advisor is named, and there are 1 to 200 customers.
    ///
    /// # Errors
    /// When it is not or there are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()?;
        self.buyers.check()
    }
}

/// `POST /cgi-bin/guide/getguidebuyerrelationlist`: a page of an advisor's customers.
#[derive(Debug, Clone, Serialize)]
pub struct ListBuyers {
    /// Whose.
    #[serde(flatten)]
    pub guide: Guide,
    /// Which page, from 0.
    pub page: u32,
    /// Entries a page.
    pub num: u32,
}

impl ListBuyers {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

/// A page of an advisor's customers.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuyerList {
    /// How many there are in all.
    #[serde_as(as = "Number")]
    #[serde(default)]
    pub total_num: u64,
    /// The page.
    #[serde(default)]
    pub list: Vec<BuyerRelation>,
}

/// Who looks after whom. What a call does not tell is empty.
#[serde_with::serde_as]
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BuyerRelation {
    /// The customer.
    pub openid: String,
    /// The name the advisor sees.
    pub buyer_nickname: String,
    /// Since when, in seconds since 1970.
    #[serde_as(as = "Number")]
    pub create_time: i64,
    /// The advisor's WeChat id; only when asked by customer.
    pub guide_account: String,
    /// The advisor's openid; only when asked by customer.
    pub guide_openid: String,
}

/// `POST /cgi-bin/guide/rebindguideacctforbuyer`: customers go from one advisor to another. A whole
/// success may hold single failures.
#[derive(Debug, Clone, Serialize)]
pub struct RebindBuyers {
    /// From whom.
    #[serde(flatten)]
    pub old: OldGuide,
    /// To whom.
    #[serde(flatten)]
    pub new: NewGuide,
    /// Whom.
    #[serde(flatten)]
    pub buyers: Buyers,
}

/// The advisor who loses customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum OldGuide {
    /// By WeChat id.
    #[serde(rename = "old_guide_account")]
    Account(String),
    /// By openid.
    #[serde(rename = "old_guide_openid")]
    OpenId(OpenId),
}

/// The advisor who gets customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum NewGuide {
    /// By WeChat id.
    #[serde(rename = "new_guide_account")]
    Account(String),
    /// By openid.
    #[serde(rename = "new_guide_openid")]
    OpenId(OpenId),
}

impl RebindBuyers {
    /// The advisors are named, and there are 1 to 200 customers.
    ///
    /// # Errors
    /// When they are not or there are not.
    pub fn validate(&self) -> Result<(), Invalid> {
        if let OldGuide::Account(account) = &self.old {
            filled("old_guide_account", account)?;
        }
        if let NewGuide::Account(account) = &self.new {
            filled("new_guide_account", account)?;
        }
        self.buyers.check()
    }
}

/// `POST /cgi-bin/guide/updateguidebuyerrelation`: another name for a customer.
#[derive(Debug, Clone, Serialize)]
pub struct RenameBuyer {
    /// Whose customer.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    pub openid: OpenId,
    /// The name the advisor is to see.
    pub buyer_nickname: String,
}

/// `POST /cgi-bin/guide/getguidebuyerrelation`: one of an advisor's customers. 9300806 when the
/// customer is not one.
#[derive(Debug, Clone, Serialize)]
pub struct GetBuyer {
    /// Whose.
    #[serde(flatten)]
    pub guide: Guide,
    /// Whom.
    pub openid: OpenId,
}

impl RenameBuyer {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

impl GetBuyer {
    /// The advisor is named.
    ///
    /// # Errors
    /// When it is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.guide.check()
    }
}

/// `POST /cgi-bin/guide/getguidebuyerrelationbybuyer`: who looks after a customer.
#[derive(Debug, Clone, Serialize)]
pub struct GetGuideOfBuyer {
    /// The customer.
    pub openid: OpenId,
}
