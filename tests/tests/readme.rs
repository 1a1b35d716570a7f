//! What the READMEs and the guide tell people to type works, word for word: their commands are run on the ports they name,
//! after the conversation that `cargo run` shows.

use clap::Parser as _;
use local::{Cli, demo};
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};
use tests::Stage;
use tokio::process::Command;

/// One that signs requests, as the build script found it.
const CURL: Option<&str> = option_env!("CURL");
/// Where the commands expect the gateway, AWS and WeChat.
const PORTS: [u16; 3] = [9000, 9050, 9100];

/// Notes the status of every answer, and passes it on.
const CURL_THAT_NOTES: &str = r#"#!/usr/bin/env bash
code=$("$REAL_CURL" "$@" -o "$NOTES.body" -w '%{http_code}')
ended=$?
[ -f "$NOTES.body" ] && cat "$NOTES.body" && rm "$NOTES.body"
echo
printf 'curl %s %s %s\n' "$ended" "$code" "$(tr '\n' ' ' <<<"$*")" >>"$NOTES"
exit $ended
"#;

/// The doctor has been built with the tests: no cargo of a reader's looks at it again.
const CARGO_THAT_HAS_BUILT: &str = r#"#!/usr/bin/env bash
if [ "${*:1:4}" = "run --bin wechat-doctor --" ] && [ -x "$DOCTOR" ]; then
  exec "$DOCTOR" "${@:5}"
fi
exec "$REAL_CARGO" "$@"
"#;

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap().to_owned()
}

/// The pages in both languages, in the order in which they are read: a shell each.
fn pages() -> [[String; 4]; 2] {
    [("README.md", "en"), ("README.zh-CN.md", "zh")].map(|(readme, language)| {
        let guide = |page| format!("docs/{language}/guide/{page}.md");
        let [sending, campaigns, connecting] = ["sending", "campaigns", "connecting"].map(guide);
        [readme.to_owned(), sending, campaigns, connecting]
    })
}

/// The blocks of shell commands of these pages that address this machine and are typed after the conversation, in order.
fn blocks(pages: &[String]) -> Vec<String> {
    let texts = pages
        .iter()
        .map(|page| fs::read_to_string(root().join(page)).unwrap());
    let text = texts.collect::<Vec<_>>().join("\n");
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while lines
        .by_ref()
        .any(|line| ["```sh", "```sh demo"].contains(&line.trim()))
    {
        let block = lines.by_ref().take_while(|line| line.trim() != "```");
        blocks.push(block.collect::<Vec<_>>().join("\n"));
    }
    blocks.retain(|block| block.contains("127.0.0.1"));
    blocks
}

/// Where a program is that is asked for by name.
fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
    found.find(|file| file.is_file())
}

fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

/// Runs the blocks in one shell, so that what one sets the next has; a line each for commands that failed and for every
/// `curl`.
async fn run(pages: &[String], folder: &Path, curl: &str) -> (usize, Vec<String>) {
    let (readme, blocks) = (&pages[0], blocks(pages));
    let mut all = "trap 'printf \"failed %s\\n\" \"$BASH_COMMAND\" >>\"$NOTES\"' ERR\n".to_owned();
    for (n, block) in blocks.iter().enumerate() {
        let file = script(folder, &format!("{readme}-{n}.sh"), block);
        all += &format!(
            "echo \"== {readme}, block {n}\"; source {}\n",
            file.display()
        );
    }
    let notes = folder.join(format!("{readme}-notes"));
    let path = std::env::var("PATH").unwrap();
    let doctor = std::env::current_exe().unwrap();
    let doctor = doctor.ancestors().nth(2).unwrap().join("wechat-doctor");
    let ended = Command::new("bash")
        .arg(script(folder, &format!("{readme}.sh"), &all))
        .current_dir(root())
        .env("PATH", format!("{}:{path}", folder.join("bin").display()))
        .env("REAL_CURL", curl)
        .env("REAL_CARGO", which("cargo").unwrap())
        .env("DOCTOR", doctor)
        .env("NOTES", &notes)
        .output()
        .await
        .unwrap();
    println!("{}", String::from_utf8_lossy(&ended.stdout));
    println!("{}", String::from_utf8_lossy(&ended.stderr));
    let commands = blocks.iter().flat_map(|block| block.lines());
    let curls = commands.filter(|line| line.starts_with("curl ")).count();
    let notes = fs::read_to_string(notes).unwrap_or_default();
    (curls, notes.lines().map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(curl), ignore = "no curl that signs requests on this machine")]
async fn every_command_of_the_readmes_works_after_the_conversation() {
    let curl = CURL.expect("no curl that signs requests (7.75 or later)");
    for port in PORTS {
        let free = TcpListener::bind(("127.0.0.1", port));
        let reason =
            "the commands of the READMEs are run on the ports they name; end what listens there";
        assert!(free.is_ok(), "127.0.0.1:{port} is in use: {reason}");
    }
    let folder = std::env::temp_dir().join(format!("readme-{}", std::process::id()));
    fs::create_dir_all(folder.join("bin")).unwrap();
    script(&folder.join("bin"), "curl", CURL_THAT_NOTES);
    script(&folder.join("bin"), "cargo", CARGO_THAT_HAS_BUILT);
    let mut options = Cli::parse_from(["wechat-functions", "--demo"])
        .options(None)
        .unwrap();
    demo::prepare(&mut options);
    let stage = Stage::open(options).await;
    demo::run(&stage.bundle).await;
    let mut wrong = Vec::new();
    for pages in pages() {
        let (curls, notes) = run(&pages, &folder, curl).await;
        let readme = &pages[0];
        let told = notes
            .iter()
            .filter(|note| note.starts_with("curl "))
            .count();
        assert!(
            curls >= 6 && told == curls,
            "{readme}: {curls} commands, {notes:#?}"
        );
        let well = |note: &&String| !note.starts_with("curl 0 2");
        wrong.extend(
            notes
                .iter()
                .filter(well)
                .map(|note| format!("{readme}: {note}")),
        );
    }
    stage.bundle.stop().await;
    fs::remove_dir_all(folder).unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn both_languages_have_the_same_commands() {
    let [english, chinese] = pages().map(|pages| {
        let blocks = blocks(&pages);
        let lines = blocks.iter().map(|block| block.lines().count());
        lines.collect::<Vec<_>>()
    });
    assert_eq!(english, chinese);
}
