//! The command as it is run: exit codes, colour, answers through a pipe and at a terminal.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set its stage has failed"
)]

use platform::{Config, Platform, read_accounts};
use serde_json::{Value, json};
use std::{
    io::{Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

const ACCOUNTS: &str = r#"
# Kept by hand.
[accounts.demo]
app_id = "wx5f2c8a1d9e3b7046"
original_id = "gh_7d31c0a94be2"
kind = "service"
app_secret = "0123456789abcdef0123456789abcdef"
token = "demoToken"
mode = "plain"
late_reply = "hold"
"#;
const SECRET: &str = "fedcba9876543210fedcba9876543210";

const SCHEMA: &str = include_str!("../../../docs/schemas/doctor.json");

/// A folder of its own for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("doctor-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn doctor(args: &[&str], input: &str) -> Output {
    called(
        Command::new(env!("CARGO_BIN_EXE_wechat-doctor")).args(args),
        input,
    )
}

fn called(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended without reading.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn init(file: &Path, input: &str) -> Output {
    doctor(&["init", "--accounts", file.to_str().unwrap()], input)
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_and_output_suit_scripts() {
    let folder = Folder::new("exit");
    let file = folder.file("accounts.toml", ACCOUNTS);
    let file = file.to_str().unwrap();
    // The simulator wants to know where pushes go; nobody pushes.
    let known = format!("{ACCOUNTS}callback_url = \"http://127.0.0.1:9/callback/demo\"\n");
    let accounts = read_accounts(&known).unwrap();
    let wechat = Platform::start(Config {
        accounts,
        ..Config::default()
    })
    .await
    .unwrap();
    let url = wechat.url();
    let args = ["--accounts", file, "--wechat-api-base", &url];
    let well = tokio::task::block_in_place(|| doctor(&args, ""));
    let lines = text(&well.stdout);
    assert_eq!(well.status.code(), Some(0), "{lines}");
    assert!(
        lines.contains("skipped  callback") && !lines.contains('\u{1b}'),
        "{lines}"
    );
    let json = tokio::task::block_in_place(|| doctor(&[&args[..], &["--json"]].concat(), ""));
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(document["ok"], true);
    holds(&document);

    let ill = folder.file(
        "ill.toml",
        &ACCOUNTS.replace("0123456789abcdef", "fedcba9876543210"),
    );
    let args = [
        "--accounts",
        ill.to_str().unwrap(),
        "--wechat-api-base",
        &url,
    ];
    let ill = tokio::task::block_in_place(|| doctor(&args, ""));
    assert_eq!(ill.status.code(), Some(1));
    assert!(text(&ill.stdout).contains("40125") && !text(&ill.stdout).contains("fedcba"));
    let json = tokio::task::block_in_place(|| doctor(&[&args[..], &["--json"]].concat(), ""));
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    let demo = json!({"account": "demo", "ok": false, "failed": 1});
    assert_eq!(
        (&document["ok"], &document["accounts"][0]),
        (&json!(false), &demo)
    );
    holds(&document);

    for wrong in [
        &["--no-such-flag"][..],
        &["--accounts", "no/such/file.toml"],
    ] {
        let refused = tokio::task::block_in_place(|| doctor(wrong, ""));
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    }
}

/// Whether a report is as the published schema says.
fn holds(report: &Value) {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let (mut compiler, mut schemas) = (boon::Compiler::new(), boon::Schemas::new());
    let place = "http://127.0.0.1/doctor.json";
    compiler.add_resource(place, schema).unwrap();
    let index = compiler.compile(place, &mut schemas).unwrap();
    let told = schemas.validate(report, index);
    assert!(told.is_ok(), "{}", told.unwrap_err());
}

#[test]
fn the_published_schema_is_what_the_command_prints() {
    let printed = doctor(&["schema"], "");
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let published: Value = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(
        printed, published,
        "wechat-doctor schema > docs/schemas/doctor.json"
    );
    for field in ["ok", "accounts", "checks"] {
        assert!(
            published["required"]
                .as_array()
                .unwrap()
                .contains(&json!(field)),
            "{field}"
        );
    }
}

#[test]
fn shells_and_man_are_told_of_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = doctor(&["completions", shell], "");
        let script = text(&script.stdout);
        for word in ["wechat-doctor", "import-rules", "callback-url", "redrive"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let page = text(&doctor(&["man"], "").stdout);
    assert!(page.contains(".TH") && page.contains("import"), "{page}");
}

#[test]
fn commands_are_told_as_one_came_by_them() {
    let folder = Folder::new("command");
    let file = folder.file("accounts.toml", ACCOUNTS);
    let args = ["--accounts", file.to_str().unwrap(), "--account", "nobody"];
    for (cargo, words) in [
        (Some("doctor"), "cargo run --bin wechat-doctor -- init"),
        (None, " wechat-doctor init"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wechat-doctor"));
        command.args(args).env_remove("CARGO_PKG_NAME");
        command.envs(cargo.map(|name| ("CARGO_PKG_NAME", name)));
        let told = called(&mut command, "");
        assert_eq!(told.status.code(), Some(1));
        let told = text(&told.stdout);
        assert!(
            told.contains(words) && told.contains("There are: demo."),
            "{told}"
        );
    }
}

#[test]
fn answers_of_a_pipe_become_a_file_of_ones_own() {
    let folder = Folder::new("pipe");
    let file = folder.0.join("accounts.toml");
    let answers = format!(
        "my shop\nshop\nwx123\nwx5f2c8a1d9e3b7046\ngh_7d31c0a94be2\n服务号\n安全模式\nAn0therSecretAn0therSecret\n{SECRET}\n\nwrong key\n\n"
    );
    let made = init(&file, &answers);
    let said = format!("{}{}", text(&made.stdout), text(&made.stderr));
    assert!(made.status.success(), "{said}");
    assert!(
        !said.contains(SECRET) && !said.contains("An0ther"),
        "{said}"
    );
    for words in [
        "must be 1 to 64 letters",
        "The AppID must be 'wx' and then 16 of 0-9 and a-f. See 微信开发者平台",
        "The AppSecret must be 32 of 0-9 and a-f.",
        "exactly 43",
        "IP whitelist",
        "cargo run -- --accounts",
        "--account shop --wechat-api-base http://127.0.0.1:9100",
        "safe (安全模式)",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let stored = std::fs::read_to_string(&file).unwrap();
    let [account] = shared::account::AccountsFile::parse(&stored)
        .unwrap()
        .accounts
        .try_into()
        .unwrap();
    assert!(
        account.account.server.encoding_aes_key.is_some(),
        "made here"
    );
    assert!(!said.contains("[accounts"), "{said}");
}

#[test]
fn an_account_that_is_there_is_changed_only_when_asked() {
    let folder = Folder::new("there");
    let file = folder.file("accounts.toml", ACCOUNTS);
    for answers in [
        "demo\nno\n",
        "demo\n\n",
        "demo\n",
        "demo\ny\nwx0000000000000002\n",
    ] {
        let left = init(&file, answers);
        assert_eq!(left.status.code(), Some(1), "{answers}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), ACCOUNTS);
    }
    let changed = init(&file, &format!("demo\ny\n\n\n\n\n{SECRET}\n\n"));
    assert!(changed.status.success(), "{}", text(&changed.stderr));
    let stored = std::fs::read_to_string(&file).unwrap();
    let expected = ACCOUNTS.replace("0123456789abcdef0123456789abcdef", SECRET);
    assert_eq!(stored, expected, "all else stays, comments too");
    let added = init(
        &file,
        &format!("other\nwx5f2c8a1d9e3b7046\ngh_000000000002\n订阅号\n明文模式\n{SECRET}\n\n"),
    );
    assert_eq!(added.status.code(), Some(1));
    assert!(text(&added.stderr).contains("already used by account 'demo'"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), stored);
}

/// `script` (util-linux) gives the command a terminal; an answer is typed when its question stands there.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_does_not_echo_secrets() {
    let folder = Folder::new("terminal");
    let file = folder.0.join("accounts.toml");
    let command = format!(
        "{} init --accounts {}",
        env!("CARGO_BIN_EXE_wechat-doctor"),
        file.display()
    );
    let mut child = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut typed, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut seen = String::new();
    for (question, answer) in [
        ("for instance: shop): ", "shop"),
        ("AppID, wx…: ", "wx5f2c8a1d9e3b7046"),
        ("gh_…: ", "gh_7d31c0a94be2"),
        ("[service]: ", ""),
        ("[safe]: ", ""),
        ("AppSecret (开发密钥) (not shown): ", SECRET),
        ("(not shown): ", "NewToken"),
        ("(not shown): ", ""),
    ] {
        let mut told = Vec::new();
        while !text(&told).ends_with(question) {
            let mut byte = [0];
            assert_eq!(screen.read(&mut byte).unwrap(), 1, "{seen}{}", text(&told));
            told.push(byte[0]);
        }
        seen += &text(&told);
        // The echo is switched off right after the question is written.
        std::thread::sleep(std::time::Duration::from_millis(100));
        writeln!(typed, "{answer}").unwrap();
    }
    screen.read_to_string(&mut seen).unwrap();
    assert!(child.wait().unwrap().success(), "{seen}");
    assert!(
        seen.contains("wx5f2c8a1d9e3b7046") && seen.contains("Stored account 'shop'"),
        "{seen}"
    );
    assert!(
        !seen.contains(SECRET) && !seen.contains("NewToken"),
        "{seen}"
    );
    assert!(std::fs::read_to_string(&file).unwrap().contains("NewToken"));
}
