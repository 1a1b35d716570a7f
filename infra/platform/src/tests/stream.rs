//! What happens, as the page gets it: everything first, then one event after the other.

use super::{
    APP,
    callback::{Callback, Step},
    get, post, start,
    window::open,
};
use crate::Platform;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
};

/// An open stream of events.
struct Stream(BufReader<TcpStream>);

impl Stream {
    async fn open(platform: &Platform, last: &str) -> Self {
        let last = if last.is_empty() {
            String::new()
        } else {
            format!("last-event-id: {last}\r\n")
        };
        let request = format!("GET /_control/events HTTP/1.1\r\n{last}");
        Self(BufReader::new(open(platform, &request).await))
    }

    /// Id, kind and data of the next event.
    async fn next(&mut self) -> (String, String, Value) {
        let (mut id, mut kind) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            let read =
                tokio::time::timeout(Duration::from_secs(10), self.0.read_line(&mut line)).await;
            assert!(
                read.expect("an event in time").unwrap() > 0,
                "the stream ended"
            );
            match line.trim_end().split_once(": ") {
                Some(("id", text)) => id = text.to_owned(),
                Some(("event", text)) => kind = text.to_owned(),
                Some(("data", text)) => return (id, kind, serde_json::from_str(text).unwrap()),
                _ => {}
            }
        }
    }

    /// The next event of that kind.
    async fn until(&mut self, wanted: &str) -> (String, Value) {
        loop {
            let (id, kind, data) = self.next().await;
            if kind == wanted {
                return (id, data);
            }
        }
    }
}

#[tokio::test]
async fn a_reader_gets_everything_and_then_each_event_and_goes_on_where_it_was() {
    let platform = start("").await;
    let mut stream = Stream::open(&platform, "").await;
    let (first, kind, data) = stream.next().await;
    assert_eq!(
        (&*kind, &data["settings"]["accounts"][0]["app_id"]),
        ("snapshot", &json!(APP))
    );
    assert_eq!(data["settings"]["behind"], false);
    get(&platform, "/cgi-bin/getcallbackip?access_token=x").await;
    let (id, kind, call) = stream.next().await;
    assert_eq!(
        (&*kind, &call["path"], &call["errcode"]),
        ("call", &json!("/cgi-bin/getcallbackip"), &json!(40_014))
    );
    drop(stream);
    platform.state().take_down("Send", 1, "a line");
    let mut again = Stream::open(&platform, &id).await;
    let (_, kind, line) = again.next().await;
    assert_eq!(
        (&*kind, &line["text"], &line["function"]),
        ("log", &json!("a line"), &json!("Send"))
    );
    let mut all = Stream::open(&platform, &first).await;
    assert_eq!(
        (all.next().await.1, all.next().await.1),
        ("call".into(), "log".into())
    );
    for unknown in ["", "x", "00000000-1", &format!("{}9", first), "\u{fffd}"] {
        let mut stream = Stream::open(&platform, unknown).await;
        let (_, kind, data) = stream.next().await;
        assert_eq!(
            (&*kind, &data["log"][0]["text"]),
            ("snapshot", &json!("a line")),
            "{unknown}"
        );
        assert_eq!(data["calls"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn every_switch_is_told() {
    let platform = start("").await;
    let mut stream = Stream::open(&platform, "").await;
    stream.until("snapshot").await;
    post(
        &platform,
        "/_control/faults",
        json!({"kind": "errcode", "errcode": -1, "times": 1}),
    )
    .await;
    let (_, settings) = stream.until("settings").await;
    assert_eq!(settings["faults"][0]["errcode"], -1);
    post(
        &platform,
        "/_control/clock",
        json!({"advance_ms": 3_600_000}),
    )
    .await;
    while stream.until("settings").await.1["clock"]["offset_ms"] != 3_600_000 {}
    post(
        &platform,
        &format!("/_control/accounts/{APP}"),
        json!({"class": "unverified"}),
    )
    .await;
    while stream.until("settings").await.1["accounts"][0]["class"] != "unverified" {}
    get(&platform, "/cgi-bin/getcallbackip?access_token=x").await;
    let (_, call) = stream.until("call").await;
    assert_eq!(call["faults"], json!(["errcode -1"]));
    while stream.until("settings").await.1["faults"][0]["times"] != 0 {}
}

const HOSTILE: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>\u{202e}gnp.exe\u{0}\r\ndata: {}\r\n\r\nevent: snapshot";

#[tokio::test]
async fn a_hostile_text_stays_one_text_of_one_event() {
    let callback = Callback::start(vec![Step::Body("success")]).await;
    let platform = start(&callback.url).await;
    let mut stream = Stream::open(&platform, "").await;
    stream.until("snapshot").await;
    // XML knows no NUL, so it is asked for in a field that is told as it came.
    let request =
        json!({"app_id": APP, "push": {"kind": "CLICK", "event_key": HOSTILE.replace('\0', "")}});
    post(&platform, "/_control/pushes", request.clone()).await;
    let (_, begun) = stream.until("push_begun").await;
    assert_eq!(begun["push"], request["push"]);
    let (_, attempt) = stream.until("attempt").await;
    assert_eq!(
        (&attempt["push_id"], &attempt["attempt"]["n"]),
        (&begun["push_id"], &json!(1))
    );
    let (_, push) = stream.until("push").await;
    assert!(
        push["clear"]
            .as_str()
            .unwrap()
            .contains("<![CDATA[<script>alert(1)")
    );
    let tried = &push["attempts"][0];
    assert!(tried["request"].as_str().unwrap().contains("<Encrypt>"));
    assert!(tried["url"].as_str().unwrap().contains("msg_signature="));
    platform.state().take_down(HOSTILE, 1, HOSTILE);
    let (_, line) = stream.until("log").await;
    assert_eq!(
        (&line["text"], &line["function"]),
        (&json!(HOSTILE), &json!(HOSTILE))
    );
}
