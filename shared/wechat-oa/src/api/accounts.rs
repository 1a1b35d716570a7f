//! Which accounts may make a call: the scope table (适用范围) of its page. Others are refused with 48001.

/// The two columns of that table, service accounts and subscription accounts.
///
/// ```
/// use wechat_oa::api::{Accounts, Endpoint, custom::SendCustomMessage};
///
/// let scope = SendCustomMessage::META.accounts.subscription;
/// assert_eq!((scope.allows(true), scope.allows(false)), (Some(true), Some(false)));
/// assert_eq!(Accounts::UNSAID.service.allows(true), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accounts {
    /// 服务号.
    pub service: Scope,
    /// 公众号, formerly 订阅号.
    pub subscription: Scope,
}

/// Which of the accounts of one kind. Verified (微信认证) are those whose owner WeChat has verified, a
/// company or an organisation; a person cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    All,
    /// 仅认证.
    Verified,
    /// Verified ones; no page says whether others may.
    VerifiedOrMore,
    None,
    /// No page says.
    Unsaid,
}

impl Scope {
    /// Whether an account of that kind may make the call; `None` where no page says.
    pub const fn allows(self, verified: bool) -> Option<bool> {
        match (self, verified) {
            (Self::All, _) | (Self::Verified | Self::VerifiedOrMore, true) => Some(true),
            (Self::None, _) | (Self::Verified, false) => Some(false),
            (Self::VerifiedOrMore, false) | (Self::Unsaid, _) => None,
        }
    }
}

impl Accounts {
    /// Every account.
    pub const ANY: Self = Self::of(Scope::All, Scope::All);
    /// All service accounts, and subscription accounts that are verified.
    pub const SERVICE_OR_VERIFIED: Self = Self::of(Scope::All, Scope::Verified);
    /// Verified accounts of both kinds.
    pub const VERIFIED: Self = Self::of(Scope::Verified, Scope::Verified);
    /// The same; no page says whether other service accounts may.
    pub const VERIFIED_OR_MORE: Self = Self::of(Scope::VerifiedOrMore, Scope::Verified);
    /// Verified service accounts.
    pub const VERIFIED_SERVICE: Self = Self::of(Scope::Verified, Scope::None);
    /// No page says.
    pub const UNSAID: Self = Self::of(Scope::Unsaid, Scope::Unsaid);

    const fn of(service: Scope, subscription: Scope) -> Self {
        Self {
            service,
            subscription,
        }
    }
}
