//! What each function may do in AWS is what its code can do: nothing beyond, nothing missing.
//!
//! The linker leaves out what no code path reaches. So the symbols of a function's binary tell which
//! operations of the SDKs it can call, and which functions of `shared::store`, whose sources tell the
//! table and the index. Rights that SAM adds by itself (streams, queues, destinations) stand aside.
#![cfg(debug_assertions)] // A release binary has no symbols.

use local::{
    functions::OutputDirectory,
    stack::{Stack, name_of},
    template::{self, Function},
};
use object::{Object, ObjectSymbol};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Services whose calls are compared; STS comes with `aws-config` and is not called.
const SERVICES: [&str; 4] = ["dynamodb", "lambda", "sqs", "ssm"];

/// An action and the resource it is done to.
type Right = (String, String);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn stack() -> Stack {
    Stack {
        name: "stack".to_owned(),
        region: "us-east-1".to_owned(),
        aws_url: "http://127.0.0.1:9050".to_owned(),
    }
}

/// A name as Rust mangles it, whichever of its ways it uses.
fn mangled(name: &str) -> String {
    format!("{}{name}", name.len())
}

/// Whether a symbol goes on with that name, and not with one that only ends like it.
fn names(symbol: &str, name: &str) -> bool {
    let mangled = mangled(name);
    symbol.match_indices(&mangled).any(|(at, _)| {
        let before = symbol[..at].bytes().next_back();
        !before.is_some_and(|b| b.is_ascii_digit())
    })
}

/// The symbols of a binary that name the store or an operation of an SDK.
fn symbols(binary: &Path) -> Vec<String> {
    let data = fs::read(binary).unwrap();
    let file = object::File::parse(&*data).unwrap();
    let names = file.symbols().filter_map(|symbol| symbol.name().ok());
    let (store, operation) = (mangled("store"), mangled("operation"));
    names
        .filter(|name| name.contains(&store) || name.contains(&operation))
        .map(str::to_owned)
        .collect()
}

/// `send_message_batch` as IAM knows it.
fn action(service: &str, operation: &str) -> String {
    let words = operation.split('_').filter(|word| {
        // SQS grants a batch with the action of its single form; DynamoDB has actions of their own.
        *word != "batch" || service == "dynamodb"
    });
    let name: String = words
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect();
    match name.as_str() {
        "Invoke" => "lambda:InvokeFunction".to_owned(),
        _ => format!("{service}:{name}"),
    }
}

/// The actions behind the SDK operations the binary holds.
fn called(symbols: &[String]) -> BTreeSet<String> {
    let mut actions = BTreeSet::new();
    for service in SERVICES {
        let before = mangled(&format!("aws_sdk_{service}")) + &mangled("operation");
        for symbol in symbols {
            let Some((_, rest)) = symbol.split_once(&before) else {
                continue;
            };
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let length: usize = rest[..digits].parse().unwrap_or_default();
            if rest.contains(&mangled("orchestrate")) {
                actions.insert(action(service, &rest[digits..digits + length]));
            }
        }
    }
    actions
}

/// One function of `shared::store` that calls DynamoDB.
#[derive(Debug)]
struct Access {
    /// The path of its module, mangled.
    module: String,
    function: String,
    /// The variable that names its table.
    table: String,
    /// Actions, with the index they are done to.
    actions: BTreeSet<(String, Option<String>)>,
}

/// Reads a file of the store; its modules are its path.
fn accesses(file: &Path, modules: &[String], indexes: &BTreeMap<String, String>) -> Vec<Access> {
    let text = fs::read_to_string(file).unwrap();
    let code = text.lines().filter(|line| !line.trim().starts_with("//"));
    let text = code.collect::<Vec<_>>().join("\n");
    let mut found: Vec<Access> = Vec::new();
    let bodies = text.split("fn ").skip(1).map(|body| {
        let name = body.split(['(', '<']).next().unwrap_or_default();
        (name.to_owned(), body)
    });
    for (function, body) in bodies {
        let mut actions = BTreeSet::new();
        for operation in ["get", "put", "update", "delete"].map(|verb| format!("{verb}_item")) {
            if body.contains(&format!(".{operation}()")) {
                actions.insert((action("dynamodb", &operation), None));
            }
        }
        if body.contains(".batch_write_item()") {
            actions.insert((action("dynamodb", "batch_write_item"), None));
        }
        if body.contains(".query()") && !body.contains(".index_name(") {
            actions.insert(("dynamodb:Query".to_owned(), None));
        }
        for (constant, index) in indexes {
            if body.contains(constant.as_str()) {
                actions.insert(("dynamodb:Query".to_owned(), Some(index.clone())));
            }
        }
        found.push(Access {
            module: modules.iter().map(|module| mangled(module)).collect(),
            function,
            table: format!("{}_TABLE", modules[1].to_uppercase()),
            actions,
        });
    }
    found.retain(|access| !access.actions.is_empty());
    found
}

/// Every access in `shared/src/store`.
fn store() -> Vec<Access> {
    let base = root().join("shared/src");
    let (mut folders, mut files) = (vec![base.join("store")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.file_stem().unwrap().to_str().unwrap() {
                "tests" | "emulated" => {}
                _ if path.is_dir() => folders.push(path),
                _ => files.push(path),
            }
        }
    }
    let constants: BTreeMap<String, String> = files
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let lines = text.lines().filter_map(|line| {
                let (name, value) = line.split_once("const BY_")?.1.split_once(": &str = \"")?;
                Some((format!("BY_{name}"), value.trim_end_matches("\";").into()))
            });
            lines.collect::<Vec<_>>()
        })
        .collect();
    let modules = |file: &Path| -> Vec<String> {
        let path = file.strip_prefix(&base).unwrap().with_extension("");
        path.iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect()
    };
    files
        .iter()
        .flat_map(|file| accesses(file, &modules(file), &constants))
        .collect()
}

/// What the binary does to tables.
fn wanted(function: &Function, symbols: &[String], store: &[Access]) -> BTreeSet<Right> {
    let mut rights = BTreeSet::new();
    for access in store {
        let reached = symbols.iter().any(|symbol| {
            let rest = symbol.split_once(&access.module);
            rest.is_some_and(|(_, rest)| names(rest, &access.function))
        });
        if reached {
            let table = function.environment.get(&access.table);
            let table = table.unwrap_or_else(|| panic!("{} lacks {}", function.id, access.table));
            let arn = stack().table_arn(table);
            rights.extend(access.actions.iter().map(|(action, index)| match index {
                Some(index) => (action.clone(), format!("{arn}/index/{index}")),
                None => (action.clone(), arn.clone()),
            }));
        }
    }
    rights
}

/// What the template grants, without what SAM adds.
fn granted(function: &Function) -> BTreeSet<Right> {
    let destination = function.asynchronous.on_failure.clone();
    let mut rights = BTreeSet::new();
    for statement in function.statements.iter().filter(|s| s.allow) {
        for action in &statement.actions {
            let resources = statement.resources.iter();
            rights.extend(resources.map(|resource| (action.clone(), resource.clone())));
        }
    }
    rights.retain(|(_, resource)| Some(resource) != destination.as_ref());
    rights
}

/// Resources of a service that the rights name.
fn resources(rights: &BTreeSet<Right>, service: &str) -> BTreeSet<String> {
    let of = |(action, _): &&Right| action.starts_with(service);
    rights
        .iter()
        .filter(of)
        .map(|right| right.1.clone())
        .collect()
}

/// The queues and functions the environment names, by ARN.
fn named(function: &Function, suffix: &str, arn: impl Fn(&str) -> String) -> BTreeSet<String> {
    let variables = function.environment.iter();
    let named = variables.filter(|(name, _)| name.ends_with(suffix));
    named.map(|(_, value)| arn(name_of(value))).collect()
}

#[tokio::test]
async fn each_function_may_do_what_its_code_can_do_and_no_more() {
    let text = fs::read_to_string(root().join("template.yaml")).unwrap();
    let functions = template::load(&text, &stack(), &BTreeMap::new())
        .unwrap()
        .functions;
    let output = OutputDirectory::of_this_executable().unwrap();
    let binaries = functions.iter().map(|f| f.binary.as_str()).collect();
    output.build(&root(), &binaries).await.unwrap();
    let store = store();
    for function in &functions {
        let symbols = symbols(&output.binary(&function.binary));
        let (called, granted) = (called(&symbols), granted(function));
        let actions: BTreeSet<String> = granted.iter().map(|right| right.0.clone()).collect();
        assert_eq!(
            actions, called,
            "{}: actions granted, and called",
            function.id
        );
        let wanted = wanted(function, &symbols, &store);
        let of_tables = granted
            .iter()
            .filter(|right| right.0.starts_with("dynamodb:"));
        let of_tables: BTreeSet<Right> = of_tables.cloned().collect();
        assert_eq!(
            of_tables, wanted,
            "{}: rights to tables, and use",
            function.id
        );
        let queues = named(function, "_URL", |name| stack().queue_arn(name));
        assert_eq!(resources(&granted, "sqs:"), queues, "{}", function.id);
        let mut others = named(function, "_FUNCTION", |name| stack().function_arn(name));
        if function.id == "Forward" {
            others.insert(stack().function_arn("wechat-handler-*"));
        }
        assert_eq!(resources(&granted, "lambda:"), others, "{}", function.id);
    }
}
