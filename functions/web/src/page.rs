//! `GET /web/{account}/subscribe`: a page on which a visitor agrees to the account's subscription
//! messages. Nothing of the request is written into it.

use crate::context::Call;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use shared::{
    lambda::HttpResponse,
    problem::Problem,
    web::{
        agent::{Agent, App},
        login::Visitor,
    },
};
use wechat_oa::api::page;

const SHELL: &str = include_str!("page/shell.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");
/// Templates one tag takes at most.
const A_TAG: usize = 3;

/// The page, or a plain notice where it cannot work.
pub(crate) async fn answer(call: &Call<'_>) -> Result<HttpResponse, Problem> {
    let agent = Agent::of(call.request.header("user-agent"));
    let content = match agent.app {
        App::Wechat if call.web()?.template_ids.is_empty() => words(
            "这个公众号没有可订阅的消息。",
            "This account has no messages to subscribe to.",
        ),
        App::Wechat => subscription(call).await?,
        App::Wecom => words(
            "企业微信不支持订阅,请在微信中打开。",
            "WeCom cannot subscribe. Please open this page in WeChat.",
        ),
        App::Other => words("请在微信中打开此页面。", "Please open this page in WeChat."),
    };
    Ok(shell(200, "订阅消息", &content).with("content-security-policy", policy(call)))
}

/// A notice in both languages.
pub(crate) fn words(zh: &str, en: &str) -> String {
    format!("<p id=\"notice\">{zh}</p><p lang=\"en\">{en}</p>")
}

async fn subscription(call: &Call<'_>) -> Result<String, Problem> {
    let tags = call.web()?.template_ids.chunks(A_TAG);
    let tags: String = tags.map(|ids| tag(&ids.join(","))).collect();
    let base = sdk_host(call);
    Ok(format!(
        "{}{tags}<p id=\"status\" role=\"status\"></p>\
         <script src=\"{base}/open/js/jweixin-1.6.0.js\"></script><script>{SCRIPT}</script>",
        greeting(call).await?
    ))
}

/// Template ids are letters, digits, `-` and `_`: the accounts file is refused otherwise.
fn tag(ids: &str) -> String {
    format!(
        "<wx-open-subscribe template=\"{ids}\">\
         <script type=\"text/wxtag-template\" slot=\"style\"><style>.subscribe {{ width: 100%; \
         padding: 12px; border: 0; border-radius: 8px; background: #07c160; color: #fff; \
         font-size: 17px; }}</style></script>\
         <script type=\"text/wxtag-template\"><button class=\"subscribe\">订阅消息</button></script>\
         </wx-open-subscribe>"
    )
}

/// Whoever comes back from a login is greeted; the others may sign in.
async fn greeting(call: &Call<'_>) -> Result<String, Problem> {
    if let Some(login) = call.request.parameter("login")
        && call.redeemed::<Visitor>(&login).await?.is_some()
    {
        return Ok("<p id=\"visitor\">已登录</p>".to_owned());
    }
    let here = call.own_url("subscribe");
    let fields = [("scope", "snsapi_base"), ("return_to", here.as_str())];
    let start = page::url("oauth", "/start", &fields).replace('&', "&amp;");
    let link = format!("<a id=\"sign-in\" href=\"{start}\">登录</a>");
    Ok(format!("<p>{link}</p>"))
}

/// Where WeChat's script comes from.
fn sdk_host<'a>(call: &'a Call<'_>) -> &'a str {
    let base = call.context.base.as_deref();
    base.map_or("https://res.wx.qq.com", |base| base.trim_end_matches('/'))
}

/// A page of words and links, without scripts. `content` is HTML.
pub(crate) fn plain(status: u16, title: &str, content: &str) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash(STYLE)
    );
    shell(status, title, content).with("content-security-policy", policy)
}

fn shell(status: u16, title: &str, content: &str) -> HttpResponse {
    // The content last: what looks like a place to fill in stays what it is.
    let body = SHELL
        .replace("{style}", STYLE)
        .replace("{title}", title)
        .replace("{content}", content);
    HttpResponse::html(status, body).with("referrer-policy", "no-referrer")
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

/// Our script and style by their hashes, WeChat's script by its host. WeChat draws open tags in
/// frames of its own (Wechat_Open_Tag.html, "CSP").
fn policy(call: &Call<'_>) -> String {
    let (host, script, style) = (sdk_host(call), hash(SCRIPT), hash(STYLE));
    let simulator = call.context.base.as_ref().map_or("", |_| host);
    format!(
        "default-src 'none'; script-src 'sha256-{script}' {host}; style-src 'sha256-{style}'; \
         connect-src 'self' {simulator}; frame-src https://*.qq.com:* weixin:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    )
}
