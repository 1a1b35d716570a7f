//! What a function or server of the team's keeps of a follower, beside its answer.

use super::{Failure, Sources, TURNS, event, function};
use crate::courier::{app_id, count};
use serde_json::Value;
use shared::{
    invocation::ForwardTask,
    lambda::log_id,
    problem::Problem,
    router::Source,
    sessions::{CONFLICT, DAY},
    store::UserSessions,
    time::Timestamp,
};
use std::time::Duration;

/// An answer in its two parts.
struct Parted {
    /// The answer as it would be alone.
    reply: Vec<u8>,
    /// What is kept and for how long, if that is said; nothing is deleted.
    session: Result<Option<(Value, Duration)>, Problem>,
}

impl Sources {
    /// The sessions of the sender, as this push finds and leaves them.
    pub(super) fn sessions(&self, task: &ForwardTask) -> Result<UserSessions, Failure> {
        let app_id = app_id(task).map_err(|problem| unavailable(&problem))?;
        // By WeChat's time, as an unsubscribe is: what was asked before that goes with it.
        let created = task.push.get("create_time").and_then(Value::as_i64);
        let created = created.filter(|seconds| *seconds > 0);
        let asked = created.map_or(Timestamp::MAX, Timestamp::from_secs);
        let mark = log_id(&task.id);
        Ok(self.sessions.of(&app_id, &task.openid, &mark, asked))
    }

    /// What the function or server of a task answers to its event and the session, which is kept as it
    /// says. It is asked anew when another push of the follower changed the session meanwhile.
    pub(super) async fn answered(&self, task: &ForwardTask) -> Result<Vec<u8>, Failure> {
        let name = name(&task.source);
        let mut turn = 1;
        loop {
            let sessions = self.sessions(task)?;
            let session = sessions.get(&name).await;
            let session: Option<Value> = session.map_err(|problem| unavailable(&problem))?;
            let mut event = event(task);
            if let Some(fields) = event.as_object_mut() {
                fields.insert("session".to_owned(), session.unwrap_or_default());
            }
            let payload = match &task.source {
                Source::Url(to) => self.post(to, task, &event).await?,
                source => function::call(&self.functions, source.name(), &event).await?,
            };
            let Some(Parted { reply, session }) = parted(&payload) else {
                return Ok(payload);
            };
            match keep(&sessions, &name, session).await {
                Err(problem) if problem.error_type() == CONFLICT && turn < TURNS => turn += 1,
                Err(problem) => {
                    self.is_unkept(task, &problem);
                    return Ok(reply);
                }
                Ok(()) => return Ok(reply),
            }
        }
    }

    /// The answer stands; what should have been kept is not.
    fn is_unkept(&self, task: &ForwardTask, problem: &Problem) {
        let (account, function, id) = (&task.account, task.source.name(), log_id(&task.id));
        let (outcome, reason) = ("session_not_kept", problem.error_type());
        tracing::warn!(account, function, id, outcome, reason, detail = %problem, "forward");
        count(&*self.clock, account, "SessionsUnkept");
    }
}

async fn keep(
    sessions: &UserSessions,
    name: &str,
    session: Result<Option<(Value, Duration)>, Problem>,
) -> Result<(), Problem> {
    match session? {
        None => Ok(()),
        Some((Value::Null, _)) => sessions.delete(name).await,
        Some((value, keep)) => sessions.put(name, &value, keep).await,
    }
}

/// The function's name; an address, which may be long or hold a secret, by a mark of it.
fn name(source: &Source) -> String {
    match source {
        Source::Url(to) => log_id(to),
        source => source.name().to_owned(),
    }
}

/// The parts of an answer that says what is kept; `None` for every other answer.
fn parted(payload: &[u8]) -> Option<Parted> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(payload) else {
        return None;
    };
    let is_parted = fields.contains_key("reply") || fields.contains_key("session");
    if fields.contains_key("kind") || !is_parted {
        return None;
    }
    let reply = fields.remove("reply").unwrap_or_default();
    let (session, seconds) = (fields.remove("session"), fields.remove("session_s"));
    let wrong = |why: &str| Err(Problem::new("session_answer", 400, why));
    let session = match (session, seconds) {
        _ if !fields.is_empty() => {
            wrong("an answer with a session has the members reply, session and session_s alone")
        }
        (None, None) => Ok(None),
        (None, Some(_)) => wrong("session_s stands beside session"),
        (Some(value), None) => Ok(Some((value, DAY))),
        (Some(value), Some(seconds)) => match seconds.as_u64() {
            Some(seconds) => Ok(Some((value, Duration::from_secs(seconds)))),
            None => wrong("session_s must be a whole number of seconds, 1 to 2592000"),
        },
    };
    let reply = reply.to_string().into_bytes();
    Some(Parted { reply, session })
}

fn unavailable(problem: &Problem) -> Failure {
    Failure::of("unavailable", problem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_an_answer_that_says_so_has_a_session() {
        for alone in [
            "",
            "null",
            "\"reply\"",
            "[]",
            "{}",
            "no json",
            r#"{"session_s": 1}"#,
            r#"{"kind": "text", "content": "a", "session": 1}"#,
            r#"{"kind": "text", "reply": "a"}"#,
        ] {
            assert!(parted(alone.as_bytes()).is_none(), "{alone}");
        }
        let image = json!({"reply": {"kind": "image"}, "session": 1, "session_s": 60});
        let minute = Duration::from_secs(60);
        for (answer, reply, session) in [
            (json!({"reply": "a"}), "\"a\"", None),
            (
                json!({"reply": 1, "session": [1]}),
                "1",
                Some((json!([1]), DAY)),
            ),
            (json!({"session": null}), "null", Some((Value::Null, DAY))),
            (image, r#"{"kind":"image"}"#, Some((json!(1), minute))),
        ] {
            let parted = parted(answer.to_string().as_bytes()).unwrap();
            assert_eq!(parted.reply, reply.as_bytes(), "{answer}");
            assert_eq!(parted.session.unwrap(), session, "{answer}");
        }
    }

    #[test]
    fn what_is_wrong_beside_a_reply_leaves_the_reply() {
        for (mut answer, words) in [
            (json!({"session": 1, "session_s": "60"}), "1 to 2592000"),
            (json!({"session": 1, "session_s": -1}), "1 to 2592000"),
            (json!({"session": 1, "session_s": 1.5}), "1 to 2592000"),
            (json!({"session_s": 60}), "beside session"),
            (json!({"session": 1, "sesion_s": 60}), "alone"),
        ] {
            answer["reply"] = json!("a");
            let parted = parted(answer.to_string().as_bytes()).unwrap();
            assert_eq!(parted.reply, b"\"a\"", "{answer}");
            let told = parted.session.unwrap_err().to_string();
            assert!(told.ends_with(words), "{told}");
        }
    }
}
