//! A bar for each campaign that runs, fed by the log lines of `mass-send`.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use sam_local::LogLine;
use serde::Deserialize;
use std::collections::HashMap;
use texts::text;

/// The line that `mass-send` writes when the fate of a batch is known.
#[derive(Debug, Deserialize)]
struct Batch {
    id: String,
    /// Batches that need no more calls, and all of them.
    settled: u64,
    batches: u64,
}

#[derive(Debug, Deserialize)]
struct Line {
    fields: Batch,
}

/// The bars, by campaign.
#[derive(Debug, Default)]
pub(crate) struct Progress(HashMap<String, ProgressBar>);

impl Progress {
    /// Moves the campaign's bar when the line is about a batch; the bar goes when all are with WeChat.
    pub(crate) fn see(&mut self, line: &LogLine, bars: &MultiProgress) {
        let Some(batch) = read(line) else { return };
        let bar = self.0.entry(batch.id).or_insert_with_key(|id| {
            let bar = ProgressBar::new(batch.batches).with_prefix(id.clone());
            bars.add(bar.with_style(style()))
        });
        bar.set_position(batch.settled);
        if batch.settled >= batch.batches {
            bar.finish_and_clear();
        }
        self.0.retain(|_, bar| !bar.is_finished());
    }
}

fn read(line: &LogLine) -> Option<Batch> {
    let of_campaigns = line.function == "MassSend";
    let line: Line = serde_json::from_str(&line.text)
        .ok()
        .filter(|_| of_campaigns)?;
    Some(line.fields)
}

fn style() -> ProgressStyle {
    let bar = format!("  {{prefix}} {{bar:30}} {}", text!("terminal.bar"));
    ProgressStyle::with_template(&bar).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(settled: u64) -> LogLine {
        let text = format!(
            r#"{{"fields":{{"message":"batch","id":"spring","number":1,"settled":{settled},"batches":3}}}}"#
        );
        LogLine {
            function: "MassSend".to_owned(),
            instance: 1,
            text,
        }
    }

    #[test]
    fn a_bar_follows_its_campaign_and_goes_with_it() {
        let (bars, mut progress) = (MultiProgress::new(), Progress::default());
        for settled in 1..3 {
            progress.see(&line(settled), &bars);
            assert_eq!(progress.0["spring"].position(), settled);
            assert_eq!(progress.0["spring"].length(), Some(3));
        }
        progress.see(&line(3), &bars);
        assert!(progress.0.is_empty());
        let other = LogLine {
            text: "panicked".to_owned(),
            ..line(1)
        };
        progress.see(&other, &bars);
        assert!(progress.0.is_empty());
    }
}
