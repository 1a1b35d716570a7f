//! What a worker does next about a campaign.

use super::{State, batch::Batch, record::Campaign};

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Submit that batch.
    Submit(usize),
    /// Give that batch up: a repeat could be a second send.
    GiveUp(usize),
    /// Mark that batch as never to go.
    Drop(usize),
    /// Take back that article of that batch, from 1; 0 for the whole.
    TakeBack(usize, u32),
    /// Ask WeChat how that batch stands.
    Look(usize),
    /// Nothing until then, in milliseconds since 1970.
    Wait(i64),
    /// Nothing any more.
    Done,
}

/// Decides what comes next. Batches go in their order; those that wait do not hold up the others.
pub fn next(campaign: &Campaign, batches: &[Batch], now_ms: i64) -> Next {
    let mut wait_ms = None;
    for (n, batch) in batches.iter().enumerate() {
        match of(campaign, batch, n, now_ms) {
            Next::Wait(until_ms) => {
                wait_ms = Some(wait_ms.map_or(until_ms, |ms: i64| ms.min(until_ms)));
            }
            Next::Done => {}
            next => return next,
        }
    }
    wait_ms.map_or(Next::Done, Next::Wait)
}

fn of(campaign: &Campaign, batch: &Batch, n: usize, now_ms: i64) -> Next {
    match batch.state {
        State::Planned | State::Submitting | State::AwaitingAdmin => {
            let ready_ms = batch.ready_ms().max(campaign.not_before_ms);
            if campaign.stopped && batch.dropped().is_some() {
                Next::Drop(n)
            } else if now_ms < ready_ms {
                Next::Wait(ready_ms)
            } else if batch.is_lost(now_ms) {
                Next::GiveUp(n)
            } else {
                // Of a stopped campaign too: whether it went, and under which id, must be known.
                Next::Submit(n)
            }
        }
        State::Accepted if batch.msg_id.is_some() => {
            // Only what is through can be taken back.
            let at_once = campaign.stopped && batch.looks == 0;
            match at_once || now_ms >= batch.look_ms {
                true => Next::Look(n),
                false => Next::Wait(batch.look_ms),
            }
        }
        State::Finished if batch.msg_id.is_some() => take_back(campaign, batch, n, now_ms),
        _ => Next::Done,
    }
}

fn take_back(campaign: &Campaign, batch: &Batch, n: usize, now_ms: i64) -> Next {
    let whole = campaign.stopped.then_some(0);
    let mut wanted = whole.into_iter().chain(campaign.articles.iter().copied());
    match wanted.find(|article| !batch.taken_back.contains(article)) {
        Some(_) if now_ms < batch.not_before_ms => Next::Wait(batch.not_before_ms),
        Some(article) => Next::TakeBack(n, article),
        None => Next::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn batch(state: State) -> Batch {
        Batch {
            state,
            msg_id: (!matches!(state, State::Planned)).then_some(3_147_483_661),
            ..Batch::default()
        }
    }

    #[test]
    fn batches_go_in_order_and_none_holds_up_the_others() {
        let campaign = Campaign::default();
        let waiting = Batch {
            not_before_ms: NOW + 500,
            ..batch(State::Submitting)
        };
        let batches = [batch(State::Failed), waiting.clone(), batch(State::Planned)];
        assert_eq!(next(&campaign, &batches, NOW), Next::Submit(2));
        assert_eq!(next(&campaign, &batches[..2], NOW), Next::Wait(NOW + 500));
        assert_eq!(next(&campaign, &batches[..1], NOW), Next::Done);
        let accepted = Batch {
            look_ms: NOW + 100,
            ..batch(State::Accepted)
        };
        let batches = [waiting, accepted];
        assert_eq!(next(&campaign, &batches, NOW), Next::Wait(NOW + 100));
        assert_eq!(next(&campaign, &batches, NOW + 100), Next::Look(1));
    }

    #[test]
    fn nothing_goes_before_its_time() {
        let campaign = Campaign {
            not_before_ms: NOW + 9,
            ..Campaign::default()
        };
        let batches = [batch(State::Planned)];
        assert_eq!(next(&campaign, &batches, NOW), Next::Wait(NOW + 9));
        assert_eq!(next(&campaign, &batches, NOW + 9), Next::Submit(0));
    }

    #[test]
    fn a_stopped_campaign_drops_what_has_not_gone_and_takes_back_what_has() {
        let campaign = Campaign {
            stopped: true,
            ..Campaign::default()
        };
        let uncertain = Batch {
            uncertain_since_ms: NOW,
            ..batch(State::Submitting)
        };
        assert_eq!(
            next(&campaign, &[batch(State::Planned)], NOW),
            Next::Drop(0)
        );
        assert_eq!(next(&campaign, &[uncertain], NOW), Next::Submit(0));
        let done = batch(State::Finished);
        assert_eq!(
            next(&campaign, std::slice::from_ref(&done), NOW),
            Next::TakeBack(0, 0)
        );
        let gone = done.article_gone(0, None);
        assert_eq!(next(&campaign, &[gone], NOW), Next::Done);
        let article = Campaign::default().taken_back(Some(2), NOW).unwrap();
        assert_eq!(next(&article, &[done], NOW), Next::TakeBack(0, 2));
    }
}
