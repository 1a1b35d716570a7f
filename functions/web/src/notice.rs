//! Pages for the browser of a visitor who cannot sign in as things are: what is the matter, in
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
    },
};
use wechat_oa::api;

/// The routes that a visitor's browser is sent to.
const START: &str = "/web/{account}/oauth/start";
const CALLBACK: &str = "/web/{account}/oauth/callback";
const TITLE: &str = "微信登录 · Sign in with WeChat";

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
        CALLBACK => true,
        START => request.header("accept").contains("text/html"),
        _ => false,
    };
    let page = shown.then(|| refused(&problem, &call.map(button).unwrap_or_default()));
    Failed { problem, page }
}

/// The page for browsers in which WeChat signs nobody in; none for WeChat itself, and for programs,
/// which show no page.
pub(crate) fn elsewhere(call: &Call<'_>) -> Option<HttpResponse> {
    let (zh, en) = match Agent::of_browser(call.request.header("user-agent"))?.app {
        App::Wechat => return None,
        App::Wecom => (
            "企业微信不能登录这个公众号。请复制下面的链接,在微信中打开。",
            "WeCom cannot sign in here. Please copy the link below and open it in WeChat.",
        ),
        App::Other => (
            "请在微信中打开:复制下面的链接,发送到微信聊天中再点开。",
            "Please open this in WeChat: copy the link below, send it in a WeChat chat and tap it there.",
        ),
    };
    let link =
        begin(call).map(|link| format!("<p><code id=\"link\">{}</code></p>", escaped(&link)));
    let content = words(zh, en) + &link.unwrap_or_default();
    Some(page::plain(200, TITLE, &content))
}

fn refused(problem: &Problem, button: &str) -> HttpResponse {
    let content = match problem.status() {
        _ if problem::is_of_state(problem) => {
            words(
                "登录没有完成:它已过期,或者不是在这个浏览器里开始的。",
                "The login was not finished: it is too old, or was not begun in this browser.",
            ) + button
        }
        500.. => {
            words(
                "暂时无法登录,请稍后再试。",
                "Signing in does not work right now. Please try again in a while.",
            ) + button
        }
        _ => {
            let reason = format!(
                "<p><code>{}</code></p>",
                escaped(&problem::message(problem))
            );
            words("这个登录链接有误。", "This login link is wrong.") + &reason
        }
    };
    page::plain(problem.status(), TITLE, &content)
}

fn words(zh: &str, en: &str) -> String {
    format!("<p id=\"notice\">{zh}</p><p lang=\"en\">{en}</p>")
}

/// Begins the login anew.
fn button(call: &Call<'_>) -> String {
    let link = begin(call).map(|link| {
        let label = "重新登录 · <span lang=\"en\">Sign in again</span>";
        format!(
            "<p><a class=\"button\" id=\"again\" href=\"{}\">{label}</a></p>",
            escaped(&link)
        )
    });
    link.unwrap_or_default()
}

/// The start of the login that this request belongs to; to the site's front page where that is not
/// known. None for an account without a site.
fn begin(call: &Call<'_>) -> Option<String> {
    let known = Reminder::read(|name| call.request.parameter(name));
    let known = known.filter(|known| call.site(&known.return_to).is_ok());
    let (scope, return_to) = match known {
        Some(known) => (known.scope.as_str(), known.return_to),
        None => {
            let site = call.web().ok()?.domains.first()?;
            ("snsapi_base", format!("{}://{site}/", scheme(site)))
        }
    };
    let fields = [("scope", scope), ("return_to", return_to.as_str())];
    Some(call.own_url(&api::page::url("oauth", "/start", &fields)))
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
