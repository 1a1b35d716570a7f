//! What helps when no token is to be had.

/// What kind of trouble it is, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// The kind, in one word: `config`, `ip`, `quota`, `rate`, `transient` or `internal`.
    pub class: &'static str,
    /// What to do, in English.
    pub en: &'static str,
    /// What to do, in Chinese.
    pub zh: &'static str,
}

/// The advice for a failure, by its one word.
pub fn advice(failure: &str) -> Advice {
    let (class, en, zh) = match failure {
        "ip_not_whitelisted" => (
            "ip",
            "Add the address to the IP whitelist in the WeChat console; a minute later it works.",
            "请在微信公众平台把该地址加入 IP 白名单，一分钟之内生效。",
        ),
        "ip_unconfirmed" | "wechat_ip" => (
            "ip",
            "The account's administrator has a message in WeChat that asks to confirm this address.",
            "公众号管理员会在微信中收到确认该地址的消息，请管理员确认。",
        ),
        "app_secret_wrong" | "app_secret_unreadable" | "wechat_config" => (
            "config",
            "Store the app secret of the WeChat console: wechat-doctor init.",
            "请用 wechat-doctor init 存入微信公众平台上的 AppSecret。",
        ),
        "app_secret_frozen" => (
            "config",
            "Unfreeze the app secret in the WeChat console.",
            "请在微信公众平台解冻 AppSecret。",
        ),
        "malformed_parameter" => (
            "config",
            "Correct the field in the account's parameter; wechat-doctor names what is wrong.",
            "请修正账号参数中的该字段；wechat-doctor 会指出错误所在。",
        ),
        "wechat_quota" => (
            "quota",
            "The day's calls are used up; somebody else fetches tokens of this account. Let them read this one.",
            "当天的调用次数已用完：有其他系统也在获取该公众号的令牌，请让它们改为读取这里的令牌。",
        ),
        "force_refresh_spent" | "token_fetches_spent" => (
            "rate",
            "WeChat refused the last token and a new one may not be fetched yet. Ask again at retry_at; if this \
             goes on, another system fetches tokens of this account: let it read this one.",
            "微信拒绝了上一个令牌，暂时还不能再获取。请在 retry_at 之后重试；如果反复出现，\
             说明有其他系统也在获取该公众号的令牌，请让它改为读取这里的令牌。",
        ),
        "wechat_rate" => (
            "rate",
            "Too many calls in this minute; ask again at retry_at.",
            "这一分钟内调用过多，请在 retry_at 之后重试。",
        ),
        failure if failure.starts_with("wechat_") || failure == "refresh_busy" => (
            "transient",
            "WeChat did not give a token; ask again in a few seconds.",
            "微信没有给出令牌，请几秒后重试。",
        ),
        _ => (
            "internal",
            "Ask again in a few seconds; if this goes on, look into the log of TokenRefresh.",
            "请几秒后重试；如果持续出现，请查看 TokenRefresh 的日志。",
        ),
    };
    Advice { class, en, zh }
}
