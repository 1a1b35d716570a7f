//! A handler of the team's in Rust, in this function.

use super::{Failure, Sources, TURNS};
use crate::handlers::Asked;
use futures_util::FutureExt as _;
use shared::{invocation::ForwardTask, problem::Problem, sessions::CONFLICT};
use std::panic::AssertUnwindSafe;
use wechat_oa::{callback::Reply, ids::OpenId};

impl Sources {
    /// What the handler of that name answers.
    pub(super) async fn code(&self, name: &str, task: &ForwardTask) -> Result<Reply, Failure> {
        let found = self.handlers.iter().find(|(known, _)| *known == name);
        let (_, handler) = found.ok_or_else(|| {
            let why = format!(
                "there is no handler '{name}': write it and list it in functions/forward/src/handlers/list.rs"
            );
            Failure::of("no_handler", why)
        })?;
        let mut turn = 1;
        loop {
            let asked = self.asked(task).await?;
            let answered = AssertUnwindSafe(async { handler(asked).await }).catch_unwind();
            match answered.await {
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(problem)) if problem.error_type() == CONFLICT && turn < TURNS => turn += 1,
                Ok(Err(problem)) => return Err(failed(name, &problem)),
                Err(_) => {
                    let why = format!("the handler '{name}' panicked");
                    return Err(Failure::of("handler_failed", why));
                }
            }
        }
    }

    async fn asked(&self, task: &ForwardTask) -> Result<Asked, Failure> {
        let account = self.account(task).await?;
        let openid = OpenId::try_from(task.openid.as_str());
        Ok(Asked {
            openid: openid.map_err(|error| Failure::of("handler_failed", error.to_string()))?,
            push: task.push.clone(),
            now: self.clock.now(),
            sessions: self.sessions(task)?,
            client: self.clients.of(&account),
            account,
        })
    }
}

fn failed(name: &str, problem: &Problem) -> Failure {
    let word = problem.error_type();
    let why = format!("the handler '{name}' failed: {word}: {problem}");
    Failure::of("handler_failed", why)
}
