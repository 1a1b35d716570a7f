//! How a campaign stands by what its batches say.

use super::Campaign;
use crate::{
    sends::campaign::{State, batch::Batch},
    time::Timestamp,
};
use std::time::Duration;

/// How long the receivers of failed batches are kept after the campaign's end, to be sent to again.
const RESENDABLE: Duration = Duration::from_secs(7 * 86_400);

impl Campaign {
    /// Where the campaign is by what its batches say. It is deleted when every batch is.
    pub fn state_of(&self, batches: &[Batch]) -> State {
        let early = self.state == State::Draft || self.batches == 0;
        if early || batches.len() < usize::try_from(self.batches).unwrap_or(usize::MAX) {
            return match self.state {
                State::Planned if self.stopped => State::Deleted,
                state => state,
            };
        }
        let any = |state| batches.iter().any(|batch| batch.state == state);
        let all = |state| batches.iter().all(|batch| batch.state == state);
        let states = [
            (any(State::AwaitingAdmin), State::AwaitingAdmin),
            (any(State::Submitting), State::Submitting),
            (all(State::Planned), State::Planned),
            (any(State::Planned), State::Submitting),
            (any(State::Accepted), State::Accepted),
            (all(State::Deleted), State::Deleted),
            (all(State::Failed), State::Failed),
            (any(State::Failed), State::PartlyFailed),
            (any(State::Unknown), State::Unknown),
        ];
        let first = states.into_iter().find(|(holds, _)| *holds);
        first.map_or(State::Finished, |(_, state)| state)
    }

    /// Until when receivers of failed batches are kept, so that they can be sent to again; `None` when
    /// they are not.
    pub fn resendable_until(&self, batches: &[Batch], now: Timestamp) -> Option<Timestamp> {
        let failed = batches.iter().any(Batch::reached_nobody);
        let ended = match (self.state, self.history.last()) {
            (State::Failed | State::PartlyFailed, Some(last)) => last.at,
            _ => now,
        };
        let until = ended + RESENDABLE;
        (failed && !self.stopped && now < until).then_some(until)
    }

    /// How many of its batches have gone and cannot be taken back.
    pub fn beyond_recall(&self, batches: &[Batch]) -> usize {
        let gone = batches.iter().filter(|batch| batch.has_gone());
        match self.can_be_taken_back() {
            true => 0,
            false => gone.count(),
        }
    }
}
