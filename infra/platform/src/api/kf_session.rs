//! Customer-service sessions and their records (protocol 7.1).

use serde_json::{Value, json};

use super::accepted::report;
use super::call::Context;
use super::failure::{Failure, ok};
use super::fields::Fields;
use super::message_rules::openid;
use super::{Route, get, post};
use crate::world::Record;

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
    context.world(|world| {
        let desk = &mut world.desk;
        let worker = desk
            .workers
            .get(account)
            .ok_or_else(|| Failure::code(65401))?;
        if !worker.online {
            return Err(Failure::code(65415));
        }
        if desk.sessions.get(user).is_some_and(|(by, _)| by != account) {
            return Err(Failure::code(65414));
        }
        desk.waiting.remove(user);
        desk.sessions
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
    context.world(|world| match world.desk.sessions.get(user) {
        None => Err(Failure::code(65413)),
        Some((by, _)) if by != account => Err(Failure::code(65414)),
        Some(_) => {
            world.desk.sessions.remove(user);
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
        .ok_or_else(|| Failure::code(41009))?;
    context.world(|world| {
        let session = world.desk.sessions.get(user);
        let (account, at_ms) = session.map_or(("", 0), |(account, at_ms)| (account, *at_ms));
        Ok(json!({"createtime": at_ms / 1_000, "kf_account": account}))
    })
}

fn sessions(context: &Context<'_>) -> Result<Value, Failure> {
    let account = context.call.query("kf_account").unwrap_or_default();
    context.world(|world| {
        if !world.desk.workers.contains_key(account) {
            return Err(Failure::code(65401));
        }
        let own = world
            .desk
            .sessions
            .iter()
            .filter(|(_, (by, _))| by == account);
        let list: Vec<_> = own
            .map(|(user, (_, at_ms))| json!({"createtime": at_ms / 1_000, "openid": user}))
            .collect();
        Ok(json!({"sessionlist": list}))
    })
}

fn waiting(context: &Context<'_>) -> Result<Value, Failure> {
    context.world(|world| {
        let all = &world.desk.waiting;
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
    let number = |name: &str| body.number(name).ok_or_else(|| Failure::code(65416));
    let (start, end, first) = (number("starttime")?, number("endtime")?, number("msgid")?);
    let most = number("number")?;
    if first < 1 || !(1..=RECORDS).contains(&most) {
        return Err(Failure::code(65416));
    }
    if end - start > LONGEST_S {
        return Err(Failure::code(65417));
    }
    context.world(|world| {
        let within = |record: &&Record| (start..=end).contains(&(record.at_ms / 1_000));
        let numbered = (1_i64..).zip(world.desk.records().filter(within));
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
