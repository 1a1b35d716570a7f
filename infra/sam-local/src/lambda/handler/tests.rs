use super::*;
use axum::{Router, http::StatusCode, routing::post};
use serde_json::{Value, json};
use std::time::Instant;

const SOON: Duration = Duration::from_secs(20);

/// What a handler answers, or its error; and what the log says.
async fn ask(text: &str, event: Value, limit: Duration) -> (Value, Vec<String>) {
    let logs = Logs::default();
    let mut lines = logs.subscribe();
    let handler: Handler = text.parse().unwrap();
    let handlers = Handlers::new([("bot".to_owned(), handler.clone())].into(), limit, logs);
    let outcome = handlers
        .run("bot", &handler, event.to_string().into())
        .await;
    let answer = serde_json::from_slice(outcome.payload()).unwrap();
    let mut said = Vec::new();
    while let Ok(line) = lines.try_recv() {
        assert_eq!(line.function, "bot");
        said.push(line.text);
    }
    (answer, said)
}

async fn answer(text: &str) -> Value {
    ask(text, json!({ "content": "hello" }), SOON).await.0
}

#[test]
fn what_is_no_handler_is_refused() {
    for wrong in [
        "",
        "  ",
        "''",
        "python3 'x",
        "https://a.example/",
        "http://",
        "ftp://x/y",
    ] {
        assert!(wrong.parse::<Handler>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_command_gets_the_event_and_answers() {
    assert_eq!(answer("cat").await, json!({ "content": "hello" }));
    assert_eq!(
        answer("true").await,
        Value::Null,
        "it reads nothing and says nothing"
    );
    let large = json!("x".repeat(4_000_000));
    let (echoed, _) = ask("cat", large.clone(), SOON).await;
    assert!(echoed == large, "both pipes are served at once");
}

#[tokio::test]
async fn a_command_that_fails_is_a_function_that_fails() {
    let (error, said) = ask("sh -c 'seq 9 >&2; exit 3'", json!({}), SOON).await;
    assert_eq!(error["errorType"], "Runtime.ExitError");
    let message =
        "Runtime exited with error: exit status: 3; standard error ends: 5 | 6 | 7 | 8 | 9";
    assert_eq!(error["errorMessage"], message);
    assert_eq!(
        said.len(),
        10,
        "each line as it comes, and the failure: {said:?}"
    );
    assert_eq!(said[9], format!("Runtime.ExitError: {message}"));
    for (command, error_type) in [
        ("no-such-program-anywhere", "Runtime.InvalidEntrypoint"),
        ("echo hello", "Runtime.MarshalError"),
        ("echo '[1,'", "Runtime.MarshalError"),
        ("sh -c 'kill -9 $$'", "Runtime.ExitError"),
        ("yes", "Function.ResponseSizeTooLarge"),
    ] {
        assert_eq!(answer(command).await["errorType"], error_type, "{command}");
    }
}

#[tokio::test]
async fn a_command_that_hangs_is_killed_with_what_it_started() {
    let mark = format!("{}.5", 1_000_000 + std::process::id());
    let started = Instant::now();
    let command = format!("sh -c 'echo stuck >&2; sleep {mark} & sleep {mark}; true'");
    let (error, _) = ask(&command, json!({}), Duration::from_millis(300)).await;
    assert!(started.elapsed() < SOON);
    let message = "Task timed out after 0.30 seconds; standard error ends: stuck";
    assert_eq!(
        error,
        json!({ "errorType": "Sandbox.Timedout", "errorMessage": message })
    );
    let mut running = 1;
    while running > 0 && started.elapsed() < SOON {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let listed = std::process::Command::new("ps")
            .args(["-eo", "stat,args"])
            .output()
            .unwrap();
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let lines = listed.lines().filter(|line| !line.starts_with('Z'));
        running = lines
            .filter(|line| line.contains(&format!("sleep {mark}")))
            .count();
    }
    assert_eq!(running, 0);
}

#[tokio::test]
async fn a_server_is_asked_and_its_failures_are_told() {
    let app = Router::new()
        .route("/echo", post(|body: String| async { body }))
        .route("/nothing", post(|| async { StatusCode::NO_CONTENT }))
        .route(
            "/broken",
            post(|| async { (StatusCode::BAD_GATEWAY, "the database is down") }),
        )
        .route("/page", post(|| async { "<html>" }))
        .route("/large", post(|| async { "1".repeat(MAX_PAYLOAD + 1) }))
        .route("/hangs", post(std::future::pending::<()>));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    assert_eq!(answer(&format!("{base}/echo")).await["content"], "hello");
    assert_eq!(answer(&format!("{base}/nothing")).await, Value::Null);
    for (path, error_type, message) in [
        (
            "/broken",
            "Handler.Status",
            "answered 502 Bad Gateway: the database is down",
        ),
        ("/page", "Runtime.MarshalError", "it begins: <html>"),
        (
            "/large",
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded",
        ),
    ] {
        let error = answer(&format!("{base}{path}")).await;
        assert_eq!(error["errorType"], error_type);
        assert!(
            error["errorMessage"].as_str().unwrap().contains(message),
            "{error}"
        );
    }
    let limit = Duration::from_millis(100);
    let (error, _) = ask(&format!("{base}/hangs"), json!({}), limit).await;
    assert_eq!(error["errorType"], "Sandbox.Timedout");
    let error = answer("http://127.0.0.1:9/").await;
    assert_eq!(error["errorType"], "Handler.Unreachable");
}
