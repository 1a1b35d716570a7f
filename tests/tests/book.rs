//! The book in `docs` is true: what it shows is typed, what it links to is there, what it lists is all there is.

use local::{accounts, assistants::Assistants};
use serde_json::{Value, json};
use shared::router::{RulesFile, Surroundings};
use std::{collections::BTreeSet, fs};
use tests::{
    book::{Page, Reader, Row, pages, root, source},
    eventually,
    management::arrived,
    yaml,
};
use tokio::{process::Command, sync::Mutex};
use toml::Table;

/// One that signs requests, as the build script found it.
const CURL: Option<&str> = option_env!("CURL");

/// The folders of the book that have the same pages, each in its language.
const LANGUAGES: [&str; 2] = ["docs/en/", "docs/zh/"];

/// A reader is in the folder of this process: one at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The pages in a language.
fn of(language: &str) -> Vec<Page> {
    let mut pages = pages();
    pages.retain(|page| page.name.starts_with(language));
    assert!(!pages.is_empty(), "{language}");
    pages
}

#[test]
fn every_link_leads_somewhere_and_every_page_is_in_the_summary() {
    let all = pages();
    let mut wrong = Vec::new();
    for page in &all {
        for link in &page.links {
            let Some((target, part)) = page.target(link) else {
                continue;
            };
            let there = target.canonicalize().ok();
            let found = all.iter().find(|page| {
                let place = root().join(&page.name).canonicalize().ok();
                there.is_some() && place == there
            });
            let has_part = |part: &String| found.is_none_or(|page| page.anchors.contains(part));
            if there.is_none() || !part.iter().all(has_part) {
                wrong.push(format!("{}: {link}", page.name));
            }
        }
    }
    let summary = Page::read("docs/SUMMARY.md");
    for page in all.iter().filter(|page| page.name.starts_with("docs/")) {
        let link = page.name.trim_start_matches("docs/").to_owned();
        if page.name != summary.name && !summary.links.contains(&link) {
            wrong.push(format!("docs/SUMMARY.md: lacks {link}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn both_languages_have_the_same_pages() {
    let shapes = LANGUAGES.map(|language| {
        let shape = |page: Page| {
            let blocks = page.blocks.iter().map(|block| block.kind.clone());
            let blocks: Vec<_> = blocks.collect();
            let name = page.name.trim_start_matches(language).to_owned();
            let rows: Vec<_> = page.tables.iter().map(Vec::len).collect();
            (name, page.outline, blocks, rows)
        };
        of(language).into_iter().map(shape).collect::<Vec<_>>()
    });
    let [english, chinese] = shapes;
    assert_eq!(english.len(), chinese.len());
    for (english, chinese) in english.iter().zip(&chinese) {
        assert_eq!(english, chinese);
    }
}

/// What is read where a snippet leaves out a secret.
const FILLED: &str = "0123456789abcdef0123456789abcdef";

/// Puts the members of `more` into `table`, those of tables within into the tables there.
fn lay(table: &mut Table, more: Table) {
    for (name, value) in more {
        match (table.get_mut(&name), value) {
            (Some(toml::Value::Table(table)), toml::Value::Table(more)) => lay(table, more),
            (_, value) => drop(table.insert(name, value)),
        }
    }
}

/// Reads a snippet as the file that it is, or is a part of; a part of an account is one of the demo account.
fn read_toml(name: &str, text: &str) -> Result<(), String> {
    let filled = text.replace('…', FILLED);
    let mut table: Table = filled.parse().map_err(|error| format!("{error}"))?;
    if table.contains_key("rule") {
        let read = RulesFile::read(name, text.as_bytes(), &Surroundings::default());
        return read.map(drop).map_err(|error| error.to_string());
    }
    if table.contains_key("assistants") {
        let read = Assistants::read(name, text);
        return read.map(drop).map_err(|error| error.to_string());
    }
    let Some(toml::Value::Table(shown)) = table.remove("accounts") else {
        return Err("neither rules nor assistants nor accounts".to_owned());
    };
    for (name, account) in shown {
        let demo = fs::read_to_string(root().join("infra/local/demo/accounts.toml"));
        let file: Table = demo.unwrap().parse().unwrap();
        let mut demo = file["accounts"]["demo"].as_table().unwrap().clone();
        lay(&mut demo, account.as_table().unwrap().clone());
        for key in ["encoding_aes_key", "previous_encoding_aes_key"] {
            if demo
                .get(key)
                .is_some_and(|key| key.as_str() == Some(FILLED))
            {
                demo[key] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".into();
            }
        }
        let account = Table::from_iter([(name, demo.into())]);
        let file = Table::from_iter([("accounts".to_owned(), account.into())]);
        accounts::parse(&file.to_string()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

#[test]
fn every_snippet_reads() {
    let mut wrong = Vec::new();
    for page in LANGUAGES.iter().flat_map(|language| of(language)) {
        for block in &page.blocks {
            let kind = block.kind.split(' ').next().unwrap_or_default();
            let read = match kind {
                "toml" => read_toml(&page.name, &block.text),
                "json" => {
                    let read = serde_json::from_str::<Value>(&block.text);
                    read.map(drop).map_err(|error| error.to_string())
                }
                "yaml" => {
                    let read = sam_local::template::yaml::parse(&block.text);
                    read.map(drop).map_err(|error| error.to_string())
                }
                // An item, or what stands in a function.
                "rust" => {
                    let statements = syn::parse_str::<syn::Block>(&format!("{{{}}}", block.text));
                    statements.map(drop).map_err(|error| error.to_string())
                }
                "sh" | "text" => Ok(()),
                kind => Err(format!("'{kind}' is read by nobody")),
            };
            wrong.extend(
                read.err()
                    .map(|why| format!("{}: {why}\n{}", page.name, block.text)),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Types all pages of a language.
async fn type_all(language: &str) {
    let _alone = ALONE.lock().await;
    let mut wrong = Vec::new();
    for page in of(language) {
        if page.blocks.iter().any(|block| block.kind == "sh") {
            let mut reader = Reader::open(CURL.expect("no curl that signs requests"));
            wrong.extend(reader.read(&page).await);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(curl), ignore = "no curl that signs requests on this machine")]
async fn what_the_english_pages_show_is_typed() {
    type_all("docs/en/").await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(curl), ignore = "no curl that signs requests on this machine")]
async fn what_the_chinese_pages_show_is_typed() {
    type_all("docs/zh/").await;
}

/// Runs an example, which sends a template message and tells what became of it.
async fn example(program: &str, words: &[&str]) {
    let _alone = ALONE.lock().await;
    let mut reader = Reader::open("curl");
    reader.start(&["--no-demo"]).await;
    let folder = root().join("docs/examples").canonicalize().unwrap();
    let (file, words) = words.split_last().unwrap();
    let id = format!("example-{}", file.replace('.', "-"));
    let output = reader
        .run(
            Command::new(program)
                .args(words)
                .arg(folder.join(file))
                .env("CLIENT_MSG_ID", &id)
                .env("GOCACHE", root().join("target/go"))
                .env("GOFLAGS", "-mod=mod"),
        )
        .await;
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert_eq!(told["client_msg_id"], json!(id), "{output:?}");
    let is_there = async || (arrived(reader.stage()) == 1).then_some(());
    eventually("a message on the phone", is_there).await;
    reader.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_in_python_sends() {
    example("python3", &["send.py"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(node), ignore = "no node on this machine")]
async fn the_example_in_node_sends() {
    example("node", &["send.mjs"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(go), ignore = "no go on this machine")]
async fn the_example_in_go_sends() {
    example("go", &["run", "send.go"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(java), ignore = "no java on this machine")]
async fn the_example_in_java_sends() {
    example("java", &["Send.java"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(php), ignore = "no php on this machine")]
async fn the_example_in_php_sends() {
    example("php", &["send.php"]).await;
}

/// What a pattern's group finds in a text.
fn found(text: &str, pattern: &str) -> BTreeSet<String> {
    let pattern = regex_lite::Regex::new(pattern).unwrap();
    let found = pattern.captures_iter(text);
    found.map(|groups| groups[1].to_owned()).collect()
}

/// Holds the first cells of a page's tables, in both languages, to what there is.
fn lists(page: &str, there: &BTreeSet<String>) {
    for language in LANGUAGES {
        let name = format!("{language}reference/{page}.md");
        assert_eq!(&Page::read(&name).keys(), there, "{name}");
    }
}

#[test]
fn the_routes_are_those_of_the_template() {
    let template = yaml::read("template.yaml");
    let mut there = BTreeSet::new();
    for (_, function) in yaml::resources(&template, "AWS::Serverless::Function") {
        for event in yaml::all(&function["Events"]) {
            let (Some(path), Some(_)) = (event["Path"].as_str(), event["Method"].as_str()) else {
                continue;
            };
            there.insert(path.replace("+}", "}"));
        }
    }
    let by_path = |key: &String| key.split(' ').nth(1).map(str::to_owned);
    let contract = yaml::read("infra/openapi.yaml");
    for language in LANGUAGES {
        let page = Page::read(&format!("{language}reference/routes.md"));
        assert_eq!(
            page.keys()
                .iter()
                .filter_map(by_path)
                .collect::<BTreeSet<_>>(),
            there
        );
        for (path, methods) in contract["paths"].as_object().unwrap() {
            for method in ["get", "post", "put", "delete"] {
                let key = format!("{} {path}", method.to_uppercase());
                assert_eq!(
                    page.keys().contains(&key),
                    methods.get(method).is_some(),
                    "{key}"
                );
            }
        }
    }
}

#[test]
fn the_words_of_errors_are_those_of_the_code() {
    let mut there = found(
        &source(&[
            "functions/management-api/src",
            "functions/web/src",
            "shared/src/relay.rs",
        ]),
        r#"Problem::new\(\s*"([a-z_]+)""#,
    );
    let told_by_type = [
        "functions/token-refresh/src/route.rs",
        "shared/src/lambda/accounts/error.rs",
        "shared/src/lambda/queue.rs",
        "shared/src/lambda/token_refresh.rs",
        "shared/src/relay.rs",
        "shared/src/store/error.rs",
        "shared/src/token/failure.rs",
        "shared/src/token/refresh/error.rs",
        "shared/src/web/journey.rs",
        "shared/wechat-oa/src/api/error.rs",
        "shared/wechat-oa/src/callback/refusal.rs",
    ];
    let word = r#"(?:=> |Problem::new\(|\{\s+)"([a-z]+(?:_[a-z]+)+)""#;
    there.extend(found(&source(&told_by_type), word));
    let classes = source(&["shared/wechat-oa/src/api/errcode.rs"]);
    there.extend(found(&classes, r#"=> "(wechat_[a-z]+)""#));
    lists("errors", &there);
}

#[test]
fn the_control_routes_are_those_of_the_simulator() {
    let code = source(&[
        "infra/platform/src/control.rs",
        "infra/platform/src/control",
        "infra/platform/src/window.rs",
    ]);
    lists(
        "control",
        &found(&code, r#"\.route\(\s*"(/_control(?:/[^"*]+)?)""#),
    );
}

#[test]
fn the_metrics_are_those_that_are_watched_or_counted() {
    let code = source(&["functions", "shared/src"]);
    let subject = "Account|Answer|Follower|ForceRefresh|Mass|Messages|Origins|Pushes|Refresh|Replies|Requests|Sessions|Token";
    let counted = found(
        &code,
        &format!(r#""((?:{subject})[a-z]*(?:[A-Z][a-z]+)+)""#),
    );
    let watched = fs::read_to_string(root().join("infra/observability.yaml")).unwrap();
    let ours = found(
        &watched,
        r#"\["WeChatFunctions/\$\{Stack\}", ?"([A-Za-z]+)""#,
    );
    let uncounted: Vec<_> = ours.difference(&counted).collect();
    let of_access_log = ["CallbackForbidden", "RequestsFailed"];
    assert_eq!(uncounted, of_access_log.each_ref());
    lists("metrics", &counted);
}

#[test]
fn the_fields_of_rules_are_those_that_are_read() {
    let code = source(&["shared/src/router/rules"]);
    let lists_of =
        r#"const (?:CONDITIONS|BESIDE|MARKS|QUICK|SLOW): \[&str; \d+\] =\s*\[([^\]]*)\]"#;
    let mut there = BTreeSet::new();
    for list in found(&code, lists_of) {
        there.extend(found(&list, r#""([a-z_]+)""#));
    }
    // Read only to be refused with the reason.
    assert!(there.remove("publish"));
    lists("rules", &there);
}

#[test]
fn the_rows_are_those_of_the_architecture() {
    let keys = |name: &str| {
        let tables = Page::read(name).tables;
        let of_rows = |table: &Vec<Row>| table[0][0] == ["Inbox"];
        let table = tables.into_iter().find(of_rows).expect(name);
        let keys = table
            .into_iter()
            .map(|mut row| row.drain(..2).collect::<Vec<_>>());
        keys.collect::<Vec<_>>()
    };
    for language in LANGUAGES {
        let name = format!("{language}reference/rows.md");
        assert_eq!(keys(&name), keys("ARCHITECTURE.md"), "{name}");
    }
}

#[test]
fn the_questions_are_answered() {
    let codes = [
        "40001", "40037", "40163", "40164", "43004", "45009", "45015", "45047", "48001",
    ];
    for language in LANGUAGES {
        let page = Page::read(&format!("{language}faq.md"));
        for code in codes {
            assert!(
                page.anchors.iter().any(|anchor| anchor.starts_with(code)),
                "{code}"
            );
        }
    }
}
