//! The rules, checked before a function starts with them: accounts, functions and handlers are known here.

use crate::{accounts, error::BundleError, options::Options};
use sam_local::template::Template;
use shared::{
    account::AccountsFile,
    router::{RulesFile, Surroundings},
};
use std::path::{Path, PathBuf};

/// The rules as shipped, from the workspace.
const SHIPPED: &str = "functions/callback/rules.toml";

/// The names of the handlers in Rust that rules may run.
macro_rules! handlers {
    ($($name:literal => $handler:path),* $(,)?) => {
        &[$($name),*]
    };
}
const HANDLERS: &[&str] = include!("../../../functions/forward/src/handlers/list.rs");

/// A rules file in which nothing is wrong.
#[derive(Debug)]
pub struct Checked {
    /// The file, as people find it from where they are.
    pub file: String,
    /// How many rules it has.
    pub rules: usize,
    /// What will not work here although nothing is wrong, `file:line:column: warning: …`.
    pub warnings: Vec<String>,
}

/// Checks what `options` would start with, and starts nothing. `None` when the template's workspace
/// has no rules.
///
/// # Errors
/// Everything that is wrong in the rules, or why they cannot be checked.
pub fn check_alone(options: &Options) -> Result<Option<Checked>, BundleError> {
    let accounts = accounts::parse(&options.accounts)?;
    let stack = options.stack_with(&accounts, "");
    let template = stack.read(&stack.names("http://127.0.0.1".to_owned()))?;
    check(&stack, &template, &accounts)
}

/// Checks the rules against the accounts, the template and the functions that are there.
pub(crate) fn check(
    stack: &sam_local::Options,
    template: &Template,
    accounts: &AccountsFile,
) -> Result<Option<Checked>, BundleError> {
    let shipped = stack.workspace().join(SHIPPED);
    let path = match stack.environment.get("RULES_FILE") {
        Some(file) => PathBuf::from(file),
        None if !shipped.exists() => return Ok(None),
        None => shipped,
    };
    let file = from_here(&path);
    let text = std::fs::read(&path).map_err(|source| BundleError::RulesFile {
        path: file.clone(),
        source,
    })?;
    let listed = accounts.accounts.iter();
    let names: Vec<&str> = listed.map(|listed| listed.account.name.as_str()).collect();
    let mut environments = template
        .functions
        .iter()
        .map(|function| &function.environment);
    let prefix = environments.find_map(|of| of.get("FORWARD_FUNCTION_PREFIX"));
    let around = Surroundings {
        accounts: Some(&names),
        function_prefix: prefix.map(String::as_str),
        handlers: Some(HANDLERS),
        ..Surroundings::default()
    };
    let rules = RulesFile::read(&file, &text, &around)?;
    let is_here = |name: &String| {
        let mut functions = template.functions.iter();
        stack.outside_functions.contains_key(name) || functions.any(|f| f.name == *name)
    };
    let strangers = rules.functions().iter().filter(|f| !is_here(&f.function));
    let warnings = strangers.map(|f| {
        format!(
            "{file}:{}:{}: warning: there is no function '{}' here; what fits this rule gets no answer \
             （警告：这里没有函数 '{2}'，符合这条规则的推送得不到答复）",
            f.line, f.column, f.function
        )
    });
    Ok(Some(Checked {
        warnings: warnings.collect(),
        rules: rules.len(),
        file,
    }))
}

/// The path as it is written from the current directory, where it lies below that.
fn from_here(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, text: &str) -> Result<Checked, String> {
        let file = std::env::temp_dir().join(format!("{name}-{}.toml", std::process::id()));
        std::fs::write(&file, text).unwrap();
        let mut options = Options::default();
        let path = file.display().to_string();
        options
            .stack
            .environment
            .insert("RULES_FILE".to_owned(), path);
        let checked = check_alone(&options);
        std::fs::remove_file(&file).unwrap();
        checked.map(Option::unwrap).map_err(|e| e.to_string())
    }

    #[test]
    fn accounts_functions_handlers_and_patterns_are_known_here() {
        let text = "[[rule]]\naccount = 'dmo'\nregex = 'a^'\nforward = 'orders'\n\
                    [[rule]]\ntext = 'a'\nrun = 'sinc'\n";
        let told = check("faulty", text).unwrap_err();
        for fault in [
            ".toml:2:11: unknown account 'dmo'; did you mean 'demo'?",
            ".toml:3:9: regex: can never fit",
            ".toml:4:11: forward: 'orders' must begin with 'wechat-handler-'",
            ".toml:7:7: unknown handler 'sinc'; did you mean 'since'?",
        ] {
            assert!(told.contains(fault), "{told}");
        }
    }

    #[test]
    fn a_function_that_is_not_here_is_a_warning() {
        let text = "[[rule]]\ntext = 'a'\nforward = 'wechat-handler-orders'\n";
        let checked = check("stranger", text).unwrap();
        let [warning] = checked.warnings.as_slice() else {
            panic!("{checked:?}");
        };
        let told = ".toml:3:11: warning: there is no function 'wechat-handler-orders' here";
        assert!(warning.contains(told), "{warning}");
    }

    #[test]
    fn the_rules_that_are_shipped_are_well() {
        let mut options = Options::default();
        let shipped = check_alone(&options).unwrap().unwrap();
        assert!(shipped.rules > 0 && shipped.warnings.is_empty());
        crate::demo::prepare(&mut options);
        let shown = check_alone(&options).unwrap().unwrap();
        assert!(shown.rules > 0 && shown.warnings.is_empty(), "{shown:?}");
    }
}
