//! What happens to the account itself, and to what users let it know.

use super::{Event, Text};
use crate::callback::element::Element;
use serde::Serialize;

/// A verification of the account.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verification<'a> {
    /// Until when it holds, or when it is due; seconds since 1970, as text.
    pub expired_time: Option<Text<'a>>,
    /// When it failed; seconds since 1970, as text.
    pub fail_time: Option<Text<'a>>,
    pub fail_reason: Option<Text<'a>>,
}

/// A change of what a user lets the account know.
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Authorization<'a> {
    /// The user; `FromUserName` may be WeChat itself.
    pub openid: Text<'a>,
    pub app_id: Text<'a>,
    /// What was taken back: 201 address, 202 invoice, 203 card, 204 microphone, 205 nickname and
    /// picture, 206 location, 207 chosen pictures or video.
    pub revoke_info: Option<Text<'a>>,
    /// The user over all accounts of the team.
    pub union_id: Option<Text<'a>>,
}

impl<'a> Event<'a> {
    pub(super) fn read_account(name: &str, root: &mut Element<'a>) -> Option<Self> {
        Some(match name {
            "user_info_modified" => Self::UserInfoModified(Authorization::read(root)),
            "user_authorization_revoke" => Self::UserAuthorizationRevoke(Authorization::read(root)),
            "user_authorization_cancellation" => {
                Self::UserAuthorizationCancellation(Authorization::read(root))
            }
            "qualification_verify_success" => {
                Self::QualificationVerifySuccess(Verification::read(root))
            }
            "qualification_verify_fail" => Self::QualificationVerifyFail(Verification::read(root)),
            "naming_verify_success" => Self::NamingVerifySuccess(Verification::read(root)),
            "naming_verify_fail" => Self::NamingVerifyFail(Verification::read(root)),
            "annual_renew" => Self::AnnualRenew(Verification::read(root)),
            "verify_expired" => Self::VerifyExpired(Verification::read(root)),
            _ => return None,
        })
    }
}

impl<'a> Verification<'a> {
    fn read(root: &mut Element<'a>) -> Self {
        Self {
            expired_time: root.text_of("ExpiredTime"),
            fail_time: root.text_of("FailTime"),
            fail_reason: root.text_of("FailReason"),
        }
    }
}

impl<'a> Authorization<'a> {
    /// Official Accounts and the open platform spell these names differently.
    fn read(root: &mut Element<'a>) -> Self {
        let mut either = |names: [&str; 3]| names.into_iter().find_map(|name| root.text_of(name));
        Self {
            openid: either(["OpenID", "openid", "OpenId"]).unwrap_or_default(),
            app_id: either(["AppID", "appid", "AppId"]).unwrap_or_default(),
            revoke_info: either(["RevokeInfo", "revokeinfo", "revoke_info"]),
            union_id: either(["UnionID", "unionid", "UnionId"]),
        }
    }
}
