//! What a rule is asked about.

use crate::{followers::Known, random::Random, time::Timestamp};
use wechat_oa::callback::Push;

/// A push that looks for its rule, and all that a rule may look at: time and randomness are inputs.
///
/// ```
/// use shared::{followers::Known, random::Random, router::{Asked, Router, answer}, time::Timestamp};
/// use wechat_oa::callback::Push;
///
/// #[derive(Debug)]
/// struct Zeros;
/// impl Random for Zeros {
///     fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
///         bytes.fill(0);
///         Ok(())
///     }
/// }
///
/// let push = Push::parse("<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
///     <CreateTime>1767000000</CreateTime><MsgType>text</MsgType><Content>hi</Content><MsgId>1</MsgId></xml>").unwrap();
/// let now = Timestamp::from_secs(1_767_000_000);
/// let asked = Asked { account: "shop", push: &push, now, random: &Zeros, known: Known::NOTHING };
/// let router = Router::new().on_text("hi", |asked: &Asked<'_>| format!("{} greets you", asked.account));
/// assert_eq!(router.decide(&asked), answer("shop greets you"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The name of the account.
    pub account: &'a str,
    pub push: &'a Push<'a>,
    pub now: Timestamp,
    pub random: &'a dyn Random,
    /// What the rules [need](super::Router::needs), as far as it is known.
    pub known: &'a Known,
}

impl Asked<'_> {
    /// One of several, each as likely as the others; the first where no randomness is to be had.
    /// `None` of none.
    pub fn pick<'t, T>(&self, several: &'t [T]) -> Option<&'t T> {
        let mut random = [0; 8];
        if several.len() > 1 && self.random.fill(&mut random).is_err() {
            random.fill(0);
        }
        let at = u64::from_le_bytes(random).checked_rem(several.len() as u64)?;
        several.get(usize::try_from(at).ok()?)
    }
}
