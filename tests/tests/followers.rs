//! Rules that know the follower: tags, remarks, agents online; and several replies to one push.

use aws_sdk_dynamodb::types::AttributeValue;
use local::Options;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tests::{Stage, eventually};

#[path = "followers/marks.rs"]
mod marks;

/// A verified service account.
const VERIFIED: &str = "wx00000000000000b1";
/// An unverified subscription account, which may ask WeChat for nothing of this.
const UNVERIFIED: &str = "wx00000000000000b2";
const USER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const AGENT: &str = "test1@gongzhonghao";
const INFO: &str = "/cgi-bin/user/info";
const ONLINE: &str = "/cgi-bin/customservice/getonlinekflist";

const RULES: &str = "
[[rule]]
text = 'hi'
tagged = 'vip'
reply = '欢迎回来，{{nickname|贵宾}}'

[[rule]]
text = 'hi'
reply = '你好，{{ remark | 同学 }}'

[[rule]]
text = 'ping'
reply = 'pong'

[[rule]]
text = 'agent'
transfer = 'online'
fallback = '现在没有客服'

[[rule]]
text = 'all'
replies = ['一', '二 {{openid}}', '三']
pick = 'all'

[[rule]]
text = 'join'
tag = 'vip'

[[rule]]
text = 'leave'
untag = ['vip', 'nobody has this']
reply = '再见'

[[rule]]
event = 'subscribe'
tag = ['新人', 'vip']
reply = '欢迎'
";

async fn stage(name: &str) -> Stage {
    let account = |name: &str, app_id: &str, more: &str| {
        format!(
            "[accounts.{name}]\napp_id = \"{app_id}\"\noriginal_id = \"gh_{name:0<10}00\"\n\
             app_secret = \"0123456789abcdef0123456789abcdef\"\ntoken = \"sometoken\"\nmode = \"plain\"\n{more}\n"
        )
    };
    let unverified = "kind = \"subscription\"\nclass = \"unverified\"";
    let accounts = [
        account("verified", VERIFIED, "kind = \"service\""),
        account("unverified", UNVERIFIED, unverified),
    ];
    let file = std::env::temp_dir().join(format!("followers-{name}-{}.toml", std::process::id()));
    std::fs::write(&file, RULES).unwrap();
    let mut options = Options {
        accounts: accounts.concat(),
        ..Options::default()
    };
    options.stack.schedule_speed = 60.0;
    let environment = &mut options.stack.environment;
    environment.insert("RULES_FILE".to_owned(), file.display().to_string());
    Stage::open(options).await
}

async fn push(stage: &Stage, app_id: &str, mut push: Value, more: Value) -> Value {
    push["from"] = json!(USER);
    let mut request = json!({ "app_id": app_id, "push": push });
    let more = more.as_object().cloned().unwrap_or_default();
    request.as_object_mut().unwrap().extend(more);
    stage.push(request).await
}

async fn say(stage: &Stage, app_id: &str, text: &str) -> Value {
    let text = json!({ "kind": "text", "content": text });
    push(stage, app_id, text, Value::Null).await
}

fn reply(report: &Value) -> String {
    let text = report["user_sees"]["reply"]["content"].as_str();
    text.unwrap_or_else(|| panic!("no text: {report}"))
        .to_owned()
}

async fn said(stage: &Stage, text: &str) -> String {
    reply(&say(stage, VERIFIED, text).await)
}

/// Asks WeChat for something with the account's token.
async fn wechat(stage: &Stage, path: &str, body: Value) -> Value {
    let path = format!("/v1/accounts/verified/wechat/cgi-bin/{path}");
    let (status, answer) = stage.signed("POST", &path, Some(body)).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

/// The names of the tags that the user has at WeChat.
async fn tags(stage: &Stage) -> Vec<String> {
    let ids = wechat(stage, "tags/getidlist", json!({ "openid": USER })).await;
    let path = "/v1/accounts/verified/wechat/cgi-bin/tags/get";
    let (_, all) = stage.signed("GET", path, None).await;
    let ids = ids["tagid_list"].as_array().unwrap();
    let has = |tag: &&Value| ids.contains(&tag["id"]);
    let name = |tag: &Value| tag["name"].as_str().unwrap().to_owned();
    let all = all["tags"].as_array().unwrap();
    all.iter().filter(has).map(name).collect()
}

async fn until_tagged(stage: &Stage, wanted: &[&str]) {
    eventually("tags", async || (tags(stage).await == wanted).then_some(())).await;
}

/// Does what the team can do in WeChat's console.
async fn tag_by_hand(stage: &Stage) {
    let vip = wechat(stage, "tags/create", json!({ "tag": { "name": "vip" } })).await;
    let member = json!({ "openid_list": [USER], "tagid": vip["tag"]["id"] });
    wechat(stage, "tags/members/batchtagging", member).await;
}

/// Makes a row of what is known as old as that, or takes it away.
async fn age(stage: &Stage, id: &str, part: &str, age: Option<Duration>) {
    let client = aws_sdk_dynamodb::Client::new(&stage.aws());
    let tables = client.list_tables().send().await.unwrap();
    let mut names = tables.table_names.unwrap_or_default().into_iter();
    let table = names.find(|name| name.contains("Answers")).unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let Some(age) = age else {
        let delete = client.delete_item().table_name(table);
        let delete = delete.key("id", text(id)).key("part", text(part));
        delete.send().await.unwrap();
        return;
    };
    let at = SystemTime::UNIX_EPOCH.elapsed().unwrap() - age;
    let update = client.update_item().table_name(table);
    let update = update
        .key("id", text(id))
        .key("part", text(part))
        .condition_expression("attribute_exists(part)")
        .update_expression("SET at_ms = :at")
        .expression_attribute_values(":at", AttributeValue::N(at.as_millis().to_string()));
    update.send().await.unwrap();
}

async fn row_is_there(stage: &Stage) {
    let there = async || (!stage.rows("Answers").await.is_empty()).then_some(());
    eventually("a row", there).await;
}

async fn clear_faults(stage: &Stage) {
    let faults = format!("{}/_control/faults", stage.bundle.platform_url());
    stage.http.delete(&faults).send().await.unwrap();
}

async fn age_follower(stage: &Stage, minutes: u64) {
    let age_of = Duration::from_secs(60 * minutes);
    age(
        stage,
        &format!("{VERIFIED}#{USER}"),
        "follower",
        Some(age_of),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_follower_is_asked_once_and_renewed_when_it_is_old() {
    let stage = stage("known").await;
    let asked = || stage.calls(INFO, VERIFIED);
    assert_eq!(said(&stage, "ping").await, "pong");
    assert_eq!((asked(), stage.rows("Answers").await.len()), (0, 0));
    assert_eq!(said(&stage, "hi").await, "你好，同学");
    row_is_there(&stage).await;
    let once = asked();
    assert_eq!(said(&stage, "hi").await, "你好，同学");
    assert_eq!((asked(), once), (1, 1), "the row is new");

    // What the team does in WeChat's console is known when the row is old.
    tag_by_hand(&stage).await;
    let remark = json!({ "openid": USER, "remark": "张三" });
    wechat(&stage, "user/info/updateremark", remark).await;
    assert_eq!(said(&stage, "hi").await, "你好，同学");
    age_follower(&stage, 9).await;
    assert_eq!(said(&stage, "hi").await, "你好，同学");
    age_follower(&stage, 11).await;
    eventually("what is new", async || {
        (said(&stage, "hi").await == "欢迎回来，张三").then_some(())
    })
    .await;
    let hi = json!({ "kind": "text", "content": "hi" });
    let more = json!({ "repeat_regardless": 3, "concurrent": 2 });
    let report = push(&stage, VERIFIED, hi, more).await;
    assert_eq!(reply(&report), "欢迎回来，张三");
    let attempts = report["attempts"].as_array().unwrap();
    assert!(attempts.len() == 6, "{report}");
    let same = |two: &[Value]| two[0]["body"] == two[1]["body"];
    assert!(attempts.windows(2).all(same), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_wechat_does_not_tell_in_time_is_not_known() {
    let mut stage = stage("down").await;
    let hang = json!({ "kind": "hang", "path": INFO });
    stage.control("faults", hang).await;
    let report = say(&stage, VERIFIED, "hi").await;
    assert_eq!(reply(&report), "你好，同学");
    let ms = report["attempts"][0]["ms"].as_u64().unwrap();
    assert!(ms < 3_500, "{report}");
    let told = eventually("a line", async || {
        let lines = stage.log_lines("Callback");
        let told = |line: &Value| line["fields"]["outcome"] == "follower_unknown";
        lines.into_iter().find(told)
    });
    assert!(!told.await.to_string().contains(USER));

    // A row that is old stands for a day when WeChat cannot be asked.
    clear_faults(&stage).await;
    age(&stage, &format!("{VERIFIED}#{USER}"), "follower", None).await;
    say(&stage, VERIFIED, "join").await;
    until_tagged(&stage, &["vip"]).await;
    eventually("the row", async || {
        (said(&stage, "hi").await == "欢迎回来，贵宾").then_some(())
    })
    .await;
    age_follower(&stage, 60).await;
    let fault = json!({ "kind": "gateway_502", "path": INFO });
    stage.control("faults", fault).await;
    assert_eq!(said(&stage, "hi").await, "欢迎回来，贵宾");
    age_follower(&stage, 1_441).await;
    assert_eq!(said(&stage, "hi").await, "你好，同学");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_may_not_ask_is_not_made_to_wait() {
    let stage = stage("class").await;
    for (text, expected) in [("hi", "你好，同学"), ("agent", "现在没有客服")] {
        let report = say(&stage, UNVERIFIED, text).await;
        assert_eq!(reply(&report), expected);
    }
    let asked = [INFO, ONLINE].map(|path| stage.calls(path, UNVERIFIED));
    assert_eq!(asked, [0, 0]);
    assert!(stage.rows("Answers").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_handed_over_while_somebody_is_online() {
    let stage = stage("agents").await;
    assert_eq!(said(&stage, "agent").await, "现在没有客服");
    let api = "/v1/accounts/verified/wechat/customservice/kfaccount/add";
    let agent = json!({ "kf_account": AGENT, "nickname": "客服1" });
    assert_eq!(stage.signed("POST", api, Some(agent)).await.0, 200);
    let online = |online: bool| json!({ "kf_account": AGENT, "online": online });
    let desk = format!("desk/{VERIFIED}");
    stage.control(&desk, online(true)).await;
    assert_eq!(
        said(&stage, "agent").await,
        "现在没有客服",
        "for half a minute"
    );
    age(&stage, VERIFIED, "agents", Some(Duration::from_secs(31))).await;
    // What is told too late for one push is known for the next.
    eventually("a transfer", async || {
        let report = say(&stage, VERIFIED, "agent").await;
        let body = report["attempts"][0]["body"].to_string();
        body.contains("transfer_customer_service").then_some(())
    })
    .await;

    stage.control(&desk, online(false)).await;
    age(&stage, VERIFIED, "agents", None).await;
    assert_eq!(said(&stage, "agent").await, "现在没有客服");
    stage.control(&desk, online(true)).await;
    let fault = json!({ "kind": "gateway_502", "path": ONLINE });
    stage.control("faults", fault).await;
    age(&stage, VERIFIED, "agents", None).await;
    assert_eq!(
        said(&stage, "agent").await,
        "现在没有客服",
        "nobody is known"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_replies_arrive_in_their_order() {
    let stage = stage("several").await;
    let all = json!({ "kind": "text", "content": "all" });
    let more = json!({ "repeat_regardless": 3, "concurrent": 2 });
    let report = push(&stage, VERIFIED, all, more).await;
    assert_eq!(reply(&report), "一");
    let attempts = report["attempts"].as_array().unwrap();
    let same = |two: &[Value]| two[0]["body"] == two[1]["body"];
    assert!(attempts.windows(2).all(same), "{report}");
    let two = format!("二 {USER}");
    let shown = eventually("messages", async || {
        let shown = stage.wechat().phone(VERIFIED, USER).unwrap();
        let sent = shown.iter().filter(|shown| shown.source != "reply");
        let text = |shown: &platform::Shown| shown.message["text"]["content"].clone();
        let texts: Vec<_> = sent.map(text).collect();
        (texts.len() >= 2).then_some(texts)
    })
    .await;
    assert_eq!(shown, [json!(two), json!("三")]);

    let first = reply(&say(&stage, UNVERIFIED, "all").await);
    assert_eq!(first, "一\n（回复任意内容继续）");
    let second = reply(&say(&stage, UNVERIFIED, "继续").await);
    assert_eq!(second, format!("{two}\n（回复任意内容继续）"));
    assert_eq!(reply(&say(&stage, UNVERIFIED, "1").await), "三");
    assert_eq!(say(&stage, UNVERIFIED, "2").await["user_sees"], "nothing");
}
