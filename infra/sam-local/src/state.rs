//! What a stack keeps between runs beside its tables: messages, events under way, places in streams, parameters.
//!
//! One SQLite file, written before what it holds is acknowledged. It outlives the process, however that ends; what the
//! operating system had not yet put on the disk when the machine itself stops may be missing.

use crate::logs::Logs;
use rusqlite::{Connection, ErrorCode, params};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use texts::text;

const FILE: &str = "state.sqlite";

/// How long a stack that is just ending is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// One stack at a time: the lock is taken here and held until the process ends.
const SETUP: &str = "
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    BEGIN EXCLUSIVE;
    CREATE TABLE IF NOT EXISTS kept (part TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (part, key)) WITHOUT ROWID;
    COMMIT;
";

/// Why what a directory keeps cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another stack has it.
    #[error("{0} is in use by another stack; end that one, or name another directory with --data")]
    InUse(String),
    /// The file is no such file, or the operating system refuses it.
    #[error("{file}: {reason}; move the file away to start without the messages it keeps")]
    Unreadable {
        /// Path of the file.
        file: String,
        /// What SQLite or the reader of a value said.
        reason: String,
    },
}

impl StateError {
    /// What it says in the language of the process, with what to do next.
    pub fn told(&self) -> String {
        match self {
            Self::InUse(directory) => text!("stack.in_use", directory = directory),
            Self::Unreadable { file, reason } => {
                text!("stack.unreadable", file = file, reason = reason)
            }
        }
    }
}

/// One thing that is kept, or is not to be kept any longer.
#[derive(Debug)]
pub(crate) struct Change {
    part: String,
    key: String,
    value: Option<String>,
}

impl Change {
    /// Keeps `value` under `key`; none forgets what is kept there.
    pub(crate) fn new(
        part: impl Into<String>,
        key: impl Into<String>,
        value: Option<&impl Serialize>,
    ) -> Self {
        Self {
            part: part.into(),
            key: key.into(),
            value: value.and_then(|value| serde_json::to_string(value).ok()),
        }
    }

    /// Forgets what is kept under `key`.
    pub(crate) fn forget(part: impl Into<String>, key: impl Into<String>) -> Self {
        Self::new(part, key, None::<&()>)
    }
}

/// The file, or nothing where all is in memory.
#[derive(Debug, Clone, Default)]
pub struct State(Option<Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    connection: Mutex<Connection>,
    file: String,
    logs: Logs,
}

impl State {
    /// Opens what `directory` keeps; troubles of later writes are said in `logs`.
    ///
    /// # Errors
    /// Another stack has the directory, or the file cannot be used.
    pub fn open(directory: &Path, logs: &Logs) -> Result<Self, StateError> {
        let path = directory.join(FILE);
        let file = path.display().to_string();
        let connection = connect(&path).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                StateError::InUse(directory.display().to_string())
            }
            _ => unreadable(&file, error),
        })?;
        Ok(Self(Some(Arc::new(Kept {
            connection: Mutex::new(connection),
            file,
            logs: logs.clone(),
        }))))
    }

    /// Everything that is kept in `part`, by key.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub(crate) fn all<T: DeserializeOwned>(
        &self,
        part: &str,
    ) -> Result<Vec<(String, T)>, StateError> {
        let Some(kept) = &self.0 else {
            return Ok(Vec::new());
        };
        let rows = kept.rows(part).map_err(|e| unreadable(&kept.file, e))?;
        let read = |(key, value): (String, String)| {
            let value = serde_json::from_str(&value).map_err(|e| unreadable(&kept.file, e))?;
            Ok((key, value))
        };
        rows.into_iter().map(read).collect()
    }

    /// Makes all of `changes` or, when the process ends meanwhile, none.
    pub(crate) fn write(&self, changes: &[Change]) {
        let Some(kept) = self.0.as_ref().filter(|_| !changes.is_empty()) else {
            return;
        };
        if let Err(error) = kept.write(changes) {
            let text = format!("{}: not kept for the next run: {error}", kept.file);
            kept.logs.say("data", text);
        }
    }
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Connection> {
        let locked = self.connection.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    fn rows(&self, part: &str) -> rusqlite::Result<Vec<(String, String)>> {
        let connection = self.lock();
        let mut rows = connection.prepare("SELECT key, value FROM kept WHERE part = ?1")?;
        let rows = rows.query_map([part], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    fn write(&self, changes: &[Change]) -> rusqlite::Result<()> {
        let mut connection = self.lock();
        let all = connection.transaction()?;
        for Change { part, key, value } in changes {
            match value {
                Some(value) => {
                    let put = "INSERT OR REPLACE INTO kept (part, key, value) VALUES (?1, ?2, ?3)";
                    all.prepare_cached(put)?
                        .execute(params![part, key, value])?
                }
                None => {
                    let forget = "DELETE FROM kept WHERE part = ?1 AND key = ?2";
                    all.prepare_cached(forget)?.execute(params![part, key])?
                }
            };
        }
        all.commit()
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch(SETUP)?;
    Ok(connection)
}

fn unreadable(file: &str, reason: impl std::fmt::Display) -> StateError {
    StateError::Unreadable {
        file: file.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(directory: &Path) -> Result<State, StateError> {
        State::open(directory, &Logs::default())
    }

    #[test]
    fn what_is_written_is_there_the_next_time_and_what_is_forgotten_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let state = open(directory.path()).unwrap();
        state.write(&[
            Change::new("a", "1", Some(&"one")),
            Change::new("a", "2", Some(&"two")),
            Change::new("b", "1", Some(&7)),
        ]);
        state.write(&[
            Change::new("a", "1", Some(&"uno")),
            Change::forget("a", "2"),
            Change::forget("a", "none"),
        ]);
        drop(state);
        let state = open(directory.path()).unwrap();
        let kept: Vec<(String, String)> = state.all("a").unwrap();
        assert_eq!(kept, [("1".to_owned(), "uno".to_owned())]);
        assert_eq!(state.all::<u64>("b").unwrap(), [("1".to_owned(), 7)]);
        let other = state.all::<u64>("a").unwrap_err().to_string();
        assert!(other.contains("state.sqlite: invalid type"), "{other}");
    }

    #[test]
    fn a_directory_belongs_to_one_stack_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let first = open(directory.path()).unwrap();
        let second = open(directory.path()).unwrap_err();
        assert!(matches!(second, StateError::InUse(_)), "{second}");
        assert!(second.to_string().contains("--data"), "{second}");
        drop(first);
        assert!(open(directory.path()).is_ok());
    }

    #[test]
    fn a_file_that_is_none_is_named_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(FILE);
        let nonsense = "nonsense ".repeat(500);
        std::fs::write(&file, &nonsense).unwrap();
        let refused = open(directory.path()).unwrap_err().to_string();
        assert!(
            refused.contains("state.sqlite: file is not a database; move"),
            "{refused}"
        );
        assert_eq!(std::fs::read_to_string(file).unwrap(), nonsense);
    }
}
