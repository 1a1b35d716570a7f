//! The rules file, written rule by rule: one that the callback would refuse stays as a comment.

use super::console::Candidate;
use shared::{
    account::AccountName,
    router::{RulesFile, Surroundings},
};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// Longest part of a text of the console's that a comment shows, in characters.
const SHOWN: usize = 300;

/// A file that the callback takes.
pub(super) struct Written {
    pub(super) text: String,
    /// How many rules it has.
    pub(super) rules: usize,
    /// What is left out or differs, with the console's name of the rule.
    pub(super) remarks: Vec<String>,
}

/// The candidates as rules of one account, in their order.
pub(super) fn write(account: &AccountName, candidates: &[Candidate]) -> Written {
    let mut written = Written {
        text: format!(
            "# The console's auto-replies (自动回复) of account '{account}'. They rest while WeChat pushes to the callback; these rules say \
             the same.\n"
        ),
        rules: 0,
        remarks: Vec::new(),
    };
    for candidate in candidates {
        written.add(account, candidate);
    }
    written
}

impl Written {
    fn add(&mut self, account: &AccountName, candidate: &Candidate) {
        let name = shown(&candidate.name);
        let mut remarks = candidate.remarks.clone();
        let block = candidate.rule.as_ref().map(|rule| block(account, rule));
        let refused = block.as_ref().map(|block| self.refusal(account, block));
        if let Some(Some(reason)) = &refused {
            remarks.push(format!("left out: {reason}"));
        }
        self.text.push_str(&format!("\n# {name}\n"));
        for remark in &remarks {
            let remark = shown(remark);
            self.text.push_str(&format!("# {remark}\n"));
            self.remarks.push(format!("{name}: {remark}"));
        }
        match (block, refused.flatten()) {
            (Some(block), None) => {
                self.text.push_str(&block);
                self.rules += 1;
            }
            (Some(block), Some(_)) => {
                let lines = block.lines().map(|line| format!("# {}\n", shown(line)));
                self.text.extend(lines);
            }
            (None, _) => {}
        }
    }

    /// What the callback would say against the rule behind those that are there.
    fn refusal(&self, account: &AccountName, block: &str) -> Option<String> {
        let accounts = [account.as_str()];
        let around = Surroundings {
            accounts: Some(&accounts),
            ..Surroundings::default()
        };
        let text = format!("{}\n{block}", self.text);
        let error = RulesFile::read("rules.toml", text.as_bytes(), &around).err()?;
        let first = error.faults.into_iter().next();
        Some(first.map(|fault| fault.reason).unwrap_or_default())
    }
}

/// A rule as it is written, for that account alone.
fn block(account: &AccountName, rule: &Table) -> String {
    let mut whole = Table::new();
    whole.insert("account", value(account.as_str()));
    for (key, item) in rule {
        whole.insert(key, item.clone());
    }
    let mut tables = ArrayOfTables::new();
    tables.push(whole);
    let mut document = DocumentMut::new();
    document.insert("rule", Item::ArrayOfTables(tables));
    document.to_string()
}

/// A text of the console's on one line of a comment.
fn shown(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let shown: String = plain.take(SHOWN).collect();
    shown.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
