//! What `template.yaml` grants and promises.

use sam_local::{stack::Stack, template};
use std::{collections::BTreeSet, fs, path::Path};

fn text() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml")).unwrap()
}

fn load() -> template::Template {
    load_with(&[])
}

fn load_with(parameters: &[(&str, &str)]) -> template::Template {
    let stack = Stack {
        name: "stack".to_owned(),
        region: "us-east-1".to_owned(),
        aws_url: "http://127.0.0.1:9050".to_owned(),
    };
    let given = parameters.iter();
    let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    template::load(&text(), &stack, &given.collect()).unwrap()
}

#[test]
fn only_token_refresh_may_read_app_secrets() {
    let secret = "arn:aws:ssm:us-east-1:000000000000:parameter/wechat/demo/secret";
    let reads = |function: &&template::Function| {
        let mut allowed = function.statements.iter().filter(|s| s.allow);
        allowed.any(|s| {
            let actions = ["ssm:GetParameter", "ssm:GetParameters"];
            actions.iter().any(|action| s.covers(action, secret))
        })
    };
    let template = load();
    let may: Vec<_> = template.functions.iter().filter(reads).collect();
    let may: Vec<_> = may.iter().map(|function| function.id.as_str()).collect();
    assert_eq!(may, ["TokenRefresh"]);
}

#[test]
fn nothing_is_granted_wholesale() {
    for function in load().functions {
        for statement in function.statements {
            for action in &statement.actions {
                assert!(!action.contains('*'), "{}: {action}", function.id);
            }
            for resource in &statement.resources {
                assert!(
                    resource.starts_with("arn:") && !resource.ends_with(":*"),
                    "{}: {resource}",
                    function.id
                );
            }
        }
    }
}

#[test]
fn every_table_and_log_group_says_how_long_it_keeps_things() {
    let text = text();
    let of = |kind: &str| text.matches(&format!("Type: {kind}")).count();
    let tables = of("AWS::DynamoDB::Table");
    for promise in [
        "PointInTimeRecoveryEnabled: true",
        "AttributeName: expires_at, Enabled: true",
        "SSEEnabled: true",
    ] {
        assert_eq!(text.matches(promise).count(), tables, "{promise}");
    }
    assert_eq!(
        text.matches("RetentionInDays: !Ref LogRetentionDays")
            .count(),
        of("AWS::Logs::LogGroup")
    );
    assert_eq!(
        of("AWS::Logs::LogGroup"),
        load().functions.len() + 1,
        "one for each function and one for the API"
    );
    assert!(!text.contains("arn:aws:"), "partitions differ in China");
}

#[test]
fn a_forwarded_push_that_cannot_be_answered_ends_in_a_queue() {
    let template = load();
    let forward = template
        .functions
        .iter()
        .find(|function| function.id == "Forward")
        .unwrap();
    assert!(forward.asynchronous.on_failure.is_some());
    for queue in template
        .queues
        .iter()
        .filter(|queue| !queue.id.contains("DeadLetters"))
    {
        assert!(
            queue.redrive.is_some(),
            "{} has no dead letter queue",
            queue.id
        );
    }
}

/// Methods and paths of the routes in `infra/openapi.yaml`; API Gateway marks a name that stands for
/// more than one part, OpenAPI has no such mark.
fn documented() -> BTreeSet<(String, String)> {
    let document = tests::contract::document();
    let paths = document["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys();
        let methods = methods.filter(|name| *name != "parameters");
        methods.map(|method| (method.to_uppercase(), path.replace("{path}", "{path+}")))
    });
    routes.collect()
}

#[test]
fn the_document_describes_every_signed_route_and_none_that_is_not_served() {
    let functions = load().functions;
    let events = functions.iter().flat_map(|function| &function.events);
    let routes: Vec<_> = events
        .filter_map(|(_, event)| match event {
            template::Event::Http(route) => Some(route.clone()),
            _ => None,
        })
        .collect();
    let documented = documented();
    for route in routes.iter().filter(|route| route.iam) {
        let method = route.method.as_deref().unwrap_or_default();
        let fits = |(known, path): &(String, String)| {
            *path == route.path && (method == "ANY" || known == method)
        };
        assert!(documented.iter().any(fits), "{method} {}", route.path);
    }
    for (method, path) in &documented {
        let fits = |route: &template::Route| {
            let served = route.method.as_deref();
            let signed = route.iam == path.starts_with("/v1/");
            signed && route.path == *path && (served == Some("ANY") || served == Some(method))
        };
        assert!(routes.iter().any(fits), "{method} {path} is served nowhere");
    }
    assert!(documented.len() >= 13, "{}", documented.len());
}

#[test]
fn who_calls_wechat_stands_in_the_network_and_behind_the_proxy() {
    let proxy = "http://10.0.0.7:3128";
    let template = load_with(&[
        ("SubnetIds", "subnet-1,subnet-2"),
        ("SecurityGroupIds", "sg-1"),
        ("EgressAddresses", "203.0.113.7"),
        ("WechatProxy", proxy),
        ("CallbackReserved", "100"),
    ]);
    let calling =
        |function: &&template::Function| function.environment.contains_key("WECHAT_API_BASE");
    let mut callers = 0;
    for function in template.functions.iter().filter(calling) {
        assert_eq!(
            function.environment["WECHAT_PROXY"], proxy,
            "{}",
            function.id
        );
        callers += 1;
    }
    assert_eq!(callers, text().matches("VpcConfig: !If [InVpc,").count());
    let reserved = |template: &template::Template| template.functions[0].reserved;
    assert_eq!((reserved(&template), reserved(&load())), (Some(100), None));
}
