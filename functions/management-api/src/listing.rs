//! What can be asked of a listing, whatever it lists.

use crate::body::{invalid, moment};
use shared::store::{Filter, Page};
use wechat_oa::api::Invalid;

/// Rows of a page, unless asked otherwise.
pub(crate) const PAGE: usize = 20;

/// Everything, from the newest on.
pub(crate) fn all() -> (Filter, Page) {
    let page = Page {
        limit: PAGE,
        cursor: None,
    };
    (Filter::default(), page)
}

/// Takes in a parameter that every listing has: `since`, `until`, `limit` up to `most`, `cursor`.
///
/// # Errors
/// One that does not read, and one that no listing has.
pub(crate) fn take(
    (filter, page): (&mut Filter, &mut Page),
    name: &str,
    value: &str,
    most: usize,
) -> Result<(), Invalid> {
    match name {
        "since" => filter.since = Some(moment("since", value)?),
        "until" => filter.until = Some(moment("until", value)?),
        "limit" => {
            let limit = value.parse().ok().filter(|n| (1..=most).contains(n));
            page.limit = limit.ok_or_else(|| invalid("limit", &format!("must be 1 to {most}")))?;
        }
        "cursor" => {
            page.cursor = value.parse().ok();
            let rule = "must be the cursor of the page before";
            Invalid::unless(page.cursor.is_some(), "cursor", rule)?;
        }
        _ => Invalid::unless(false, name.to_owned(), "is not known here")?,
    }
    Ok(())
}
