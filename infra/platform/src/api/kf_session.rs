//! Customer-service sessions and their records (protocol 7.1).

use super::{
    Route,
    accepted::report,
    call::Context,
    failure::{Failure, ok},
    fields::Fields,
    get,
    message_rules::openid,
    post,
};
use crate::account_data::Record;
use serde_json::{Value, json};

const WAITING: usize = 100;
const RECORDS: i64 = 10_000;
const LONGEST_S: i64 = 86_400;

pub(super) const ROUTES: &[Route] = &[
    post("/customservice/kfsession/create", create),
    post("/customservice/kfsession/close", close),
    get("/customservice/kfsession/getsession", session),
    get("/customservice/kfsession/getsessionlist", sessions),
    get("/customservice/kfsession/getwaitcase", waiting),
    post("/customservice/msgrecord/getmsglist", records),
];

fn create(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let (user, account) = (openid(&body, "openid")?, body.text("kf_account"));
    context.data(|data| {
        let kf = &mut data.kf;
        let worker = kf
            .workers
            .get(account)
            .ok_or_else(|| Failure::code(65_401))?;
        if !worker.online {
            return Err(Failure::code(65_415));
        }
        if kf.sessions.get(user).is_some_and(|(by, _)| by != account) {
            return Err(Failure::code(65_414));
        }
        kf.waiting.remove(user);
        kf.sessions
            .insert(user.to_owned(), (account.to_owned(), context.now_ms()));
        Ok(())
    })?;
    report(
        context,
        json!({"kind": "kf_create_session", "from": user, "kf_account": account}),
    )?;
    Ok(ok())
}

fn close(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let (user, account) = (openid(&body, "openid")?, body.text("kf_account"));
    context.data(|data| match data.kf.sessions.get(user) {
        None => Err(Failure::code(65_413)),
        Some((by, _)) if by != account => Err(Failure::code(65_414)),
        Some(_) => {
            data.kf.sessions.remove(user);
            Ok(())
        }
    })?;
    report(
        context,
        json!({"kind": "kf_close_session", "from": user, "kf_account": account}),
    )?;
    Ok(ok())
}

fn session(context: &Context<'_>) -> Result<Value, Failure> {
    let user = context
        .call
        .query("openid")
        .ok_or_else(|| Failure::code(41_009))?;
    context.data(|data| {
        let session = data.kf.sessions.get(user);
        let (account, at_ms) = session.map_or(("", 0), |(account, at_ms)| (account, *at_ms));
        Ok(json!({"createtime": at_ms / 1_000, "kf_account": account}))
    })
}

fn sessions(context: &Context<'_>) -> Result<Value, Failure> {
    let account = context.call.query("kf_account").unwrap_or_default();
    context.data(|data| {
        if !data.kf.workers.contains_key(account) {
            return Err(Failure::code(65_401));
        }
        let own = data.kf.sessions.iter().filter(|(_, (by, _))| by == account);
        let list: Vec<_> = own
            .map(|(user, (_, at_ms))| json!({"createtime": at_ms / 1_000, "openid": user}))
            .collect();
        Ok(json!({"sessionlist": list}))
    })
}

fn waiting(context: &Context<'_>) -> Result<Value, Failure> {
    context.data(|data| {
        let all = &data.kf.waiting;
        let list: Vec<_> = all
            .iter()
            .take(WAITING)
            .map(|(user, at_ms)| json!({"latest_time": at_ms / 1_000, "openid": user}))
            .collect();
        Ok(json!({"count": all.len(), "waitcaselist": list}))
    })
}

/// `msgid` is the place to begin at, from 1.
fn records(context: &Context<'_>) -> Result<Value, Failure> {
    let body: Value = context.call.json()?;
    let number = |name: &str| body.number(name).ok_or_else(|| Failure::code(65_416));
    let (start, end, first) = (number("starttime")?, number("endtime")?, number("msgid")?);
    let most = number("number")?;
    if first < 1 || !(1..=RECORDS).contains(&most) {
        return Err(Failure::code(65_416));
    }
    if end - start > LONGEST_S {
        return Err(Failure::code(65_417));
    }
    context.data(|data| {
        let within = |record: &&Record| (start..=end).contains(&(record.at_ms / 1_000));
        let numbered = (1_i64..).zip(data.kf.records().filter(within));
        let size = usize::try_from(most).unwrap_or_default();
        let page: Vec<_> = numbered.filter(|(id, _)| *id >= first).take(size).collect();
        let last = page.last().map_or(first, |(id, _)| *id);
        let list: Vec<_> = page.into_iter().map(|(_, record)| shown(record)).collect();
        Ok(json!({"recordlist": list, "number": list.len(), "msgid": last}))
    })
}

fn shown(record: &Record) -> Value {
    json!({
        "openid": record.openid, "opercode": record.opercode, "text": record.text,
        "time": record.at_ms / 1_000, "worker": record.worker,
    })
}
