//! What `cargo run` has for those who write rules and handlers: `--handler`, `--assistants` and `--watch`.

use clap::Parser as _;
use local::{Cli, Options};
use sam_local::{ANY_PORT, LogLine};
use serde_json::{Value, json};
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use tests::{
    Stage,
    accounts::{PLAIN, SAFE},
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
[[rule]]
text = 'late'
forward = 'wechat-handler-late'
[[rule]]
text = 'ping'
reply = 'pong'
";

/// A folder with files, and a bundle as a command line with their paths starts it.
struct Desk(TempDir);

impl Desk {
    fn new(files: &[(&str, &str)]) -> Self {
        let desk = Self(TempDir::with_prefix("laptop-").unwrap());
        files
            .iter()
            .for_each(|(name, text)| drop(desk.write(name, text)));
        desk
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// `@name` in an argument is the path of that file.
    fn options(&self, arguments: &[&str]) -> Options {
        let arguments = arguments
            .iter()
            .map(|argument| argument.replace('@', &self.path("")));
        let cli = Cli::parse_from(["wechat-functions".to_owned()].into_iter().chain(arguments));
        let mut options = cli.options(None).unwrap();
        options.stack.listen = ANY_PORT;
        options.stack.aws_listen = ANY_PORT;
        options.wechat = local::Wechat::Simulated(ANY_PORT);
        options
    }

    async fn open(&self, arguments: &[&str]) -> Stage {
        Stage::open(self.options(arguments)).await
    }
}

async fn reply(stage: &Stage, app_id: &str, text: &str) -> String {
    let report = stage.text(app_id, text).await;
    let reply = report["user_sees"]["reply"]["content"].as_str();
    reply
        .unwrap_or_else(|| panic!("no text: {report}"))
        .to_owned()
}

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
    assert!(
        stage
            .bundle
            .warnings()
            .iter()
            .all(|line| line.contains("wechat-handler-late")),
        "{:?}",
        stage.bundle.warnings()
    );
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
        refused.contains("rules.toml:3:7: unknown assistant 'helper'; there is none here"),
        "{refused}"
    );
}

const OWN: &str = "[assistants.helper]\nreset = ['从头']\nreset_text = '又见面了'\n";

/// What a bundle that watches says, line by line.
type Told = Arc<Mutex<Vec<String>>>;

/// Does something beside a bundle that takes up files.
async fn watching(stage: &Stage, act: impl AsyncFnOnce(Told)) {
    let told = Told::default();
    let tell = |line: &str| told.lock().unwrap().push(line.to_owned());
    tokio::select! {
        never = stage.bundle.watch(tell) => match never {},
        () = act(Arc::clone(&told)) => {}
    }
}

/// Waits for the next thing that is told.
async fn next(told: &Told) -> String {
    let take = async || {
        let mut told = told.lock().unwrap();
        (!told.is_empty()).then(|| told.remove(0))
    };
    eventually("something told", take).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_change_are_taken_up_and_faulty_ones_are_told() {
    let desk = Desk::new(&[("rules.toml", RULES)]);
    let late = "wechat-handler-late=sh -c 'sleep 3; echo 1 >>@runs; echo \\\"worth it\\\"'";
    let stage = desk
        .open(&["--rules", "@rules.toml", "--watch", "--handler", late])
        .await;
    watching(&stage, async |told| {
        assert_eq!(reply(&stage, PLAIN, "ping").await, "pong");
        let under_way = async {
            let report = stage.text(PLAIN, "late").await;
            (
                report["attempts"].as_array().unwrap().len(),
                report["user_sees"]["reply"]["content"].clone(),
            )
        };
        let change = async {
            tokio::time::sleep(Duration::from_millis(800)).await;
            desk.write("rules.toml", &RULES.replace("'pong'", "'new'"));
            let line = next(&told).await;
            assert!(
                line.starts_with("taken up") && line.contains("rules.toml (4 rules)"),
                "{line}"
            );
            assert!(
                line.contains("there is no function 'wechat-handler-url' here"),
                "{line}"
            );
            assert_eq!(reply(&stage, PLAIN, "ping").await, "new");
        };
        let (answered, ()) = tokio::join!(under_way, change);
        assert_eq!(
            answered,
            (1, json!("worth it")),
            "the attempt that was under way is answered"
        );
        assert_eq!(fs::read_to_string(desk.path("runs")).unwrap(), "1\n");

        let faulty = RULES
            .replace("'ping'", "'ping")
            .replace("'wechat-handler-url'", "'orders'");
        desk.write("rules.toml", &faulty);
        let line = next(&told).await;
        assert!(
            line.starts_with("not taken up") && line.contains("rules.toml:14:"),
            "{line}"
        );
        desk.write(
            "rules.toml",
            &RULES.replace("reply = 'pong'", "repply = 'pong'\nforward = 'orders'"),
        );
        let line = next(&told).await;
        assert!(
            line.contains("did you mean 'reply'") && line.contains("must begin with"),
            "{line}"
        );
        // A function that starts now still has rules.
        stage.bundle.kill_instances("Callback");
        assert_eq!(reply(&stage, PLAIN, "ping").await, "new");
        fs::remove_file(desk.path("rules.toml")).unwrap();
        assert!(next(&told).await.contains("No such file"));
        desk.write("rules.toml", &RULES.replace("'pong'", "'newer'"));
        assert!(next(&told).await.starts_with("taken up"));
        assert_eq!(reply(&stage, PLAIN, "ping").await, "newer");
        assert!(told.lock().unwrap().is_empty(), "each is told once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_push_is_lost_while_rules_change() {
    let rules = |reply: &str| format!("[[rule]]\nany = true\nreply = '{reply}'\n");
    let desk = Desk::new(&[("rules.toml", &rules("reply 0"))]);
    let stage = desk.open(&["--rules", "@rules.toml", "--watch"]).await;
    watching(&stage, async |told| {
        let pushes = async {
            for n in 0..60 {
                let text = format!("push {n}");
                let both = tokio::join!(stage.text(PLAIN, &text), stage.text(SAFE, &text));
                for report in [both.0, both.1] {
                    assert_eq!(report["attempts"].as_array().unwrap().len(), 1, "{report}");
                    let reply = report["user_sees"]["reply"]["content"].as_str();
                    assert!(
                        reply.is_some_and(|reply| reply.starts_with("reply ")),
                        "{report}"
                    );
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let changes = async {
            for n in 1..4 {
                desk.write("rules.toml", &rules(&format!("reply {n}")));
                assert!(next(&told).await.starts_with("taken up"));
                assert_eq!(reply(&stage, PLAIN, "now").await, format!("reply {n}"));
            }
        };
        tokio::join!(pushes, changes);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_assistants_that_change_are_taken_up() {
    const NEW: &str = "wx00000000000000b1";
    let rules = "[[rule]]\ntext = ['从头', '重来']\nask = 'helper'\n[[rule]]\nany = true\nreply = '{{account}}'\n";
    let accounts = local::accounts::DEMO;
    let desk = Desk::new(&[
        ("rules.toml", rules),
        ("own.toml", OWN),
        ("accounts.toml", accounts),
    ]);
    let arguments = [
        "--rules",
        "@rules.toml",
        "--watch",
        "--assistants",
        "@own.toml",
        "--accounts",
        "@accounts.toml",
    ];
    let stage = desk.open(&arguments).await;
    watching(&stage, async |told| {
        assert_eq!(reply(&stage, PLAIN, "从头").await, "又见面了");
        desk.write("own.toml", &OWN.replace("从头", "重来").replace("又见面了", "从头再来"));
        assert!(next(&told).await.contains("own.toml"));
        assert_eq!(reply(&stage, PLAIN, "重来").await, "从头再来");

        desk.write("own.toml", "[assistants.helper]\nmemory = 51\n[assistants.other]\nmodel = 3\n");
        let line = next(&told).await;
        assert!(line.contains("own.toml:2:1: assistants.helper.memory: must be 0 to 50"), "{line}");
        assert!(line.contains("own.toml:4:"), "{line}");
        desk.write("own.toml", OWN);
        assert!(next(&told).await.contains("taken up"));

        let (kept, rest) = accounts.split_once("[accounts.plain]").unwrap();
        let (_, compatible) = rest.split_once("[accounts.compatible]").unwrap();
        let new = format!(
            "{kept}[accounts.fresh]\napp_id = '{NEW}'\noriginal_id = 'gh_00000000000b'\nkind = 'service'\nmode = 'plain'\n\
             app_secret = '0123456789abcdef0123456789abcdef'\ntoken = 'fresh'\n[accounts.compatible]{compatible}"
        );
        desk.write("accounts.toml", &new.replace("demoToken", "otherToken"));
        let line = next(&told).await;
        assert!(line.contains("taken up") && line.contains("accounts.toml"), "{line}");
        assert_eq!(reply(&stage, NEW, "who").await, "fresh");
        assert_eq!(reply(&stage, SAFE, "who").await, "demo", "by its new token");
        assert_eq!(reply(&stage, NEW, "从头").await, "又见面了");
        let apps = stage.wechat().accounts();
        assert_eq!((apps.len(), apps.iter().any(|a| a.app_id == PLAIN)), (3, false));

        desk.write("accounts.toml", &new.replace("kind = 'service'", "kind = 'shop'"));
        let line = next(&told).await;
        assert!(line.contains("accounts file refused: account 'fresh': kind"), "{line}");
        assert_eq!(reply(&stage, NEW, "who").await, "fresh");
    })
    .await;
}
