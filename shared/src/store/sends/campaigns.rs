//! Campaigns: made, filled page by page, released, stopped, looked after.

use super::{Key, Sends, keys, parse};
use crate::{
    sends::campaign::{PAGES, State, Work, batch::Batch, page, quota::Quota, record::Campaign},
    store::{
        StoreError,
        write::{Item, number, text},
    },
};
use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::AttributeValue};

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

impl Sends {
    /// Files a campaign.
    ///
    /// # Errors
    /// When the table cannot be written; then the row may or may not be there.
    pub async fn create_campaign(&self, campaign: &Campaign) -> Result<Created, StoreError> {
        const OPERATION: &str = "sends.create_campaign";
        let key = Key::campaign(&campaign.app_id, &campaign.client_msg_id);
        let found = self
            .create(OPERATION, &key, campaign, beside(campaign))
            .await?;
        Ok(match found {
            None => Created::New(Box::new(campaign.clone())),
            Some(found) if found.digest != campaign.digest => Created::Other(Box::new(found)),
            // The SDK repeated a put whose answer was lost.
            Some(found) if found == *campaign => Created::New(Box::new(found)),
            Some(found) => Created::Same(Box::new(found)),
        })
    }

    /// The row of a campaign; `None` when there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn campaign(
        &self,
        app_id: &str,
        client_msg_id: &str,
    ) -> Result<Option<Campaign>, StoreError> {
        self.get(&Key::campaign(app_id, client_msg_id)).await
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
        now_ms: i64,
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
            .expression_attribute_values(":now", number(now_ms));
        let Err(error) = update.send().await else {
            return Ok(Paged::Added);
        };
        let refused = match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => refused,
            _ => return Err(StoreError::of(OPERATION, &self.table, &error)),
        };
        let Some(item) = refused.item.clone().filter(|item| !item.is_empty()) else {
            return Ok(Paged::Missing);
        };
        let found: Campaign = parse(OPERATION, item)?;
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
        app_id: &str,
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
            let more = beside(&wanted);
            found = self
                .replace(OPERATION, &key, &wanted, wanted.version, more)
                .await?;
            if found == wanted {
                return Ok(Change::Made(Box::new(found)));
            }
        }
        Err(StoreError::Throttled {
            operation: OPERATION,
            reason: "too many write the campaign's row".to_owned(),
        })
    }

    /// Campaigns somebody has to look after, the longest due first.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn due_campaigns(&self, now_ms: i64) -> Result<Vec<Work>, StoreError> {
        let named = |key: Key| {
            let (app_id, id) = key.campaign_of()?;
            Some(Work {
                app_id: app_id.to_owned(),
                client_msg_id: id.to_owned(),
            })
        };
        let due = self.due("campaign", now_ms).await?;
        Ok(due.into_iter().filter_map(named).collect())
    }

    /// What an account used up of its mass sends.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn mass_quota(&self, app_id: &str) -> Result<Quota, StoreError> {
        let found = self.get(&Key::mass_quota(app_id)).await?;
        Ok(found.unwrap_or_default())
    }

    /// A send to all came to nothing: its allowance is given back, once.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn give_back_mass_quota(
        &self,
        app_id: &str,
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
        app_id: &str,
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
            let key = Key::mass_quota(app_id);
            found = self
                .replace(OPERATION, &key, &wanted, wanted.version, Item::new())
                .await?;
            if found == wanted {
                return Ok(Ok(found));
            }
        }
        Err(StoreError::Throttled {
            operation: OPERATION,
            reason: "too many write the account's counters".to_owned(),
        })
    }
}

/// What a campaign's row has beside the campaign. Its pages are a set and no list: more are added.
fn beside(campaign: &Campaign) -> Item {
    let mut more = Item::from([("expires_at".to_owned(), number(campaign.expires_at()))]);
    let pages: Vec<String> = campaign.pages.iter().cloned().collect();
    if !pages.is_empty() {
        more.insert("pages".to_owned(), AttributeValue::Ss(pages));
    }
    if campaign.due_ms.is_some() {
        more.insert("due".to_owned(), text("campaign"));
    }
    more
}

/// Where a batch stands.
pub(super) fn batch_key(campaign: &Campaign, number: u32) -> Key {
    Key::batch(&campaign.app_id, &campaign.client_msg_id, number)
}

/// What a batch's row has beside the batch.
pub(super) fn beside_batch(app_id: &str, batch: &Batch) -> Item {
    let id = match batch.msg_id {
        Some(msg_id) => Some(keys::mass_id(app_id, msg_id)),
        None => batch.lacks_id().then(|| keys::no_mass_id(app_id)),
    };
    id.map(|id| ("wechat_id".to_owned(), text(&id)))
        .into_iter()
        .collect()
}
