//! Pages for the browser of a visitor who cannot sign in, or agree to a message, as things are: what is the matter, in
//! Chinese and English, and how to go on. They work without scripts; all that comes from a request
//! is escaped.

use crate::{
    context::{Call, scheme},
    page, problem,
};
use shared::{
    lambda::{HttpRequest, HttpResponse},
    problem::Problem,
    web::{
        agent::{Agent, App},
        journey::Reminder,
        subscribe_once::OneTime,
    },
};
use wechat_oa::api::{self, oauth::Scope};

/// The routes that a visitor's browser is sent to.
const START: &str = "/web/{account}/oauth/start";
const CALLBACK: &str = "/web/{account}/oauth/callback";
const START_ONCE: &str = "/web/{account}/subscribe-once";
const CALLBACK_ONCE: &str = "/web/{account}/subscribe-once/callback";

/// A request that is not done, and what is shown of that in place of the problem's own answer.
pub(crate) struct Failed {
    pub(crate) problem: Problem,
    pub(crate) page: Option<HttpResponse>,
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            page: None,
        }
    }
}

/// A request that is not done. Where a visitor's browser would show the problem, it is a page: the
/// way back from WeChat always, the way there if the browser says that it is one.
pub(crate) fn failed(request: &HttpRequest, problem: Problem, call: Option<&Call<'_>>) -> Failed {
    let shown = match request.route_path() {
        CALLBACK | CALLBACK_ONCE => true,
        START | START_ONCE => request.header("accept").contains("text/html"),
        _ => false,
    };
    let page = shown.then(|| refused(request, &problem, &call.map(button).unwrap_or_default()));
    Failed { problem, page }
}

/// What the visitor is about to do: the title of the page, and the word for it in both languages.
fn doing(request: &HttpRequest) -> [&'static str; 3] {
    match request.route_path() {
        START_ONCE | CALLBACK_ONCE => ["订阅消息 · Subscribe to a message", "订阅", "subscription"],
        _ => ["微信登录 · Sign in with WeChat", "登录", "login"],
    }
}

/// The page for browsers in which WeChat shows none of its own; none for WeChat itself, and for
/// programs, which show no page.
pub(crate) fn elsewhere(call: &Call<'_>) -> Option<HttpResponse> {
    let [title, doing, _] = doing(call.request);
    let (zh, en) = match Agent::of_browser(call.request.header("user-agent"))?.app {
        App::Wechat => return None,
        App::Wecom => (
            format!("企业微信不能{doing}这个公众号。请复制下面的链接,在微信中打开。"),
            "This does not work in WeCom. Please copy the link below and open it in WeChat.",
        ),
        App::Other => (
            "请在微信中打开:复制下面的链接,发送到微信聊天中再点开。".to_owned(),
            "Please open this in WeChat: copy the link below, send it in a WeChat chat and tap it there.",
        ),
    };
    let link =
        begin(call).map(|link| format!("<p><code id=\"link\">{}</code></p>", escaped(&link)));
    let content = words(&zh, en) + &link.unwrap_or_default();
    Some(page::plain(200, title, &content))
}

fn refused(request: &HttpRequest, problem: &Problem, button: &str) -> HttpResponse {
    let [title, zh, en] = doing(request);
    let content = match problem.status() {
        _ if problem::is_of_state(problem) => {
            words(
                &format!("{zh}没有完成:它已过期,或者不是在这个浏览器里开始的。"),
                &format!(
                    "The {en} was not finished: it is too old, or was not begun in this browser."
                ),
            ) + button
        }
        500.. => {
            words(
                &format!("暂时无法{zh},请稍后再试。"),
                &format!("The {en} does not work right now. Please try again in a while."),
            ) + button
        }
        _ => {
            let reason = format!(
                "<p><code>{}</code></p>",
                escaped(&problem::message(problem))
            );
            let zh = format!("这个{zh}链接有误。");
            words(&zh, &format!("This {en} link is wrong.")) + &reason
        }
    };
    page::plain(problem.status(), title, &content)
}

fn words(zh: &str, en: &str) -> String {
    format!("<p id=\"notice\">{zh}</p><p lang=\"en\">{en}</p>")
}

/// Begins anew.
fn button(call: &Call<'_>) -> String {
    let link = begin(call).map(|link| {
        let [_, zh, _] = doing(call.request);
        let label = format!("重新{zh} · <span lang=\"en\">Try again</span>");
        format!(
            "<p><a class=\"button\" id=\"again\" href=\"{}\">{label}</a></p>",
            escaped(&link)
        )
    });
    link.unwrap_or_default()
}

/// The start of what this request belongs to; to the site's front page where that is not known. None
/// for an account without a site.
fn begin(call: &Call<'_>) -> Option<String> {
    let parameter = |name: &str| call.request.parameter(name);
    let return_to = match parameter("return_to").filter(|page| call.site(page).is_ok()) {
        Some(known) => known,
        None => {
            let site = call.web().ok()?.domains.first()?;
            format!("{}://{site}/", scheme(site))
        }
    };
    let return_to = ("return_to", return_to.as_str());
    if matches!(call.request.route_path(), START | CALLBACK) {
        let scope = Reminder::read(parameter).map_or(Scope::Base, |known| known.scope);
        let fields = [("scope", scope.as_str()), return_to];
        return Some(call.own_url(&api::page::url("oauth", "/start", &fields)));
    }
    let asked = OneTime::read(parameter).ok()?;
    let scene = asked.scene.to_string();
    let fields = [
        ("template_id", asked.template_id.as_str()),
        ("scene", scene.as_str()),
        return_to,
    ];
    Some(call.own_url(&api::page::url("subscribe-once", "", &fields)))
}

/// Text for HTML, in an attribute too.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_is_markup() {
        assert_eq!(
            escaped("<a href='x' title=\"&\">"),
            "&lt;a href=&#39;x&#39; title=&quot;&amp;&quot;&gt;"
        );
    }
}
