//! An accounts file: one table changed, the rest of the text left as it is.

use super::{InitError, Present, Values};
use secrecy::ExposeSecret as _;
use shared::account::{AccountName, AccountsFile};
use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use toml_edit::{DocumentMut, Item, Table, value};

/// A file that is there or is to be.
pub(super) struct File {
    path: PathBuf,
    document: DocumentMut,
}

impl File {
    /// Reads the file; one that is not there is empty.
    pub(super) fn open(path: &Path) -> Result<Self, InitError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(wrong(path, error.to_string())),
        };
        // The parser's message shows the line it stumbles over, which may hold a secret.
        let document = text
            .parse()
            .map_err(|_| wrong(path, "is no TOML".to_owned()))?;
        Ok(Self {
            path: path.to_owned(),
            document,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn present(&self, name: &AccountName) -> Option<Present> {
        let account = self.document.get("accounts")?.get(name.as_str())?;
        let fields = account.as_table_like()?.iter();
        let texts = fields.filter_map(|(key, item)| Some((key.to_owned(), item.as_str()?.into())));
        Some(Present(texts.collect()))
    }

    /// Writes the account; the whole file is checked before it is replaced.
    pub(super) fn store(&mut self, name: &AccountName, values: &Values) -> Result<(), InitError> {
        let not_a_table = |what: &str| wrong(&self.path, format!("{what} is not a table"));
        let mut implicit = Table::new();
        implicit.set_implicit(true);
        let accounts = self
            .document
            .entry("accounts")
            .or_insert(Item::Table(implicit));
        let accounts = accounts
            .as_table_like_mut()
            .ok_or_else(|| not_a_table("accounts"))?;
        let account = accounts
            .entry(name.as_str())
            .or_insert(Item::Table(Table::new()));
        let account = account
            .as_table_like_mut()
            .ok_or_else(|| not_a_table(name.as_str()))?;
        for (field, text) in values.fields() {
            account.insert(field, value(text));
        }
        account.insert("app_secret", value(values.app_secret.expose_secret()));
        let text = self.document.to_string();
        AccountsFile::parse(&text)?;
        write(&self.path, &text).map_err(|error| wrong(&self.path, error.to_string()))
    }
}

/// Readable by its owner alone, and never there by half.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What is left would hold secrets; that it could not be removed is the lesser news.
        drop(std::fs::remove_file(&beside));
    }
    written
}

fn wrong(path: &Path, reason: String) -> InitError {
    InitError::File {
        path: path.display().to_string(),
        reason,
    }
}
