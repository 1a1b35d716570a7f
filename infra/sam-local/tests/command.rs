//! `sam-local TEMPLATE` from start to Ctrl-C, and the building of functions.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use sam_local::functions::OutputDirectory;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::{sleep, timeout},
};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sam-local"));
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/guestbook/template.yaml"))
        .args(["--no-build", "--listen", "127.0.0.1:0"])
        .args(["--aws-listen", "127.0.0.1:0"])
        .args(arguments)
        .kill_on_drop(true);
    command
}

/// The next line that has `part`.
async fn line(lines: &mut Lines<BufReader<ChildStdout>>, part: &str) -> String {
    let find = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(part) {
                return line;
            }
        }
        panic!("ended before it said {part}")
    };
    timeout(PATIENCE, find).await.unwrap()
}

/// Whether a process runs; one that has ended and was not asked how does not.
async fn runs(process: u64) -> bool {
    let mut ps = Command::new("ps");
    ps.args(["-o", "stat=", "-p", &process.to_string()]);
    let told = String::from_utf8(ps.output().await.unwrap().stdout).unwrap();
    !told.trim().is_empty() && !told.starts_with('Z')
}

async fn interrupt(mut child: Child) {
    let mut kill = Command::new("sh");
    kill.args(["-c", "kill -INT $0", &child.id().unwrap().to_string()]);
    assert!(kill.status().await.unwrap().success());
    let ended = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn a_guestbook_runs_until_it_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let rights = folder.path().join("rights");
    let mut child = command(&["--ssm", "/guestbook/greeting=Hello"])
        .args(["--parameter", "Closing=Farewell", "--rights"])
        .arg(&rights)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let gateway = line(&mut lines, "gateway").await;
    let gateway = gateway.split_whitespace().last().unwrap().to_owned();
    let told = line(&mut lines, "route").await;
    assert!(told.ends_with("/guests/{name}"), "{told}");
    assert!(line(&mut lines, "AWS").await.contains("key local"));

    let _ = rustls::crypto::ring::default_provider().install_default();
    let visit = reqwest::Client::new().post(format!("{gateway}/guests/ada"));
    let mut process = 0;
    for n in 1..=2 {
        let answer = visit.try_clone().unwrap().send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["greeting"], "Hello, ada");
        assert_eq!(answer["closing"], "Farewell");
        assert_eq!(answer["visits"], n);
        process = answer["process"].as_u64().unwrap();
    }
    assert!(line(&mut lines, "came").await.contains("Reader"));

    assert!(runs(process).await, "the function runs");
    interrupt(child).await;
    let ended = async {
        while runs(process).await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, ended).await.unwrap();
    let used = sam_local::rights::read(&rights).unwrap();
    let used: Vec<_> = used.iter().map(|right| right.action.as_str()).collect();
    assert_eq!(
        used,
        ["dynamodb:UpdateItem", "sqs:SendMessage", "ssm:GetParameter"]
    );
}

#[tokio::test]
async fn what_cannot_be_run_is_an_error_with_its_reason() {
    let output = command(&["--parameter", "Opening=x"])
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    let reason = "error: template refused: Parameters: Opening: is not of the template\n";
    assert_eq!(told, reason);
}

#[tokio::test]
async fn functions_are_built_in_the_workspace_of_the_template() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| {
        let file = folder.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = 'shop'\nversion = '0.1.0'\nedition = '2024'\n[workspace]\n",
    );
    write("src/bin/orders.rs", "fn main() {}");
    write("examples/bills.rs", "fn main() {}");
    write("infra/template.yaml", "");
    let output = OutputDirectory::new(folder.path().join("target/debug"));
    let template = folder.path().join("infra");
    let names = BTreeSet::from(["bills", "orders"]);
    assert!(output.check(&names).is_err());
    output.build(&template, &names).await.unwrap();
    output.check(&names).unwrap();
    let error = output.build(&template, &BTreeSet::from(["shop"])).await;
    let told = error.unwrap_err().to_string();
    assert!(told.contains("a binary or an example named shop"), "{told}");
}
