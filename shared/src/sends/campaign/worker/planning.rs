//! Pages into batches. Whoever begins again goes on behind the last batch that is there.

use super::context::{Outside, Worker};
use crate::{
    sends::campaign::{
        batch::Batch,
        page::Page,
        plan::{Cutter, READING, Reading},
        record::Campaign,
    },
    store::{Sends, StoreError},
};

/// Makes the batches of a campaign; `None` when the time was over before they were all there.
pub(super) async fn plan<O: Outside>(
    worker: &Worker<'_, O>,
    campaign: &Campaign,
) -> Result<Option<Vec<Batch>>, StoreError> {
    let sends = worker.sends;
    let (app_id, id) = (&campaign.app_id, &campaign.client_msg_id);
    let mut batches = sends.batches(app_id, id).await?;
    if campaign.target.filter().is_some() {
        let batch = Batch::planned(campaign, 0, 0, "");
        sends.create_batch(campaign, &batch).await?;
        return Ok(Some(vec![batch]));
    }
    let mut after = match batches.last() {
        Some(last) => {
            let receivers = sends.read_receivers(campaign, last.number).await?;
            receivers.openids().last().cloned()
        }
        None => None,
    };
    let mut cutter = Cutter::default();
    loop {
        let mut reading = Reading::new(after.take(), READING);
        for name in &campaign.pages {
            reading.page(sends.read_page(campaign, name).await?.openids());
        }
        let (found, more) = reading.end();
        after = found.last().cloned();
        cutter.add(found);
        while let Some(receivers) = cutter.next_full() {
            batches.push(make(sends, campaign, batches.len(), receivers).await?);
        }
        if !more {
            break;
        }
        if worker.clock.now() >= worker.stop {
            return Ok(None);
        }
    }
    for receivers in cutter.end() {
        batches.push(make(sends, campaign, batches.len(), receivers).await?);
    }
    Ok(Some(batches))
}

/// Receivers first: a batch that is there has them.
async fn make(
    sends: &Sends,
    campaign: &Campaign,
    number: usize,
    receivers: Vec<String>,
) -> Result<Batch, StoreError> {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let page = Page::of(receivers);
    let batch = Batch::planned(campaign, number, page.openids().len(), &page.name());
    sends.put_receivers(campaign, number, &page).await?;
    sends.create_batch(campaign, &batch).await?;
    Ok(batch)
}
