//! Families `guide_*`: advisors (导购) who look after customers (protocol section 7.2).
//!
//! The platform took them out of service in 2023; old accounts may still get answers. Every
//! endpoint here is [`retired`](super::Meta::retired). 20,000 advisors an account, 15,000 customers
//! an advisor, 200 groups of 200 advisors.

pub mod account;
pub mod buyer;
pub mod group;
pub mod massjob;
pub mod material;
pub mod tag;

use super::{Invalid, Meta, endpoint::RetryClass, rules::filled, wire::Number};
use crate::ids::OpenId;
use serde::{Deserialize, Serialize};

/// A call of this family that only reads.
const fn read(path: &'static str, page: &'static str) -> Meta {
    Meta::post(path, page).retry(RetryClass::Read).retired()
}

/// One that leaves the same when made twice.
const fn set(path: &'static str, page: &'static str) -> Meta {
    Meta::post(path, page)
        .retry(RetryClass::Idempotent)
        .retired()
}

/// One that does its work each time.
const fn once(path: &'static str, page: &'static str) -> Meta {
    Meta::post(path, page).retired()
}

/// An advisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Guide {
    #[serde(rename = "guide_account")]
    Account(String),
    #[serde(rename = "guide_openid")]
    OpenId(OpenId),
}

impl Guide {
    fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Account(account) => filled("guide_account", account),
            Self::OpenId(_) => Ok(()),
        }
    }
}

/// Customers: one, or 1 to 200.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Buyers {
    #[serde(rename = "openid")]
    One(OpenId),
    #[serde(rename = "openid_list")]
    Some(Vec<OpenId>),
}

impl Buyers {
    fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::One(_) => Ok(()),
            Self::Some(list) => check_batch("openid_list", list),
        }
    }
}

fn check_batch<T>(field: &'static str, list: &[T]) -> Result<(), Invalid> {
    let fits = (1..=200).contains(&list.len());
    Invalid::unless(fits, field, "must be 1 to 200")
}

/// What became of each customer of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuyerResults {
    #[serde(default)]
    pub buyer_resp: Vec<BuyerResult>,
}

/// What became of one customer.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuyerResult {
    /// 0, or why it failed.
    #[serde_as(as = "Number")]
    pub errcode: i64,
    #[serde(default)]
    pub errmsg: String,
    #[serde(default)]
    pub openid: String,
}

#[cfg(test)]
mod tests;
