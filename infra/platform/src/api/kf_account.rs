//! Service accounts (protocol 7.1).

use super::{
    Route,
    call::Context,
    failure::{Failure, ok},
    fields::{Fields, characters},
    get, post,
    upload::{HEAD_PICTURE, file},
};
use crate::{
    account_data::{AccountData, Worker},
    random::media_id,
};
use serde_json::{Value, json};

const WORKERS: usize = 100;
const NICKNAME: usize = 16;
const PREFIX: usize = 10;
/// An invitation is open for a day.
const INVITED_MS: i64 = 86_400_000;
const FIRST_ID: u64 = 1_001;

pub(super) const ROUTES: &[Route] = &[
    get("/cgi-bin/customservice/getkflist", list),
    get("/cgi-bin/customservice/getonlinekflist", online),
    post("/customservice/kfaccount/add", add),
    post("/customservice/kfaccount/inviteworker", invite),
    post("/customservice/kfaccount/update", update),
    post("/customservice/kfaccount/uploadheadimg", upload_head),
    post("/customservice/kfaccount/del", delete),
    get("/customservice/kfaccount/del", delete_by_query),
];

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let all = data.kf.workers.iter();
        let all: Vec<_> = all
            .map(|(account, worker)| shown(account, worker, context.now_ms()))
            .collect();
        Ok(json!({"kf_list": all}))
    })
}

fn shown(account: &str, worker: &Worker, now_ms: i64) -> Value {
    let mut shown = json!({
        "kf_account": account, "kf_headimgurl": worker.head_url,
        "kf_id": worker.id.to_string(), "kf_nick": worker.nickname,
    });
    let Some(fields) = shown.as_object_mut() else {
        return shown;
    };
    match &worker.invited {
        Some((invited, until_ms)) => {
            let status = if now_ms < *until_ms {
                "waiting"
            } else {
                "expired"
            };
            fields.insert("invite_wx".to_owned(), json!(invited));
            fields.insert("invite_expire_time".to_owned(), json!(until_ms / 1_000));
            fields.insert("invite_status".to_owned(), json!(status));
        }
        None if !worker.wechat_id.is_empty() => {
            fields.insert("kf_wx".to_owned(), json!(worker.wechat_id));
        }
        None => {}
    }
    shown
}

fn online(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let kf = &data.kf;
        let cases = |account: &str| kf.sessions.values().filter(|(by, _)| by == account).count();
        let all = kf.workers.iter().filter(|(_, worker)| worker.online);
        let all: Vec<_> = all
            .map(|(account, worker)| {
                json!({
                    "kf_account": account, "status": 1, "kf_id": worker.id.to_string(),
                    "accepted_case": cases(account),
                })
            })
            .collect();
        Ok(json!({"kf_online_list": all}))
    })
}

/// `prefix@wechat-id`: 65404 when it is none.
fn account(body: &Value) -> Result<String, Failure> {
    let account = body.text("kf_account");
    let word = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match account.split_once('@') {
        Some((prefix, rest))
            if (1..=PREFIX).contains(&prefix.len()) && word(prefix) && !rest.is_empty() =>
        {
            Ok(account.to_owned())
        }
        _ => Err(Failure::code(65_404)),
    }
}

fn nickname(body: &Value) -> Result<String, Failure> {
    let nickname = body.text("nickname");
    match characters(nickname) {
        1..=NICKNAME => Ok(nickname.to_owned()),
        _ => Err(Failure::code(65_403)),
    }
}

fn worker<'a>(data: &'a mut AccountData, account: &str) -> Result<&'a mut Worker, Failure> {
    let worker = data.kf.workers.get_mut(account);
    worker.ok_or_else(|| Failure::code(65_401))
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let (account, nickname) = (account(&body)?, nickname(&body)?);
    context.data(|data| {
        let kf = &mut data.kf;
        if kf.workers.contains_key(&account) {
            return Err(Failure::code(65_406));
        }
        if kf.workers.len() >= WORKERS {
            return Err(Failure::code(65_405));
        }
        let worker = Worker {
            nickname,
            id: FIRST_ID + kf.made,
            ..Worker::default()
        };
        kf.made += 1;
        kf.workers.insert(account, worker);
        Ok(ok())
    })
}

fn invite(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let (account, invited) = (account(&body)?, body.text("invite_wx"));
    if invited.is_empty() {
        return Err(Failure::code(65_409));
    }
    let now_ms = context.now_ms();
    context.data(|data| {
        if data
            .kf
            .workers
            .values()
            .any(|worker| worker.wechat_id == invited)
        {
            return Err(Failure::code(65_407));
        }
        let worker = worker(data, &account)?;
        if !worker.wechat_id.is_empty() {
            return Err(Failure::code(65_412));
        }
        if worker
            .invited
            .as_ref()
            .is_some_and(|(_, until_ms)| now_ms < *until_ms)
        {
            return Err(Failure::code(65_411));
        }
        worker.invited = Some((invited.to_owned(), now_ms + INVITED_MS));
        Ok(ok())
    })
}

fn update(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let (account, nickname) = (account(&body)?, nickname(&body)?);
    context.data(|data| {
        worker(data, &account)?.nickname = nickname;
        Ok(ok())
    })
}

fn upload_head(context: &Context<'_>) -> Result<Value, Failure> {
    let account = context.call.query("kf_account").unwrap_or_default();
    let picture = file(context.call, &HEAD_PICTURE)?;
    let id = media_id();
    context.data(|data| {
        worker(data, account)?.head_url = format!("http://mmbiz.qpic.cn/mmbiz/{id}/0");
        data.library.pictures.insert(id, picture);
        Ok(ok())
    })
}

fn delete(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    remove(context, body.text("kf_account"))
}

/// As the pages before had it.
fn delete_by_query(context: &Context<'_>) -> Result<Value, Failure> {
    remove(
        context,
        context.call.query("kf_account").unwrap_or_default(),
    )
}

fn remove(context: &Context<'_>, account: &str) -> Result<Value, Failure> {
    context.data(|data| {
        let gone = data.kf.workers.remove(account);
        data.kf.sessions.retain(|_, (by, _)| by != account);
        gone.map(|_| ok()).ok_or_else(|| Failure::code(65_401))
    })
}
