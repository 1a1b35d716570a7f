//! An example that is of use: how long its sender has followed, as WeChat knows it, asked once a day.

use super::asked::Asked;
use shared::{beijing, problem::Problem, sessions::DAY, time::Timestamp};
use wechat_oa::api::user::GetUserInfo;

/// `run = "since"`: nothing to say to who does not follow. Only verified accounts may ask WeChat.
pub(super) async fn since(asked: Asked) -> Result<Option<String>, Problem> {
    if let Some(since) = asked.sessions.get("since").await? {
        return Ok(Some(text(since, asked.now)));
    }
    let info = GetUserInfo {
        openid: asked.openid.clone(),
        lang: None,
    };
    let Some(since) = asked.client.call(&info).await?.subscribe_time else {
        return Ok(None);
    };
    let since = Timestamp::from_secs(since);
    asked.sessions.put("since", &since, DAY).await?;
    Ok(Some(text(since, asked.now)))
}

fn text(since: Timestamp, now: Timestamp) -> String {
    let days = beijing::day(now) - beijing::day(since) + 1;
    let first = beijing::local(since).strftime("%Y-%m-%d");
    format!("你从 {first} 起关注我们，今天是第 {days} 天。")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_beijing() {
        let at = |text| Timestamp::parse(text).unwrap();
        let since = at("2026-01-01T23:59:00+08:00");
        assert_eq!(
            text(since, at("2026-01-02T00:01:00+08:00")),
            "你从 2026-01-01 起关注我们，今天是第 2 天。"
        );
    }
}
