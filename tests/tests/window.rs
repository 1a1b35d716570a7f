//! The simulator's page in a real browser, with the whole bundle behind it.

use local::Options;
use serde_json::{Value, json};
use tests::{Stage, accounts::SAFE, browser::Browser, eventually};

const DESK: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/122.0 Safari/537.36";
const FOLLOWER: &str = "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI";
const TEMPLATE: &str = "pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt";

/// Would run where a text became markup: `window.hit` tells.
const HOSTILE: [&str; 6] = [
    "<script>window.hit = 1</script>",
    "\"><img src=x onerror=\"window.hit = 2\">",
    "<a href=\"javascript:window.hit=3\">here</a>",
    "<a href='https://example.com/' onclick='window.hit=4' style='x'>there</a>",
    "\u{202e}txt.exe \u{2066}<svg onload=window.hit=5>\u{200f}",
    "]]><Content>&lt;b&gt; {{constructor.constructor('window.hit=6')()}} ${window.hit=7}",
];

/// A page that is open on an account of the bundle.
struct Page {
    browser: Browser,
    stage: Stage,
}

impl Page {
    async fn open() -> Self {
        let stage = Stage::open(Options::default()).await;
        let browser = Browser::open(DESK).await;
        browser.width(1_280).await;
        browser.go(&stage.bundle.platform_url()).await;
        let page = Self { browser, stage };
        page.until(
            "the page is live",
            "document.querySelector('#line').dataset.state === 'live'",
        )
        .await;
        page.until(
            "accounts are there",
            "document.querySelectorAll('#panel-phone option').length > 2",
        )
        .await;
        page.choose("account", SAFE).await;
        page
    }

    /// Waits until an expression is true in the page.
    async fn until(&self, what: &str, expression: &str) {
        let script = format!("return Boolean({expression})");
        eventually(what, async || {
            (self.browser.run(&script).await == true).then_some(())
        })
        .await;
    }

    /// Waits until something on the page has that text.
    async fn shows(&self, selector: &str, text: &str) {
        let (selector, told) = (json!(selector), json!(text));
        let expression = format!(
            "[...document.querySelectorAll({selector})].some((one) => one.textContent.includes({told}))"
        );
        self.until(text, &expression).await;
    }

    async fn choose(&self, key: &str, value: &str) {
        let script = format!(
            "const one = document.querySelector('[data-key={key}]'); one.value = {}; one.dispatchEvent(new Event('change'))",
            json!(value)
        );
        self.browser.run(&script).await;
    }

    async fn say(&self, text: &str) {
        let script = format!(
            "const one = document.querySelector('#say'); one.value = {}; one.form.requestSubmit()",
            json!(text)
        );
        self.browser.run(&script).await;
    }

    async fn turn(&self, tab: &str) {
        self.browser.click(&format!("#tab-{tab}")).await;
        self.until(
            tab,
            &format!("!document.querySelector('#panel-{tab}').hidden"),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(browser), ignore = "no chromium and chromedriver on this machine")]
async fn the_page_opens_at_whoever_wrote_last() {
    let stage = Stage::open(Options::default()).await;
    stage.text(SAFE, "ping").await;
    let browser = Browser::open(DESK).await;
    browser.go(&stage.bundle.platform_url()).await;
    let page = Page { browser, stage };
    page.shows(".bubble.theirs", "pong").await;
    let shown = format!("document.querySelector('[data-key=account]').value === '{SAFE}'");
    page.until("its account", &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(browser), ignore = "no chromium and chromedriver on this machine")]
async fn a_conversation_a_template_and_a_campaign_are_watched_on_the_page() {
    let page = Page::open().await;
    page.say("ping").await;
    page.shows(".bubble.mine", "ping").await;
    page.shows(".bubble.theirs", "pong").await;
    page.browser
        .run("document.querySelector('[data-action=subscribe]').click()")
        .await;
    page.shows(".bubble.event", "Subscribe").await;
    let order = json!({
        "client_msg_id": "order-1", "touser": FOLLOWER, "template_id": TEMPLATE, "data": {
            "character_string1": { "value": "2025-0001" }, "thing2": { "value": "on its way <b>" },
            "time3": { "value": "2025-11-21 18:00" },
        },
    });
    let (status, _) = page
        .stage
        .signed("POST", "/v1/accounts/demo/template-messages", Some(order))
        .await;
    assert_eq!(status, 202);
    page.shows(".bubble.theirs dd", "on its way <b>").await;

    page.shows("#panel-wire summary", "/cgi-bin/message/template/send")
        .await;
    page.browser
        .run("document.querySelector('#panel-wire li:last-child summary').click()")
        .await;
    page.shows("#panel-wire .inside pre", "msg_signature=")
        .await;
    page.turn("ledger").await;
    page.shows("#panel-ledger td", "order-1").await;
    page.shows("#panel-ledger .state", "delivered").await;
    page.browser
        .run("document.querySelector('#trial > summary').click()")
        .await;
    page.until(
        "a request to begin with",
        "document.querySelector('#trial textarea').value",
    )
    .await;
    page.browser
        .run("const one = document.querySelector('#sample'); one.value = 'tryMass'; one.dispatchEvent(new Event('change')); one.form.requestSubmit()")
        .await;
    page.until(
        "the campaign has a bar",
        "document.querySelector('#panel-ledger progress')?.value > 0",
    )
    .await;
    page.shows("#panel-ledger .campaign .state", "finished")
        .await;
    page.shows(".bubble.theirs", "Spring is here.").await;
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(browser), ignore = "no chromium and chromedriver on this machine")]
async fn nothing_that_a_follower_or_the_bundle_writes_is_run() {
    let page = Page::open().await;
    for text in HOSTILE {
        page.say(text).await;
    }
    let menu = json!({ "button": [{ "type": "click", "name": "<b>x</b>", "key": HOSTILE[1] },
        { "name": "<i>", "sub_button": [{ "type": "view", "name": "<img src=x>", "url": "http://example.com/\"><script>" }] }] });
    let (status, _) = page
        .stage
        .signed(
            "POST",
            "/v1/accounts/demo/wechat/cgi-bin/menu/create",
            Some(menu),
        )
        .await;
    assert_eq!(status, 200);
    page.say(&"长".repeat(20_000)).await;
    let token = access_token(&page.stage).await;
    for text in HOSTILE.into_iter().chain(["a\u{0}b\u{7}\n\u{1b}[31m"]) {
        let message = json!({ "touser": FOLLOWER, "msgtype": "text", "text": { "content": text } });
        let url = format!(
            "{}/cgi-bin/message/custom/send?access_token={token}",
            page.stage.bundle.platform_url()
        );
        let answer = page
            .stage
            .http
            .post(url)
            .json(&message)
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.json::<Value>().await.unwrap()["errcode"],
            0,
            "{text}"
        );
        page.stage.wechat().take_down(text, 1, text);
        page.stage.push(json!({ "app_id": SAFE, "push": { "kind": "CLICK", "event_key": text.replace(char::is_control, "") } })).await;
    }
    page.shows(".bubble.mine", HOSTILE[0]).await;
    page.shows(".bubble.theirs", HOSTILE[1]).await;
    page.shows(".menu button", "<b>x</b>").await;
    page.shows(".bubble.theirs", "a\u{2400}b\u{2407}").await;
    page.browser
        .run("document.querySelector('.menu > button').click()")
        .await;
    page.browser.run("document.querySelectorAll('#panel-wire details').forEach((one) => { one.open = true })").await;
    page.shows("#panel-wire pre", "<script>window.hit").await;
    for tab in ["ledger", "switches", "log"] {
        page.turn(tab).await;
    }
    page.shows("#panel-log li", HOSTILE[0]).await;
    let found = page
        .browser
        .run(
            "return [window.hit ?? null, document.querySelectorAll('img:not([src^=\"/_control/media/\"]), svg, [onerror], [onclick]').length,
              document.querySelectorAll('script').length, [...document.links].map((one) => one.protocol).filter((one) => !/^https?:$/.test(one)),
              document.querySelectorAll('[style]').length]",
        )
        .await;
    assert_eq!(found, json!([null, 0, 1, [], 0]));
    let named = "return [...document.querySelectorAll('#panel-log li')].some((one) => one.textContent.includes('U+202E'))";
    assert_eq!(
        page.browser.run(named).await,
        true,
        "what turns the direction is named"
    );
    page.browser.close().await;
}

/// A token of the account's, to send what the product would not; its window stands open.
async fn access_token(stage: &Stage) -> String {
    stage
        .control(&format!("sends/{SAFE}"), json!({ "check_window": false }))
        .await;
    let body = json!({ "grant_type": "client_credential", "appid": SAFE, "secret": "0123456789abcdef0123456789abcdef" });
    let url = format!("{}/cgi-bin/stable_token", stage.bundle.platform_url());
    let answer: Value = stage
        .http
        .post(url)
        .json(&body)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(browser), ignore = "no chromium and chromedriver on this machine")]
async fn faults_are_switched_the_log_is_filtered_and_the_page_fits_a_phone() {
    let page = Page::open().await;
    page.turn("switches").await;
    page.until(
        "the kinds of faults",
        "document.querySelector('[name=kind]')?.options.length > 10",
    )
    .await;
    page.browser
        .run("document.querySelector('[data-form=fault]').requestSubmit()")
        .await;
    page.shows("#panel-switches li", "errcode -1").await;
    assert_eq!(page.stage.wechat().list_faults().len(), 1);
    page.browser
        .run("document.querySelector('#panel-switches [data-key=day]').click()")
        .await;
    page.shows("#panel-switches p", "24.00 h").await;
    page.choose("class", "unverified").await;
    page.until(
        "the class changed",
        "document.querySelector('[data-key=class]').value === 'unverified'",
    )
    .await;
    page.say("ping").await;
    page.turn("log").await;
    page.shows("#panel-log li", "Callback").await;
    page.browser
        .run("const one = document.querySelector('#panel-log input'); one.value = 'no such word'; one.dispatchEvent(new Event('input'))")
        .await;
    page.until("nothing fits", "document.querySelector('#panel-log .note')")
        .await;

    page.browser
        .run("document.querySelector('[data-key=language]').click()")
        .await;
    page.shows("#tabs", "日志").await;
    assert_eq!(
        page.browser
            .run("return document.documentElement.lang")
            .await,
        "zh-CN"
    );
    for colours in ["light", "dark"] {
        page.browser
            .run(&format!(
                "document.documentElement.dataset.colours = '{colours}'"
            ))
            .await;
        let ratio = page.browser.run(CONTRAST).await.as_f64().unwrap();
        assert!(ratio >= 4.5, "{colours}: {ratio}");
    }
    page.browser.width(360).await;
    page.until(
        "five tabs",
        "document.querySelectorAll('[role=tab]').length === 5",
    )
    .await;
    for tab in ["phone", "wire", "ledger", "switches", "log"] {
        page.turn(tab).await;
        let fits = "const page = document.documentElement; return [page.scrollWidth <= page.clientWidth, innerWidth]";
        assert_eq!(page.browser.run(fits).await, json!([true, 360]), "{tab}");
    }
    let unnamed = page.browser.run(UNNAMED).await;
    assert_eq!(unnamed, json!([]), "what can be used has a name");

    page.browser
        .go(&format!("{}/docs", page.stage.bundle.platform_url()))
        .await;
    page.shows("summary", "/v1/accounts/{account}/template-messages")
        .await;
    page.shows("summary code", "SendTemplateMessage").await;
    page.browser.close().await;
}

/// The lowest contrast of a colour of text with what it stands on.
const CONTRAST: &str = "
  const style = getComputedStyle(document.documentElement);
  const probe = document.body.appendChild(document.createElement('i'));
  const light = (name) => {
    probe.style.color = style.getPropertyValue(name);
    const part = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map((n) => n / 255)
      .map((n) => (n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  const pairs = [['--ink', '--ground'], ['--ink', '--sheet'], ['--quiet', '--ground'], ['--quiet', '--sheet'],
    ['--own-ink', '--own'], ['--accent', '--sheet'], ['--accent', '--ground'], ['--accent-ink', '--accent'], ['--bad', '--sheet'],
    ['--good', '--sheet']];
  const ratios = pairs.map((pair) => pair.map(light).sort((a, b) => b - a)).map(([a, b]) => (a + 0.05) / (b + 0.05));
  probe.remove();
  return Math.min(...ratios);";

/// Fields and buttons that a screen reader could not name.
const UNNAMED: &str = "
  return [...document.querySelectorAll('button, input, select, textarea, a, [role=region], [role=log]')]
    .filter((one) => !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length))
    .map((one) => one.outerHTML);";
