//! What a worker does next about a campaign.

use super::{State, batch::Batch, record::Campaign};
use crate::time::Timestamp;

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
    /// Nothing until then.
    Wait(Timestamp),
    /// Nothing is left to do.
    Done,
}

/// Decides what comes next. Batches go in their order; those that wait do not hold up the others.
pub fn next(campaign: &Campaign, batches: &[Batch], now: Timestamp) -> Next {
    let mut wait = None;
    for (n, batch) in batches.iter().enumerate() {
        match of(campaign, batch, n, now) {
            Next::Wait(until) => {
                wait = Some(wait.map_or(until, |earliest: Timestamp| earliest.min(until)));
            }
            Next::Done => {}
            next => return next,
        }
    }
    wait.map_or(Next::Done, Next::Wait)
}

fn of(campaign: &Campaign, batch: &Batch, n: usize, now: Timestamp) -> Next {
    match batch.state {
        _ if batch.is_open() && campaign.stopped => stop(batch, n, now),
        _ if batch.is_open() => {
            let ready = batch.ready().max(campaign.not_before.unwrap_or_default());
            if now < ready {
                Next::Wait(ready)
            } else if batch.is_lost(now) {
                Next::GiveUp(n)
            } else {
                Next::Submit(n)
            }
        }
        State::Accepted if batch.msg_id.is_some() => {
            // WeChat deletes only a send that is through.
            match campaign.hurries(batch) || now >= batch.look {
                true => Next::Look(n),
                false => Next::Wait(batch.look),
            }
        }
        State::Unknown if batch.msg_id.is_some() && campaign.hurries(batch) => Next::Look(n),
        State::Finished if batch.msg_id.is_some() => take_back(campaign, batch, n, now),
        _ => Next::Done,
    }
}

/// What may have gone is not sent again: that would reach people after the stop was answered. A
/// call that may be under way is waited for, so that its answer counts.
fn stop(batch: &Batch, n: usize, now: Timestamp) -> Next {
    match (&batch.lease_owner, batch.is_in_doubt()) {
        (Some(_), _) if now < batch.lease_until => Next::Wait(batch.lease_until),
        (_, true) => Next::GiveUp(n),
        (_, false) => Next::Drop(n),
    }
}

fn take_back(campaign: &Campaign, batch: &Batch, n: usize, now: Timestamp) -> Next {
    // An id that is inferred, and not even by the number of receivers, may be that of somebody
    // else's articles.
    let sure = !batch.inferred || batch.recipients > 0;
    if !(sure && campaign.can_be_taken_back()) {
        return Next::Done;
    }
    let whole = campaign.stopped.then_some(0);
    let mut wanted = whole.into_iter().chain(campaign.articles.iter().copied());
    let held = now < batch.not_before && !campaign.hurries(batch);
    match wanted.find(|article| !batch.taken_back.contains(article)) {
        Some(_) if held => Next::Wait(batch.not_before),
        Some(article) => Next::TakeBack(n, article),
        None => Next::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sends::sample, time::ms};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn batch(state: State) -> Batch {
        Batch {
            state,
            msg_id: (!matches!(state, State::Planned)).then_some(3_147_483_661),
            ..Batch::default()
        }
    }

    #[test]
    fn batches_go_in_order_and_none_holds_up_the_others() {
        let campaign = sample::campaign();
        let waiting = Batch {
            not_before: NOW + ms(500),
            ..batch(State::Submitting)
        };
        let batches = [batch(State::Failed), waiting.clone(), batch(State::Planned)];
        assert_eq!(next(&campaign, &batches, NOW), Next::Submit(2));
        assert_eq!(
            next(&campaign, &batches[..2], NOW),
            Next::Wait(NOW + ms(500))
        );
        assert_eq!(next(&campaign, &batches[..1], NOW), Next::Done);
        let accepted = Batch {
            look: NOW + ms(100),
            ..batch(State::Accepted)
        };
        let batches = [waiting, accepted];
        assert_eq!(next(&campaign, &batches, NOW), Next::Wait(NOW + ms(100)));
        assert_eq!(next(&campaign, &batches, NOW + ms(100)), Next::Look(1));
    }

    #[test]
    fn nothing_goes_before_its_time() {
        let campaign = Campaign {
            not_before: Some(NOW + ms(9)),
            ..sample::campaign()
        };
        let batches = [batch(State::Planned)];
        assert_eq!(next(&campaign, &batches, NOW), Next::Wait(NOW + ms(9)));
        assert_eq!(next(&campaign, &batches, NOW + ms(9)), Next::Submit(0));
    }

    fn articles() -> Campaign {
        Campaign {
            message: r#"{"msgtype":"mpnews","mpnews":{"media_id":"m"}}"#.into(),
            ..sample::campaign()
        }
    }

    #[test]
    fn of_a_stopped_campaign_nothing_that_may_have_gone_is_sent_again() {
        let stopped = articles().taken_back(None, NOW);
        let uncertain = Batch {
            uncertain_since: Some(NOW - ms(1)),
            ..batch(State::Submitting)
        };
        assert_eq!(next(&stopped, &[uncertain], NOW), Next::GiveUp(0));
        let called = Batch::default().claimed("me", NOW);
        let claimed = Batch {
            state: State::Submitting,
            ..called
        };
        let until = claimed.lease_until;
        let claimed = [claimed];
        assert_eq!(next(&stopped, &claimed, NOW), Next::Wait(until));
        assert_eq!(next(&stopped, &claimed, until), Next::GiveUp(0));
        let [claimed] = claimed;
        let certain = [claimed.released()];
        assert_eq!(next(&stopped, &certain, NOW), Next::Drop(0));
    }

    #[test]
    fn what_wechat_cannot_delete_is_left_alone() {
        let text = Campaign {
            message: r#"{"msgtype":"text","text":{"content":"a"}}"#.into(),
            ..sample::campaign()
        };
        let stopped = text.taken_back(None, NOW);
        assert_eq!(next(&stopped, &[batch(State::Finished)], NOW), Next::Done);
    }

    #[test]
    fn a_second_stop_hurries() {
        let stopped = articles().taken_back(None, NOW);
        let asked = Batch {
            asked: NOW,
            look: NOW + ms(900_000),
            not_before: NOW + ms(900_000),
            ..Batch::default()
        };
        for (state, todo) in [
            (State::Accepted, Next::Look(0)),
            (State::Finished, Next::TakeBack(0, 0)),
        ] {
            let one = [Batch {
                state,
                msg_id: Some(1),
                ..asked.clone()
            }];
            assert_eq!(
                next(&stopped, &one, NOW + ms(1)),
                Next::Wait(NOW + ms(900_000))
            );
            let again = stopped.taken_back(None, NOW + ms(1));
            assert_eq!(next(&again, &one, NOW + ms(1)), todo);
        }
    }

    #[test]
    fn a_stopped_campaign_drops_what_has_not_gone_and_takes_back_what_has() {
        let campaign = articles().taken_back(None, NOW);
        assert_eq!(
            next(&campaign, &[batch(State::Planned)], NOW),
            Next::Drop(0)
        );
        let done = batch(State::Finished);
        assert_eq!(
            next(&campaign, std::slice::from_ref(&done), NOW),
            Next::TakeBack(0, 0)
        );
        let gone = done.article_gone(0, None);
        assert_eq!(next(&campaign, &[gone], NOW), Next::Done);
        let article = articles().taken_back(Some(2), NOW);
        assert_eq!(next(&article, &[done], NOW), Next::TakeBack(0, 2));
    }
}
