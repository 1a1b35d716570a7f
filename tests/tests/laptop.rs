//! What `cargo run` has for those who write rules and handlers: `--handler` and `--assistants`.

use sam_local::LogLine;
use serde_json::{Value, json};
use std::{
    fs,
    sync::{Arc, Mutex},
};
use tests::{
    accounts::{PLAIN, SAFE},
    desk::{Desk, reply},
    eventually,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::broadcast::Receiver,
};

const RULES: &str = "
[[rule]]
text = 'command'
forward = 'wechat-handler-command'
fallback = 'command failed'
[[rule]]
text = 'url'
forward = 'wechat-handler-url'
fallback = 'url failed'
";

/// The lines in a function's name so far.
fn lines(logs: &mut Receiver<LogLine>, function: &str) -> Vec<String> {
    let mut found = Vec::new();
    while let Ok(line) = logs.try_recv() {
        if line.function == function {
            found.push(line.text);
        }
    }
    found
}

/// A server that answers every request with the JSON text `hello`, and passes on what it got.
async fn server() -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/wechat", listener.local_addr().unwrap());
    let got = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&got);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"}") && socket.read_buf(&mut request).await.unwrap() > 0 {}
            *kept.lock().unwrap() = String::from_utf8(request).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n\"hello\"";
            socket.write_all(answer).await.unwrap();
        }
    });
    (url, got)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_and_a_command_answer_as_functions_of_the_team_do() {
    let bot = "import json, sys\npush = json.load(sys.stdin)\n\
               print('seen', push['account'], file=sys.stderr)\nprint(json.dumps('你说：' + push['content']))\n";
    let desk = Desk::new(&[("rules.toml", RULES), ("my bot.py", bot)]);
    let (url, got) = server().await;
    let handler = format!("wechat-handler-url={url}");
    let command = "wechat-handler-command=python3 '@my bot.py'";
    let arguments = [
        "--rules",
        "@rules.toml",
        "--handler",
        &handler,
        "--handler",
        command,
    ];
    let stage = desk.open(&arguments).await;
    let mut logs = stage.bundle.logs();
    assert!(stage.bundle.warnings().is_empty());
    assert_eq!(reply(&stage, PLAIN, "command").await, "你说：command");
    assert_eq!(lines(&mut logs, "wechat-handler-command"), ["seen plain"]);
    assert_eq!(reply(&stage, SAFE, "url").await, "hello");
    let got = got.lock().unwrap().clone();
    let (head, body) = got.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /wechat HTTP/1.1\r\n") && head.contains("application/json"),
        "{head}"
    );
    let event: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&event["content"], &event["account"]),
        (&json!("url"), &json!("demo"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_fails_hangs_or_says_nonsense_is_answered_by_the_fallback() {
    let bot = "import sys, time\nhow = open(sys.argv[1]).read()\nprint('at work', file=sys.stderr, flush=True)\n\
               if how == 'raise': raise ValueError('the till is closed')\n\
               if how == 'hang': time.sleep(600)\nprint('hello')\n";
    let desk = Desk::new(&[("rules.toml", RULES), ("bot.py", bot)]);
    let command = "wechat-handler-command=python3 @bot.py @how";
    let arguments = [
        "--rules",
        "@rules.toml",
        "--handler",
        command,
        "--handler-timeout",
        "1",
        "--handler",
        "wechat-handler-url=http://127.0.0.1:9/",
    ];
    let stage = desk.open(&arguments).await;
    let mut logs = stage.bundle.logs();
    for (how, told) in [
        (
            "raise",
            "Runtime.ExitError: Runtime exited with error: exit status: 1; standard error ends: Traceback",
        ),
        (
            "hang",
            "Sandbox.Timedout: Task timed out after 1.00 seconds; standard error ends: at work",
        ),
        ("babble", "Runtime.MarshalError: the answer is no JSON"),
    ] {
        desk.write("how", how);
        assert_eq!(
            reply(&stage, PLAIN, "command").await,
            "command failed",
            "{how}"
        );
        let said = lines(&mut logs, "wechat-handler-command");
        assert_eq!(said[0], "at work");
        assert!(said.last().unwrap().starts_with(told), "{said:?}");
    }
    assert_eq!(reply(&stage, PLAIN, "url").await, "url failed");
    let said = lines(&mut logs, "wechat-handler-url");
    assert!(
        said[0].starts_with("Handler.Unreachable: http://127.0.0.1:9/ does not answer"),
        "{said:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_end_with_the_bundle() {
    let desk = Desk::new(&[("rules.toml", RULES)]);
    let command = "wechat-handler-command=sh -c 'echo $$ >@pid; sleep 600 & echo $! >>@pid; wait'";
    let stage = desk
        .open(&["--rules", "@rules.toml", "--handler", command])
        .await;
    let pids = async {
        let read = async || {
            let pids = fs::read_to_string(desk.path("pid")).unwrap_or_default();
            (pids.lines().count() == 2).then_some(pids)
        };
        eventually("both processes", read).await
    };
    let pids = tokio::select! {
        pids = pids => pids,
        report = stage.text(PLAIN, "command") => panic!("answered: {report}"),
    };
    stage.bundle.stop().await;
    for pid in pids.lines() {
        let status = format!("/proc/{pid}/stat");
        let is_gone = || fs::read_to_string(&status).map_or(true, |stat| stat.contains(") Z "));
        eventually("its end", async || is_gone().then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_rule_and_one_command_have_an_assistant_answer_offline() {
    let rules = "[[rule]]\nany = true\nask = 'helper'\n";
    let desk = Desk::new(&[("rules.toml", rules), ("none.toml", ""), ("own.toml", OWN)]);
    let stage = desk.open(&["--rules", "@rules.toml"]).await;
    let first = reply(&stage, PLAIN, "你好").await;
    assert!(first.contains("你好"), "{first}");
    assert_ne!(reply(&stage, PLAIN, "你好").await, first, "it remembers");
    assert_eq!(reply(&stage, SAFE, "重置").await, "好的，我们重新开始。");
    drop(stage);
    let own = desk
        .open(&["--rules", "@rules.toml", "--assistants", "@own.toml"])
        .await;
    assert_eq!(reply(&own, PLAIN, "从头").await, "又见面了");
    let refused = local::Bundle::start(desk.options(&[
        "--rules",
        "@rules.toml",
        "--assistants",
        "@none.toml",
    ]));
    let refused = refused.await.unwrap_err().to_string();
    assert!(
        refused.contains("rules.toml:3:7: unknown assistant 'helper'"),
        "{refused}"
    );
}

const OWN: &str = "[assistants.helper]\nreset = ['从头']\nreset_text = '又见面了'\n";

/// What a tunnel leads to is open to everybody, and the key `local` is known to everybody.
#[tokio::test(flavor = "multi_thread")]
async fn the_address_for_a_tunnel_has_the_routes_without_a_signature_alone() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let public = free.local_addr().unwrap().to_string();
    drop(free);
    let desk = Desk::new(&[]);
    let stage = desk.open(&["--public-listen", &public]).await;
    let known = stage.bundle.gateway_url();
    let status = async |base: &str, path: &str| {
        let answer = stage.http.get(format!("{base}{path}")).send().await;
        answer.unwrap().status().as_u16()
    };
    let public = format!("http://{public}");
    for path in ["/callback/demo", "/web/demo/subscribe"] {
        assert_eq!(
            status(&known, path).await,
            status(&public, path).await,
            "{path}"
        );
    }
    assert_eq!(status(&public, "/callback/demo").await, 401);
    for path in [
        "/v1/accounts/demo/access-token",
        "/v1/accounts/demo/messages",
        "/openapi.yaml",
        "/healthz",
    ] {
        assert_ne!(status(&known, path).await, 404, "{path}");
        assert_eq!(status(&public, path).await, 404, "{path}");
    }
    stage.bundle.stop().await;
}
