//! What `wechat-functions` shows: the story, one line a fact, in the language of whoever reads it.

use sam_local::functions::OutputDirectory;
use std::{collections::BTreeSet, fs, path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};
use unicode_width::UnicodeWidthStr as _;

/// How long a start with its conversation may take; where nothing is built, it builds the functions.
const PATIENCE: Duration = Duration::from_secs(900);

/// The program, built.
async fn program() -> Command {
    let output = OutputDirectory::of_this_executable().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let name = "wechat-functions";
    output.build(root, &BTreeSet::from([name])).await.unwrap();
    let mut command = Command::new(output.binary(name));
    for flag in ["--listen", "--aws-listen"] {
        command.args([flag, "127.0.0.1:0"]);
    }
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Everything it prints until the line with `last`, or what it says when it ends before.
async fn told(child: &mut Child, last: &str) -> Vec<String> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let read = async {
        let mut told = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            let is_last = line.contains(last);
            told.push(line);
            if is_last {
                return told;
            }
        }
        let mut why = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut why)
            .await
            .unwrap();
        panic!("it ended: {told:#?}\n{why}")
    };
    timeout(PATIENCE, read).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_conversation_is_a_story_in_both_languages() {
    let folder = TempDir::new().unwrap();
    for (language, page, title) in [
        (
            "en_US.UTF-8",
            "page",
            "The console checks the callback URL of every account.",
        ),
        (
            "zh_CN.UTF-8",
            "网页",
            "公众平台后台验证每个公众号的回调 URL。",
        ),
    ] {
        let log = folder.path().join(language);
        let mut program = program().await;
        program
            .args(["--demo", "--platform-listen", "127.0.0.1:0", "--log"])
            .arg(&log);
        let mut child = program.env("LC_ALL", language).spawn().unwrap();
        let lines = told(&mut child, "/docs").await;
        let all = lines.join("\n");
        assert!(
            lines[0].starts_with(page) && lines[0].ends_with('/'),
            "{all}"
        );
        assert!(all.contains(title) && all.contains("✓"), "{all}");
        // What a function warns of is as long as it is.
        let story = || lines.iter().filter(|line| !line.starts_with('!'));
        let wide = story().find(|line| line.width() > local::terminal::WIDTH);
        assert_eq!(wide, None);
        let json = lines
            .iter()
            .find(|line| line.contains("{\"") && !line.contains("-d '"));
        assert_eq!(json, None, "{all}");
        assert!(!all.contains('✗') && !all.contains('\u{1b}'), "{all}");
        assert!(!all.contains("info ") && all.contains("45000"), "{all}");
        let chinese = |line: &&String| line.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        // In English some of what followers are told is Chinese all the same.
        assert!(
            page == "page" || lines.iter().filter(chinese).count() > 30,
            "{all}"
        );
        let log = fs::read_to_string(log).unwrap();
        assert!(
            log.contains("MassSend") && log.contains("info push"),
            "{log}"
        );
        child.kill().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wechat_that_cannot_be_reached_is_a_warning_and_everything_starts() {
    let mut program = program().await;
    program.args(["--no-demo", "--platform", "http://127.0.0.1:9/"]);
    let mut child = program.env("LC_ALL", "C").spawn().unwrap();
    let lines = told(&mut child, "Ctrl-C").await;
    assert!(lines[0].starts_with("gateway"), "{lines:?}");
    let mut warnings = BufReader::new(child.stderr.take().unwrap()).lines();
    let find = async {
        while let Some(line) = warnings.next_line().await.unwrap() {
            if line.starts_with('!') {
                return line;
            }
        }
        panic!("no warning")
    };
    let warning = timeout(PATIENCE, find).await.unwrap();
    assert!(
        warning.contains("WeChat at http://127.0.0.1:9 cannot be reached"),
        "{warning}"
    );
    child.kill().await.unwrap();
}
