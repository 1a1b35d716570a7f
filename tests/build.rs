//! Looks for the programs that some of the tests drive. Where one is missing its test is ignored, which cargo says with the
//! reason; in CI, which installs a browser and a curl, the tests that need those fail.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The first curl that signs requests (<https://curl.se/docs/manpage.html#--aws-sigv4>).
const SIGNS: [u32; 2] = [7, 75];

fn main() {
    println!("cargo::rerun-if-env-changed=CI");
    println!("cargo::rerun-if-env-changed=PATH");
    let driver = installed(&["chromedriver"]);
    let browser = installed(&["chromium", "chromium-browser", "google-chrome"]);
    let curl = installed(&["curl"]).filter(|curl| signs(curl));
    let all = driver.is_some() && browser.is_some();
    let promised = env::var_os("CI").is_some();
    tell(
        "browser",
        all || promised,
        &[("CHROMEDRIVER", driver), ("CHROMIUM", browser)],
    );
    tell("curl", curl.is_some() || promised, &[("CURL", curl)]);
    for name in ["go", "java", "node", "php"] {
        let program = installed(&[name]);
        let variable = name.to_uppercase();
        tell(name, program.is_some(), &[(variable.as_str(), program)]);
    }
}

/// Sets `cfg(name)` where its tests are to run, and where the programs are.
fn tell(name: &str, runs: bool, programs: &[(&str, Option<PathBuf>)]) {
    println!("cargo::rustc-check-cfg=cfg({name})");
    if runs {
        println!("cargo::rustc-cfg={name}");
    }
    for (variable, program) in programs {
        match program {
            Some(program) => println!("cargo::rustc-env={variable}={}", program.display()),
            None => folders().for_each(|folder| {
                println!("cargo::rerun-if-changed={}", folder.display());
            }),
        }
    }
}

/// The folders of `PATH` that there are.
fn folders() -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path)
        .filter(|folder| folder.is_dir())
        .collect();
    folders.into_iter()
}

fn installed(names: &[&str]) -> Option<PathBuf> {
    let mut files = folders().flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    files.find(|file| file.is_file())
}

fn signs(curl: &Path) -> bool {
    let told = Command::new(curl).arg("--version").output();
    let told = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    let told = told.unwrap_or_default();
    let version = told.split_whitespace().nth(1).unwrap_or_default();
    let numbers: Vec<u32> = version.split('.').map(|n| n.parse().unwrap_or(0)).collect();
    numbers.as_slice() >= SIGNS.as_slice()
}
