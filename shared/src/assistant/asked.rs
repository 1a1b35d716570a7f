//! How often a follower asked an assistant today.

use serde::{Deserialize, Serialize};

/// The questions of a day, each by a mark of its push: a push that is run again is counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The day in Beijing, counted from 1970.
    day: i64,
    pushes: Vec<String>,
    pub(crate) version: u64,
}

/// Whether one more question is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It is, and the row becomes this.
    Next(Asked),
    /// It is, and was counted before.
    Counted,
    /// The day has had its questions.
    Full,
}

impl Asked {
    /// Decides on the push of that mark on that day, where `per_day` are answered.
    ///
    /// ```
    /// use shared::assistant::{Admission, Asked};
    ///
    /// let Admission::Next(row) = Asked::default().admit(20_000, "a", 1) else { unreachable!() };
    /// assert_eq!(row.admit(20_000, "a", 1), Admission::Counted);
    /// assert_eq!(row.admit(20_000, "b", 1), Admission::Full);
    /// assert!(matches!(row.admit(20_001, "b", 1), Admission::Next(_)));
    /// ```
    pub fn admit(&self, day: i64, push: &str, per_day: u32) -> Admission {
        // A clock behind the row's day does not open that day again.
        let day = day.max(self.day);
        let mut pushes = match day == self.day {
            true => self.pushes.clone(),
            false => Vec::new(),
        };
        if pushes.iter().any(|counted| counted == push) {
            return Admission::Counted;
        }
        if pushes.len() >= usize::try_from(per_day).unwrap_or(usize::MAX) {
            return Admission::Full;
        }
        pushes.push(push.to_owned());
        Admission::Next(Self {
            day,
            pushes,
            version: self.version + 1,
        })
    }
}
