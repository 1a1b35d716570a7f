//! What the function is asked for: an answer, what is known of a follower, or tags.

use crate::{
    followers::Followers,
    handler::{Done, Handler},
};
use serde::Serialize;
use shared::{
    followers::Known,
    invocation::ForwardCall,
    lambda::{Accounts, Context, Invocation},
    problem::Problem,
};

/// Does whatever it is asked for.
pub struct Calls {
    handler: Handler,
    followers: Followers,
}

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answered {
    /// A task was done.
    Done(Done),
    /// What is known now.
    Known(Known),
}

impl Calls {
    /// What there is in these surroundings.
    pub fn new(context: &mut Context) -> Self {
        let handler = Handler::new(context);
        let followers = Followers::new(context, handler.accounts().clone());
        Self { handler, followers }
    }

    /// The accounts, to be renewed beside the work.
    pub fn accounts(&self) -> &Accounts {
        self.handler.accounts()
    }

    /// Does a task, or looks something up.
    ///
    /// # Errors
    /// Why it is not done.
    pub async fn handle(
        &self,
        call: &ForwardCall,
        invocation: &Invocation,
    ) -> Result<Answered, Problem> {
        Ok(match call {
            ForwardCall::Answer(task) => {
                Answered::Done(self.handler.handle(task, invocation).await?)
            }
            ForwardCall::LookUp { look_up } => {
                Answered::Known(self.followers.look_up(look_up).await?)
            }
            ForwardCall::Mark { mark } => {
                Answered::Done(Done::with(self.followers.mark(mark).await?))
            }
        })
    }
}
