use super::*;
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
fn the_readmes_show_every_setting_with_its_default() {
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
    for readme in [
        include_str!("../../../../README.md"),
        include_str!("../../../../README.zh-CN.md"),
    ] {
        let (_, shown) = readme.split_once("```toml\n[accounts.demo]\n").unwrap();
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
    assert_eq!(again.app_id, listed.account.app_id);
    assert_eq!(again.late_reply, LateReply::Hold);
    assert_eq!(again.timestamp_window_s, 600);
    let secret =
        AppSecret::from_parameter(&again.name, listed.secret_parameter.expose_secret()).unwrap();
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
        .unwrap_err()
        .to_string();
    assert!(refused.contains("app_secret: belongs into"), "{refused}");
}
