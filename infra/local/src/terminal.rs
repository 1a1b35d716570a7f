//! What a person sees on the terminal: the story, one line a fact. The log lines of functions go to a file, unless they are
//! asked for; what went wrong in a function is told.

use crate::{Bundle, progress::Progress, trouble};
use indicatif::MultiProgress;
use owo_colors::{AnsiColors, OwoColorize as _, Style};
use sam_local::LogLine;
use std::{fs::File, io::Write as _, path::Path, sync::LazyLock};
use texts::text;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// No line of the story is wider, in columns.
pub const WIDTH: usize = 80;

/// The bars at the foot of the process's one terminal; none are drawn when standard error is no terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// What is shown of what functions say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Nothing,
    /// Warnings, errors, and what is no log line.
    Trouble,
    Everything,
}

/// Prints a line above the bars; colours only where standard output takes them. That nobody reads it any more ends nothing.
pub fn print(line: &str) {
    let _ = BARS.suspend(|| writeln!(anstream::stdout(), "{line}"));
}

/// Tells what will not work, on standard error.
pub fn warn(line: &str) {
    let mark = "!".yellow().bold().to_string();
    let _ = BARS.suspend(|| writeln!(anstream::stderr(), "{mark} {line}"));
}

/// Tells why it cannot go on, on standard error.
pub fn refuse(reason: &str) {
    let _ = writeln!(anstream::stderr(), "{reason}");
}

/// What the story comes to next.
pub(crate) fn scene(title: &str) {
    print(&format!("\n{}", title.bold()));
}

/// A fact of the story, and whether it is as it should be.
pub(crate) fn fact(is_well: bool, who: &str, line: &str) {
    let mark = match is_well {
        true => "✓".green().to_string(),
        false => "✗".red().bold().to_string(),
    };
    print(&format!(
        "  {mark} {} {}",
        column(who, 12),
        fit(line, WIDTH - 17)
    ));
}

/// `text`, filled up with blanks to that many columns.
fn column(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(blanks))
}

/// `text` on one line of at most that many columns.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let line = text.replace(char::is_control, " ");
    if line.width() <= columns {
        return line;
    }
    let mut room = columns.saturating_sub(1);
    let fits = |letter: &char| {
        let width = letter.width().unwrap_or_default();
        let fits = width <= room;
        room = room.saturating_sub(width);
        fits
    };
    let kept: String = line.chars().take_while(fits).collect();
    format!("{kept}…")
}

/// Where everything is, in a few lines, the page first.
pub fn addresses(bundle: &Bundle, log: Option<&Path>) -> String {
    let gateway = bundle.gateway_url();
    let page = bundle.wechat().simulator().map(|_| bundle.platform_url());
    let page = page.map(|url| (text!("address.page"), format!("{url}/")));
    let mut lines: Vec<_> = page.into_iter().collect();
    lines.push((text!("address.gateway"), gateway.clone()));
    let mut routes = bundle.routes().iter();
    let callback = routes.find(|p| p.contains("{account}") && p.starts_with("/callback"));
    for (callback, listed) in callback.iter().cycle().zip(&bundle.accounts().accounts) {
        let path = callback.replace("{account}", listed.account.name.as_str());
        lines.push((text!("address.callback"), format!("{gateway}{path}")));
    }
    lines.push((text!("address.wechat"), bundle.platform_url()));
    let region = &bundle.stack().region;
    let keys = text!("address.aws_keys", region = region);
    lines.push(("AWS".to_owned(), format!("{}  {keys}", bundle.aws_url())));
    if let Some(log) = log {
        lines.push((text!("address.log"), crate::files::from_here(log)));
    }
    let style = Style::new().color(AnsiColors::Cyan);
    let shown = lines
        .iter()
        .map(|(what, at)| format!("{}  {}", column(what, 10), at.style(style)));
    let shown: Vec<String> = shown.chain([text!("terminal.ctrl_c")]).collect();
    shown.join("\n")
}

/// Takes down every log line, tells what is to be shown, and draws a bar for each campaign, until the bundle is gone.
pub async fn follow(mut logs: Receiver<LogLine>, mut log: Option<File>, shown: Shown) {
    let mut progress = Progress::default();
    loop {
        let line = match logs.recv().await {
            Ok(line) => line,
            Err(RecvError::Lagged(lost)) => {
                print(&text!("terminal.lost", count = lost));
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        let written = log.as_mut().map(|log| writeln!(log, "{line}"));
        if let Some(Err(error)) = written {
            warn(&text!("terminal.log_ends", reason = texts::reason(&error)));
            log = None;
        }
        match shown {
            Shown::Nothing => continue,
            Shown::Trouble => trouble::of(&line).iter().for_each(|told| print(told)),
            Shown::Everything => print(&format!("    {line}")),
        }
        progress.see(&line, &BARS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_by_what_it_takes_on_the_screen() {
        assert_eq!(fit("short", 5), "short");
        assert_eq!(fit("too long", 5), "too …");
        assert_eq!(fit("一二三四", 8), "一二三四");
        assert_eq!(fit("一二三四五", 8), "一二三…");
        assert_eq!(fit("two\nlines\u{1b}[31m", 80), "two lines [31m");
        assert_eq!(
            (column("明文", 6), column("longer", 3)),
            ("明文  ".to_owned(), "longer".to_owned())
        );
    }
}
