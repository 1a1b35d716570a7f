//! Files that are taken up when they change: all of them are checked together, and what is faulty changes nothing.

use crate::{
    Bundle, diagnosis,
    error::BundleError,
    files::{Contents, from_here},
    rules,
};
use shared::account::AccountsFile;
use std::{convert::Infallible, path::PathBuf, time::Duration};
use texts::text;

/// How often the files are looked at; what has not changed from one look to the next is whole.
const LOOK: Duration = Duration::from_millis(250);

/// The function that reads the rules.
const READER: &str = "Callback";

impl Bundle {
    /// Takes up the files of accounts, assistants and rules whenever they change, and tells what was taken up or what
    /// is wrong; then everything goes on as before. Pushes under way are answered by the rules they came under.
    pub async fn watch(&self, tell: impl Fn(&str)) -> Infallible {
        let mut taken = self.contents.clone();
        let mut told = Ok(taken.clone());
        let mut seen = told.clone();
        loop {
            tokio::time::sleep(LOOK).await;
            let now = Contents::read(&self.options).map_err(|error| diagnosis::told(&error));
            let is_whole = now == seen;
            seen = now;
            if !is_whole || seen == told {
                continue;
            }
            told.clone_from(&seen);
            let outcome = match &told {
                Ok(now) => {
                    let line = self.take_up(&taken, now).await;
                    line.map(|line| (now.clone(), line))
                }
                Err(reason) => Err(reason.clone()),
            };
            match outcome {
                Ok((now, line)) => {
                    taken = now;
                    tell(&line);
                }
                Err(reason) => tell(&format!("{}\n{reason}", text!("files.not_taken_up"))),
            }
        }
    }

    async fn take_up(&self, before: &Contents, now: &Contents) -> Result<String, String> {
        let told = |error: BundleError| diagnosis::told(&error);
        let accounts = self.accounts_of(now).map_err(told)?;
        let stack = &self.options.stack;
        let checked = rules::check(stack, &self.template, &accounts, now.rules.as_deref());
        let checked = checked.map_err(told)?;
        let are_accounts =
            (&before.accounts, &before.assistants) != (&now.accounts, &now.assistants);
        if are_accounts {
            let gateway = self.gateway_url();
            self.wechat()
                .take_up(&now.accounts, &gateway)
                .map_err(told)?;
            self.replace_parameters(before, &accounts).map_err(told)?;
        }
        if let (Some(copy), Some(rules)) = (&self.rules, &now.rules) {
            copy.write(rules).map_err(told)?;
        }
        let readers: &[&str] = if are_accounts { &[] } else { &[READER] };
        self.restart(readers)
            .await
            .map_err(|error| error.to_string())?;
        Ok(self.line(before, now, checked.as_ref()))
    }

    /// Parameter Store as it would be had the bundle started with these accounts.
    fn replace_parameters(
        &self,
        before: &Contents,
        accounts: &AccountsFile,
    ) -> Result<(), BundleError> {
        let stored = |accounts| {
            self.options
                .stack_with(accounts, self.wechat().url())
                .ssm_parameters
        };
        let (old, new) = (stored(&self.accounts_of(before)?), stored(accounts));
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            self.parameters().remove(name);
        }
        for (name, value) in new
            .iter()
            .filter(|(name, value)| old.get(*name) != Some(*value))
        {
            self.parameters().put(name, value);
        }
        Ok(())
    }

    fn accounts_of(&self, contents: &Contents) -> Result<AccountsFile, BundleError> {
        contents.accounts(&self.options, self.wechat().url())
    }

    /// What was taken up, and what will not work although nothing is wrong.
    fn line(&self, before: &Contents, now: &Contents, rules: Option<&rules::Checked>) -> String {
        let files = &self.options.files;
        let name = |file: &Option<PathBuf>| file.as_deref().map(from_here);
        let counted = |rules: &rules::Checked| format!("{} ({})", rules.file, rules.counted());
        let changed = [
            (before.accounts != now.accounts, name(&files.accounts)),
            (before.assistants != now.assistants, name(&files.assistants)),
            (before.rules != now.rules, rules.map(counted)),
        ];
        let changed = changed.into_iter().filter(|(is, _)| *is);
        let changed: Vec<String> = changed.filter_map(|(_, name)| name).collect();
        let mut lines = vec![match changed.is_empty() {
            true => text!("files.as_before"),
            false => text!("files.taken_up", files = changed.join(", ")),
        }];
        lines.extend(
            rules
                .iter()
                .flat_map(|rules| rules.warnings.iter().cloned()),
        );
        lines.join("\n")
    }
}
