//! What each function may do in AWS is what it did while the end-to-end tests ran: nothing beyond, nothing missing.
//!
//! `cargo run --bin permissions`, after `cargo test --workspace`: every stage of a test writes down which
//! function asked for what. Lines of builds that are no longer there do not count. What Lambda itself does as the
//! function (reads its queues and streams, files what failed) stands aside.

use clap::Parser;
use local::{Options, accounts};
use sam_local::{
    functions::OutputDirectory,
    rights::{self, Right},
    template::{Event, Function, Statement},
};
use std::{error::Error, process::ExitCode};

/// A right that is granted although no end-to-end test uses it.
struct Untested {
    function: &'static str,
    action: &'static str,
    /// How the resource ends.
    resource: &'static str,
    /// When the function uses it.
    when: &'static str,
}

impl Untested {
    fn is(&self, function: &str, grant: &Statement) -> bool {
        let resources = grant.resources.concat();
        self.function == function
            && grant.actions.concat() == self.action
            && resources.ends_with(self.resource)
    }
}

const fn untested(
    function: &'static str,
    action: &'static str,
    resource: &'static str,
    when: &'static str,
) -> Untested {
    Untested {
        function,
        action,
        resource,
        when,
    }
}

const RELEASE: &str = "a lane's gate opens again, minutes or hours after it closed";
const EARLY: &str =
    "WeChat's result overtakes the end of its call, and is looked at again a minute later";

const LEFT: &str = "the user leaves while an answer is made that is to be collected";

const UNTESTED: [Untested; 14] = [
    untested(
        "Send",
        "dynamodb:Query",
        "table/wechat-functions-Sends",
        RELEASE,
    ),
    untested(
        "Send",
        "sqs:SendMessage",
        ":wechat-functions-SendQueue.fifo",
        RELEASE,
    ),
    untested("Send", "dynamodb:Query", "/index/by_msgid", EARLY),
    untested("Send", "dynamodb:Query", "/index/by_user", EARLY),
    untested(
        "Send",
        "dynamodb:BatchWriteItem",
        "table/wechat-functions-Sends",
        "what was parked has been sent, an early result has been joined, or an array has been taken back",
    ),
    untested(
        "Send",
        "dynamodb:DeleteItem",
        "table/wechat-functions-Sends",
        "management-api is killed while it files an array, which is taken back a minute later",
    ),
    untested(
        "Send",
        "sqs:DeleteMessage",
        ":wechat-functions-SendQueue.fifo",
        "a lane of a batch is done while another still sends",
    ),
    untested(
        "MassSend",
        "sqs:ChangeMessageVisibility",
        ":wechat-functions-MassSendQueue.fifo",
        "the table or WeChat fails while a campaign is worked at",
    ),
    untested(
        "MassSend",
        "sqs:DeleteMessage",
        ":wechat-functions-MassSendQueue.fifo",
        "Lambda deletes what is done; sam-local does not ask the policies for it",
    ),
    untested(
        "MassSendEvents",
        "dynamodb:Query",
        "table/wechat-functions-Sends",
        "a push is read from the stream after its user was erased",
    ),
    untested(
        "MassSendEvents",
        "dynamodb:DeleteItem",
        "table/wechat-functions-Sends",
        "a push is read from the stream after its user was erased",
    ),
    untested(
        "Forward",
        "dynamodb:Query",
        "table/wechat-functions-Answers",
        LEFT,
    ),
    untested(
        "Forward",
        "dynamodb:DeleteItem",
        "table/wechat-functions-Answers",
        LEFT,
    ),
    untested(
        "TokenRefresh",
        "ssm:GetParametersByPath",
        "parameter/local/*",
        "AWS asks for the parameters below the path as well as for the path; sam-local for the path",
    ),
];

/// Compares the rights that functions used in the end-to-end tests with those that the template grants.
#[derive(Debug, Parser)]
#[command(name = "permissions", version = revision::version!())]
struct Cli {}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let Cli {} = Cli::parse();
    let mut options = Options::default();
    // As `tests/tests/environment.rs` has it, where a proxy asks for a password.
    let proxy = ("WechatProxyParameter".into(), "/somewhere/proxy".into());
    options.stack.template_parameters.extend([proxy]);
    let accounts = accounts::parse(&options.accounts)?;
    let stack = options.stack_with(&accounts, "");
    let functions = stack.read(&stack.names(String::new()))?.functions;
    let output = OutputDirectory::of_this_executable()?;
    let recorded = rights::read(&tests::rights())?;
    let (mut faults, mut granted) = (Vec::new(), 0);
    for function in &functions {
        let build = rights::build_of(&output.binary(&function.binary)).unwrap_or_default();
        let own = |right: &&Right| right.function == function.id && right.build == build;
        let used: Vec<&Right> = recorded.iter().filter(own).collect();
        granted += grants(function).len();
        faults.extend(compare(function, &used, &UNTESTED));
    }
    for action in outdated(&functions, &UNTESTED) {
        faults.push(format!("{action} is listed as untested, and not granted"));
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    println!("{granted} rights of {} functions", functions.len());
    for right in UNTESTED {
        let (function, action, resource) = (right.function, right.action, right.resource);
        println!(
            "not tested: {function}: {action} on …{resource}: {}",
            right.when
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether Lambda does this as the function: reads its queues and streams, and files what failed.
fn is_lambdas(function: &Function, action: &str, resource: &str) -> bool {
    let asynchronous = &function.asynchronous;
    let destinations = [
        &asynchronous.on_failure,
        &asynchronous.on_success,
        &asynchronous.dead_letter,
    ];
    let mut destinations = destinations.into_iter().flatten();
    let reads = ["sqs:GetQueueAttributes", "sqs:ReceiveMessage"].contains(&action);
    let mut events = function.events.iter();
    destinations.any(|queue| queue == resource)
        || events.any(|(_, event)| match event {
            Event::Sqs(source) => reads && source.queue_arn == resource,
            Event::Stream(source) => {
                source.on_failure.as_deref() == Some(resource) || resource.contains("/stream/")
            }
            Event::Http(_) | Event::Schedule(_) => false,
        })
}

/// Each action on each resource that the template grants, without what Lambda itself needs.
fn grants(function: &Function) -> Vec<Statement> {
    let mut single = Vec::new();
    for statement in function.statements.iter().filter(|s| s.allow) {
        for action in &statement.actions {
            let resources = statement.resources.iter();
            let own = resources.filter(|resource| !is_lambdas(function, action, resource));
            single.extend(own.map(|resource| Statement {
                allow: true,
                actions: vec![action.clone()],
                resources: vec![resource.clone()],
                leading_keys: Vec::new(),
            }));
        }
    }
    single
}

/// What is used and not granted, and what is granted, not used and not listed.
fn compare(function: &Function, used: &[&Right], untested: &[Untested]) -> Vec<String> {
    let id = &function.id;
    if used.is_empty() {
        return vec![format!(
            "{id}: this build did nothing yet; run `cargo test --workspace` first"
        )];
    }
    let grants = grants(function);
    let covers = |grant: &Statement, right: &Right| grant.covers(&right.action, &right.resource);
    let mut faults = Vec::new();
    for right in used {
        if !grants.iter().any(|grant| covers(grant, right)) {
            let (action, resource) = (&right.action, &right.resource);
            let fault =
                format!("{id} uses {action} on {resource}, which template.yaml does not grant");
            faults.push(fault);
        }
    }
    for grant in &grants {
        let listed = untested.iter().any(|right| right.is(id, grant));
        if !listed && !used.iter().any(|right| covers(grant, right)) {
            let (action, resource) = (grant.actions.concat(), grant.resources.concat());
            let fault = format!(
                "{id}: {action} on {resource} is granted by template.yaml, and no test uses it"
            );
            faults.push(fault);
        }
    }
    faults
}

/// What is listed and not granted.
fn outdated<'a>(functions: &[Function], untested: &'a [Untested]) -> Vec<&'a str> {
    let is_granted = |right: &&Untested| {
        let mut functions = functions.iter();
        functions.any(|f| grants(f).iter().any(|grant| right.is(&f.id, grant)))
    };
    let outdated = untested.iter().filter(|right| !is_granted(right));
    outdated.map(|right| right.action).collect()
}

#[cfg(test)]
mod tests_of_the_comparison {
    use super::*;

    fn right(action: &str, resource: &str) -> Right {
        Right {
            function: "Orders".to_owned(),
            build: String::new(),
            action: action.to_owned(),
            resource: resource.to_owned(),
        }
    }

    fn function() -> Function {
        let options = Options::default();
        let stack = options.stack_with(&accounts::parse(&options.accounts).unwrap(), "");
        let template = stack.read(&stack.names(String::new())).unwrap();
        let mut function = template.functions.into_iter().next().unwrap();
        function.id = "Orders".to_owned();
        function.statements = vec![Statement {
            allow: true,
            actions: vec!["dynamodb:GetItem".to_owned(), "dynamodb:PutItem".to_owned()],
            resources: vec!["arn:aws:dynamodb:r:1:table/shop-*".to_owned()],
            leading_keys: Vec::new(),
        }];
        function
    }

    #[test]
    fn both_directions_and_the_list_are_compared() {
        let (table, function) = ("arn:aws:dynamodb:r:1:table/shop-orders", function());
        let get = right("dynamodb:GetItem", table);
        let put = right("dynamodb:PutItem", table);
        let query = right("dynamodb:Query", table);
        let listed = [untested("Orders", "dynamodb:PutItem", "shop-*", "never")];
        let compare = |used: &[&Right], listed: &[_]| compare(&function, used, listed).join("\n");
        assert_eq!(compare(&[&get, &put], &[]), "");
        assert!(compare(&[&get, &put, &query], &[]).contains("dynamodb:Query"));
        assert!(
            compare(&[&get], &[])
                .contains("PutItem on arn:aws:dynamodb:r:1:table/shop-* is granted")
        );
        assert_eq!(compare(&[&get], &listed), "");
        assert_eq!(
            compare(&[&get, &put], &listed),
            "",
            "a test may happen to use it"
        );
        assert!(outdated(std::slice::from_ref(&function), &listed).is_empty());
        assert_eq!(outdated(&[], &listed), ["dynamodb:PutItem"]);
        assert!(compare(&[], &[]).contains("cargo test"));
    }
}
