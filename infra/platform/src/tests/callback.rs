//! A callback that answers as a script says, one step a push.

use super::{APP, KEY};
use crate::{
    crypto::{AesKey, Padding, open, seal, sign},
    element::Element,
};
use axum::{
    Router,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// What the callback does with one push.
#[derive(Clone)]
pub(super) enum Step {
    /// Answers a text reply, sealed when the push was.
    Reply(&'static str),
    /// Answers this body.
    Body(&'static str),
    /// Answers this status.
    Status(u16),
    /// Answers after so many milliseconds.
    Late(u64, &'static str),
}

/// A push as the callback got it.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) query: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) message: Element,
}

/// A running callback.
pub(super) struct Callback {
    pub(super) url: String,
    got: Arc<Mutex<Vec<Got>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Callback {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Callback {
    /// Follows the steps in order; the last one again and again.
    pub(super) async fn start(steps: Vec<Step>) -> Self {
        let got = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&got);
        let post = move |Query(query): Query<Vec<(String, String)>>, body: axum::body::Bytes| {
            let body = String::from_utf8_lossy(&body).into_owned();
            let n = remember(&seen, query.clone(), &body);
            let step = steps.get(n).or(steps.last()).cloned().unwrap();
            async move { act(step, &query, &body).await }
        };
        let echo =
            |Query(query): Query<Vec<(String, String)>>| async move { value(&query, "echostr") };
        let app = Router::new().route("/", routing::get(echo).post(post));
        let app = app.layer(axum::extract::DefaultBodyLimit::disable());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, got, server }
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

pub(super) fn value(query: &[(String, String)], name: &str) -> String {
    query
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

fn remember(got: &Mutex<Vec<Got>>, query: Vec<(String, String)>, body: &str) -> usize {
    let mut got = got.lock().unwrap();
    got.push(Got {
        query,
        body: body.to_owned(),
        message: message(body),
    });
    got.len() - 1
}

/// The clear message, decrypted where there is an envelope that opens.
fn message(body: &str) -> Element {
    let tree = Element::parse(body).unwrap_or_else(|_| Element::group("xml", Vec::new()));
    let clear = tree
        .text_of("Encrypt")
        .and_then(|encrypt| open(&AesKey::parse(KEY)?, encrypt, APP).ok());
    clear.map_or(tree, |clear| {
        Element::parse(&clear).unwrap_or_else(|_| Element::group("xml", Vec::new()))
    })
}

async fn act(step: Step, query: &[(String, String)], body: &str) -> Response {
    match step {
        Step::Reply(text) => reply(text, query, body).into_response(),
        Step::Body(text) => text.into_response(),
        Step::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Step::Late(ms, text) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            text.into_response()
        }
    }
}

fn reply(text: &str, query: &[(String, String)], body: &str) -> String {
    let push = message(body);
    let clear = Element::group(
        "xml",
        vec![
            Element::cdata("ToUserName", push.text_of("FromUserName").unwrap()),
            Element::cdata("FromUserName", push.text_of("ToUserName").unwrap()),
            Element::number("CreateTime", 1),
            Element::cdata("MsgType", "text"),
            Element::cdata("Content", text),
        ],
    );
    if value(query, "encrypt_type") != "aes" {
        return clear.to_xml();
    }
    let key = AesKey::parse(KEY).unwrap();
    let encrypt = seal(
        &key,
        [b'r'; 16],
        clear.to_xml().as_bytes(),
        APP,
        Padding::Documented,
    );
    let nonce = value(query, "nonce");
    let signature = sign(&["Token2025abcDEF", "7", &nonce, &encrypt]);
    let parts = vec![
        Element::cdata("Encrypt", encrypt),
        Element::cdata("MsgSignature", signature),
        Element::number("TimeStamp", 7),
        Element::cdata("Nonce", nonce),
    ];
    Element::group("xml", parts).to_xml()
}
