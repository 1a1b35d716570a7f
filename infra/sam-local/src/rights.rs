//! What functions do in AWS, written down as they first do it: the rights that their policies have to grant.
//!
//! A line is a fact about one build of a function, whoever made it act; so lines of other builds do no harm. Calls that
//! were refused are written down as well.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    sync::{Mutex, PoisonError},
    time::UNIX_EPOCH,
};

/// An action of a function, and the resource it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Logical id of the function.
    pub function: String,
    /// Which build of its binary; see [`build_of`].
    pub build: String,
    /// Action, such as `dynamodb:PutItem`.
    pub action: String,
    /// Resource ARN, or `*`.
    pub resource: String,
}

impl Right {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split('\t').map(str::to_owned);
        Some(Self {
            function: fields.next()?,
            build: fields.next()?,
            action: fields.next()?,
            resource: fields.next()?,
        })
    }

    fn line(&self) -> String {
        let fields = [&self.function, &self.build, &self.action, &self.resource];
        fields.map(String::as_str).join("\t") + "\n"
    }
}

/// A file of rights that is added to.
#[derive(Debug)]
pub struct Record {
    builds: BTreeMap<String, String>,
    lines: Mutex<(File, BTreeSet<Right>)>,
}

impl Record {
    /// Opens the file, or makes it. `builds` names the build of each function.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(path: &Path, builds: BTreeMap<String, String>) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let known = read(path)?;
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self {
            builds,
            lines: Mutex::new((file, known)),
        })
    }

    /// Adds a right unless the file has it.
    pub(crate) fn add(&self, function: &str, action: &str, resource: &str) -> io::Result<()> {
        let right = Right {
            function: function.to_owned(),
            build: self.builds.get(function).cloned().unwrap_or_default(),
            action: action.to_owned(),
            resource: resource.to_owned(),
        };
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, known) = &mut *lines;
        if known.contains(&right) {
            return Ok(());
        }
        // One write a line: several processes may add to the file.
        file.write_all(right.line().as_bytes())?;
        known.insert(right);
        Ok(())
    }
}

/// Reads a file of rights; one that is not there is empty.
///
/// # Errors
/// What the file system says.
pub fn read(path: &Path) -> io::Result<BTreeSet<Right>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().filter_map(Right::parse).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

/// Tells one build of a binary from others: its length and when it was written.
///
/// # Errors
/// What the file system says.
pub fn build_of(binary: &Path) -> io::Result<String> {
    let metadata = fs::metadata(binary)?;
    let written = metadata.modified()?.duration_since(UNIX_EPOCH);
    let written = written.unwrap_or_default().as_nanos();
    Ok(format!("{}-{written}", metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_written_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/rights");
        assert!(read(&path).unwrap().is_empty());
        let builds = BTreeMap::from([("Writer".to_owned(), "1-2".to_owned())]);
        for _ in 0..2 {
            let record = Record::open(&path, builds.clone()).unwrap();
            record.add("Writer", "sqs:SendMessage", "arn:q").unwrap();
            record.add("Writer", "sqs:SendMessage", "arn:q").unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "Writer\t1-2\tsqs:SendMessage\tarn:q\n");
        let right = read(&path).unwrap().pop_first().unwrap();
        assert_eq!(
            (right.function.as_str(), right.build.as_str()),
            ("Writer", "1-2")
        );
    }

    #[test]
    fn a_binary_that_is_written_again_is_another_build() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("writer");
        fs::write(&binary, "1").unwrap();
        let first = build_of(&binary).unwrap();
        assert_eq!(build_of(&binary).unwrap(), first);
        fs::write(&binary, "22").unwrap();
        assert_ne!(build_of(&binary).unwrap(), first);
    }
}
