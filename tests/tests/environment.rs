//! A function that is set up wrongly stops at start and says which variable is at fault.

use local::Options;
use sam_local::{
    functions::OutputDirectory,
    lambda::Environment,
    stack::Stack,
    template::{self, Function},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Stdio,
    time::Duration,
};
use tests::{Stage, accounts::SAFE};
use tokio::process::Command;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::header};

/// A runtime API that nobody serves: a function that gets so far has accepted its settings.
const NOBODY: &str = "127.0.0.1:9";
/// Set for all functions, read by some.
const GLOBAL: &str = "PARAMETER_PREFIX";
/// May be absent; a value that means nothing is refused all the same.
const OPTIONAL: [&str; 8] = [
    "ACCOUNT_METRICS",
    "LOG_LEVEL",
    "METRICS_NAMESPACE",
    "PUBLIC_DOMAIN",
    "WECHAT_API_BASE",
    "WECHAT_PROXY",
    "WECHAT_PROXY_PARAMETER",
    "RESULT_PATIENCE_S",
];
/// Of Lambda, for every function.
const LAMBDAS: [&str; 3] = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

fn stack() -> Stack {
    Stack {
        name: "stack".to_owned(),
        region: "us-east-1".to_owned(),
        aws_url: "http://127.0.0.1:9".to_owned(),
    }
}

/// The functions of the template, built.
async fn functions() -> (Vec<Function>, OutputDirectory) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = std::fs::read_to_string(root.join("template.yaml")).unwrap();
    let overrides = BTreeMap::from([("WechatApiBase".to_owned(), "http://127.0.0.1:9".to_owned())]);
    let template = template::load(&text, &stack(), &overrides).unwrap();
    let output = OutputDirectory::of_this_executable().unwrap();
    let names: BTreeSet<&str> = template
        .functions
        .iter()
        .map(|f| f.binary.as_str())
        .collect();
    output.build(root, &names).await.unwrap();
    (template.functions, output)
}

/// What a function says before it ends, with one variable taken away or given another value.
async fn last_words(
    function: &Function,
    output: &OutputDirectory,
    (name, value): (&str, Option<&str>),
) -> String {
    let mut command = Command::new(output.binary(&function.binary));
    Environment::new(function, &stack(), "/", &BTreeMap::new()).apply(&mut command, NOBODY);
    match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    };
    let ended = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let ended = tokio::time::timeout(Duration::from_secs(10), ended).await;
    let ended = ended.unwrap_or_else(|_| panic!("{} runs on without {name}", function.id));
    let ended = ended.unwrap();
    assert!(!ended.status.success(), "{}: {name}", function.id);
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

/// The variables a function reads.
fn read_by(function: &Function) -> impl Iterator<Item = &str> {
    let reads_accounts = function
        .statements
        .iter()
        .any(|s| s.actions.iter().any(|action| action.starts_with("ssm:")));
    let names = function.environment.keys().map(String::as_str);
    names.filter(move |name| reads_accounts || *name != GLOBAL)
}

#[tokio::test]
async fn a_missing_variable_stops_a_function_with_its_name() {
    let (functions, output) = functions().await;
    let mut tried = 0;
    for function in &functions {
        let required = read_by(function).filter(|name| !OPTIONAL.contains(name));
        for name in required.chain(LAMBDAS) {
            for value in [None, Some("")] {
                let words = last_words(function, &output, (name, value)).await;
                let expected = format!("environment variables not set: {name}");
                assert!(words.contains(&expected), "{}: {words}", function.id);
                tried += 1;
            }
        }
    }
    assert!(tried > 90, "{tried}");
}

#[tokio::test]
async fn a_value_that_means_nothing_stops_a_function_with_its_name() {
    let (functions, output) = functions().await;
    let everywhere = ["AWS_LAMBDA_LOG_LEVEL", "AWS_LAMBDA_LOG_FORMAT"];
    for function in &functions {
        for name in read_by(function).chain(everywhere) {
            let words = last_words(function, &output, (name, Some("no! such"))).await;
            let expected = format!("environment variable {name}: must be");
            assert!(words.contains(&expected), "{}: {words}", function.id);
        }
    }
    let only = |id: &str| functions.iter().find(|f| f.id == id).unwrap();
    let words = last_words(
        only("MassSend"),
        &output,
        ("RESULT_PATIENCE_S", Some("soon")),
    )
    .await;
    assert!(
        words.contains("RESULT_PATIENCE_S: must be a whole number"),
        "{words}"
    );
    let words = last_words(only("Callback"), &output, ("RULES_FILE", Some("no.toml"))).await;
    assert!(words.contains("no.toml"), "{words}");
}

#[tokio::test]
async fn a_proxy_whose_parameter_cannot_be_read_stops_every_function_that_calls_wechat() {
    let (functions, output) = functions().await;
    let calls = |function: &&Function| function.environment.contains_key("WECHAT_PROXY");
    let calling: Vec<_> = functions.iter().filter(calls).collect();
    assert_eq!(calling.len(), 6);
    for function in calling {
        // Parameter Store is where nobody serves.
        let asked = ("WECHAT_PROXY_PARAMETER", Some("/wechat/proxy"));
        let words = last_words(function, &output, asked).await;
        let expected = "WECHAT_PROXY_PARAMETER: parameter /wechat/proxy cannot be read: ";
        assert!(words.contains(expected), "{}: {words}", function.id);
    }
}

/// A proxy that answers for WeChat, and only to those who know its password.
async fn proxy() -> MockServer {
    let server = MockServer::start().await;
    let token = json!({ "access_token": "t".repeat(136), "expires_in": 7200 });
    Mock::given(header("proxy-authorization", "Basic dGVhbTpzM2NyZXQ="))
        .respond_with(ResponseTemplate::new(200).set_body_json(token))
        .mount(&server)
        .await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_proxy_is_read_from_its_parameter_and_stands_in_no_variable() {
    const PARAMETER: &str = "/somewhere/proxy";
    let proxy = proxy().await;
    let address = proxy.uri().replace("http://", "http://team:s3cret@");
    let good = format!("{address}\n");
    let mut options = Options::default();
    let stack = &mut options.stack;
    let parameter = ("WechatProxyParameter".to_owned(), PARAMETER.to_owned());
    stack.template_parameters.extend([parameter]);
    stack
        .ssm_parameters
        .insert(PARAMETER.to_owned(), good.clone());
    let stage = Stage::open(options).await;
    let mut logs = stage.bundle.logs();
    for (stored, told) in [
        (
            None,
            "does not exist; store http://user:password@host:port there",
        ),
        (
            Some("s3cret"),
            "environment variable WECHAT_PROXY_PARAMETER: must be http://",
        ),
        (Some(good.as_str()), ""),
    ] {
        match stored {
            Some(value) => stage.bundle.parameters().put(PARAMETER, value),
            None => stage.bundle.parameters().remove(PARAMETER),
        }
        // Who runs already knows the address.
        stage.bundle.kill_instances("TokenRefresh");
        let path = "/v1/accounts/demo/access-token";
        let answer = stage.signed_bytes("GET", path, "", Vec::new()).await;
        let status = answer.status().as_u16();
        assert_eq!(status == 200, told.is_empty(), "{stored:?}: {status}");
        let mut lines = String::new();
        while let Ok(line) = logs.try_recv() {
            lines += &line.text;
        }
        assert!(lines.contains(told) && !lines.contains("s3cret"), "{lines}");
    }
    assert!(!proxy.received_requests().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_is_named_with_its_variable_by_the_first_request() {
    let mut stage = Stage::open(Options::default()).await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&stage.aws());
    let gone = dynamodb.delete_table().table_name("wechat-functions-Inbox");
    gone.send().await.unwrap();
    let told = stage.text(SAFE, "ping").await;
    let lines = stage.log_lines("Callback");
    let names = |line: &serde_json::Value| {
        let line = line.to_string();
        line.contains("table_missing")
            && line.contains("INBOX_TABLE names table 'wechat-functions-Inbox'")
    };
    assert!(lines.iter().any(names), "{told} {lines:#?}");
}
