//! `wechat-doctor import-rules`: the console's auto-replies (自动回复) become a `rules.toml`.
//!
//! What a rule cannot say stays in the file as a comment with its reason. Each rule is checked, with those above it, by what
//! the callback itself reads rules with.

mod answer;
mod console;
mod error;
mod file;

pub use error::ImportError;

use crate::{
    options::ImportRules,
    source::{self, StoredAccount, StoredAccounts},
    stack::Stack,
    wechat::Wechat,
};
use aws_config::SdkConfig;
use file::Written;
use shared::account::AccountName;
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};
use wechat_oa::api::{Http, base::AutoreplyInfo};

/// Fetches the rules, writes the file, and tells what is in it. What is left out goes to standard error too.
pub(crate) async fn run(
    import: &ImportRules,
    aws: Option<&SdkConfig>,
    to: &mut dyn Write,
) -> Result<(), ImportError> {
    let path = import.output.as_path();
    if path.exists() && !import.force {
        return Err(ImportError::exists(path));
    }
    let (name, info) = fetch(import, aws).await?;
    let candidates = console::candidates(info);
    if candidates.is_empty() {
        let nothing =
            "The console has no auto-replies (自动回复) that are switched on; nothing is written.";
        return Ok(writeln!(to, "{nothing}")?);
    }
    let written = file::write(&name, &candidates);
    store(path, &written.text, import.force).map_err(|source| ImportError::write(path, source))?;
    Ok(tell(&written, path, to)?)
}

/// The account's name, and what WeChat says of its console.
async fn fetch(
    import: &ImportRules,
    aws: Option<&SdkConfig>,
) -> Result<(AccountName, AutoreplyInfo), ImportError> {
    let stack = match (&import.stack, aws) {
        (Some(name), Some(config)) => Stack::read(config, name).await?,
        _ => Stack::default(),
    };
    let place = source::Place {
        file: import.accounts.as_deref(),
        prefix: import.place.prefix(Some(&stack)),
    };
    let all = source::read(&place, aws).await?;
    let StoredAccount { account, secret } = one(all, import.account.as_deref())?;
    let base = import.wechat_api_base.as_deref();
    let base = base.or_else(|| stack.wechat_api_base());
    let wechat = Wechat::new(&account, Http::default(), base);
    let tried = wechat.token(&account, &secret?).await;
    let info = wechat.autoreply(&tried.into_token()?).await?;
    Ok((account.name, info))
}

/// The account that is asked for, or the only one there is.
fn one(all: StoredAccounts, name: Option<&str>) -> Result<StoredAccount, ImportError> {
    let known = match all.names().as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let StoredAccounts { found, checks } = all;
    let is_it = |found: &StoredAccount| name.is_none_or(|name| found.account.name.as_str() == name);
    let mut fitting: Vec<_> = found.into_iter().filter(is_it).collect();
    match (fitting.pop(), fitting.is_empty()) {
        (Some(found), true) => Ok(found),
        (Some(_), false) => Err(ImportError::Which { known }),
        (None, _) => {
            let concerns =
                |account: Option<&str>| name.is_none() || account.is_none() || account == name;
            let told = checks
                .into_iter()
                .find(|check| concerns(check.account.as_deref()));
            Err(told.map_or(ImportError::Which { known }, |check| Box::new(check).into()))
        }
    }
}

/// A file that is there is written over only if that is asked for.
fn store(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let mut open = OpenOptions::new();
    match force {
        true => open.write(true).create(true).truncate(true),
        false => open.write(true).create_new(true),
    };
    open.open(path)?.write_all(text.as_bytes())
}

fn tell(written: &Written, path: &Path, to: &mut dyn Write) -> io::Result<()> {
    for remark in &written.remarks {
        eprintln!("{remark}");
    }
    let (path, rules) = (path.display(), written.rules);
    let remarks = match written.remarks.len() {
        0 => "nothing is left out".to_owned(),
        n => format!("{n} remarks on what is left out or differs stand in it and above"),
    };
    writeln!(to, "Wrote {path}: {rules} rules; {remarks}.\n\nNext:")?;
    writeln!(to, "1. Try it: cargo run -- --rules {path}")?;
    writeln!(
        to,
        "2. Put its rules into functions/callback/rules.toml, above one that fits everything, and deploy."
    )
}
