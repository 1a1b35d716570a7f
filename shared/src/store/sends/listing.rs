//! Messages of a receiver, in a state, or all of them; newest first, page by page.

use super::{Key, Sends, keys};
use crate::{
    sends::{Record, SendKind, State, campaign::record::Campaign},
    store::{
        StoreError,
        table::{Item, number, parse, text},
    },
    time::Timestamp,
};
use std::{fmt, str::FromStr};
use wechat_oa::ids::AppId;

/// Requests a page costs at most: a state is picked from all of a receiver's messages.
const REQUESTS: usize = 10;

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
    state: usize,
    last: Option<(i64, String)>,
}

/// A text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no cursor of a listing")]
pub struct NoCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.last {
            None => write!(f, "{}", self.state),
            Some((created, id)) => write!(f, "{}.{created}.{id}", self.state),
        }
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let mut parts = text.splitn(3, '.');
        let state = parts.next().and_then(|n| n.parse().ok()).ok_or(NoCursor)?;
        let last = match (parts.next(), parts.next()) {
            (None, None) => None,
            (Some(created), Some(id)) if crate::sends::SendJob::is_id(id) => {
                Some((created.parse().map_err(|_| NoCursor)?, id.to_owned()))
            }
            _ => return Err(NoCursor),
        };
        Ok(Self { state, last })
    }
}

/// One index, one hash key, one direction.
struct Query<'a> {
    app_id: &'a AppId,
    index: &'static str,
    attribute: &'static str,
    value: String,
    state: Option<State>,
}

impl Sends {
    /// Messages of an account, without their bodies. Without a filter they come state by state.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn list(
        &self,
        app_id: &AppId,
        filter: &Filter,
        page: &Page,
    ) -> Result<(Vec<Record>, Option<Cursor>), StoreError> {
        let (mut found, mut at) = (Vec::new(), page.cursor.clone());
        for _ in 0..REQUESTS {
            let state = at.as_ref().map_or(0, |cursor| cursor.state);
            let Some(query) = Query::of(app_id, filter, state) else {
                return Ok((found, None));
            };
            let wanted = page.limit - found.len();
            let last = at.and_then(|cursor| cursor.last);
            let (rows, last) = self.query(&query, filter, last, wanted).await?;
            found.extend(rows);
            let single = filter.to_user.is_some() || filter.state.is_some();
            at = match last {
                Some(last) => Some(Cursor {
                    state,
                    last: Some(last),
                }),
                None if single || state >= State::ALL.len() - 1 => None,
                None => Some(Cursor {
                    state: state + 1,
                    last: None,
                }),
            };
            if at.is_none() || found.len() >= page.limit {
                break;
            }
        }
        Ok((found, at))
    }

    async fn query(
        &self,
        query: &Query<'_>,
        filter: &Filter,
        last: Option<(i64, String)>,
        limit: usize,
    ) -> Result<(Vec<Record>, Option<(i64, String)>), StoreError> {
        const OPERATION: &str = "sends.list";
        let mut request = self
            .table
            .query()
            .index_name(query.index)
            .key_condition_expression("#hash = :hash AND created_ms BETWEEN :since AND :until")
            .expression_attribute_names("#hash", query.attribute)
            .expression_attribute_values(":hash", text(&query.value))
            .expression_attribute_values(":since", number(filter.since.unwrap_or_default()))
            .expression_attribute_values(":until", number(filter.until.unwrap_or(Timestamp::MAX)))
            .scan_index_forward(false)
            .limit(i32::try_from(limit.clamp(1, 1000)).unwrap_or(1000))
            .set_exclusive_start_key(last.map(|last| query.start(&last)));
        let kind = filter.kind.map(SendKind::as_str);
        let state = query.state.map(State::as_str);
        let mut wanted = Vec::new();
        for (name, value) in [
            ("state", state),
            ("kind", kind),
            ("template_id", filter.template_id.as_deref()),
        ] {
            if let Some(value) = value {
                wanted.push(format!("#{name} = :{name}"));
                request = request
                    .expression_attribute_names(format!("#{name}"), name)
                    .expression_attribute_values(format!(":{name}"), text(value));
            }
        }
        if !wanted.is_empty() {
            request = request.filter_expression(wanted.join(" AND "));
        }
        let (rows, last) = self.table.page(OPERATION, request).await?;
        let rows = rows
            .into_iter()
            .map(|item| parse::<Record>(OPERATION, item));
        let before = format!("{}#", query.app_id);
        let last = last.and_then(|key| end(&key, &before));
        Ok((rows.collect::<Result<_, _>>()?, last))
    }
}

impl Sends {
    /// Campaigns of an account that came between two moments, newest first.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn list_campaigns(
        &self,
        app_id: &AppId,
        filter: &Filter,
        page: &Page,
    ) -> Result<(Vec<Campaign>, Option<Cursor>), StoreError> {
        const OPERATION: &str = "sends.list_campaigns";
        let hash = keys::campaigns(app_id);
        let last = page.cursor.as_ref().and_then(|cursor| cursor.last.as_ref());
        let start = last.map(|(created, id)| {
            let mut start = Key::campaign(app_id, id).item();
            start.insert("in_state".to_owned(), text(&hash));
            start.insert("created_ms".to_owned(), number(*created));
            start
        });
        let request = self
            .table
            .query()
            .index_name(keys::BY_STATE)
            .key_condition_expression("in_state = :hash AND created_ms BETWEEN :since AND :until")
            .expression_attribute_values(":hash", text(&hash))
            .expression_attribute_values(":since", number(filter.since.unwrap_or_default()))
            .expression_attribute_values(":until", number(filter.until.unwrap_or(Timestamp::MAX)))
            .scan_index_forward(false)
            .limit(i32::try_from(page.limit.clamp(1, 1000)).unwrap_or(1000))
            .set_exclusive_start_key(start);
        let (rows, more) = self.table.page(OPERATION, request).await?;
        let mut found = Vec::with_capacity(rows.len());
        for key in rows.iter().filter_map(Key::of) {
            found.extend(self.table.get::<Campaign>(OPERATION, key.item()).await?);
        }
        // Not where the last campaign was: the index may name one that is gone.
        let last = more.and_then(|key| end(&key, &keys::campaign_rows(app_id, "")));
        let cursor = last.map(|last| Cursor {
            state: 0,
            last: Some(last),
        });
        Ok((found, cursor))
    }
}

impl<'a> Query<'a> {
    fn of(app_id: &'a AppId, filter: &Filter, state: usize) -> Option<Self> {
        Some(match (&filter.to_user, filter.state) {
            (Some(to_user), state) => Self {
                app_id,
                index: keys::BY_USER,
                attribute: "user",
                value: keys::user(app_id, to_user),
                state,
            },
            (None, chosen) => Self {
                app_id,
                index: keys::BY_STATE,
                attribute: "in_state",
                value: keys::in_state(app_id, chosen.or(State::ALL.get(state).copied())?),
                state: None,
            },
        })
    }

    fn start(&self, (created, id): &(i64, String)) -> Item {
        let mut start = Key::message(self.app_id, id).item();
        start.insert(self.attribute.to_owned(), text(&self.value));
        start.insert("created_ms".to_owned(), number(*created));
        start
    }
}

/// Where a page ended; `before` is what stands before the id in a row's key.
fn end(key: &Item, before: &str) -> Option<(i64, String)> {
    let created = key.get("created_ms")?.as_n().ok()?.parse().ok()?;
    let id = key.get("id")?.as_s().ok()?;
    Some((created, id.strip_prefix(before)?.to_owned()))
}
