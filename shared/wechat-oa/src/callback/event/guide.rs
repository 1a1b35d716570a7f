//! Advisors and their customers (对话能力).

use super::Text;
use crate::callback::element::Element;
use serde::Serialize;

/// An advisor's answer to an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuideInvite<'a> {
    /// The advisor's WeChat id.
    pub guide_account: Text<'a>,
    /// The advisor's openid.
    pub guide_openid: Text<'a>,
    /// The answer; WeChat does not document the numbers.
    pub invite_result: Text<'a>,
}

/// A scan of an advisor's QR code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuideScan<'a> {
    /// The advisor's WeChat id.
    pub qrcode_guide_account: Text<'a>,
    /// The advisor's openid.
    pub qrcode_guide_openid: Text<'a>,
    pub openid: Text<'a>,
    /// What the scan did; WeChat does not document the numbers.
    pub action: Text<'a>,
    /// What was put into the code.
    pub qrcode_info: Text<'a>,
}

impl<'a> GuideInvite<'a> {
    pub(super) fn read(root: &mut Element<'a>) -> Self {
        let mut text = root.texts_in("GuideInviteEvent");
        Self {
            guide_account: text("guide_account"),
            guide_openid: text("guide_openid"),
            invite_result: text("invite_result"),
        }
    }
}

impl<'a> GuideScan<'a> {
    pub(super) fn read(root: &mut Element<'a>) -> Self {
        let mut text = root.texts_in("GuideScanEvent");
        Self {
            qrcode_guide_account: text("qrcode_guide_account"),
            qrcode_guide_openid: text("qrcode_guide_openid"),
            openid: text("openid"),
            action: text("action"),
            qrcode_info: text("qrcode_info"),
        }
    }
}
