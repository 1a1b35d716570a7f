//! Campaigns: made, filled page by page, released, stopped, looked after.

use super::{Key, Sends, keys};
use crate::{
    sends::campaign::{PAGES, State, Work, batch::Batch, page, quota::Quota, record::Campaign},
    store::{
        StoreError,
        table::{Item, Put, Versioned, crowded, number, parse, text},
    },
    time::Timestamp,
};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use serde::{Deserialize, Serialize};
use wechat_oa::ids::AppId;

/// Writers of a row that may be in each other's way before one gives up.
const TRIES: usize = 8;

/// What became of a campaign that came in.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// It is new.
    New(Box<Campaign>),
    /// It came before; this is its row.
    Same(Box<Campaign>),
    /// Its id belongs to another campaign; this is that one's row.
    Other(Box<Campaign>),
}

/// What became of a page of receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paged {
    /// It belongs to the campaign, perhaps since before.
    Added,
    /// The campaign is in a state in which it takes no pages.
    Refused(State),
    /// The campaign has as many pages as it may have.
    Full,
    /// There is no such campaign.
    Missing,
}

/// What became of a change of a campaign.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It was made.
    Made(Box<Campaign>),
    /// There is nothing to change.
    Unchanged(Box<Campaign>),
    /// There is no such campaign.
    Missing,
}

/// Which campaign had an article or video last.
#[derive(Serialize, Deserialize)]
struct MediaNote {
    client_msg_id: String,
    expires_at: i64,
}

impl Versioned for Campaign {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Versioned for Quota {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Sends {
    /// Files a campaign.
    ///
    /// # Errors
    /// When the table cannot be written; then the row may or may not be there.
    pub async fn create_campaign(&self, campaign: &Campaign) -> Result<Created, StoreError> {
        const OPERATION: &str = "sends.create_campaign";
        let key = Key::campaign(&campaign.app_id, &campaign.client_msg_id);
        let more = beside(campaign);
        Ok(match self.create(OPERATION, &key, campaign, more).await? {
            Put::Done | Put::Gone => Created::New(Box::new(campaign.clone())),
            Put::Lost(found) if found.digest != campaign.digest => Created::Other(found),
            Put::Lost(found) => Created::Same(found),
        })
    }

    /// Notes which campaign has an article or video now; the one that had it before, if another.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn note_media(&self, campaign: &Campaign) -> Result<Option<String>, StoreError> {
        const OPERATION: &str = "sends.note_media";
        let Some(media_id) = campaign.media_id() else {
            return Ok(None);
        };
        let note = MediaNote {
            client_msg_id: campaign.client_msg_id.clone(),
            expires_at: campaign.expires_at(),
        };
        let key = Key::mass_media(&campaign.app_id, &media_id).item();
        let put = self
            .table
            .put_request(OPERATION, key, &note, Item::new())?
            .return_values(ReturnValue::AllOld);
        let before = put.send().await;
        let before = before.map_err(|e| StoreError::of(OPERATION, &self.table.name, &e))?;
        let before: Option<MediaNote> = match before.attributes {
            Some(item) => Some(parse(OPERATION, item)?),
            None => None,
        };
        let other = before.filter(|before| before.client_msg_id != note.client_msg_id);
        Ok(other.map(|other| other.client_msg_id))
    }

    /// The row of a campaign; `None` when there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn campaign(
        &self,
        app_id: &AppId,
        client_msg_id: &str,
    ) -> Result<Option<Campaign>, StoreError> {
        let key = Key::campaign(app_id, client_msg_id).item();
        self.table.get("sends.campaign", key).await
    }

    /// Adds a page to a draft. The same receivers again add nothing. Two writes; a page that is
    /// refused is forgotten.
    ///
    /// # Errors
    /// When the table cannot be written; then the page must come again.
    pub async fn add_page(
        &self,
        campaign: &Campaign,
        page: &page::Page,
        now: Timestamp,
    ) -> Result<Paged, StoreError> {
        const OPERATION: &str = "sends.add_page";
        self.put_page(campaign, page).await?;
        let name = AttributeValue::Ss(vec![page.name()]);
        let most = i64::try_from(PAGES).unwrap_or(i64::MAX);
        let key = Key::campaign(&campaign.app_id, &campaign.client_msg_id).item();
        let update = self
            .table
            .update(key)
            .update_expression("ADD pages :page, version :one SET updated_ms = :now")
            .condition_expression(
                "#state = :draft AND \
                 (attribute_not_exists(pages) OR size(pages) < :most OR contains(pages, :name))",
            )
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":page", name)
            .expression_attribute_values(":name", text(&page.name()))
            .expression_attribute_values(":draft", text(State::Draft.as_str()))
            .expression_attribute_values(":most", number(most))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", number(now));
        let found: Option<Campaign> = self.table.row_if(OPERATION, update).await?;
        let Some(found) = found else {
            return Ok(Paged::Missing);
        };
        if found.state == State::Draft && found.pages.contains(&page.name()) {
            return Ok(Paged::Added);
        }
        self.forget_page(&found, page).await?;
        Ok(match found.state {
            State::Draft => Paged::Full,
            state => Paged::Refused(state),
        })
    }

    /// Writes what `next` makes of a campaign, unless that is nothing.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn change_campaign(
        &self,
        app_id: &AppId,
        client_msg_id: &str,
        next: impl Fn(&Campaign) -> Option<Campaign>,
    ) -> Result<Change, StoreError> {
        const OPERATION: &str = "sends.change_campaign";
        let key = Key::campaign(app_id, client_msg_id);
        let Some(mut found) = self.campaign(app_id, client_msg_id).await? else {
            return Ok(Change::Missing);
        };
        for _ in 0..TRIES {
            let Some(wanted) = next(&found) else {
                return Ok(Change::Unchanged(Box::new(found)));
            };
            let put = self
                .table
                .put_if(OPERATION, key.item(), &wanted, beside(&wanted));
            match put.await? {
                Put::Done => return Ok(Change::Made(Box::new(wanted))),
                Put::Lost(row) => found = *row,
                Put::Gone => return Ok(Change::Missing),
            }
        }
        Err(crowded(OPERATION))
    }

    /// Campaigns somebody has to look after, the longest due first.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn due_campaigns(&self, now: Timestamp) -> Result<Vec<Work>, StoreError> {
        let due = self.due("campaign", now).await?;
        Ok(due.iter().filter_map(Key::campaign_of).collect())
    }

    /// What an account used up of its mass sends.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn mass_quota(&self, app_id: &AppId) -> Result<Quota, StoreError> {
        let key = Key::mass_quota(app_id).item();
        let found = self.table.get("sends.mass_quota", key).await?;
        Ok(found.unwrap_or_default())
    }

    /// A send to all came to nothing: its allowance is given back, once.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn give_back_mass_quota(
        &self,
        app_id: &AppId,
        me: &str,
        clientmsgid: &str,
    ) -> Result<(), StoreError> {
        let back = |quota: &Quota| quota.given_back(clientmsgid).ok_or(());
        let written = self.spend_mass_quota(app_id, me, back);
        written.await.map(drop)
    }

    /// Writes what `next` makes of an account's counters, as `me`; its refusal is handed on.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn spend_mass_quota<E>(
        &self,
        app_id: &AppId,
        me: &str,
        next: impl Fn(&Quota) -> Result<Quota, E>,
    ) -> Result<Result<Quota, E>, StoreError> {
        const OPERATION: &str = "sends.spend_mass_quota";
        let mut found = self.mass_quota(app_id).await?;
        for _ in 0..TRIES {
            let mut wanted = match next(&found) {
                Ok(wanted) => wanted,
                Err(closed) => return Ok(Err(closed)),
            };
            me.clone_into(&mut wanted.writer);
            let key = Key::mass_quota(app_id).item();
            match self
                .table
                .put_if(OPERATION, key, &wanted, Item::new())
                .await?
            {
                Put::Done => return Ok(Ok(wanted)),
                Put::Lost(row) => found = *row,
                Put::Gone => found = Quota::default(),
            }
        }
        Err(crowded(OPERATION))
    }

    /// Makes a row unless there is one.
    pub(super) async fn create<T: Versioned>(
        &self,
        operation: &'static str,
        key: &Key,
        new: &T,
        more: Item,
    ) -> Result<Put<T>, StoreError> {
        let put = self.table.put_request(operation, key.item(), new, more)?;
        let put = put.condition_expression("attribute_not_exists(id)");
        self.table.put_under(operation, put, new).await
    }
}

/// What a campaign's row has beside the campaign. Its pages are a set and no list: more are added.
fn beside(campaign: &Campaign) -> Item {
    let mut more = Item::from([("expires_at".to_owned(), number(campaign.expires_at()))]);
    let pages: Vec<String> = campaign.pages.iter().cloned().collect();
    if !pages.is_empty() {
        more.insert("pages".to_owned(), AttributeValue::Ss(pages));
    }
    if campaign.due.is_some() {
        let due = keys::due("campaign", &campaign.app_id);
        more.insert("due".to_owned(), text(&due));
    }
    let listed = keys::listed(&campaign.app_id, "campaign");
    more.insert("listed".to_owned(), text(&listed));
    more
}

/// Where a batch stands.
pub(super) fn batch_key(campaign: &Campaign, number: u32) -> Key {
    Key::batch(&campaign.app_id, &campaign.client_msg_id, number)
}

/// What a batch's row has beside the batch.
pub(super) fn beside_batch(app_id: &AppId, batch: &Batch) -> Item {
    let id = match batch.msg_id {
        Some(msg_id) => Some(keys::mass_id(app_id, msg_id)),
        None => batch.lacks_id().then(|| keys::no_mass_id(app_id)),
    };
    id.map(|id| ("wechat_id".to_owned(), text(&id)))
        .into_iter()
        .collect()
}
