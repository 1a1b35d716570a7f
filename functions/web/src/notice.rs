//! Pages for the browser of a visitor who cannot sign in, or agree to a message, as things are: what is the matter, in
//! Chinese and English, and how to go on. They work without scripts; all that comes from a request
//! is escaped.

use crate::{
    context::{Call, scheme},
    page::{self, words},
    problem,
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
        let page = None;
        Self { problem, page }
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
            let zh = format!("{zh}没有完成:它已过期,或者不是在这个浏览器里开始的。");
            let why = "it is too old, or was not begun in this browser.";
            words(&zh, &format!("The {en} was not finished: {why}")) + button
        }
        500.. => {
            let zh = format!("暂时无法{zh},请稍后再试。");
            let then = "Please try again in a while.";
            words(&zh, &format!("The {en} does not work right now. {then}")) + button
        }
        _ => {
            let reason = escaped(&problem::message(problem));
            let zh = format!("这个{zh}链接有误。");
            let words = words(&zh, &format!("This {en} link is wrong."));
            format!("{words}<p><code>{reason}</code></p>")
        }
    };
    page::plain(problem.status(), title, &content)
}

/// Begins anew.
fn button(call: &Call<'_>) -> String {
    let Some(link) = begin(call) else {
        return String::new();
    };
    let ([_, zh, _], link) = (doing(call.request), escaped(&link));
    let label = format!("重新{zh} · <span lang=\"en\">Try again</span>");
    format!("<p><a class=\"button\" id=\"again\" href=\"{link}\">{label}</a></p>")
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
    let template = ("template_id", asked.template_id.as_str());
    let fields = [template, ("scene", scene.as_str()), return_to];
    Some(call.own_url(&api::page::url("subscribe-once", "", &fields)))
}

/// Text for HTML, in an attribute too.
fn escaped(text: &str) -> String {
    // The first is in what stands for the others.
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let text = text.replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\'', "&#39;")
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
