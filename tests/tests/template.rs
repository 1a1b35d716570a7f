//! What `template.yaml` grants and promises.

use sam_local::{
    aws::{Caller, Permissions, Wish},
    stack::Stack,
    template,
};
use serde_json::json;
use shared::{answers::PROMISED, lambda::Route};
use std::{collections::BTreeSet, fs, path::Path, time::Duration};
use tests::yaml;

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
    let functions = load().functions;
    let permissions = Permissions::new(&functions);
    let secret = "arn:aws:ssm:us-east-1:000000000000:parameter/wechat/demo/secret";
    for (action, readers) in [
        ("ssm:GetParameter", &["TokenRefresh"][..]),
        ("ssm:GetParameters", &[]),
    ] {
        let wish = [Wish::new(action, secret)];
        let may = functions.iter().map(|function| function.id.clone());
        let may = may.filter(|id| {
            let caller = Caller::Function(id.clone());
            permissions.denied(&caller, &wish).is_none()
        });
        assert_eq!(may.collect::<Vec<_>>(), readers, "{action}");
    }
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
    let template = yaml::read("template.yaml");
    let tables = yaml::resources(&template, "AWS::DynamoDB::Table");
    assert_eq!(tables.len(), load().tables.len());
    for (id, table) in tables {
        let ends = json!({ "AttributeName": "expires_at", "Enabled": true });
        assert_eq!(table["TimeToLiveSpecification"], ends, "{id}");
        let recovers = &table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        assert_eq!(recovers, &json!(true), "{id}");
    }
    let groups = yaml::resources(&template, "AWS::Logs::LogGroup");
    for (id, group) in &groups {
        let kept = json!({ "Ref": "LogRetentionDays" });
        assert_eq!(group["RetentionInDays"], kept, "{id}");
    }
    assert_eq!(
        groups.len(),
        load().functions.len() + 1,
        "one for each function and one for the API"
    );
    assert!(!text().contains("arn:aws:"), "partitions differ in China");
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

/// `timeout_s` of an assistant is at most as good as this.
#[test]
fn an_answer_may_take_as_long_as_the_stack_says() {
    let timeout = |parameters: &[(&str, &str)]| {
        let functions = load_with(parameters).functions;
        let forward = functions.iter().find(|function| function.id == "Forward");
        forward.unwrap().timeout
    };
    assert_eq!(timeout(&[]), Duration::from_secs(150));
    let longest = &yaml::read("template.yaml")["Parameters"]["ForwardTimeout"]["MaxValue"];
    assert_eq!(longest.as_u64(), Some(PROMISED.as_secs()));
    let longest = [("ForwardTimeout", &*longest.to_string())];
    assert_eq!(timeout(&longest), PROMISED);
}

#[test]
fn the_template_has_the_routes_of_the_functions_and_no_others() {
    let functions = load().functions;
    let events = functions.iter().flat_map(|function| {
        let events = function.events.iter();
        events.map(|(_, event)| (function.binary.as_str(), event))
    });
    let routes: Vec<_> = events
        .filter_map(|(binary, event)| match event {
            template::Event::Http(route) => Some((binary, route)),
            _ => None,
        })
        .collect();
    let served = openapi::routes();
    let fits = |(binary, route): &(&str, &template::Route), (package, known): &(&str, Route)| {
        let method = route.method.as_deref().unwrap_or_default();
        binary == package && route.path == known.path && ["ANY", known.method].contains(&method)
    };
    for route in &routes {
        // Callback answers every method of its one path.
        let known = route.0 == "callback" || served.iter().any(|known| fits(route, known));
        assert!(known, "{route:?} has no handler");
    }
    for known in &served {
        let route = routes.iter().find(|route| fits(route, known));
        let (_, route) = route.unwrap_or_else(|| panic!("{known:?} is not in the template"));
        assert_eq!(route.iam, known.1.path.starts_with("/v1/"), "{known:?}");
    }
}

#[test]
fn who_calls_wechat_may_read_the_parameter_of_the_proxy_and_nobody_else() {
    let parameter = "/somewhere/proxy";
    let reads = |function: &template::Function| {
        let mut statements = function.statements.iter();
        statements.any(|s| s.allow && s.resources.concat().ends_with(parameter))
    };
    let template = load_with(&[("WechatProxyParameter", parameter)]);
    for function in &template.functions {
        let named = function.environment.get("WECHAT_PROXY_PARAMETER");
        let calls = function.environment.contains_key("WECHAT_API_BASE");
        assert_eq!(named.is_some_and(|name| name == parameter), calls);
        assert_eq!(reads(function), calls, "{}", function.id);
    }
    assert!(!load().functions.iter().any(reads));
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
    let mut callers = BTreeSet::new();
    for function in template.functions.iter().filter(calling) {
        let id = function.id.as_str();
        assert_eq!(function.environment["WECHAT_PROXY"], proxy, "{id}");
        callers.insert(id);
    }
    let file = yaml::read("template.yaml");
    let functions = yaml::resources(&file, "AWS::Serverless::Function");
    let inside = functions
        .iter()
        .filter(|(_, function)| function["VpcConfig"].is_object());
    assert_eq!(callers, inside.map(|(id, _)| *id).collect());
    let reserved = |template: &template::Template| template.functions[0].reserved;
    assert_eq!((reserved(&template), reserved(&load())), (Some(100), None));
}
