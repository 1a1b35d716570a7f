//! What README and docs/handlers.md show about handlers works: their files are written and their commands run as they
//! stand there, on the ports they name.

use clap::Parser as _;
use local::Cli;
use serde_json::{Value, json};
use std::{
    env, fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};
use tempfile::TempDir;
use tests::{Stage, accounts::PLAIN, eventually, yaml};
use tokio::process::Command;

/// Notes what it is told, a word a line, and starts nothing.
const CARGO: &str = "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$TOLD\"\n";

/// Ends what a block left running in the background.
const AND_END: &str = "\ntrap - EXIT; jobs -p >\"$JOBS\"\n";

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).unwrap()
}

/// The blocks of a language, in order.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}");
    let mut lines = text.lines();
    let mut blocks = Vec::new();
    while lines.by_ref().any(|line| line == fence) {
        let block = lines.by_ref().take_while(|line| *line != "```");
        blocks.push(block.map(|line| format!("{line}\n")).collect());
    }
    blocks
}

/// The one block in which something stands.
fn block(text: &str, language: &str, with: &str) -> String {
    let mut found = blocks(text, language);
    found.retain(|block| block.contains(with));
    assert_eq!(found.len(), 1, "{language} with {with}: {found:?}");
    found.remove(0)
}

/// A folder in which blocks are typed. One at a time: it is the folder of this process, and the ports are fixed.
struct Shell {
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Shell {
    fn open() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = TempDir::with_prefix("documents-").unwrap();
        let cargo = folder.path().join("bin/cargo");
        fs::create_dir(cargo.parent().unwrap()).unwrap();
        fs::write(&cargo, CARGO).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        env::set_current_dir(folder.path()).unwrap();
        Self {
            folder,
            _alone: alone,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the blocks whose first line is the name of a file, below its folder, as `of` it.
    fn write(&self, document: &str) {
        for language in ["toml", "python", "js"] {
            for block in blocks(document, language) {
                let first = block.lines().next().unwrap_or_default();
                let name = first.trim_start_matches(['#', '/', ' ']);
                if name.contains('.') && !name.contains(' ') {
                    fs::write(self.path(name), &block).unwrap();
                }
            }
        }
    }

    /// Types a block that ends in `cargo run --` and does what that would do.
    async fn run(&self, block: &str) -> Stage {
        for port in [9_000, 9_050, 9_100] {
            let is_free = TcpListener::bind(("127.0.0.1", port)).is_ok();
            assert!(
                is_free,
                "127.0.0.1:{port} is in use; end what listens there"
            );
        }
        let path = env::var("PATH").unwrap();
        let bin = self.path("bin");
        let ended = Command::new("bash")
            .args(["-e", "-c", &format!("{block}{AND_END}")])
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("TOLD", self.path("told"))
            .env("JOBS", self.path("jobs"))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .await;
        assert!(ended.unwrap().success(), "{block}");
        let told = fs::read_to_string(self.path("told")).unwrap();
        let words = told.strip_prefix("run\n--\n").unwrap().lines();
        let cli = Cli::parse_from(["wechat-functions"].into_iter().chain(words));
        assert!(cli.watch() && !cli.demo());
        Stage::open(cli.options(None).unwrap()).await
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let jobs = fs::read_to_string(self.path("jobs")).unwrap_or_default();
        for job in jobs.lines() {
            let _ = std::process::Command::new("kill").arg(job).status();
        }
    }
}

/// What the follower's phone shows.
async fn reply(stage: &Stage, says: &str) -> String {
    let report = stage.text(PLAIN, says).await;
    let reply = report["user_sees"]["reply"]["content"].as_str();
    reply
        .unwrap_or_else(|| panic!("no text: {report}"))
        .to_owned()
}

/// Types the block of each README in which something stands; whatever answers, answers at length to the command below it.
async fn readmes(with: &str, expected: [&str; 2]) {
    let shell = Shell::open();
    for (readme, expected) in ["README.md", "README.zh-CN.md"].into_iter().zip(expected) {
        let readme = text(readme);
        // By Python's rule the Node block goes on.
        let rule = block(&readme, "sh", "python3 bot.py");
        let rule = rule.split_once("cat > bot.py").unwrap().0;
        let typed = block(&readme, "sh", with);
        let stage = shell.run(&format!("{rule}{typed}")).await;
        assert!(reply(&stage, "你好").await.contains(expected));
        let curl = block(&readme, "sh", r#""content":"你好""#);
        let said = Command::new("bash")
            .args(["-c", &curl])
            .output()
            .await
            .unwrap();
        let report: Value = serde_json::from_slice(&said.stdout).unwrap_or_default();
        let reply = report["user_sees"]["reply"]["content"]
            .as_str()
            .unwrap_or_default();
        assert!(reply.contains(expected), "{report}");
        stage.bundle.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(curl), ignore = "no curl that signs requests on this machine")]
async fn an_assistant_in_five_lines_answers_offline() {
    readmes("ask = \"helper\"", ["你好"; 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(curl), ignore = "no curl that signs requests on this machine")]
async fn an_assistant_in_five_lines_of_python_answers() {
    readmes("python3 bot.py", ["You said 你好.", "你说：你好"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(all(curl, node)), ignore = "no node on this machine")]
async fn an_assistant_in_five_lines_of_node_answers() {
    readmes("node bot.mjs", ["You said 你好.", "你说：你好"]).await;
}

#[test]
fn the_assistants_that_are_shown_are_right() {
    for readme in ["README.md", "README.zh-CN.md"] {
        let shown = block(&text(readme), "toml", "[assistants.helper]");
        local::assistants::Assistants::read(readme, &shown).unwrap();
    }
}

/// Runs the bundle with a handler of docs/handlers.md.
async fn orders(command: &str) {
    let document = text("docs/handlers.md");
    let shell = Shell::open();
    shell.write(&document);
    let stage = shell.run(&block(&document, "sh", command)).await;
    let answer = async || {
        // A server that was just started may not listen yet.
        let told = reply(&stage, "order 1042").await;
        (!told.starts_with("Orders cannot")).then_some(told)
    };
    assert_eq!(
        eventually("an answer", answer).await,
        "Order 1042 is on its way."
    );
    assert_eq!(reply(&stage, "order 7").await, "I do not know that order.");
    stage.bundle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handler_in_python_answers() {
    orders("python3 orders.py").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handler_that_is_a_server_answers() {
    orders("python3 server.py").await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(node), ignore = "no node on this machine")]
async fn the_handler_in_node_answers() {
    orders("node orders.mjs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_as_the_document_shows_it() {
    let shell = Shell::open();
    let rule =
        "cat > all.toml <<'END'\n[[rule]]\nany = true\nforward = 'wechat-handler-all'\nEND\n";
    let typed = "cargo run -- --rules all.toml --watch --no-demo --handler \"wechat-handler-all=tee event.json\"";
    let stage = shell.run(&format!("{rule}{typed}")).await;
    stage.text(PLAIN, "order 1042").await;
    let event: Value =
        serde_json::from_slice(&fs::read(shell.path("event.json")).unwrap()).unwrap();
    let shown: Value = serde_json::from_str(&blocks(&text("docs/handlers.md"), "json")[0]).unwrap();
    let names = |event: &Value| -> Vec<String> {
        let mut names: Vec<_> = event.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(names(&event), names(&shown), "{event}");
    for name in ["kind", "to", "content", "account"] {
        assert_eq!(event[name], shown[name], "{name}");
    }
    for name in names(&event) {
        assert_eq!(event[&name].is_string(), shown[&name].is_string(), "{name}");
    }
    stage.bundle.stop().await;
}

#[test]
fn the_templates_of_handlers_fit_the_bundle_s() {
    let document = text("docs/handlers.md");
    let ours = yaml::read("template.yaml");
    let default = |parameter: &str| ours["Parameters"][parameter]["Default"].clone();
    let prefix = default("ForwardFunctionPrefix");
    let rule = block(&document, "toml", "[[rule]]");
    let mut handlers = Vec::new();
    for template in blocks(&document, "yaml") {
        let template = sam_local::template::yaml::parse(&template).unwrap();
        assert_eq!(template["Transform"], "AWS::Serverless-2016-10-31");
        for (_, function) in yaml::resources(&template, "AWS::Serverless::Function") {
            let name = function["FunctionName"].as_str().unwrap();
            assert!(
                name.starts_with(prefix.as_str().unwrap()) && rule.contains(name),
                "{name}"
            );
            let patience = default("ForwardTimeout").as_u64().unwrap() - 5;
            assert!(function["Timeout"].as_u64().unwrap() < patience);
            let handler = function["Handler"].as_str().unwrap();
            let (module, called) = handler.split_once('.').unwrap();
            let (file, call) = match function["Runtime"].as_str().unwrap() {
                runtime if runtime.starts_with("python") => ("py", format!("def {called}(")),
                _ => ("mjs", format!("export const {called} =")),
            };
            assert!(document.contains(&format!("{module}.{file}\n")) && document.contains(&call));
            handlers.push(function["Runtime"].clone());
        }
    }
    assert_eq!(handlers, [json!("python3.14"), json!("nodejs24.x")]);
}
