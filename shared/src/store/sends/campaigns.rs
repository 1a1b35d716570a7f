//! Campaigns: made, filled page by page, released, stopped, looked after.

use super::{Key, Sends, keys};
use crate::{
    sends::campaign::{PAGES, State, Work, page, record::Campaign},
    store::{
        StoreError,
        table::{Item, Put, crowded, ends, number, parse, text},
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
        let put = self.table.put_request(OPERATION, key, &note, Item::new())?;
        let put = put.return_values(ReturnValue::AllOld).send().await;
        let before = self.table.sent(OPERATION, put)?.attributes;
        let before: Option<MediaNote> = before.map(|item| parse(OPERATION, item)).transpose()?;
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
        let update = self
            .update(&Key::campaign(&campaign.app_id, &campaign.client_msg_id))
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
            let (key, more) = (key.item(), beside(&wanted));
            match self.table.put_if(OPERATION, key, &wanted, more).await? {
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
}

/// What a campaign's row has beside the campaign. Its pages are a set and no list: more are added.
fn beside(campaign: &Campaign) -> Item {
    let mut more = ends(Timestamp::from_secs(campaign.expires_at()));
    let mut index = |name: &str, value| more.insert(name.to_owned(), value);
    if !campaign.pages.is_empty() {
        let pages = campaign.pages.iter().cloned().collect();
        index("pages", AttributeValue::Ss(pages));
    }
    if campaign.due.is_some() {
        index("due", text(&keys::due("campaign", &campaign.app_id)));
    }
    index("listed", text(&keys::listed(&campaign.app_id, "campaign")));
    more
}
