//! The file of assistants: `[assistants.NAME]` tables, as an account's document has them, for every account that has no
//! assistant of that name itself.

use serde::Deserialize as _;
use shared::{
    account::Assistant,
    router::{Fault, RulesError},
};
use std::ops::Range;
use toml::{
    Spanned, Table, Value,
    de::{DeTable, DeValue, Error, ValueDeserializer},
};

/// The `url` of the assistant that the simulated WeChat has.
const SIMULATED: &str = "simulated";
/// Where that is, below WeChat's address.
const PATH: &str = "/assistant/v1/chat/completions";
/// What a table lacks that means the simulator's assistant.
const REAL: [&str; 3] = ["url", "model", "key_parameter"];

/// The assistants that demo accounts have: the simulator's, so that a rule alone has an answer.
pub const DEMO: &str = include_str!("../demo/assistants.toml");

/// Assistants as they are written, by name.
#[derive(Debug, Clone, Default)]
pub struct Assistants(Table);

impl Assistants {
    /// Reads a file; `file` is how it is called where something is wrong with it.
    ///
    /// # Errors
    /// Everything that is wrong, each with the line and column of the key or value at fault.
    pub fn read(file: &str, text: &str) -> Result<Self, RulesError> {
        let mut faults = Faults {
            text,
            found: Vec::new(),
        };
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            faults.at(error.span(), error.message(), "TOML 语法有误");
        }
        if errors.is_empty() {
            check(document.get_ref(), &mut faults);
        }
        faults.none(file)?;
        let mut file: Table = toml::from_str(text).unwrap_or_default();
        let written = file.remove("assistants");
        Ok(Self(written.and_then(table).unwrap_or_default()))
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An accounts file in which every account has these assistants beside its own; the simulator's is at `wechat`. A
    /// file that does not read stays as it is.
    pub(crate) fn add_to(&self, accounts: &str, wechat: &str) -> String {
        let read: Result<Table, _> = accounts.parse();
        let Ok(mut file) = read else {
            return accounts.to_owned();
        };
        for account in tables(&mut file, "accounts") {
            let own = account
                .entry("assistants")
                .or_insert_with(|| Table::new().into());
            if let Value::Table(own) = own {
                self.lend(own, wechat);
            }
        }
        toml::to_string(&file).unwrap_or_else(|_| accounts.to_owned())
    }

    fn lend(&self, own: &mut Table, wechat: &str) {
        for (name, assistant) in &self.0 {
            let mut lent = assistant.clone();
            if let Some(lent) = lent.as_table_mut().filter(|lent| is_simulated(lent)) {
                lent.insert("url".to_owned(), format!("{wechat}{PATH}").into());
                lent.entry("model").or_insert_with(|| SIMULATED.into());
            }
            own.entry(name).or_insert(lent);
        }
    }

    /// The first that is the simulator's.
    pub(crate) fn simulated(&self) -> Option<&str> {
        let mut all = self.0.iter();
        let found = all.find(|(_, assistant)| assistant.as_table().is_some_and(is_simulated));
        found.map(|(name, _)| name.as_str())
    }
}

/// Whether it says so, or nothing of where it is.
fn is_simulated(assistant: &Table) -> bool {
    match assistant.get("url") {
        Some(url) => url.as_str() == Some(SIMULATED),
        None => !REAL.iter().any(|field| assistant.contains_key(*field)),
    }
}

/// The tables below a key.
fn tables<'t>(of: &'t mut Table, key: &str) -> impl Iterator<Item = &'t mut Table> {
    let below = of.get_mut(key).and_then(Value::as_table_mut);
    below
        .into_iter()
        .flat_map(|all| all.iter_mut())
        .filter_map(|(_, value)| value.as_table_mut())
}

fn table(value: Value) -> Option<Table> {
    match value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// What is wrong, by where it stands.
struct Faults<'t> {
    text: &'t str,
    found: Vec<(usize, String)>,
}

impl Faults<'_> {
    fn at(&mut self, span: Option<Range<usize>>, english: &str, chinese: &str) {
        let start = span.unwrap_or_default().start;
        self.found.push((start, format!("{english} （{chinese}）")));
    }

    fn none(mut self, file: &str) -> Result<(), RulesError> {
        self.found.sort();
        let fault = |(offset, reason): (usize, String)| {
            let before = self.text.get(..offset).unwrap_or(self.text);
            let line = before.rsplit('\n').next().unwrap_or_default();
            let (line, column) = (before.matches('\n').count() + 1, line.chars().count() + 1);
            Fault {
                line,
                column,
                reason,
            }
        };
        let faults: Vec<Fault> = self.found.into_iter().map(fault).collect();
        let file = file.to_owned();
        match faults.is_empty() {
            true => Ok(()),
            false => Err(RulesError { file, faults }),
        }
    }
}

fn check(document: &DeTable<'_>, faults: &mut Faults<'_>) {
    for (key, value) in document {
        let assistants = value
            .get_ref()
            .as_table()
            .filter(|_| key.get_ref() == "assistants");
        let Some(assistants) = assistants else {
            let english = "an assistant is written [assistants.NAME]; nothing else stands here";
            faults.at(
                Some(key.span()),
                english,
                "助手要写成 [assistants.名称]，这里不能写别的",
            );
            continue;
        };
        for (name, assistant) in assistants {
            match assistant.get_ref().as_table() {
                Some(table) => check_one(name, table, faults),
                None => {
                    let english = "an assistant is a table: [assistants.NAME]";
                    faults.at(
                        Some(assistant.span()),
                        english,
                        "助手要写成表：[assistants.名称]",
                    );
                }
            }
        }
    }
}

/// Every field that does not read, or else every rule that is broken.
fn check_one(
    name: &Spanned<std::borrow::Cow<'_, str>>,
    table: &DeTable<'_>,
    faults: &mut Faults<'_>,
) {
    let chosen = name.get_ref();
    let mut rest = table.clone();
    simulate_written(&mut rest);
    loop {
        let value = Spanned::new(name.span(), DeValue::Table(rest.clone()));
        let error = match Assistant::deserialize(ValueDeserializer::from(value)) {
            Ok(assistant) => {
                for (field, rule) in assistant.broken_rules(chosen) {
                    let key = table.get_key_value(field.trim_start_matches('.'));
                    let span = key.map_or(name.span(), |(key, _)| key.span());
                    let english = format!("assistants.{chosen}{field}: {rule}");
                    faults.at(Some(span), &english, "这个值不符合要求");
                }
                return;
            }
            Err(error) => error,
        };
        let english = format!("assistants.{chosen}: {}", error.message());
        let culprit = culprit(&rest, &error);
        // What was taken out before may be all that is missing now.
        if culprit.is_some() || rest.len() >= table.len() {
            let span = culprit.as_ref().and(error.span()).unwrap_or(name.span());
            faults.at(Some(span), &english, "字段名或类型有误，或者缺少字段");
        }
        match culprit {
            Some(field) => rest.remove(field.as_str()),
            None => return,
        };
    }
}

/// The field that an error is about.
fn culprit(table: &DeTable<'_>, error: &Error) -> Option<String> {
    let at = error.span()?.start;
    let mut fields = table.iter();
    let is_it = |span: Range<usize>| span.contains(&at);
    let (key, _) = fields.find(|(key, value)| is_it(key.span()) || is_it(value.span()))?;
    Some(key.get_ref().to_string())
}

/// What the simulator's assistant needs not say, for the check.
fn simulate_written(table: &mut DeTable<'_>) {
    let url = table.get("url").and_then(|url| url.get_ref().as_str());
    if url == Some(SIMULATED) || !REAL.iter().any(|field| table.contains_key(*field)) {
        let text = |text: &'static str| Spanned::new(0..0, DeValue::String(text.into()));
        let key = |name: &'static str| Spanned::new(0..0, name.into());
        table.remove("url");
        table.insert(key("url"), text("http://127.0.0.1/"));
        if !table.contains_key("model") {
            table.insert(key("model"), text(SIMULATED));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: &str = "[accounts.a]\nkind = 'service'\n[accounts.a.assistants.helper]\nurl = 'https://a.cn/'\nmodel = 'm'\n\
                            [accounts.b]\nkind = 'service'\n";

    fn faults(text: &str) -> Vec<String> {
        let told = Assistants::read("a.toml", text).map(drop);
        told.map_or_else(
            |error| error.to_string().lines().map(str::to_owned).collect(),
            |()| Vec::new(),
        )
    }

    #[test]
    fn an_account_without_one_of_that_name_gets_it() {
        let text = "[assistants.helper]\n[assistants.other]\nurl = 'https://b.cn/'\nmodel = 'n'\nmemory = 3\n";
        let assistants = Assistants::read("a.toml", text).unwrap();
        let merged: Table = assistants
            .add_to(ACCOUNTS, "http://127.0.0.1:1")
            .parse()
            .unwrap();
        let of = |account: &str| merged["accounts"][account]["assistants"].clone();
        assert_eq!(
            of("a")["helper"]["url"].as_str(),
            Some("https://a.cn/"),
            "its own"
        );
        assert_eq!(of("a")["other"]["memory"].as_integer(), Some(3));
        let built_in = of("b")["helper"].clone();
        assert_eq!(
            built_in["url"].as_str(),
            Some("http://127.0.0.1:1/assistant/v1/chat/completions")
        );
        assert_eq!(built_in["model"].as_str(), Some("simulated"));
        assert_eq!(assistants.simulated(), Some("helper"));
        let none = Assistants::default();
        assert_eq!(none.simulated(), None);
        assert_eq!(none.add_to("no [ toml", ""), "no [ toml");
    }

    #[test]
    fn everything_that_is_wrong_is_told_where_it_stands() {
        assert_eq!(faults(DEMO), [""; 0]);
        assert_eq!(faults(""), [""; 0]);
        let text = "helper = 1\n[assistants.a]\nurl = 'http://a.cn'\nmodel = 'm'\nmemory = 51\n\
                    [assistants.b]\nmodle = 'm'\nmemory = 'ten'\nimages = true\n\
                    [assistants.c]\nmodel = 'm'\n[assistants.'d d']\n";
        let told = faults(text);
        let expected = [
            "a.toml:1:1: an assistant is written [assistants.NAME]",
            "a.toml:3:1: assistants.a.url: must be https://",
            "a.toml:5:1: assistants.a.memory: must be 0 to 50 turns",
            "a.toml:7:1: assistants.b: unknown field `modle`, expected one of `url`, `model`",
            "a.toml:8:10: assistants.b: invalid type: string \"ten\"",
            "a.toml:10:13: assistants.c: missing field `url`",
            "a.toml:12:13: assistants.d d: the name must be",
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for (told, expected) in told.iter().zip(expected) {
            assert!(told.starts_with(expected), "{told}");
            assert!(told.ends_with('）'), "{told}");
        }
        let told = faults("[assistants.a\n");
        assert!(
            told[0].starts_with("a.toml:1:14: ") && told[0].contains("TOML 语法有误"),
            "{told:?}"
        );
    }
}
