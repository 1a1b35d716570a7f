//! Whatever cargo is asked for, `run`, `build`, `test` or what the bundle asks for itself, it compiles each crate once: it
//! chooses the same features every time.

use std::{collections::BTreeSet, env, fs, path::Path, process::Command};

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap()
}

/// Every crate with its features, as cargo would build the workspace along these edges.
fn chosen(edges: &str) -> BTreeSet<String> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "tree",
            "--workspace",
            "--locked",
            "--offline",
            "--prefix",
            "none",
        ])
        .args(["--edges", edges, "--format", "{p}: {f}"])
        .current_dir(root())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines.lines().map(|line| line.trim_end_matches(" (*)"));
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn tests_choose_no_other_features_than_what_they_test() {
    let (without, with) = (chosen("normal,build"), chosen("normal,build,dev"));
    let other: Vec<_> = without.difference(&with).collect();
    assert!(without.len() > 100, "{without:?}");
    assert!(
        other.is_empty(),
        "built again for tests, with more features; have crate `tests` depend on those always: {other:#?}"
    );
}

#[test]
fn without_a_package_cargo_takes_all_and_runs_the_bundle() {
    let read = |path: &Path| -> toml::Table {
        let text = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        toml::from_str(&text).unwrap()
    };
    let workspace = read(root());
    assert!(workspace["workspace"].get("default-members").is_none());
    let folders = ["infra", "functions"].map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let folders = folders
        .into_iter()
        .flatten()
        .map(|folder| folder.unwrap().path());
    let crates = folders.filter(|folder| folder.join("Cargo.toml").is_file());
    let runs = crates.filter_map(|folder| {
        let package = read(&folder)["package"].clone();
        package
            .get("default-run")
            .map(|run| run.as_str().unwrap().to_owned())
    });
    assert_eq!(runs.collect::<Vec<_>>(), ["wechat-functions"]);
}
