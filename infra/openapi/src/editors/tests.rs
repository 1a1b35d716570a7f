use super::*;
use boon::{Compiler, Draft, Schemas};
use serde_json::json;
use shared::{
    account::{AccountsFile, FIELDS},
    router::{RulesFile, Surroundings, words},
};
use std::{collections::BTreeSet, fs, path::Path};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn named(name: &str) -> Value {
    let mut all = schemas().into_iter();
    all.find(|(file, _)| *file == name).unwrap().1
}

/// Why a text does not fit a schema.
fn refusal(schema: &str, text: &str) -> Option<String> {
    let written: toml::Table = text.parse().unwrap();
    let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
    compiler.set_default_draft(Draft::V7);
    let place = format!("http://127.0.0.1/{schema}");
    compiler.add_resource(&place, named(schema)).unwrap();
    let read = compiler.compile(&place, &mut schemas).unwrap();
    let written = json!(written);
    let told = schemas.validate(&written, read).err();
    told.map(|told| told.to_string())
}

fn properties(schema: &Value, place: &str) -> BTreeSet<String> {
    let properties = schema.pointer(place).and_then(Value::as_object);
    properties.unwrap().keys().cloned().collect()
}

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for (name, schema) in schemas() {
        let committed = fs::read_to_string(Path::new(ROOT).join("docs/schemas").join(name));
        let told = format!("docs/schemas/{name} is not that of the types: cargo run --bin openapi");
        assert_eq!(committed.unwrap(), json(&schema), "{told}");
    }
}

#[test]
fn they_have_the_fields_that_are_read() {
    let rule = properties(&named("rules.json"), "/definitions/Rule/properties");
    let read = words::fields()
        .into_iter()
        .filter(|name| *name != "publish");
    assert_eq!(rule, read.map(str::to_owned).collect());
    let accounts = named("accounts.json");
    let account = properties(&accounts, "/definitions/AccountDocument/properties");
    assert_eq!(account, FIELDS.map(str::to_owned).into());
}

/// The files that are shipped, and what the documents show.
#[test]
fn what_is_shipped_fits() {
    for (schema, file) in [
        ("rules.json", "functions/callback/rules.toml"),
        ("rules.json", "infra/local/demo/rules.toml"),
        ("assistants.json", "infra/local/demo/assistants.toml"),
        ("accounts.json", "infra/local/demo/accounts.toml"),
    ] {
        let text = fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
        assert_eq!(refusal(schema, &text), None, "{file}");
        let own = format!("docs/schemas/{schema}");
        let first = text.lines().next().unwrap();
        let place = first
            .strip_prefix("#:schema ")
            .unwrap_or_else(|| panic!("{file}: {first}"));
        let told = Path::new(ROOT).join(file).parent().unwrap().join(place);
        assert_eq!(
            told.canonicalize().unwrap(),
            Path::new(ROOT).join(own).canonicalize().unwrap()
        );
    }
}

/// A rule, and whether it is right.
const RULES: [(&str, bool); 30] = [
    ("any = true\nreply = 'a'", true),
    ("any = false\nreply = 'a'", false),
    ("text = ['a', 'b']\nexact = true\nreply = 'a'", true),
    ("text = []\nreply = 'a'", false),
    ("text = 5\nreply = 'a'", false),
    ("txet = 'a'\nreply = 'a'", false),
    ("reply = 'a'", false),
    ("text = 'a'", false),
    ("text = 'a'\npublish = true", false),
    ("event = 'SUBSCRIBE'\nreply = 'a'", true),
    (
        "event = ['news_of_2030']\nallow_unknown = true\nreply = 'a'",
        true,
    ),
    (
        "kind = 'image'\nreply = { kind = 'image', media_id = 'm' }",
        true,
    ),
    (
        "kind = 'image'\nreply = { kind = 'image', media = 'm' }",
        false,
    ),
    (
        "kind = 'image'\nreply = { kind = 'picture', media_id = 'm' }",
        false,
    ),
    (
        "kind = 'image'\nreply = { kind = 'video', media_id = 'm', title = 't' }",
        true,
    ),
    ("kind = 'image'\nreply = { media_id = 'm' }", false),
    ("kind = 'image'\nreply = 5", false),
    (
        "text = 'a'\narticles = [{ title = 't', url = 'https://a.cn' }]",
        true,
    ),
    ("text = 'a'\narticles = [{ titel = 't' }]", false),
    ("text = 'a'\nreplies = ['a', 'b']\npick = 'random'", true),
    ("text = 'a'\nreplies = ['a']\npick = 'random'", false),
    ("text = 'a'\nreplies = ['a', 'b']\npick = 'some'", false),
    ("text = 'a'\ntransfer = 'kf2001@gh_a'", true),
    ("text = 'a'\ntransfer = false", false),
    ("text = 'a'\ntransfer = 'online'\nfallback = 'later'", true),
    ("tagged = ['vip', 101]\ntag = 'a'\nuntag = [102]", true),
    ("tagged = [[]]\nreply = 'a'", false),
    (
        "scene = 'shop_*'\naccount = 'demo'\nduring = '09:00-18:00'\nreply = 'a'",
        true,
    ),
    (
        "any = true\nforward = 'wechat-handler-a'\nmarkdown = 'plain'\nai = true\ncollect = 'first'",
        true,
    ),
    (
        "any = true\nforward = 'wechat-handler-a'\nmarkdown = 'html'",
        false,
    ),
];

#[test]
fn a_rule_is_refused_by_the_schema_where_the_callback_refuses_it() {
    for (rule, right) in RULES {
        let text = format!("[[rule]]\n{rule}\n");
        let read = RulesFile::read("rules.toml", text.as_bytes(), &Surroundings::default());
        assert_eq!(read.is_ok(), right, "{rule}: {:?}", read.err());
        let told = refusal("rules.json", &text);
        assert_eq!(told.is_none(), right, "{rule}: {told:?}");
    }
}

const ACCOUNT: &str = "app_id = 'wx5f2c8a1d9e3b7046'\noriginal_id = 'gh_7d31c0a94be2'\nkind = 'service'\n\
    app_secret = '0123456789abcdef0123456789abcdef'\ntoken = 'token'\nmode = 'plain'\n";

#[test]
fn an_account_is_refused_by_the_schema_where_nothing_reads_it() {
    for (setting, right) in [
        ("", true),
        ("class = 'unverified'", true),
        ("class = 'personal'", false),
        ("late_reply = 'continue'\nwaiting = 'at_once'", true),
        ("late_replies = 'continue'", false),
        ("answer_within_ms = 4800", true),
        ("answer_within_ms = 4801", false),
        ("numbered_pieces = 'yes'", false),
        (
            "pace = { per_minute = 60, quiet_hours = { from = '22:00', to = '08:00' } }",
            true,
        ),
        ("pace = { per_hour = 60 }", false),
        ("pace = { quiet_hours = { from = '22:00' } }", false),
        (
            "mass = { to_all = 1 }\ncaps = { template = { per_day = 3 } }",
            true,
        ),
        ("caps = { template = 3 }", false),
        ("api_hosts = []", false),
        (
            "web = { domains = ['www.example.com'], verify_files = { 'MP_verify_AbC.txt' = 'AbC' } }",
            true,
        ),
        ("secrets = { assistant = 'k' }", true),
        (
            "assistants = { helper = { url = 'https://a.cn/v1', model = 'm' } }",
            true,
        ),
        (
            "assistants = { helper = { url = 'https://a.cn/v1' } }",
            false,
        ),
        (
            "assistants = { helper = { url = 'https://a.cn/v1', model = 'm', modle = 'm' } }",
            false,
        ),
        (
            "allowances = { message = { messages = 5, within_s = 172800 } }",
            true,
        ),
        ("allowances = { message = { messages = 5 } }", false),
    ] {
        let text = format!("[accounts.demo]\n{ACCOUNT}{setting}\n");
        let read = AccountsFile::parse(&text);
        assert_eq!(read.is_ok(), right, "{setting}: {:?}", read.err());
        let told = refusal("accounts.json", &text);
        assert_eq!(told.is_none(), right, "{setting}: {told:?}");
    }
    for needed in ACCOUNT.lines() {
        let text = format!("[accounts.demo]\n{}", ACCOUNT.replace(needed, ""));
        assert!(AccountsFile::parse(&text).is_err(), "{needed}");
        assert!(refusal("accounts.json", &text).is_some(), "{needed}");
    }
}

#[test]
fn the_simulated_assistant_needs_no_address_and_a_real_one_does() {
    for (assistant, right) in [
        ("", true),
        ("url = 'simulated'", true),
        ("system = 'Be brief.'", true),
        ("url = 'https://a.cn/v1'\nmodel = 'm'", true),
        ("url = 'https://a.cn/v1'", false),
        ("model = 'm'", false),
    ] {
        let text = format!("[assistants.helper]\n{assistant}\n");
        let told = refusal("assistants.json", &text);
        assert_eq!(told.is_none(), right, "{assistant}: {told:?}");
    }
}
