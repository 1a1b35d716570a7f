//! The program as people type it.

use std::process::Command;

#[test]
fn the_shipped_rules_are_checked_and_nothing_is_started() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wechat-functions"));
    let output = command.arg("--check").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    let file = "functions/callback/rules.toml: ";
    assert!(
        told.contains(file) && told.contains("nothing wrong"),
        "{told}"
    );
}
