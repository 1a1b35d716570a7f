//! A rule as people write it.

use super::{
    super::{condition::Condition, slow::Collect},
    fault::Faults,
    fit,
    outcome::{self, Outcome},
    surroundings::Surroundings,
    table::{Fields, unknown},
    tags,
};
use crate::account::AccountName;
use std::ops::Range;
use toml::de::DeTable;

/// What stands beside what a rule fits and what happens.
const BESIDE: [&str; 3] = ["account", "collect", "publish"];

/// What happens when a rule fits: one of these at least.
pub fn happens() -> Vec<&'static str> {
    [&outcome::QUICK[..], &outcome::SLOW, &tags::MARKS].concat()
}

/// Every field that a rule may have, and `publish`, which is refused with the reason.
pub fn fields() -> Vec<&'static str> {
    let beside = [&BESIDE[..], &fit::BESIDE, &outcome::BESIDE].concat();
    [&fit::CONDITIONS[..], &happens(), &beside].concat()
}

/// A rule in which nothing is wrong.
pub(super) struct Written {
    pub(super) account: Option<String>,
    pub(super) conditions: Vec<Condition>,
    pub(super) collect: Collect,
    pub(super) outcome: Outcome,
    /// Where its first condition stands.
    pub(super) fits: Range<usize>,
    /// Where what it forwards to stands.
    pub(super) forward: Option<Range<usize>>,
}

/// Reads a rule; `at` is where it begins.
pub(super) fn read(
    table: &DeTable<'_>,
    at: &Range<usize>,
    around: &Surroundings<'_>,
    faults: &mut Faults<'_>,
) -> Option<Written> {
    let before = faults.count();
    let happens = happens();
    let known = fields();
    let mut fields = Fields::of(table, &known, faults);
    refuse(&mut fields);
    let account = account(&mut fields, around);
    let collect = fields.choice(
        "collect",
        &[("first", Collect::First), ("last", Collect::Last)],
    );
    // A misspelt field, which may be the one that is missing, is noted already.
    if fields.are_all(&known) {
        needed(&mut fields, at, &fit::CONDITIONS);
        needed(&mut fields, at, &happens);
    }
    let conditions = fit::read(&mut fields);
    let outcome = outcome::read(&mut fields, around);
    let forward = fields.place("forward");
    let ((fits, conditions), outcome) = (conditions?, outcome?);
    outcome.check(&conditions, faults);
    (faults.count() == before).then_some(Written {
        collect: collect.unwrap_or(Collect::of(conditions.len())),
        account,
        conditions,
        outcome,
        fits,
        forward,
    })
}

fn needed(fields: &mut Fields<'_, '_, '_>, at: &Range<usize>, names: &[&str]) {
    if fields.given(names).is_empty() {
        let names = names.join(", ");
        let english = format!("one of {names} is needed");
        fields
            .faults
            .at(at, english, &format!("{names} 必须写一个"));
    }
}

/// A field that people expect, and why there is none.
fn refuse(fields: &mut Fields<'_, '_, '_>) {
    if let Some(at) = fields.place("publish") {
        let english = "publish: pushes are not published by rules; every push stands in the inbox, whose stream can be read";
        let chinese = "规则不发布推送；每个推送都在收件箱里，可以读它的流";
        fields.faults.at(&at, english, chinese);
    }
}

fn account(fields: &mut Fields<'_, '_, '_>, around: &Surroundings<'_>) -> Option<String> {
    let name = fields.text("account")?;
    let given: &str = name.get_ref();
    if let Err(error) = AccountName::try_from(given) {
        let english = format!("account: {error}");
        (fields.faults).at(&name.span(), english, "account 不是合法的账号名");
        return None;
    }
    match around.accounts {
        Some(accounts) if !accounts.contains(&given) => {
            let (english, chinese) = unknown("account", "账号", given, accounts);
            fields.faults.at(&name.span(), english, &chinese);
            None
        }
        _ => Some(name.into_inner()),
    }
}
