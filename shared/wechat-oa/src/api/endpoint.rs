//! What a call to WeChat is: a request struct that implements [`Endpoint`], described by [`Meta`].

use super::{
    accounts::{Accounts, Scope},
    file::File,
};
use serde::Serialize;
use std::{borrow::Cow, fmt};
use thiserror::Error;

/// A request of WeChat's API. Its fields are named as on the wire: a GET sends them as query, a
/// POST as a JSON body.
///
/// ```
/// use wechat_oa::api::{Endpoint, endpoint::RetryClass, menu::{Button, CreateMenu}};
///
/// assert_eq!(CreateMenu::META.path, "/cgi-bin/menu/create");
/// assert_eq!(CreateMenu::META.retry, RetryClass::Idempotent);
/// let menu = CreateMenu { button: vec![Button::click("六个汉字太长", "key")] };
/// assert_eq!(Endpoint::validate(&menu).unwrap_err().field, "button[0].name");
/// ```
pub trait Endpoint: Serialize + Sync {
    /// What WeChat answers: a type to deserialize, or [`Download`](super::Download) for bytes.
    type Response;
    /// Everything about the call but its values.
    const META: Meta;

    /// Checks the documented limits that need no call to be found broken.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    fn validate(&self) -> Result<(), Invalid> {
        Ok(())
    }

    /// The file to upload; then the call is multipart and the other fields are form fields.
    fn file(&self) -> Option<&File> {
        None
    }

    /// The caller's own id of this send, when there is one: it makes a repeat safe.
    fn repeat_id(&self) -> Option<&str> {
        None
    }
}

/// A field that breaks a documented rule; WeChat was not called.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {rule}")]
pub struct Invalid {
    /// The field, as on the wire: `button[1].sub_button[0].name`.
    pub field: Cow<'static, str>,
    pub rule: Cow<'static, str>,
}

impl Invalid {
    /// Says that `field` breaks `rule`, unless `fits`.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn unless(
        fits: bool,
        field: impl Into<Cow<'static, str>>,
        rule: &'static str,
    ) -> Result<(), Self> {
        if fits {
            Ok(())
        } else {
            Err(Self {
                field: field.into(),
                rule: rule.into(),
            })
        }
    }

    /// The same, seen from outside: `name` inside `button[1]` is `button[1].name`.
    ///
    /// ```
    /// use wechat_oa::api::Invalid;
    ///
    /// let broken = Invalid::unless(false, "name", "must not be empty").unwrap_err();
    /// assert_eq!(broken.inside("button[1]").to_string(), "button[1].name: must not be empty");
    /// ```
    #[must_use]
    pub fn inside(self, outer: impl fmt::Display) -> Self {
        Self {
            field: format!("{outer}.{}", self.field).into(),
            rule: self.rule,
        }
    }
}

/// An endpoint as plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    pub method: Method,
    /// The path, with its leading slash.
    pub path: &'static str,
    /// The group of hosts that serve it.
    pub host: Host,
    /// Whether the account's access token goes along.
    pub auth: Auth,
    /// The family it belongs to.
    pub family: &'static str,
    pub page: &'static str,
    /// When a failed call may be made again.
    pub retry: RetryClass,
    /// What the call is counted against.
    pub quota: QuotaClass,
    /// Which accounts may make it.
    pub accounts: Accounts,
    /// Fields of a POST that go into the query as well.
    pub query: &'static [&'static str],
    /// Whether the platform has taken it out of service; it may still answer old accounts.
    pub retired: bool,
}

/// How a request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Fields in the query.
    Get,
    /// Fields in a JSON or multipart body.
    Post,
}

/// The hosts that serve an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// `api.weixin.qq.com` and its stand-ins, as the account is set up.
    Api,
    /// `mp.weixin.qq.com`.
    Mp,
    /// `open.weixin.qq.com`.
    Open,
}

/// Whether the account's access token goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `access_token` in the query.
    AccessToken,
    /// None; what proves the caller stands in the fields.
    Open,
}

/// When a failed call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryClass {
    /// Changes nothing: again after any failure that may pass.
    Read,
    /// Made twice, it leaves what it leaves made once: again after a failure that may pass.
    Idempotent,
    /// A message on somebody's phone: again only when an id makes the repeat safe.
    Send,
    /// Made twice, it does its work twice: never again.
    Once,
}

/// What a call is counted against (protocol section 7.7; real figures: `openapi/quota/get`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaClass {
    /// A daily number of its own path.
    Daily,
    /// A number each month, shared with the console.
    Monthly,
    /// The allowance of token fetches.
    Token,
    /// The allowance of messages to single receivers.
    Message,
    /// The allowance of mass sends.
    MassSend,
}

impl Meta {
    /// A GET with token that only reads; `page` is the official page.
    pub const fn get(path: &'static str, page: &'static str) -> Self {
        Self {
            method: Method::Get,
            path,
            host: Host::Api,
            auth: Auth::AccessToken,
            family: "",
            page,
            retry: RetryClass::Read,
            quota: QuotaClass::Daily,
            accounts: Accounts::UNSAID,
            query: &[],
            retired: false,
        }
    }

    /// A POST with token that is not made twice; `page` is the official page.
    pub const fn post(path: &'static str, page: &'static str) -> Self {
        Self {
            method: Method::Post,
            retry: RetryClass::Once,
            ..Self::get(path, page)
        }
    }

    /// What is assumed of a call that is not in the catalog: it is made once, for some GETs change things.
    pub const fn unlisted(method: Method) -> Self {
        Self {
            method,
            ..Self::post("", "")
        }
    }

    /// Needs no access token.
    pub const fn open(self) -> Self {
        Self {
            auth: Auth::Open,
            ..self
        }
    }

    /// Is served by that group of hosts.
    pub const fn host(self, host: Host) -> Self {
        Self { host, ..self }
    }

    /// May be repeated as that class says.
    pub const fn retry(self, retry: RetryClass) -> Self {
        Self { retry, ..self }
    }

    /// Is counted against that allowance.
    pub const fn quota(self, quota: QuotaClass) -> Self {
        Self { quota, ..self }
    }

    /// Is open to those accounts only.
    pub const fn accounts(self, accounts: Accounts) -> Self {
        Self { accounts, ..self }
    }

    /// Is open to those accounts, unless it says otherwise itself; so the `family!` table does for all its lines.
    pub const fn else_accounts(self, accounts: Accounts) -> Self {
        match self.accounts.service {
            Scope::Unsaid => self.accounts(accounts),
            _ => self,
        }
    }

    /// Sends those fields in the query too.
    pub const fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    /// Is out of service.
    pub const fn retired(self) -> Self {
        Self {
            retired: true,
            ..self
        }
    }

    /// Belongs to that family; the `family!` table says so.
    pub const fn family(self, family: &'static str) -> Self {
        Self { family, ..self }
    }
}

/// A family's table, `for` the [`Accounts`] that may make its calls where no line says otherwise: one line an endpoint,
/// `Request => Response: Meta`, followed by what else the trait asks for:
/// `check(field: rule)`, which writes a method `validate` of the rules of single fields; `validate`, where the request
/// has such a method of its own; `file(field)`; `repeat_id(field)`. Writes those, the trait implementations and `FAMILY`.
macro_rules! family {
    ($family:literal for $accounts:ident: $($request:ident => $response:ty: $meta:expr $(, $own:ident $(($($of:tt)+))?)*;)+) => {
        /// The family's endpoints, for the catalog.
        pub(crate) const FAMILY: &[$crate::api::Meta] =
            &[$(<$request as $crate::api::Endpoint>::META),+];

        $(impl $crate::api::Endpoint for $request {
            type Response = $response;
            const META: $crate::api::Meta =
                $meta.family($family).else_accounts($crate::api::Accounts::$accounts);
            $($crate::api::endpoint::family! { @own $own $(($($of)+))? })*
        })+
        $($($crate::api::endpoint::family! { @rules $request $own $(($($of)+))? })*)+
    };
    (@rules $request:ident check($($field:ident: $rule:path),+)) => {
        impl $request {
            /// Every field keeps its rule.
            ///
            /// # Errors
            /// The field and the rule it breaks.
            pub fn validate(&self) -> Result<(), $crate::api::Invalid> {
                $($rule(stringify!($field), &self.$field)?;)+
                Ok(())
            }
        }
    };
    (@rules $($other:tt)+) => {};
    (@own check($($rules:tt)+)) => { $crate::api::endpoint::family! { @own validate } };
    (@own validate) => {
        fn validate(&self) -> Result<(), $crate::api::Invalid> { Self::validate(self) }
    };
    (@own file($field:ident)) => {
        fn file(&self) -> Option<&$crate::api::File> { Some(&self.$field) }
    };
    (@own repeat_id($field:ident)) => {
        fn repeat_id(&self) -> Option<&str> { self.$field.as_deref() }
    };
}
pub(crate) use family;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_careful_ones() {
        let read = Meta::get("/a", "page");
        assert_eq!(
            (read.retry, read.auth),
            (RetryClass::Read, Auth::AccessToken)
        );
        assert!(!read.retired && read.retired().retired);
        assert_eq!(read.accounts, Accounts::UNSAID);
        let write = Meta::post("/a", "page").open().family("f");
        assert_eq!((write.retry, write.auth), (RetryClass::Once, Auth::Open));
        assert_eq!((write.path, write.page, write.family), ("/a", "page", "f"));
    }

    #[test]
    fn a_broken_rule_names_its_field() {
        assert_eq!(Invalid::unless(true, "tid", "rule"), Ok(()));
        let broken = Invalid::unless(false, "tid", "must not be empty").unwrap_err();
        assert_eq!(broken.to_string(), "tid: must not be empty");
        assert_eq!(broken.inside("list[2]").field, "list[2].tid");
    }
}
