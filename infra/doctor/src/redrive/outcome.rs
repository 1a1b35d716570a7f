//! What was seen in a queue and what came of it, for people and as JSON.

use crate::options::DeadLetters;
use serde::Serialize;
use serde_json::json;
use std::io::{self, Write};

/// One queue.
#[derive(Debug, Serialize)]
pub(super) struct Seen {
    #[serde(serialize_with = "by_name")]
    pub(super) queue: DeadLetters,
    /// Letters in it, roughly.
    pub(super) letters: usize,
    /// Age of the oldest of those looked at, in seconds.
    pub(super) oldest_s: Option<u64>,
    /// A few letters: whose they are, and never who wrote what.
    pub(super) sample: Vec<String>,
    /// Letters run again.
    pub(super) done: usize,
    /// Letters that stay, and why.
    pub(super) stays: Vec<Stays>,
}

/// A letter that stays.
#[derive(Debug, Serialize)]
pub(super) struct Stays {
    pub(super) letter: String,
    pub(super) reason: String,
}

fn by_name<S: serde::Serializer>(queue: &DeadLetters, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(queue.logical_id())
}

/// What lies in the queues, and what a yes does with it; queues without letters are left out.
pub(super) fn write_seen(all: &[Seen], to: &mut dyn Write) -> io::Result<()> {
    for seen in all.iter().filter(|seen| seen.letters > 0) {
        let (name, letters) = (seen.queue.logical_id(), dead_letters(seen.letters));
        let oldest = seen.oldest_s.map_or_else(String::new, |s| {
            format!(", the oldest seen is {} old", age(s))
        });
        writeln!(to, "{name}: {letters}{oldest}")?;
        for letter in &seen.sample {
            writeln!(to, "  {letter}")?;
        }
        if seen.letters > seen.sample.len() {
            writeln!(to, "  …")?;
        }
        writeln!(to, "  → {}", seen.queue.remedy())?;
    }
    Ok(())
}

/// What became of the letters.
pub(super) fn write_done(all: &[Seen], to: &mut dyn Write) -> io::Result<()> {
    for seen in all.iter().filter(|seen| seen.done + seen.stays.len() > 0) {
        let name = seen.queue.logical_id();
        for Stays { letter, reason } in &seen.stays {
            writeln!(to, "{name}: {letter}: stays, {reason}")?;
        }
        let letters = dead_letters(seen.done + seen.stays.len());
        let (done, left) = (seen.done, seen.stays.len());
        writeln!(
            to,
            "{name}: {letters}: {done} done, {left} left in the queue."
        )?;
    }
    Ok(())
}

/// One document, whether anything was run or not.
pub(super) fn write_json(all: &[Seen], is_ok: bool, to: &mut dyn Write) -> io::Result<()> {
    writeln!(to, "{:#}", json!({ "ok": is_ok, "queues": all }))
}

fn dead_letters(count: usize) -> String {
    match count {
        1 => "1 dead letter".to_owned(),
        count => format!("{count} dead letters"),
    }
}

/// In the largest unit that fits twice.
fn age(seconds: u64) -> String {
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = units.iter().find(|(length, _)| seconds >= 2 * length);
    unit.map_or_else(
        || format!("{seconds} seconds"),
        |(length, name)| format!("{} {name}", seconds / length),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(letters: usize) -> Seen {
        Seen {
            queue: DeadLetters::Schedule,
            letters,
            oldest_s: Some(7_300),
            sample: vec!["release not started".to_owned()],
            done: 1,
            stays: vec![],
        }
    }

    #[test]
    fn people_see_queues_that_hold_something() {
        let mut text = Vec::new();
        write_seen(&[seen(0), seen(3)], &mut text).unwrap();
        write_done(&[seen(3)], &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let expected = "ScheduleDeadLetters: 3 dead letters, the oldest seen is 2 hours old\n  release not started\n  …\n  → ";
        assert!(text.starts_with(expected), "{text}");
        assert!(
            text.ends_with("ScheduleDeadLetters: 1 dead letter: 1 done, 0 left in the queue.\n"),
            "{text}"
        );
    }

    #[test]
    fn an_age_is_told_roughly() {
        for (seconds, told) in [
            (0, "0 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (86_400, "24 hours"),
            (1_209_600, "14 days"),
        ] {
            assert_eq!(age(seconds), told);
        }
    }
}
