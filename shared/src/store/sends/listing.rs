//! Messages and campaigns, newest first, page by page.
//!
//! An index names them and may be some seconds behind; what is told are the rows as they stand.

use super::{Key, Sends, keys};
use crate::{
    sends::{Record, SendKind, State, campaign::record::Campaign},
    store::{
        StoreError,
        table::{Item, number, text},
    },
    time::Timestamp,
};
use serde::de::DeserializeOwned;
use std::{fmt, str::FromStr};
use wechat_oa::ids::AppId;

/// Queries a page costs at most, when most rows do not fit its filter.
const QUERIES: usize = 10;

/// Which messages are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Those to this receiver.
    pub to_user: Option<String>,
    /// Those in this state.
    pub state: Option<State>,
    /// Those of this kind.
    pub kind: Option<SendKind>,
    /// Those by this template.
    pub template_id: Option<String>,
    /// Those that came then or later.
    pub since: Option<Timestamp>,
    /// Those that came then or before.
    pub until: Option<Timestamp>,
}

/// Which part of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// How many at most; a page may hold fewer, and more follow all the same.
    pub limit: usize,
    /// Where the page before it ended.
    pub cursor: Option<Cursor>,
}

/// Where a page ended; as text in the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    created: i64,
    id: String,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no cursor of a listing")]
pub struct NoCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created, self.id)
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (created, id) = text.split_once('.').ok_or(NoCursor)?;
        let id = Some(id).filter(|id| crate::sends::SendJob::is_id(id));
        Ok(Self {
            created: created.parse().map_err(|_| NoCursor)?,
            id: id.ok_or(NoCursor)?.to_owned(),
        })
    }
}

/// Where rows of one kind are found: an index, and a hash key of it.
struct Place {
    index: &'static str,
    attribute: &'static str,
    hash: String,
    /// The range key that all these rows have in the table …
    part: &'static str,
    /// … and what stands before the id in their hash key.
    before: String,
}

impl Sends {
    /// Messages of an account.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn list(
        &self,
        app_id: &AppId,
        filter: &Filter,
        page: &Page,
    ) -> Result<(Vec<Record>, Option<Cursor>), StoreError> {
        let place = Place::of_messages(app_id, filter);
        let fits = |row: &Record| filter.fits(row);
        self.walk("sends.list", &place, filter, page, fits).await
    }

    /// Campaigns of an account that came between two moments.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn list_campaigns(
        &self,
        app_id: &AppId,
        filter: &Filter,
        page: &Page,
    ) -> Result<(Vec<Campaign>, Option<Cursor>), StoreError> {
        let place = Place::of_campaigns(app_id);
        let campaigns = self.walk("sends.list_campaigns", &place, filter, page, |_| true);
        campaigns.await
    }

    async fn walk<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        place: &Place,
        filter: &Filter,
        page: &Page,
        fits: impl Fn(&T) -> bool,
    ) -> Result<(Vec<T>, Option<Cursor>), StoreError> {
        let since = filter.since.unwrap_or_default();
        let until = filter.until.unwrap_or(Timestamp::MAX);
        // The table refuses to begin outside of what is asked for.
        let (mut found, mut at) = (Vec::new(), page.cursor.clone());
        at.take_if(|at| at.created > until.as_millis());
        if at.as_ref().is_some_and(|at| at.created < since.as_millis()) {
            return Ok((found, None));
        }
        for _ in 0..QUERIES {
            let wanted = page.limit - found.len();
            let query = self
                .query("#hash = :hash AND created_ms BETWEEN :since AND :until")
                .index_name(place.index)
                .expression_attribute_names("#hash", place.attribute)
                .expression_attribute_values(":hash", text(&place.hash))
                .expression_attribute_values(":since", number(since))
                .expression_attribute_values(":until", number(until))
                .scan_index_forward(false)
                .limit(i32::try_from(wanted.clamp(1, 1000)).unwrap_or(1000))
                .set_exclusive_start_key(at.as_ref().map(|cursor| place.key(cursor)));
            let (keys, more) = self.table.page::<Key>(operation, query).await?;
            let rows = self.rows(operation, keys).await?;
            found.extend(rows.into_iter().filter(&fits));
            at = more.and_then(|key| place.cursor(&key));
            if at.is_none() || found.len() >= page.limit {
                break;
            }
        }
        Ok((found, at))
    }
}

impl Filter {
    fn fits(&self, row: &Record) -> bool {
        self.state.is_none_or(|state| row.state == state)
            && self.kind.is_none_or(|kind| row.kind == kind)
            && (self.template_id.is_none() || self.template_id == row.template_id)
    }
}

impl Place {
    fn of_messages(app_id: &AppId, filter: &Filter) -> Self {
        let exceptional = filter.state.filter(|state| state.is_exceptional());
        let (index, attribute, hash) = match (&filter.to_user, exceptional) {
            (Some(to_user), _) => (keys::BY_USER, "user", keys::user(app_id, to_user)),
            (None, Some(state)) => (keys::BY_STATE, "in_state", keys::in_state(app_id, state)),
            (None, None) => (keys::BY_ACCOUNT, "listed", keys::listed(app_id, "message")),
        };
        Self {
            index,
            attribute,
            hash,
            part: "message",
            before: format!("{app_id}#"),
        }
    }

    fn of_campaigns(app_id: &AppId) -> Self {
        Self {
            index: keys::BY_ACCOUNT,
            attribute: "listed",
            hash: keys::listed(app_id, "campaign"),
            part: "campaign",
            before: keys::campaign_rows(app_id, ""),
        }
    }

    /// The key behind which a page begins.
    fn key(&self, cursor: &Cursor) -> Item {
        let id = format!("{}{}", self.before, cursor.id);
        Item::from([
            ("id".to_owned(), text(&id)),
            ("part".to_owned(), text(self.part)),
            (self.attribute.to_owned(), text(&self.hash)),
            ("created_ms".to_owned(), number(cursor.created)),
        ])
    }

    fn cursor(&self, key: &Item) -> Option<Cursor> {
        let id = key.get("id")?.as_s().ok()?;
        Some(Cursor {
            created: key.get("created_ms")?.as_n().ok()?.parse().ok()?,
            id: id.strip_prefix(&self.before)?.to_owned(),
        })
    }
}
