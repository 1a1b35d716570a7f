//! Messages an advisor is asked to send to many customers.

use serde_json::{Value, json};

use super::{act, advisor, good, page};
use crate::api::call::Context;
use crate::api::failure::Failure;
use crate::api::fields::Fields;
use crate::api::{Route, post};
use crate::world::Guide;

/// Far beyond 2⁵³, as they are.
const FIRST_ID: u64 = 1_332_519_773_019_865_088;
const WAITING: i64 = 1;
const CANCELLED: i64 = 5;

pub(super) const ROUTES: &[Route] = &[
    post("/cgi-bin/guide/addguidemassendjob", add),
    post("/cgi-bin/guide/getguidemassendjoblist", list),
    post("/cgi-bin/guide/getguidemassendjob", read),
    post("/cgi-bin/guide/updateguidemassendjob", update),
    post("/cgi-bin/guide/cancelguidemassendjob", cancel),
];

fn buyers(body: &Value) -> Vec<Value> {
    let openids = body.texts("openid").into_iter();
    openids
        .map(|openid| json!({"openid": openid, "send_status": WAITING}))
        .collect()
}

fn add(context: &Context<'_>) -> Result<Value, Failure> {
    let at = context.now_ms() / 1_000;
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let openids = body.texts("openid");
        if openids.is_empty() || body.items("material").is_empty() {
            return Err(Failure::code(40035));
        }
        let task_id = FIRST_ID + guide.number();
        let job = json!({
            "task_id": task_id, "task_name": body.text("task_name"),
            "task_remark": body.text("task_remark"), "push_time": body.number("push_time"),
            "create_time": at, "update_time": at, "finish_time": 0, "buyer_info": buyers(body),
            "material": body.part("material"), "task_status": WAITING, "advisor": advisor,
        });
        guide.jobs.insert(task_id, job);
        good(json!({"task_result": [{"task_id": task_id, "openid": openids}]}))
    })
}

fn job<'a>(guide: &'a mut Guide, body: &Value) -> Result<&'a mut Value, Failure> {
    let id = body.id("task_id").parse().unwrap_or_default();
    guide.jobs.get_mut(&id).ok_or_else(|| Failure::code(40035))
}

/// Without what only the platform needs to know.
fn shown(job: &Value) -> Value {
    let mut job = job.clone();
    if let Some(fields) = job.as_object_mut() {
        fields.remove("advisor");
    }
    job
}

fn list(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let advisor = advisor(guide, body)?;
        let statuses = body.items("task_status");
        let wanted =
            |job: &&Value| statuses.is_empty() || statuses.contains(job.part("task_status"));
        let own = guide
            .jobs
            .values()
            .filter(|job| job.text("advisor") == advisor);
        let all: Vec<_> = own.filter(wanted).map(shown).collect();
        good(json!({"total_count": all.len(), "list": page(body, all)}))
    })
}

fn read(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        good(json!({"job": shown(job(guide, body)?)}))
    })
}

fn update(context: &Context<'_>) -> Result<Value, Failure> {
    let at = context.now_ms() / 1_000;
    act(context, |guide, body| {
        let fields = job(guide, body)?
            .as_object_mut()
            .ok_or_else(|| Failure::code(40035))?;
        for name in ["task_name", "task_remark", "push_time", "material"] {
            if !body.part(name).is_null() {
                fields.insert(name.to_owned(), body.part(name).clone());
            }
        }
        if !body.items("openid").is_empty() {
            fields.insert("buyer_info".to_owned(), Value::from(buyers(body)));
        }
        fields.insert("update_time".to_owned(), json!(at));
        good(json!({}))
    })
}

fn cancel(context: &Context<'_>) -> Result<Value, Failure> {
    act(context, |guide, body| {
        let fields = job(guide, body)?
            .as_object_mut()
            .ok_or_else(|| Failure::code(40035))?;
        fields.insert("task_status".to_owned(), json!(CANCELLED));
        good(json!({}))
    })
}
