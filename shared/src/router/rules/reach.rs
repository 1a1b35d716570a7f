//! Rules that can never be reached, for one above them takes everything they fit.

use super::{
    super::{condition::Condition, scope::implies},
    fault::Faults,
    written::Written,
};

/// Notes every rule that can never be reached.
pub(super) fn check(rules: &[Written], faults: &mut Faults<'_>) {
    for (n, rule) in rules.iter().enumerate() {
        let above = rules.iter().take(n).find(|above| {
            let same = above.account.is_none() || above.account == rule.account;
            same && takes_all(&above.conditions, &rule.conditions)
        });
        if let Some(above) = above {
            let (line, _) = faults.position(above.fits.start);
            let why = format!("the rule of line {line} takes all that fits this one");
            let english = format!("can never be reached: {why}");
            let chinese = format!("永远轮不到：凡是符合它的都先被第 {line} 行的规则取走");
            faults.at(&rule.fits, english, &chinese);
        }
    }
}

/// Whether every push that fits `below` fits `above` too, as far as can be told.
fn takes_all(above: &[Condition], below: &[Condition]) -> bool {
    above.iter().all(|above| implies(below, above))
}
