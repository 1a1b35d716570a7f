//! What a person sees on the terminal.

use crate::Bundle;
use crate::logs::LogLine;
use tokio::sync::broadcast::error::RecvError;

/// Where everything is, in a few lines.
pub fn addresses(bundle: &Bundle) -> String {
    let gateway = bundle.gateway_url();
    let mut lines = vec![format!("gateway          {gateway}")];
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

/// Prints every log line until the bundle is gone.
pub async fn follow(bundle_logs: tokio::sync::broadcast::Receiver<LogLine>) {
    let mut logs = bundle_logs;
    loop {
        match logs.recv().await {
            Ok(line) => println!("{}", show(&line)),
            Err(RecvError::Lagged(lost)) => println!("({lost} log lines not shown)"),
            Err(RecvError::Closed) => return,
        }
    }
}

fn show(line: &LogLine) -> String {
    match line.instance {
        0 => format!("{:<16} {}", line.function, line.text),
        n => format!("{:<16} {}", format!("{}#{n}", line.function), line.text),
    }
}
