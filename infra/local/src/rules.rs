//! The rules, checked before a function starts with them: accounts, functions and handlers are known here.

use crate::{
    error::BundleError,
    files::{Contents, from_here, rules_path},
    options::Options,
};
use sam_local::template::Template;
use shared::{
    account::AccountsFile,
    router::{RulesFile, Surroundings},
};
use texts::text;

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

impl Checked {
    /// How many rules it has, in words.
    pub fn counted(&self) -> String {
        match self.rules {
            1 => text!("rules.one"),
            count => text!("rules.count", count = count),
        }
    }
}

/// Checks what `options` would start with, and starts nothing. `None` when the template's workspace
/// has no rules.
///
/// # Errors
/// Everything that is wrong in the rules, or why they cannot be checked.
pub fn check_alone(options: &Options) -> Result<Option<Checked>, BundleError> {
    let contents = Contents::given(options)?;
    let accounts = contents.accounts(options, "http://127.0.0.1")?;
    let stack = options.stack_with(&accounts, "");
    let template = stack.read(&stack.names("http://127.0.0.1".to_owned()))?;
    check_handlers(&stack, &template)?;
    check(&stack, &template, &accounts, contents.rules.as_deref())
}

/// Whether rules may name the functions that handlers play, as in the cloud.
pub(crate) fn check_handlers(
    stack: &sam_local::Options,
    template: &Template,
) -> Result<(), BundleError> {
    let prefix = function_prefix(template).unwrap_or_default();
    let mut names = stack.handlers.keys();
    match names.find(|name| !name.starts_with(prefix)) {
        None => Ok(()),
        Some(name) => Err(BundleError::Handler {
            name: name.clone(),
            prefix: prefix.to_owned(),
        }),
    }
}

/// What the names of the team's functions begin with.
fn function_prefix(template: &Template) -> Option<&str> {
    let mut functions = template.functions.iter();
    let prefix = functions.find_map(|f| f.environment.get("FORWARD_FUNCTION_PREFIX"));
    prefix.map(String::as_str)
}

/// Checks the rules against the accounts, the template and the functions that are there.
pub(crate) fn check(
    stack: &sam_local::Options,
    template: &Template,
    accounts: &AccountsFile,
    rules: Option<&[u8]>,
) -> Result<Option<Checked>, BundleError> {
    let (Some(text), Some(path)) = (rules, rules_path(stack)) else {
        return Ok(None);
    };
    let file = from_here(&path);
    let listed = accounts.accounts.iter();
    let names: Vec<&str> = listed.map(|listed| listed.account.name.as_str()).collect();
    let assistants = accounts
        .accounts
        .iter()
        .filter_map(|l| l.account.assistants.get().ok());
    let assistants: Vec<_> = assistants.collect();
    let assistants: Vec<&str> = assistants
        .iter()
        .flat_map(|of| of.keys().map(String::as_str))
        .collect();
    let around = Surroundings {
        accounts: Some(&names),
        function_prefix: function_prefix(template),
        assistants: Some(&assistants),
        handlers: Some(HANDLERS),
    };
    let rules = RulesFile::read(&file, text, &around)?;
    let is_here = |name: &String| {
        let mut functions = template.functions.iter();
        stack.outside_functions.contains_key(name)
            || stack.handlers.contains_key(name)
            || functions.any(|f| f.name == *name)
    };
    let strangers = rules.functions().iter().filter(|f| !is_here(&f.function));
    let warnings = strangers.map(|f| {
        let place = format!("{file}:{}:{}", f.line, f.column);
        text!("rules.no_function", place = place, function = f.function)
    });
    Ok(Some(Checked {
        warnings: warnings.collect(),
        rules: rules.len(),
        file,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sam_local::lambda::Handler;

    fn check(name: &str, text: &str) -> Result<Checked, String> {
        check_with(Options::default(), name, text)
    }

    fn check_with(mut options: Options, name: &str, text: &str) -> Result<Checked, String> {
        let file = std::env::temp_dir().join(format!("{name}-{}.toml", std::process::id()));
        std::fs::write(&file, text).unwrap();
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
    fn accounts_functions_assistants_handlers_and_patterns_are_known_here() {
        let text = "[[rule]]\naccount = 'dmo'\nregex = 'a^'\nforward = 'orders'\n\
                    [[rule]]\ntext = 'a'\nrun = 'sinc'\n[[rule]]\ntext = 'b'\nask = 'helpr'\n";
        let told = check("faulty", text).unwrap_err();
        for fault in [
            ".toml:2:11: unknown account 'dmo'; did you mean 'demo'?",
            ".toml:3:9: regex: can never fit",
            ".toml:4:11: forward: 'orders' must begin with 'wechat-handler-'",
            ".toml:7:7: unknown handler 'sinc'; did you mean 'since'?",
            ".toml:10:7: unknown assistant 'helpr'",
        ] {
            assert!(told.contains(fault), "{told}");
        }
    }

    #[test]
    fn a_function_that_is_not_here_is_a_warning() {
        texts::speak(texts::Language::English);
        let text = "[[rule]]\ntext = 'a'\nforward = 'wechat-handler-orders'\n";
        let checked = check("stranger", text).unwrap();
        let [warning] = checked.warnings.as_slice() else {
            panic!("{checked:?}");
        };
        let told = ".toml:3:11: warning: there is no function 'wechat-handler-orders' here";
        assert!(warning.contains(told), "{warning}");
        let mut options = Options::default();
        let handler = Handler::Command(vec!["cat".to_owned()]);
        options
            .stack
            .handlers
            .insert("wechat-handler-orders".to_owned(), handler.clone());
        assert!(
            check_with(options.clone(), "played", text)
                .unwrap()
                .warnings
                .is_empty()
        );
        options.stack.handlers.insert("orders".to_owned(), handler);
        let refused = check_with(options, "misnamed", text).unwrap_err();
        assert!(
            refused.contains("write --handler wechat-handler-orders=…"),
            "{refused}"
        );
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
