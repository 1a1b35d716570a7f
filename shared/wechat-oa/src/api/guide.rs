//! Families `guide_*`: advisors (导购) who look after customers (protocol section 7.2), as data alone.
//!
//! The platform took them out of service in 2023, and there are no types for their requests: what old accounts still
//! call goes as JSON through [`Client::raw`](super::Client::raw) or [`Client::pass`](super::Client::pass), under the
//! same rules of token and repeats.
//!
//! ```no_run
//! # #[cfg(feature = "client")]
//! # async fn run() -> Result<(), wechat_oa::api::Error> {
//! use serde_json::json;
//! use wechat_oa::api::{Client, catalog, endpoint::Method};
//!
//! let path = "/cgi-bin/guide/getguideacct";
//! assert!(catalog::find(Method::Post, path).is_some_and(|meta| meta.retired));
//! let client = Client::with_token("an access token");
//! let advisor = json!({ "guide_account": "wx_guide_01" });
//! println!("{}", client.raw(Method::Post, path, Some(&advisor)).await?["guide_nickname"]);
//! # Ok(())
//! # }
//! ```

use super::{Meta, endpoint::RetryClass};

/// The tables of families without types: after the name of each its lines, with when a failed call may be made again.
macro_rules! retired {
    ($($family:literal: $($retry:ident $path:literal, $page:literal;)+)+) => {
        /// The endpoints, for the catalog.
        pub(crate) const FAMILY: &[Meta] = &[$($(
            Meta::post($path, $page).retry(RetryClass::$retry).family($family).retired(),
        )+)+];
    };
}

retired! {
    "guide_account":
    Once "/cgi-bin/guide/addguideacct", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.addGuideAcct.html";
    Read "/cgi-bin/guide/getguideacct", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideAcct.html";
    Idempotent "/cgi-bin/guide/updateguideacct", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.updateGuideAcct.html";
    Idempotent "/cgi-bin/guide/delguideacct", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.delGuideAcct.html";
    Read "/cgi-bin/guide/getguideacctlist", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideAcctList.html";
    Once "/cgi-bin/guide/guidecreateqrcode", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.guideCreateQrCode.html";
    Read "/cgi-bin/guide/getguidebuyerchatrecord", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideBuyerChatRecord.html";
    Once "/cgi-bin/guide/setguideconfig", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.setGuideConfig.html";
    Read "/cgi-bin/guide/getguideconfig", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideConfig.html";
    Once "/cgi-bin/guide/setguideacctconfig", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.setGuideAcctConfig.html";
    Read "/cgi-bin/guide/getguideacctconfig", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideAcctConfig.html";
    Once "/cgi-bin/guide/pushshowwxapathmenu", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.pushShowWxaPathMenu.html";
    "guide_group":
    Once "/cgi-bin/guide/newguidegroup", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.newGuideGroup.html";
    Read "/cgi-bin/guide/getguidegrouplist", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGuideGroupList.html";
    Read "/cgi-bin/guide/getgroupinfo", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGroupInfo.html";
    Idempotent "/cgi-bin/guide/addguide2guidegroup", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.addGuide2GuideGroup.html";
    Idempotent "/cgi-bin/guide/delguide2guidegroup", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.delGuide2GuideGroup.html";
    Read "/cgi-bin/guide/getgroupbyguide", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.getGroupByGuide.html";
    Idempotent "/cgi-bin/guide/delguidegroup", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/guide-account/shopping-guide.delGuideGroup.html";
    "guide_massjob":
    Once "/cgi-bin/guide/addguidemassendjob", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.addGuideMassendJob.html";
    Read "/cgi-bin/guide/getguidemassendjoblist", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.getGuideMassendJobList.html";
    Read "/cgi-bin/guide/getguidemassendjob", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.getGuideMassendJob.html";
    Idempotent "/cgi-bin/guide/updateguidemassendjob", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.updateGuideMassendJob.html";
    Idempotent "/cgi-bin/guide/cancelguidemassendjob", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/task-account/shopping-guide.cancelGuideMassendJob.html";
    "guide_buyer":
    Once "/cgi-bin/guide/addguidebuyerrelation", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.addGuideBuyerRelation.html";
    Idempotent "/cgi-bin/guide/delguidebuyerrelation", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.delGuideBuyerRelation.html";
    Read "/cgi-bin/guide/getguidebuyerrelationlist", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.getGuideBuyerRelationList.html";
    Once "/cgi-bin/guide/rebindguideacctforbuyer", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.rebindGuideAcctForBuyer.html";
    Idempotent "/cgi-bin/guide/updateguidebuyerrelation", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.updateGuideBuyerRelation.html";
    Read "/cgi-bin/guide/getguidebuyerrelationbybuyer", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.getGuideBuyerRelationByBuyer.html";
    Read "/cgi-bin/guide/getguidebuyerrelation", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/buyer-account/shopping-guide.getGuideBuyerRelation.html";
    "guide_tag":
    Once "/cgi-bin/guide/newguidetagoption", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.newGuideTagOption.html";
    Idempotent "/cgi-bin/guide/delguidetagoption", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.delguidetagoption.html";
    Once "/cgi-bin/guide/addguidetagoption", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.addGuideTagOption.html";
    Read "/cgi-bin/guide/getguidetagoption", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.getGuideTagOption.html";
    Once "/cgi-bin/guide/addguidebuyertag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.addGuideBuyerTag.html";
    Read "/cgi-bin/guide/getguidebuyertag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.getGuideBuyerTag.html";
    Read "/cgi-bin/guide/queryguidebuyerbytag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.queryGuideBuyerByTag.html";
    Idempotent "/cgi-bin/guide/delguidebuyertag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.delGuideBuyerTag.html";
    Idempotent "/cgi-bin/guide/addguidebuyerdisplaytag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.addGuideBuyerDisplayTag.html";
    Read "/cgi-bin/guide/getguidebuyerdisplaytag", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/tag-account/shopping-guide.getGuideBuyerDisplayTag.html";
    "guide_material":
    Once "/cgi-bin/guide/setguidecardmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.setGuideCardMaterial.html";
    Read "/cgi-bin/guide/getguidecardmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.getGuideCardMaterial.html";
    Idempotent "/cgi-bin/guide/delguidecardmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.delGuideCardMaterial.html";
    Once "/cgi-bin/guide/setguideimagematerial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.setGuideImageMaterial.html";
    Read "/cgi-bin/guide/getguideimagematerial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.getGuideImageMaterial.html";
    Idempotent "/cgi-bin/guide/delguideimagematerial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.delGuideImageMaterial.html";
    Once "/cgi-bin/guide/setguidewordmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.setGuideWordMaterial.html";
    Read "/cgi-bin/guide/getguidewordmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.getGuideWordMaterial.html";
    Idempotent "/cgi-bin/guide/delguidewordmaterial", "https://developers.weixin.qq.com/doc/offiaccount/Shopping_Guide/model-account/shopping-guide.delGuideWordMaterial.html";
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<super::sample::Sample> {
    FAMILY.iter().copied().map(super::sample::passed).collect()
}
