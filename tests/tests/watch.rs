//! `--watch`: files of rules, assistants and accounts that change while a bundle runs.

use serde_json::json;
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{
    Stage,
    accounts::{PLAIN, SAFE},
    desk::{Desk, reply},
    eventually,
};

const OWN: &str = "[assistants.helper]\nreset = ['从头']\nreset_text = '又见面了'\n";

const RULES: &str = "
[[rule]]
text = 'gone'
forward = 'wechat-handler-gone'
[[rule]]
text = 'late'
forward = 'wechat-handler-late'
[[rule]]
text = 'ping'
reply = 'pong'
";

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
                line.starts_with("taken up") && line.contains("rules.toml (3 rules)"),
                "{line}"
            );
            assert!(
                line.contains("there is no function 'wechat-handler-gone' here"),
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
            .replace("'wechat-handler-gone'", "'orders'");
        desk.write("rules.toml", &faulty);
        let line = next(&told).await;
        assert!(
            line.starts_with("not taken up") && line.contains("rules.toml:9:"),
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
        assert!(next(&told).await.contains("no such file"));
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
        assert!(line.contains("assistants.helper.memory: must be 0 to 50"), "{line}");
        assert!(line.contains("own.toml:2:1"), "{line}");
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
