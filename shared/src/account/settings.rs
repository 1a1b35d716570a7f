//! What the settings of an account must be, so that nothing fails later that can be seen here.

use super::{Allowances, Caps, MassLimits, Pace, Web};
use crate::{sends::quiet::QuietTimes, web::verify};
use serde_json::Value;
use wechat_oa::{callback::Reply, page_url};

/// An attempt is answered within so many milliseconds, unless the account says otherwise: WeChat hangs up after 5 s,
/// and the rest is for the way there and back.
pub const ANSWER_WITHIN_MS: u16 = 4_500;
/// Waits between two receivers are at most this long.
const LONGEST_GAP: u32 = 3_600_000;

/// A rule that a setting breaks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// The part of the setting; empty for the whole.
    pub(super) part: &'static str,
    pub(super) rule: String,
}

fn ensure(fits: bool, part: &'static str, rule: &str) -> Result<(), Broken> {
    let rule = rule.to_owned();
    fits.then_some(()).ok_or(Broken { part, rule })
}

/// WeChat's API hosts, tried in this order where a document names none.
pub(super) fn own_hosts() -> Vec<String> {
    ["api.weixin.qq.com", "api2.weixin.qq.com"]
        .map(str::to_owned)
        .into()
}

/// The lanes of a pace, whatever else is wrong with it.
pub(super) fn lanes(pace: Option<&Value>) -> u16 {
    let given = pace.and_then(|pace| pace.get("lanes")?.as_u64());
    let given = given.and_then(|lanes| u16::try_from(lanes).ok());
    given
        .filter(|lanes| (1..=256).contains(lanes))
        .unwrap_or_else(|| Pace::default().lanes)
}

pub(super) fn pace(pace: &Pace) -> Result<(), Broken> {
    ensure(pace.per_minute >= 1, "per_minute", "must be at least 1")?;
    ensure((1..=256).contains(&pace.lanes), "lanes", "must be 1 to 256")?;
    let rule =
        "must be at least pace.lanes: each lane has its share, and one without any sends nothing";
    ensure(pace.per_day >= u32::from(pace.lanes), "per_day", rule)?;
    let rule = "must be at most 3600000, an hour";
    ensure(pace.gap_ms <= LONGEST_GAP, "gap_ms", rule)?;
    let [from, to] = pace.jitter_ms;
    let rule = "must be [from, to] with from <= to <= 3600000";
    ensure(from <= to && to <= LONGEST_GAP, "jitter_ms", rule)?;
    let quiet = pace.quiet_hours.as_ref().map(QuietTimes::of).transpose();
    let part = "quiet_hours";
    quiet.map(drop).map_err(|rule| Broken { part, rule })
}

pub(super) fn waiting_text(text: &str) -> Result<(), Broken> {
    let fits = Reply::from(text).validate().is_ok();
    ensure(fits, "", "must be 1 to 2048 bytes")
}

pub(super) fn answer_within(ms: &u16) -> Result<(), Broken> {
    let fits = (1_000..=4_800).contains(ms);
    ensure(fits, "", "must be 1000 to 4800: WeChat hangs up after 5000")
}

pub(super) fn more_text(text: &str) -> Result<(), Broken> {
    ensure(text.len() <= 200, "", "must be at most 200 bytes")
}

pub(super) fn api_hosts(hosts: &[String]) -> Result<(), Broken> {
    ensure(!hosts.is_empty(), "", "must name at least one host")?;
    are_hosts(hosts, "")
}

fn are_hosts(hosts: &[String], part: &'static str) -> Result<(), Broken> {
    let fit = hosts.iter().all(|host| page_url::is_domain(host));
    let rule = "must be hosts, perhaps with a port, without https:// and path";
    ensure(fit, part, rule)
}

pub(super) fn allowances(allowances: &Allowances) -> Result<(), Broken> {
    let parts = [
        ("message.within_s", &allowances.message),
        ("click.within_s", &allowances.click),
        ("subscribe.within_s", &allowances.subscribe),
        ("scan.within_s", &allowances.scan),
    ];
    parts.into_iter().try_for_each(|(part, allowance)| {
        ensure(allowance.within_s >= 1, part, "must be at least 1")
    })
}

pub(super) fn caps(caps: &Caps) -> Result<(), Broken> {
    let parts = [
        ("template.per_day", caps.template),
        ("subscription.per_day", caps.subscription),
        ("one_time_subscription.per_day", caps.one_time_subscription),
        ("customer_service.per_day", caps.customer_service),
    ];
    parts.into_iter().try_for_each(|(part, cap)| {
        let fits = cap.is_none_or(|cap| cap.per_day >= 1);
        ensure(fits, part, "must be at least 1, or nothing is ever sent")
    })
}

pub(super) fn mass(limits: &MassLimits) -> Result<(), Broken> {
    let never = "must be at least 1, or no campaign ever goes out";
    ensure(limits.calls_per_day >= 1, "calls_per_day", never)?;
    ensure(limits.calls_per_minute >= 1, "calls_per_minute", never)
}

pub(super) fn templates(ids: &[String]) -> Result<(), Broken> {
    template_ids(ids, "")
}

fn template_ids(ids: &[String], part: &'static str) -> Result<(), Broken> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    let fit = ids.iter().all(|id| !id.is_empty() && id.bytes().all(plain));
    ensure(fit, part, "must be letters, digits, '-' and '_'")
}

pub(super) fn web(web: &Web) -> Result<(), Broken> {
    are_hosts(&web.domains, "domains")?;
    template_ids(&web.template_ids, "template_ids")?;
    template_ids(web.one_time_template_id.as_slice(), "one_time_template_id")?;
    let fit = web.verify_files.keys().all(|n| verify::is_file_name(n));
    let rule = "must be named MP_verify_….txt or WW_verify_….txt";
    ensure(fit, "verify_files", rule)
}
