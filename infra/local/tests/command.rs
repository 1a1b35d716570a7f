//! The program as people type it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};
use tempfile::TempDir;

fn typed(words: &[&str], language: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wechat-functions"));
    command
        .args(words)
        .env("LC_ALL", language)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn written(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// What Debug makes of types, and what stands in JSON alone.
fn is_of_machines(text: &str) -> bool {
    let marks = [
        "Some(", "None)", "Err(", "Error {", "Kind::", "{\"", "Os {", "\\u{",
    ];
    marks.iter().any(|mark| text.contains(mark))
}

#[test]
fn the_shipped_rules_are_checked_and_nothing_is_started() {
    let file = "functions/callback/rules.toml";
    for (language, told) in [("C", "nothing wrong"), ("zh_CN.UTF-8", "没有发现错误")] {
        let output = typed(&["--check"], language).output().unwrap();
        let line = out(&output);
        assert!(output.status.success(), "{output:?}");
        assert!(line.contains(file) && line.contains(told), "{line}");
    }
}

#[test]
fn a_faulty_file_is_shown_where_it_is_at_fault() {
    let folder = TempDir::new().unwrap();
    let rules = written(
        &folder,
        "rules.toml",
        "[[rule]]\ntext = 'a'\nreplly = 'b'\n",
    );
    let helpers = written(&folder, "helpers.toml", "[assistants.a]\nmemory = 'ten'\n");
    let demo = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/accounts.toml"));
    let demo = demo.unwrap();
    let accounts = written(&folder, "mode.toml", &demo.replace("\"safe\"", "\"saef\""));
    let secret = demo.replace("\"0123456789abcdef0123456789abcdef\"", "\"s3cret words\"");
    let secrets = written(&folder, "secrets.toml", &secret);
    for (flag, file, place, line) in [
        ("--rules", &rules, "rules.toml:3:1", "replly = 'b'"),
        (
            "--assistants",
            &helpers,
            "helpers.toml:2:10",
            "memory = 'ten'",
        ),
        ("--accounts", &accounts, "mode.toml:10:1", "mode = \"saef\""),
        ("--accounts", &secrets, "secrets.toml:8:1", ""),
    ] {
        for (language, word) in [("C", "error: "), ("zh_CN", "错误: ")] {
            let output = typed(&["--check", flag, file], language).output().unwrap();
            let told = err(&output);
            assert_eq!(output.status.code(), Some(1), "{told}");
            for part in [word, place, line, "--check"] {
                assert!(told.contains(part), "no {part}: {told}");
            }
            assert_eq!(told.contains('^'), !line.is_empty(), "{told}");
            assert!(
                !told.contains("s3cret") && !told.contains('\u{1b}'),
                "{told}"
            );
            assert!(!is_of_machines(&told), "{told}");
        }
    }
}

#[test]
fn colours_are_for_who_asks_for_them() {
    let folder = TempDir::new().unwrap();
    let rules = written(&folder, "rules.toml", "[[rule]]\nreplly = 'b'\n");
    let words = ["--check", "--rules", &rules];
    let forced = typed(&words, "C")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(err(&forced).contains('\u{1b}'), "{}", err(&forced));
    let plain = typed(&words, "C").env("NO_COLOR", "1").output().unwrap();
    assert!(!err(&plain).contains('\u{1b}'), "{}", err(&plain));
}

#[test]
fn what_cannot_be_started_is_told_with_what_to_do() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let ports = [
        "--listen",
        "127.0.0.1:0",
        "--aws-listen",
        "127.0.0.1:0",
        "--platform-listen",
        "127.0.0.1:0",
    ];
    let nowhere = folder.path().join("nowhere").display().to_string();
    for (words, english, chinese) in [
        (&["--platform", "nonsense"][..], "https://", "https://"),
        (&["--lisen", "x"], "--listen", "是不是"),
        (&["--accounts", &nowhere], "no such file", "没有这个文件"),
        (&["--rules", &nowhere], "no such file", "没有这个文件"),
        (&["--template", &nowhere], "is not there", "找不到"),
        (&["--log", "/nowhere/at/all"], "--log FILE", "--log FILE"),
        (&["--listen", &taken], "choose another", "换一个地址"),
        (
            &["--no-build", "--functions", &nowhere],
            "is not built",
            "还没有编译",
        ),
        (
            &["--handler", "bot=cat"],
            "write --handler wechat-handler-bot",
            "请写成 --handler",
        ),
    ] {
        for (language, told) in [("C", english), ("zh_CN.UTF-8", chinese)] {
            let free = ports
                .chunks(2)
                .filter(|port| !words.contains(&port[0]))
                .flatten();
            let words: Vec<&str> = words.iter().chain(free).copied().collect();
            let output = typed(&words, language).arg("--no-demo").output().unwrap();
            let said = err(&output);
            assert!(
                !output.status.success() && said.contains(told),
                "{words:?}: {said}"
            );
            assert!(!is_of_machines(&said), "{words:?}: {said}");
            let word = if language == "C" { "error: " } else { "错误" };
            assert!(said.starts_with(word), "{words:?}: {said}");
        }
    }
}

#[test]
fn help_and_version_are_told() {
    let version = out(&typed(&["--version"], "C").output().unwrap());
    assert!(version.starts_with("wechat-functions 0."), "{version}");
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(words).current_dir(env!("CARGO_MANIFEST_DIR"));
        let told = git.output().ok().filter(|told| told.status.success());
        told.map(|told| out(&told).trim().to_owned())
    };
    if git(&["ls-files", "--error-unmatch", "Cargo.toml"]).is_some() {
        let revision = git(&["rev-parse", "--short=9", "HEAD"]).unwrap();
        assert!(version.ends_with(&format!(" ({revision})\n")), "{version}");
    }
    let help = out(&typed(&["--help"], "zh_CN.UTF-8").output().unwrap());
    assert!(
        help.contains("用法：") && help.contains("--handler-timeout"),
        "{help}"
    );
    let script = typed(&["completions", "bash"], "C").output().unwrap();
    assert!(out(&script).contains("complete -F") && script.status.success());
    let manual = out(&typed(&["man"], "C").output().unwrap());
    assert!(
        manual.starts_with(".") && manual.contains("wechat"),
        "{manual}"
    );
}
