//! WeChat and the queue, as the worker meets them.

use super::world::{Fate, Queued, World};
use crate::{
    account::Account,
    answers::PieceOf,
    clock::Clock as _,
    problem::Problem,
    sends::{Outgoing, Record, SendJob, State, worker::Outside},
    time::ms,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wechat_oa::{
    api::{ApiError, Error, error::Failure as Broken},
    ids::AppId,
};

impl Outside for World {
    async fn account(&self, _: &str) -> Result<Option<Arc<Account>>, Problem> {
        Ok(Some(Arc::clone(&self.account)))
    }

    async fn make_ready(&self, _: &Account) {
        self.step().await;
    }

    async fn call(&self, _: &Account, record: &Record) -> Result<Value, Error> {
        self.step().await;
        let refused = |code| Err(Box::new(ApiError::new("/x", code, "no", Map::new())).into());
        let broken = |failure| {
            Err(Error::Transport {
                endpoint: "/x".into(),
                failure,
                source: "gone".into(),
            })
        };
        self.fortune().calls += 1;
        let fate = self.fortune().fates.pop_front().unwrap_or(Fate::Taken);
        match fate {
            Fate::NoConnection => return broken(Broken::Connect),
            Fate::Refused(code) => return refused(code),
            Fate::Taken | Fate::Unanswered => {}
        }
        let (id, now) = (record.client_msg_id.clone(), self.clock.now());
        let known = {
            let mut fortune = self.fortune();
            let known = fortune.ids.get(&id);
            let known = known.is_some_and(|since| now.since(*since) < ms(600_000));
            let time = fortune.times.get(&id);
            assert!(time.is_none_or(|time| *time <= now), "{id} is early");
            if !known {
                fortune.delivered.push(id.clone());
                if record.kind.has_id() {
                    fortune.ids.insert(id, now);
                }
            }
            known
        };
        self.step().await;
        match fate {
            Fate::Unanswered => broken(Broken::Timeout),
            _ if known => refused(40_241),
            _ => Ok(json!({ "errcode": 0, "msgid": 7 })),
        }
    }

    async fn put(&self, messages: &[Outgoing]) -> Result<(), Problem> {
        for message in messages {
            self.step().await;
            let now = self.clock.now();
            let mut fortune = self.fortune();
            let known = fortune.known.get(&message.deduplication_id);
            if known.is_some_and(|since| now.since(*since) < ms(300_000)) {
                continue;
            }
            fortune.known.insert(message.deduplication_id.clone(), now);
            fortune.sequence += 1;
            let sequence = fortune.sequence;
            if let Ok(job) = serde_json::from_str::<SendJob>(&message.body)
                && !fortune.order.contains(&job.client_msg_id)
            {
                fortune.order.push(job.client_msg_id);
            }
            fortune.queue.push_back(Queued {
                sequence,
                body: message.body.clone(),
                received: 0,
            });
        }
        Ok(())
    }

    async fn put_dead_letter(&self, _: Outgoing) -> Result<(), Problem> {
        self.step().await;
        self.fortune().buried += 1;
        Ok(())
    }

    async fn leave_rest(&self, app_id: &AppId, _: &str, settled: &PieceOf) -> Result<(), Problem> {
        let row = self.sends.read(app_id, &settled.answer).await?.unwrap();
        let open = [State::Queued, State::Sending, State::Parked];
        assert!(
            !open.contains(&row.state),
            "{} is {:?}",
            settled.answer,
            row.state
        );
        self.step().await;
        self.fortune().read_on.insert(settled.answer.clone());
        Ok(())
    }

    fn count(&self, _: &'static str, _: &str, _: &str) {}
}
