//! Functions as processes: reuse, concurrency, time limits, crashes, throttles, start-up errors.

use crate::support;
use sam_local::{
    Deployment, Error, Options,
    lambda::{InvokeError, Outcome},
};
use serde_json::{Value, json};

fn document(outcome: &Outcome) -> Value {
    serde_json::from_slice(outcome.payload()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_is_reused_and_starts_again_after_a_crash() {
    let stack = support::stack().await;
    let first = document(&stack.invoke("Plain", json!({"do": "echo"})).await.unwrap());
    let second = document(&stack.invoke("local-Plain", json!({"n": 2})).await.unwrap());
    assert_eq!(first["pid"], second["pid"]);
    assert_eq!(second["echo"], json!({"n": 2}));
    assert_eq!(
        stack.cold_starts("Plain"),
        1,
        "the first process was started with the stack"
    );

    let crashed = document(&stack.invoke("Plain", json!({"do": "exit"})).await.unwrap());
    assert_eq!(crashed["errorType"], "Runtime.ExitError");
    assert!(
        crashed["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("Runtime exited with error: exit status 7")
    );
    assert!(stack.invoke("Plain", json!({})).await.unwrap().is_ok());
    assert_eq!(stack.cold_starts("Plain"), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_limit_kills_and_errors_are_passed_on() {
    let stack = support::stack().await;
    let slow = document(
        &stack
            .invoke("Plain", json!({"do": "sleep", "ms": 60_000}))
            .await
            .unwrap(),
    );
    assert_eq!(slow["errorType"], "Sandbox.Timedout");
    assert!(
        slow["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("Task timed out after 1.00 seconds")
    );
    let failed = stack.invoke("Plain", json!({"do": "fail"})).await.unwrap();
    assert!(!failed.is_ok());
    assert_eq!(document(&failed)["errorMessage"], "told to fail");
    let large = document(&stack.invoke("Plain", json!({"do": "large"})).await.unwrap());
    assert_eq!(large["errorType"], "Function.ResponseSizeTooLarge");
    let sent = stack.invoke("Plain", json!("x".repeat(7_000_000))).await;
    assert!(matches!(sent, Err(Error::Invoke(InvokeError::TooLarge(_)))));
    assert!(matches!(
        stack.invoke("Nobody", json!({})).await,
        Err(Error::Invoke(InvokeError::NotFound(_)))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_invocations_have_their_own_process_and_reservations_throttle() {
    let stack = support::stack().await;
    let sleep = || json!({"do": "sleep", "ms": 200});
    let (a, b) = tokio::join!(
        stack.invoke("Plain", sleep()),
        stack.invoke("Plain", sleep())
    );
    assert_ne!(document(&a.unwrap())["pid"], document(&b.unwrap())["pid"]);
    assert_eq!(stack.cold_starts("Plain"), 2);
    let (a, b) = tokio::join!(
        stack.invoke("Single", sleep()),
        stack.invoke("Single", sleep())
    );
    let throttled =
        |answer: &Result<_, _>| matches!(answer, Err(Error::Invoke(InvokeError::Throttled)));
    assert!(a.is_ok() && throttled(&b) || throttled(&a) && b.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_interrupts_what_runs() {
    let stack = support::stack().await;
    let interrupted = async {
        stack
            .invoke("Plain", json!({"do": "sleep", "ms": 60_000}))
            .await
    };
    let kill = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        stack.kill_instances("Plain");
    };
    let (outcome, ()) = tokio::join!(interrupted, kill);
    assert!(
        document(&outcome.unwrap())["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("signal: killed")
    );
    assert!(stack.invoke("Plain", json!({})).await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_environment_is_lambdas_and_the_templates_alone() {
    let stack = support::stack().await;
    let variables = document(
        &stack
            .invoke("Plain", json!({"do": "environment"}))
            .await
            .unwrap(),
    );
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "Plain"),
        ("AWS_ENDPOINT_URL", &stack.aws_url()),
        ("AWS_LAMBDA_FUNCTION_NAME", "local-Plain"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "DEBUG"),
        ("TABLE", "local-Table"),
    ] {
        assert_eq!(variables[name], value, "{name}");
    }
    assert!(variables.get("CARGO_MANIFEST_DIR").is_none() && variables.get("HOME").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_that_does_not_start_is_named() {
    let environment = [("REFUSE_TO_START".to_owned(), "1".to_owned())].into();
    let error = Deployment::start(&Options {
        environment,
        ..support::options()
    })
    .await
    .unwrap_err();
    let told = error.to_string();
    for function in ["Plain", "QueueReader", "Single", "StreamReader", "Web"] {
        let first = format!("{function} did not start: Runtime exited with error: exit status 1\n");
        assert!(told.contains(&first), "{told}");
    }
    assert_eq!(told.matches("told not to start").count(), 5, "{told}");
    let options = Options {
        functions: Some("/nowhere".into()),
        ..support::options()
    };
    let missing = Deployment::start(&options);
    assert!(
        missing
            .await
            .unwrap_err()
            .to_string()
            .contains("/nowhere/scripted is not built")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_ends_a_start_is_told_with_the_last_words() {
    use std::os::unix::fs::PermissionsExt;
    let folder = std::env::temp_dir().join(format!("last-words-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let binary = folder.join("scripted");
    for (script, told) in [
        (
            "#!/bin/sh\necho on its way\necho broken >&2\nexit 3\n",
            "exit status 3",
        ),
        (
            "#!/bin/sh\necho on its way\necho broken >&2\nkill -11 $$\n",
            "signal: 11",
        ),
        ("#!/no/such/shell\n", "No such file or directory"),
        ("no program at all\n", "Exec format error"),
    ] {
        std::fs::write(&binary, script).unwrap();
        std::fs::set_permissions(&binary, PermissionsExt::from_mode(0o755)).unwrap();
        let error = Deployment::start(&Options {
            functions: Some(folder.clone()),
            ..support::options()
        })
        .await
        .unwrap_err()
        .to_string();
        assert!(
            error.contains("Plain did not start: ") && error.contains(told),
            "{error}"
        );
        let spoke = script.contains("echo");
        let words = error.contains("\n    broken") && error.contains("\n    on its way");
        assert_eq!(words, spoke, "{error}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_in_use_names_the_flag_and_a_refused_template_its_resource() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options {
        listen: taken.local_addr().unwrap(),
        ..support::options()
    };
    let error = Deployment::start(&options).await.unwrap_err().to_string();
    assert!(
        error.contains("in use") && error.contains("--listen"),
        "{error}"
    );
    let text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Odd:\n    Type: AWS::Kinesis::Stream\n";
    let error = support::stack_of("refused", text)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Odd") && error.contains("AWS::Kinesis::Stream"),
        "{error}"
    );
}
