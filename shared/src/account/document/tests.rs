use super::*;
use crate::account::LateReply;
use secrecy::ExposeSecret as _;

const GOOD: &str = r#"
[accounts.demo]
app_id = "wx5f2c8a1d9e3b7046"
original_id = "gh_7d31c0a94be2"
kind = "service"
app_secret = "0123456789abcdef0123456789abcdef"
token = "Token2025abcDEF"
mode = "safe"
encoding_aes_key = "kD7vQ2mXz9LrB4tYw8HsJ1cFpN6gEoUaI3RxV5TiZqG"
pace = { per_minute = 600, lanes = 4, gap_ms = 0, jitter_ms = [0, 0], per_day = 100000 }
late_reply = "hold"
web = { domains = ["www.example.com"], verify_files = { "MP_verify_AbC.txt" = "AbC" } }
"#;

#[test]
fn the_book_shows_every_setting_with_its_default() {
    let least = |line: &&str| {
        let needed = [
            "[accounts",
            "app_",
            "original_id",
            "kind",
            "token =",
            "mode",
            "encoding",
        ];
        needed.iter().any(|start| line.starts_with(start))
    };
    let good: String = GOOD
        .lines()
        .filter(least)
        .map(|line| format!("{line}\n"))
        .collect();
    let parameter = |text: &str| -> serde_json::Value {
        let file = AccountsFile::parse(text).unwrap();
        let parameter = file.accounts[0].callback_parameter.expose_secret();
        serde_json::from_str(parameter).unwrap()
    };
    for page in [
        include_str!("../../../../docs/en/reference/settings.md"),
        include_str!("../../../../docs/zh/reference/settings.md"),
    ] {
        let (_, shown) = page.split_once("```toml\n[accounts.demo]\n").unwrap();
        let (shown, _) = shown.split_once("```").unwrap();
        let optional: Vec<&str> = shown.lines().filter(|line| !line.contains('…')).collect();
        let optional = optional
            .iter()
            .filter(|line| !least(line) || line.starts_with("[accounts.demo."));
        let rest: String = optional.map(|line| format!("{line}\n")).collect();
        let (own, tables) = rest.split_once("\n[").unwrap();
        assert_eq!(
            parameter(&format!("{good}{own}\n[{tables}")),
            parameter(&good)
        );
        for name in parameter(&good).as_object().unwrap().keys() {
            assert!(
                shown.contains(&format!("{name} =")) || name == "allowances",
                "{name}"
            );
        }
    }
}

fn refusal(text: &str) -> String {
    AccountsFile::parse(text).unwrap_err().to_string()
}

#[test]
fn a_file_becomes_the_two_parameters_and_back() {
    let file = AccountsFile::parse(GOOD).unwrap();
    let listed = &file.accounts[0];
    let callback = listed.callback_parameter.expose_secret();
    assert!(
        !callback.contains("0123456789abcdef"),
        "the secret stays out"
    );
    let again = Account::from_parameter(&listed.account.name, callback).unwrap();
    assert_eq!(again.app_id(), listed.account.app_id());
    assert_eq!(again.late_reply, LateReply::Hold);
    assert_eq!(again.server.timestamp_window_s, 600);
    let secret =
        Account::app_secret_from_parameter(&again.name, listed.secret_parameter.expose_secret())
            .unwrap();
    assert_eq!(secret.0.expose_secret(), "0123456789abcdef0123456789abcdef");
}

#[test]
fn a_faulty_file_names_account_and_field() {
    let short_key = GOOD.replace("ZqG\"", "Zq\"");
    assert_eq!(
        refusal(&short_key),
        "account 'demo': encoding_aes_key: must be exactly 43 letters or digits"
    );
    let unknown = GOOD.replace("late_reply", "late_replies");
    assert!(refusal(&unknown).starts_with("account 'demo': late_replies: unknown field"));
    let nested = GOOD.replace("gap_ms", "gap");
    assert!(refusal(&nested).starts_with("account 'demo': pace.gap: unknown field"));
    let wrong_mode = GOOD.replace("\"safe\"", "\"secure\"");
    assert!(refusal(&wrong_mode).starts_with("account 'demo': mode: unknown variant"));
    assert!(refusal("").starts_with("accounts file:"));
    assert!(refusal("[accounts]").contains("at least one"));
}

#[test]
fn an_app_id_belongs_to_one_account() {
    let twice = format!("{GOOD}{}", GOOD.replace("accounts.demo", "accounts.other"));
    assert_eq!(
        refusal(&twice),
        "account 'other': app_id: already used by account 'demo'"
    );
}

#[test]
fn sealed_modes_need_a_key_and_the_secret_its_own_parameter() {
    let keyless = GOOD.replace("encoding_aes_key", "previous_encoding_aes_key");
    assert!(refusal(&keyless).contains("encoding_aes_key: needed"));
    let name = AccountName::try_from("demo").unwrap();
    let file = AccountsFile::parse(GOOD).unwrap();
    let mixed = file.accounts[0]
        .callback_parameter
        .expose_secret()
        .replacen(
            '{',
            r#"{"app_secret":"0123456789abcdef0123456789abcdef","#,
            1,
        );
    let refused = Account::from_parameter(&name, &mixed)
        .unwrap()
        .sound()
        .unwrap_err()
        .to_string();
    assert!(refused.contains("app_secret: belongs into"), "{refused}");
}

#[test]
fn what_would_only_fail_later_is_refused_where_it_is_written() {
    let with = |line: &str| {
        let good = GOOD
            .lines()
            .filter(|l| !l.starts_with("pace") && !l.starts_with("web"));
        let good: Vec<&str> = good.collect();
        refusal(&format!("{}\n{line}\n", good.join("\n")))
    };
    for (line, field) in [
        ("only_from_wechat = \"yes\"", "only_from_wechat"),
        ("pace = { per_minute = 0 }", "pace.per_minute"),
        (
            "pace = { per_day = 3 }",
            "pace.per_day: must be at least pace.lanes",
        ),
        ("pace = { per_day = 0 }", "pace.per_day"),
        ("pace = { lanes = 0 }", "pace.lanes"),
        ("pace = { gap_ms = 3600001 }", "pace.gap_ms"),
        ("pace = { jitter_ms = [2, 1] }", "pace.jitter_ms"),
        (
            "pace = { quiet_hours = { from = \"22:00\", to = \"08:00\", time_zone = \"Asia/Shangai\" } }",
            "pace.quiet_hours: time_zone: 'Asia/Shangai'",
        ),
        ("api_hosts = []", "api_hosts"),
        ("api_hosts = [\"https://api.weixin.qq.com\"]", "api_hosts"),
        ("token_api = \"old\"", "token_api"),
        ("mass = { calls_per_day = 0 }", "mass.calls_per_day"),
        ("mass = { calls_per_minute = 0 }", "mass.calls_per_minute"),
        (
            "allowances = { click = { messages = 3, within_s = 0 } }",
            "allowances.click.within_s",
        ),
        (
            "caps = { template = { per_day = 0 } }",
            "caps.template.per_day",
        ),
        ("caps = { news = { per_day = 3 } }", "caps"),
        ("long_term_templates = [\"a b\"]", "long_term_templates"),
        ("web = { domains = [\"https://x.example\"] }", "web.domains"),
        (
            "web = { verify_files = { \"a.txt\" = \"a\" } }",
            "web.verify_files",
        ),
        ("webs = {}", "webs: unknown field"),
        (
            "assistants = { helper = { url = \"http://x\", model = \"m\" } }",
            "assistants: helper.url: must be",
        ),
        (
            "assistants = { helper = { url = \"https://x\" } }",
            "assistants.helper: missing field `model`",
        ),
    ] {
        let told = with(line);
        assert!(
            told.starts_with(&format!("account 'demo': {field}")),
            "{line}: {told}"
        );
    }
}

#[test]
fn an_account_says_what_kind_it_is_and_how_long_an_answer_takes() {
    let kindless = GOOD.replace("kind = ", "# kind = ");
    assert_eq!(refusal(&kindless), "account 'demo': kind: missing");
    for ms in ["999", "4801", "-1", "4500.5", "\"4500\""] {
        let line = format!("answer_within_ms = {ms}\nkind = ");
        let told = refusal(&GOOD.replace("kind = ", &line));
        assert!(
            told.starts_with("account 'demo': answer_within_ms"),
            "{ms}: {told}"
        );
    }
}

#[test]
fn secrets_of_the_teams_become_parameters_of_their_own() {
    let with = |secrets: &str| AccountsFile::parse(&format!("{GOOD}\nsecrets = {secrets}\n"));
    let file = with("{ webhook = 'whsec_AA==', assistant-2 = 'key' }").unwrap();
    let listed = &file.accounts[0];
    let names: Vec<_> = listed.secrets.keys().map(String::as_str).collect();
    assert_eq!(names, ["assistant-2", "webhook"]);
    assert!(!listed.callback_parameter.expose_secret().contains("whsec_"));
    for wrong in [
        "{ secret = 'x' }",
        "{ 'a/webhook' = 'x' }",
        "{ webhook = 1 }",
        "'x'",
    ] {
        let told = with(wrong).unwrap_err().to_string();
        assert!(told.starts_with("account 'demo': secrets"), "{told}");
    }
}

#[test]
fn what_callbacks_do_not_need_may_be_wrong_where_it_is_read() {
    let name = AccountName::try_from("demo").unwrap();
    let file = AccountsFile::parse(GOOD).unwrap();
    let good: serde_json::Value =
        serde_json::from_str(file.accounts[0].callback_parameter.expose_secret()).unwrap();
    let read = |field: &str, value: serde_json::Value| {
        let mut document = good.clone();
        document[field] = value;
        Account::from_parameter(&name, &document.to_string())
    };
    for field in [
        "kind",
        "pace",
        "token_api",
        "api_hosts",
        "allowances",
        "caps",
        "long_term_templates",
        "mass",
        "web",
        "assistants",
        "secrets",
        "tokn",
    ] {
        let account = read(field, serde_json::json!({ "no": "such thing" })).unwrap();
        let faults: Vec<String> = account.faults().map(ToString::to_string).collect();
        assert_eq!(faults.len(), 1, "{field}: {faults:?}");
        assert!(faults[0].contains(field), "{faults:?}");
    }
    for field in [
        "app_id",
        "original_id",
        "token",
        "mode",
        "encoding_aes_key",
        "late_reply",
    ] {
        let error = read(field, serde_json::json!(123_456))
            .unwrap_err()
            .to_string();
        assert!(error.contains(field), "{error}");
        let is_secret = matches!(field, "token" | "encoding_aes_key");
        assert!(!(is_secret && error.contains("123456")), "{error}");
    }
}
