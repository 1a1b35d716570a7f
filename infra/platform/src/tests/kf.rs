//! Customer service over HTTP: accounts, sessions, records.

use super::{
    APP, Caller,
    callback::{Callback, Step},
    endpoints::assert_shape,
    sends::events,
};
use crate::PushRequest;
use serde_json::json;

const USER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const WORKER: &str = "test1@gongzhonghao";

/// A worker who was invited, accepted and is online.
async fn with_worker(callback_url: &str) -> Caller {
    let caller = Caller::start(callback_url).await;
    let account = json!({"kf_account": WORKER, "nickname": "客服1"});
    let (add, invite) = (
        "/customservice/kfaccount/add",
        "/customservice/kfaccount/inviteworker",
    );
    caller.expect(0, add, account.clone()).await;
    caller.expect(65_406, add, account).await;
    let invited = json!({"kf_account": WORKER, "invite_wx": "kfwx1"});
    caller.expect(0, invite, invited.clone()).await;
    caller.expect(65_411, invite, invited).await;
    let list = caller.get("/cgi-bin/customservice/getkflist").await;
    assert_eq!(list["kf_list"][0]["invite_status"], "waiting");
    let session = json!({"kf_account": WORKER, "openid": USER});
    caller
        .expect(65_415, "/customservice/kfsession/create", session)
        .await;
    let ready = json!({"kf_account": WORKER, "online": true, "accepts": true, "waiting": [USER]});
    let kf = format!("/_control/desk/{APP}");
    caller.control(&kf, ready).await;
    caller
}

#[tokio::test]
async fn a_worker_accepts_and_is_shown_until_deleted() {
    let caller = with_worker("").await;
    let shape = async |path: &str, name| assert_shape(&caller.get(path).await, name);
    shape("/cgi-bin/customservice/getkflist", "kf_getkflist").await;
    shape(
        "/cgi-bin/customservice/getonlinekflist",
        "kf_getonlinekflist",
    )
    .await;
    let head = format!("/customservice/kfaccount/uploadheadimg?kf_account={WORKER}");
    let uploaded = caller.upload(&head, "h.jpg", b"\xff\xd8", "").await;
    assert_eq!(uploaded["errcode"], 0);
    let (delete, worker) = (
        "/customservice/kfaccount/del",
        json!({"kf_account": WORKER}),
    );
    caller.expect(0, delete, worker.clone()).await;
    caller.expect(65_401, delete, worker).await;
    let by_query = format!("{delete}?kf_account={WORKER}");
    assert_eq!(caller.get(&by_query).await["errcode"], 65_401);
}

#[tokio::test]
async fn a_session_begins_is_told_and_ends() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = with_worker(&callback.url).await;
    let waiting = "/customservice/kfsession/getwaitcase";
    assert_eq!(caller.get(waiting).await["count"], 1);
    let session = json!({"kf_account": WORKER, "openid": USER});
    caller
        .expect(0, "/customservice/kfsession/create", session.clone())
        .await;
    assert_eq!(caller.get(waiting).await["count"], 0);
    events(&callback, "kf_create_session", 1).await;
    let shape = async |path: String, name| assert_shape(&caller.get(&path).await, name);
    let of_user = format!("/customservice/kfsession/getsession?openid={USER}");
    shape(of_user, "kfsession_getsession").await;
    let of_worker = format!("/customservice/kfsession/getsessionlist?kf_account={WORKER}");
    shape(of_worker, "kfsession_getsessionlist").await;
    let close = "/customservice/kfsession/close";
    caller.expect(0, close, session.clone()).await;
    events(&callback, "kf_close_session", 1).await;
    caller.expect(65_413, close, session).await;
}

#[tokio::test]
async fn what_is_said_is_on_record() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = with_worker(&callback.url).await;
    let session = json!({"kf_account": WORKER, "openid": USER});
    caller
        .expect(0, "/customservice/kfsession/create", session)
        .await;
    let ask = PushRequest::text(APP, "你好");
    caller.platform.state().push(ask).await.unwrap();
    let reply = json!({"touser": USER, "msgtype": "text", "text": {"content": "您好"}, "customservice": {"kf_account": WORKER}});
    caller
        .expect(0, "/cgi-bin/message/custom/send", reply)
        .await;
    let path = "/customservice/msgrecord/getmsglist";
    let now = caller.platform.state().clock().now_ms() / 1_000;
    let asked = json!({"starttime": now - 60, "endtime": now + 60, "msgid": 1, "number": 10});
    let records = caller.post(path, asked).await;
    assert_shape(&records, "msgrecord_getmsglist");
    assert_eq!(records["recordlist"][0]["text"], "你好");
    assert_eq!(
        (&records["number"], &records["msgid"]),
        (&json!(2), &json!(2))
    );
    let long = json!({"starttime": 0, "endtime": 86_401, "msgid": 1, "number": 10});
    caller.expect(65_417, path, long).await;
}

#[tokio::test]
async fn what_is_said_to_an_agent_is_not_pushed() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let caller = with_worker(&callback.url).await;
    let session = json!({"kf_account": WORKER, "openid": USER});
    let (create, close) = (
        "/customservice/kfsession/create",
        "/customservice/kfsession/close",
    );
    let said = async || {
        let ask = PushRequest::text(APP, "你好");
        let report = caller.platform.state().push(ask).await.unwrap();
        (report.attempts.len(), report.with_agent)
    };
    assert_eq!(said().await, (1, None), "a user who waits is not served");
    caller.expect(0, create, session.clone()).await;
    assert_eq!(said().await, (0, Some(WORKER.to_owned())));
    let click = json!({"app_id": APP, "push": {"kind": "CLICK", "event_key": "k"}});
    let click = caller.control("/_control/pushes", click).await;
    assert_eq!(click["attempts"].as_array().unwrap().len(), 1, "{click}");
    let clock = json!({"advance_ms": 31 * 60_000});
    caller.control("/_control/clock", clock).await;
    assert_eq!(said().await.0, 1, "a session ends by itself");
    caller.expect(0, close, session).await;
    assert_eq!(said().await.0, 1);
}
