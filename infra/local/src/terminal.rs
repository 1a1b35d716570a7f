//! What a person sees on the terminal.

use crate::{Bundle, progress::Progress};
use indicatif::MultiProgress;
use sam_local::LogLine;
use std::{io::Write as _, sync::LazyLock};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// The bars at the foot of the process's one terminal; none are drawn when standard error is no terminal.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Prints a line above the bars. That nobody reads it any more ends nothing.
pub fn print(line: &str) {
    let _ = BARS.suspend(|| writeln!(std::io::stdout(), "{line}"));
}

/// Where everything is, in a few lines.
pub fn addresses(bundle: &Bundle) -> String {
    let gateway = bundle.gateway_url();
    let page = bundle.wechat().simulator().map(|_| bundle.platform_url());
    let page = page.map(|url| format!("page （网页）    {url}/"));
    let mut lines: Vec<_> = page.into_iter().collect();
    lines.push(format!("gateway          {gateway}"));
    if let Some(callback) = bundle
        .routes()
        .iter()
        .find(|p| p.contains("{account}") && p.starts_with("/callback"))
    {
        for listed in &bundle.accounts().accounts {
            let path = callback.replace("{account}", listed.account.name.as_str());
            lines.push(format!("callback         {gateway}{path}"));
        }
    }
    lines.push(format!("WeChat           {}", bundle.platform_url()));
    lines.push(format!(
        "AWS              {}   key local, secret local, region {}",
        bundle.aws_url(),
        bundle.stack().region
    ));
    lines.push("Log lines of the functions follow. Ctrl-C ends everything.".to_owned());
    lines.join("\n")
}

/// Prints every log line, and a bar for each campaign, until the bundle is gone.
pub async fn follow(mut logs: Receiver<LogLine>) {
    let mut progress = Progress::default();
    loop {
        match logs.recv().await {
            Ok(line) => {
                print(&format!("    {line}"));
                progress.see(&line, &BARS);
            }
            Err(RecvError::Lagged(lost)) => print(&format!("({lost} log lines not shown)")),
            Err(RecvError::Closed) => return,
        }
    }
}
