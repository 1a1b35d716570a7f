//! One push: what happens to it on the way, and what became of it.

use platform::{Attempt, Outcome, PushRequest, Refusal, State, Tamper};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tests::accounts;
use tests::instances;

/// Accounts take turns, and with them the modes.
const ACCOUNTS: [&str; 3] = [accounts::SAFE, accounts::PLAIN, accounts::COMPATIBLE];
/// A MsgId as they are today.
const FIRST_MSG_ID: u64 = 24_000_000_000_000_000;
/// Followers who write; each writes more than once.
const FOLLOWERS: u64 = 1_000;

/// What happens to a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An instance is killed while the push is under way, this many milliseconds after it left.
    Killed(u64),
    /// WeChat hangs up after this many milliseconds, and pushes again.
    HungUp(u64),
    /// Somebody else sends the same push first, signed with another token.
    Forged,
    /// WeChat pushes once more when it was answered, so late that the clock shows another second.
    Late,
}

impl Fault {
    /// One of them, all equally likely.
    pub(crate) fn any(chance: &mut fastrand::Rng) -> Self {
        match chance.u8(0..4) {
            0 => Self::Killed(chance.u64(0..15)),
            1 => Self::HungUp(chance.u64(1..15)),
            2 => Self::Forged,
            _ => Self::Late,
        }
    }
}

/// A push to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    /// Counts from 0.
    pub(crate) number: u64,
    /// Copies sent at the same moment.
    pub(crate) copies: u32,
    /// What happens to it.
    pub(crate) fault: Option<Fault>,
}

/// What became of a push.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    /// Attempts WeChat made, forged ones not counted.
    pub(crate) attempts: u64,
    /// Milliseconds of each attempt that brought a reply.
    pub(crate) replied_ms: Vec<u64>,
    /// Whether two attempts brought replies that differ.
    pub(crate) differed: bool,
    /// Whether the forged copy got an answer.
    pub(crate) forged: bool,
    /// What happened to it.
    pub(crate) fault: Option<Fault>,
    reply: Option<String>,
}

impl Delivery {
    /// Pushes until WeChat is content or gives up.
    pub(crate) async fn run(self, wechat: Arc<State>) -> Result<Fate, Refusal> {
        let created = wechat.clock().now_ms() / 1_000;
        let request = self.request(created);
        let mut fate = Fate {
            fault: self.fault,
            ..Fate::default()
        };
        match self.fault {
            None => fate.add(wechat.push(request).await?.attempts),
            Some(Fault::Killed(after_ms)) => {
                let killing = async {
                    tokio::time::sleep(Duration::from_millis(after_ms)).await;
                    instances::kill_any("callback").await;
                };
                let (report, ()) = tokio::join!(wechat.push(request), killing);
                fate.add(report?.attempts);
            }
            Some(Fault::HungUp(timeout_ms)) => {
                let first = PushRequest {
                    tries: 1,
                    timeout_ms,
                    ..request.clone()
                };
                fate.add(wechat.push(first).await?.attempts);
                fate.add(wechat.push(request).await?.attempts);
            }
            Some(Fault::Forged) => {
                let report = wechat.push(self.forged(&request)).await?;
                fate.forged = report.attempts.iter().any(|a| a.status != Some(401));
                fate.add(wechat.push(request).await?.attempts);
            }
            Some(Fault::Late) => {
                fate.add(wechat.push(request.clone()).await?.attempts);
                tokio::time::sleep(Duration::from_millis(1_100)).await;
                fate.add(wechat.push(request).await?.attempts);
            }
        }
        Ok(fate)
    }

    fn request(&self, created: i64) -> PushRequest {
        let push = json!({
            "kind": "text",
            "content": "ping",
            "from": format!("oSoakFollower{:04}", self.number % FOLLOWERS),
            "create_time": created,
            "msg_id": FIRST_MSG_ID + self.number,
        });
        let fields = push.as_object().cloned().unwrap_or_default();
        PushRequest {
            concurrent: self.copies,
            ..PushRequest::new(ACCOUNTS[self.turn()], fields)
        }
    }

    fn forged(&self, request: &PushRequest) -> PushRequest {
        let plain = ACCOUNTS[self.turn()] == accounts::PLAIN;
        let tamper = match plain {
            true => Tamper::BadSignature,
            false => Tamper::BadMsgSignature,
        };
        PushRequest {
            tries: 1,
            concurrent: 1,
            tamper: Some(tamper),
            ..request.clone()
        }
    }

    fn turn(&self) -> usize {
        (self.number % ACCOUNTS.len() as u64) as usize
    }
}

impl Fate {
    /// Whether the user got a reply.
    pub(crate) fn is_answered(&self) -> bool {
        self.reply.is_some()
    }

    /// A push with one reply, that fast.
    #[cfg(test)]
    pub(crate) fn of_one_reply(ms: u64) -> Self {
        Self {
            attempts: 1,
            replied_ms: vec![ms],
            reply: Some(String::new()),
            ..Self::default()
        }
    }

    fn add(&mut self, attempts: Vec<Attempt>) {
        for attempt in attempts {
            self.attempts += 1;
            if attempt.outcome != Outcome::Replied {
                continue;
            }
            self.replied_ms.push(attempt.ms);
            let reply = attempt.decrypted_body.or(attempt.body);
            self.differed |= self.reply.is_some() && self.reply != reply;
            self.reply = reply;
        }
    }
}
