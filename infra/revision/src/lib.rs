//! The version of a program. A macro and no build script: of a package it is the binary alone that names the revision,
//! so that a commit has cargo build `main.rs` again and no library.

use proc_macro::TokenStream;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// The package's version, as in `0.1.0 (3f0c2a1b9)`; without the revision where the package is not of a git repository,
/// or there is no git.
#[proc_macro]
pub fn version(_: TokenStream) -> TokenStream {
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let told = told(Path::new(&folder));
    let plain = r#"env!("CARGO_PKG_VERSION")"#.to_owned();
    let code = told.unwrap_or(plain);
    code.parse().unwrap_or_default()
}

/// An expression that is the version with the revision, and names the files whose change is a new one.
fn told(folder: &Path) -> Option<String> {
    // A copy of the sources inside another repository has no revision of it.
    git(folder, &["ls-files", "--error-unmatch", "Cargo.toml"])?;
    let revision = git(folder, &["rev-parse", "--short=9", "HEAD"])?;
    let mut watched = vec![git(folder, &["rev-parse", "--git-path", "HEAD"])?];
    if let Some(branch) = git(folder, &["symbolic-ref", "--quiet", "HEAD"]) {
        watched.extend(git(folder, &["rev-parse", "--git-path", &branch]));
        watched.extend(git(folder, &["rev-parse", "--git-path", "packed-refs"]));
    }
    let files = watched.iter().map(|file| folder.join(file));
    let tracked: String = files.filter(|file| file.is_file()).map(include).collect();
    Some(format!(
        r#"{{ {tracked} concat!(env!("CARGO_PKG_VERSION"), " ({revision})") }}"#
    ))
}

/// What makes a file one that the program is built of.
fn include(file: PathBuf) -> String {
    format!(
        r##"const _: &[u8] = include_bytes!(r#"{}"#);"##,
        file.display()
    )
}

/// What git says, on one line; nothing when it fails.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let told = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output();
    let told = told.ok().filter(|told| told.status.success())?;
    let line = String::from_utf8(told.stdout).ok()?;
    Some(line.trim().to_owned())
}
