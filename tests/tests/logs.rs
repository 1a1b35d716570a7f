//! What the functions write: each line in the form that Lambda's filter reads, and at no level
//! anything that belongs to a follower or opens something.

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use local::Options;
use sam_local::{LogLine, lambda::OutsideFunction};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tests::{
    Stage, accounts, eventually,
    visitor::{Visitor, location, login, redeem},
};
use tokio::sync::broadcast::Receiver;

/// Openids that nobody else has.
const USER: &str = "oMarked_0123456789abcdefGHIJ";
const OTHER: &str = "oMarked_9876543210abcdefGHIJ";
/// Words of a follower, of an answer, of a message, of a file. None is a word of ours.
const ASKED: &str = "marked-question";
const ANSWERED: &str = "marked-answer";
const SENT: &str = "marked-message";
const FILED: &str = "marked-file";
/// The name that the simulator's visitor has.
const NICKNAME: &str = "小明";
/// How WeChat writes an openid, a code or a token that it does not know.
const FOREIGN: &str = "marked_foreign_value";

/// Every line of every function.
struct Lines {
    from: Receiver<LogLine>,
    kept: Vec<LogLine>,
}

impl Lines {
    fn of(stage: &Stage) -> Self {
        Self {
            from: stage.bundle.logs(),
            kept: Vec::new(),
        }
    }

    /// All so far. Lines of the bundle itself are none of a function's.
    fn all(&mut self) -> &[LogLine] {
        loop {
            match self.from.try_recv() {
                Ok(line) if line.instance > 0 => self.kept.push(line),
                Ok(_) => {}
                Err(tokio::sync::broadcast::error::TryRecvError::Lagged(lost)) => {
                    panic!("{lost} lines were not seen");
                }
                Err(_) => return &self.kept,
            }
        }
    }

    fn count(&mut self, function: &str, message: &str) -> usize {
        let wanted = |line: &&LogLine| {
            line.function == function && read(line)["fields"]["message"] == message
        };
        self.all().iter().filter(wanted).count()
    }
}

/// A line as JSON, with what every line has.
fn read(line: &LogLine) -> Value {
    let json: Value = serde_json::from_str(&line.text)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", line.function, line.text));
    let level = json["level"].as_str().unwrap_or_default();
    assert!(
        ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&level),
        "{}",
        line.text
    );
    let timestamp = json["timestamp"].as_str().unwrap_or_default();
    let parsed = DateTime::from_str(timestamp, DateTimeFormat::DateTime);
    assert!(parsed.is_ok(), "{}", line.text);
    json
}

/// A bundle whose rules answer with marked words, at that level.
async fn stage(level: &str) -> Stage {
    let rules = std::env::temp_dir().join(format!("rules-{}-{level}.toml", std::process::id()));
    let text = format!(
        "[[rule]]\nkeyword = \"now\"\nreply = \"{ANSWERED}\"\n\n\
         [[rule]]\nkeyword = \"later\"\nforward = \"wechat-handler-good\"\n\n\
         [[rule]]\nkeyword = \"fails\"\nforward = \"wechat-handler-bad\"\n\n\
         [[rule]]\nkeyword = \"odd\"\nforward = \"wechat-handler-odd\"\n"
    );
    std::fs::write(&rules, text).unwrap();
    let mut options = Options::default();
    type Answer = fn() -> Result<Value, String>;
    let answers: [(&str, Answer); 3] = [
        ("wechat-handler-good", || Ok(json!(ANSWERED))),
        ("wechat-handler-bad", || Err(ANSWERED.to_owned())),
        ("wechat-handler-odd", || Ok(json!({ "kind": ANSWERED }))),
    ];
    for (name, answer) in answers {
        let function: OutsideFunction = Arc::new(move |_: Value| Box::pin(async move { answer() }));
        options
            .stack
            .outside_functions
            .insert(name.to_owned(), function);
    }
    let environment = [
        ("RULES_FILE", rules.display().to_string()),
        ("RUST_LOG", level.to_lowercase()),
        ("RUST_BACKTRACE", "1".to_owned()),
    ];
    for (name, value) in environment {
        options.stack.environment.insert(name.to_owned(), value);
    }
    let parameters = &mut options.stack.template_parameters;
    parameters.insert("LogLevel".to_owned(), level.to_owned());
    Stage::open(options).await
}

async fn push(stage: &Stage, app_id: &str, mut push: Value) {
    push["from"] = json!(USER);
    stage.push(json!({ "app_id": app_id, "push": push })).await;
}

/// Pushes in every mode, quick and slow, good and bad, and some that nobody signed.
async fn pushes(stage: &Stage) {
    for app_id in [accounts::PLAIN, accounts::COMPATIBLE, accounts::SAFE] {
        stage.control("verify", json!({ "app_id": app_id })).await;
        for word in ["now", "later", "fails", "odd", "nothing"] {
            let text = json!({ "kind": "text", "content": format!("{word} {ASKED}") });
            push(stage, app_id, text).await;
        }
        push(
            stage,
            app_id,
            json!({ "kind": "click", "event_key": ASKED }),
        )
        .await;
    }
    let twice = json!({
        "app_id": accounts::SAFE, "repeat_regardless": 2,
        "push": { "kind": "text", "content": format!("now {ASKED} twice"), "from": USER },
    });
    stage.push(twice).await;
    let gateway = stage.bundle.gateway_url();
    for (path, body) in [
        (format!("/callback/{USER}"), ASKED.to_owned()),
        ("/callback/demo".to_owned(), ASKED.to_owned()),
        (
            format!(
                "/callback/plain?signature={FOREIGN}&timestamp=1&nonce={FOREIGN}&openid={USER}"
            ),
            format!("<xml><FromUserName>{USER}</FromUserName><Content>{ASKED}</Content></xml>"),
        ),
    ] {
        let sent = stage
            .http
            .post(format!("{gateway}{path}"))
            .body(body)
            .send();
        sent.await.unwrap();
    }
}

/// Messages, a campaign, a file, calls of any endpoint; those that succeed and those that do not.
async fn sends(stage: &Stage) {
    let any = json!({ "check_templates": false, "check_window": false, "results": false });
    stage
        .control(&format!("sends/{}", accounts::SAFE), any)
        .await;
    let refused = json!({ "kind": "errcode", "errcode": 40_003, "path": "/cgi-bin/message/custom", "times": 1 });
    stage.control("faults", refused).await;
    for kind in ["truncated_json", "gateway_502", "garbage"] {
        let fault = json!({ "kind": kind, "path": "/cgi-bin/message/", "times": 1 });
        stage.control("faults", fault).await;
    }
    let template = |id: &str| {
        json!({
            "client_msg_id": id, "touser": USER, "template_id": "TPL",
            "data": { "thing1": { "value": SENT } },
        })
    };
    let text = json!({
        "touser": USER, "msgtype": "text", "text": { "content": SENT }, "force": true,
    });
    let campaign = json!({
        "client_msg_id": "marked-campaign", "to": { "openids": [USER, OTHER] },
        "message": { "msgtype": "text", "text": { "content": SENT } },
    });
    let named = format!("welcome-{USER}");
    let v1 = "/v1/accounts/demo";
    for (path, body) in [
        ("/template-messages", template("order-1")),
        ("/template-messages", template(&named)),
        ("/template-messages", json!({ "touser": SENT })),
        ("/customer-service-messages", text.clone()),
        ("/customer-service-messages", text),
        ("/customer-service-messages", json!(SENT)),
        ("/mass-sends", campaign),
        ("/mass-sends", json!({ "to": SENT })),
        (
            "/wechat/cgi-bin/message/custom/send",
            json!({ "touser": USER, "msgtype": "text", "text": { "content": SENT } }),
        ),
        ("/oauth/redeem", json!({ "login": FOREIGN })),
        ("/oauth/refresh", json!({ "refresh_token": FOREIGN })),
        ("/access-token/refresh", json!({ "refused": FOREIGN })),
    ] {
        stage
            .signed("POST", &format!("{v1}{path}"), Some(body))
            .await;
    }
    for path in [
        format!("/wechat/cgi-bin/user/info?openid={USER}&lang={FOREIGN}"),
        format!("/wechat/sns/oauth2/access_token?code={FOREIGN}"),
        format!("/messages/{USER}"),
        format!("/messages?to_user={USER}"),
    ] {
        stage.signed("GET", &format!("{v1}{path}"), None).await;
    }
    let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), FILED.as_bytes()].concat();
    let path = format!("{v1}/media?type=image");
    stage
        .signed_bytes("POST", &path, "image/png", picture)
        .await;
}

/// Logins from the start to the profile, and a one-time message agreed to, with what must not be seen of
/// them.
async fn logins(stage: &Stage) -> Vec<String> {
    let visitor = Visitor::of(stage);
    let mut secrets = Vec::new();
    let part = |address: &str, name: &str| {
        let rest = address.split(name).nth(1).unwrap_or_default();
        rest.split(['&', '#']).next().unwrap_or_default().to_owned()
    };
    for unreadable in [false, true] {
        if unreadable {
            let fault = json!({ "kind": "truncated_json", "path": "/sns/userinfo" });
            stage.control("faults", fault).await;
        }
        let (back, cookie) = visitor.to_wechat("snsapi_userinfo", "&_choice=allow").await;
        visitor.get(&back, "").await;
        let site = location(&visitor.get(&back, &cookie).await);
        let code = login(&site);
        let (_, known) = redeem(stage, code).await;
        let token = known["refresh_token"].as_str().unwrap();
        let path = "/v1/accounts/demo/oauth/refresh";
        let refresh = json!({ "refresh_token": token });
        stage.signed("POST", path, Some(refresh)).await;
        let openid = known["openid"].as_str().unwrap();
        secrets.extend([code, token, openid].map(str::to_owned));
        secrets.extend([
            part(&back, "code="),
            part(&back, "state="),
            part(&cookie, "="),
        ]);
    }
    let start = "/web/demo/subscribe-once?template_id=pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt\
                 &scene=1&return_to=https%3A%2F%2Fwww.example.com%2F";
    let choice = format!("&_choice=allow&_openid={USER}");
    let (back, cookie) = visitor.there_and_back(start, &choice).await;
    visitor.get(&back, "").await;
    let site = location(&visitor.get(&back, &cookie).await);
    let code = part(&site, "subscription=");
    let path = "/v1/accounts/demo/subscribe-once/redeem";
    let agreed = json!({ "subscription": &code });
    let (_, agreed) = stage.signed("POST", path, Some(agreed)).await;
    assert_eq!(agreed["openid"], USER);
    secrets.extend([code, part(&back, "reserved="), part(&cookie, "=")]);
    secrets
}

/// Tokens and tickets, fetched, read and renewed.
async fn tokens(stage: &Stage) -> Vec<String> {
    let mut secrets = Vec::new();
    let v1 = "/v1/accounts/demo";
    for path in ["/access-token", "/tickets/jsapi", "/tickets/wx_card"] {
        let (_, told) = stage.signed("GET", &format!("{v1}{path}"), None).await;
        let value = told.get("access_token").or(told.get("ticket"));
        secrets.push(value.and_then(Value::as_str).unwrap().to_owned());
    }
    let refused = json!({ "refused": secrets[0] });
    let path = format!("{v1}/access-token/refresh");
    let (_, told) = stage.signed("POST", &path, Some(refused)).await;
    secrets.extend(told["access_token"].as_str().map(str::to_owned));
    let page = "/web/demo/js-sdk-config?url=https%3A%2F%2Fwww.example.com%2F%3Fa%3D1";
    let url = format!("{}{page}", stage.bundle.gateway_url());
    let config: Value = stage
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    secrets.push(config["signature"].as_str().unwrap().to_owned());
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_at_the_lowest_level_holds_what_is_not_its_own() {
    let stage = stage("TRACE").await;
    let mut lines = Lines::of(&stage);
    let mut secrets = tokens(&stage).await;
    secrets.extend(logins(&stage).await);
    pushes(&stage).await;
    sends(&stage).await;
    eventually("messages and the campaign are on their way", async || {
        let sent = lines.count("Send", "send") >= 4;
        (sent && lines.count("MassSend", "batch") >= 1).then_some(())
    })
    .await;
    push(&stage, accounts::SAFE, json!({ "kind": "unsubscribe" })).await;
    tokio::time::sleep(Duration::from_secs(15)).await;
    eventually("the follower is forgotten", async || {
        (lines.count("EraseUser", "unsubscribe") >= 1).then_some(())
    })
    .await;
    let accounts = include_str!("../../infra/local/demo/accounts.toml");
    for name in ["app_secret", "token", "encoding_aes_key"] {
        let values = accounts.lines().filter_map(|line| {
            let value = line.strip_prefix(name)?.trim_start().strip_prefix("= \"")?;
            value.strip_suffix('"')
        });
        secrets.extend(values.map(str::to_owned));
    }
    let words = [USER, OTHER, ASKED, ANSWERED, SENT, FILED, NICKNAME, FOREIGN];
    secrets.extend(words.map(str::to_owned));
    assert!(
        secrets.len() > 25 && secrets.iter().all(|s| s.len() >= 6),
        "{secrets:?}"
    );
    let mut functions = BTreeSet::new();
    for line in lines.all() {
        read(line);
        functions.insert(line.function.as_str());
        for secret in &secrets {
            assert!(
                !line.text.contains(secret),
                "{secret}: {}: {}",
                line.function,
                line.text
            );
        }
    }
    assert_eq!(functions.len(), 9, "{functions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_has_one_line_and_metrics_have_no_level_to_fall_under() {
    let stage = stage("ERROR").await;
    let mut lines = Lines::of(&stage);
    let twice = json!({
        "app_id": accounts::SAFE, "repeat_regardless": 2,
        "push": { "kind": "text", "content": "now twice", "from": USER },
    });
    stage.push(twice).await;
    eventually("the metric of the repeat", async || {
        let mut metrics = lines.all().iter().map(read);
        metrics
            .any(|line| line["PushesRepeated"] == 1.0)
            .then_some(())
    })
    .await;
    let text = json!({ "kind": "text", "content": "fails" });
    push(&stage, accounts::SAFE, text).await;
    eventually("the failure is told", async || {
        (lines.count("Forward", "forward") >= 1).then_some(())
    })
    .await;
    let forward: Vec<Value> = lines
        .all()
        .iter()
        .filter(|line| line.function == "Forward")
        .map(read)
        .filter(|line| line.get("_aws").is_none())
        .collect();
    let requests: BTreeSet<&str> = forward
        .iter()
        .map(|line| line["requestId"].as_str().unwrap())
        .collect();
    assert_eq!(
        requests.len(),
        forward.len(),
        "one line an attempt: {forward:?}"
    );
    assert_eq!(forward[0]["fields"]["outcome"], "forward_failed");
    let shown = lines.all().iter().map(read);
    let below = shown.filter(|line| line.get("_aws").is_none() && line["level"] != "ERROR");
    assert_eq!(below.count(), 0);
}
