//! A short conversation with the simulated WeChat, shown as it happens.

use crate::Bundle;
use platform::{PushReport, PushRequest, State, UserSees};

/// The URL check and a `ping`, for each account. Says so when WeChat is not the simulator.
pub async fn run(bundle: &Bundle) {
    let Some(wechat) = bundle.wechat().simulator() else {
        return println!("demo             needs the simulated WeChat; leave --platform away");
    };
    for listed in &bundle.accounts().accounts {
        let (name, app_id) = (listed.account.name.as_str(), listed.account.app_id.as_str());
        println!(
            "demo             {name}: URL check: {}",
            url_check(wechat, app_id).await
        );
        println!(
            "demo             {name}: \"ping\": {}",
            say(wechat, app_id, "ping").await
        );
    }
}

async fn url_check(wechat: &State, app_id: &str) -> String {
    match wechat.verify(app_id).await {
        Ok(report) if report.ok => format!("passed in {} ms", report.ms),
        Ok(report) => format!("failed: {}", report.reason.unwrap_or_default()),
        Err(refusal) => format!("not made: {refusal}"),
    }
}

async fn say(wechat: &State, app_id: &str, text: &str) -> String {
    match wechat.push(PushRequest::text(app_id, text)).await {
        Ok(report) => seen(&report),
        Err(refusal) => format!("not sent: {refusal}"),
    }
}

fn seen(report: &PushReport) -> String {
    let ms: u64 = report.attempts.iter().map(|a| a.ms).sum();
    let tries = report.attempts.len();
    let shown = match &report.user_sees {
        UserSees::Reply(reply) => reply.to_string(),
        UserSees::Nothing => "nothing".to_owned(),
        UserSees::ErrorNotice(notice) => notice.clone(),
    };
    format!("the user sees {shown} ({tries} tries, {ms} ms)")
}
