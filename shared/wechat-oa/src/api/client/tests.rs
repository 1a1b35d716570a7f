mod transfer;

use super::*;
use crate::api::{
    ErrorClass, File,
    base::GetCallbackIp,
    endpoint::{Host, Meta, family},
    quota::{ClearQuota, GetApiQuota},
    token::GetAccessToken,
};
use crate::ids::{AppId, AppSecret};
use serde::Serialize;
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_json, method, path, query_param, query_param_is_missing},
};

const SECRET: &str = "secretsecretsecretsecretsecret00";

/// Hands out `token-0`, and one higher for every refusal.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn refusals(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl TokenSource for Counted {
    async fn token(&self) -> Result<SecretString, Cause> {
        Ok(format!("token-{}", self.refusals()).into())
    }

    async fn refused(&self, token: &SecretString) -> Result<SecretString, Cause> {
        assert_eq!(token.expose_secret(), format!("token-{}", self.refusals()));
        self.0.fetch_add(1, Ordering::SeqCst);
        self.token().await
    }
}

fn quick() -> Http {
    Http::new(Timing {
        connect: Duration::from_millis(300),
        call: Duration::from_millis(600),
        transfer: Duration::from_millis(1200),
        pause: (Duration::from_millis(1), Duration::from_millis(2)),
        repeats: 2,
    })
}

pub(super) fn client(server: &MockServer) -> Client<Counted> {
    Client::new(
        quick(),
        Hosts::new(&[], Some(&server.uri())),
        Counted::default(),
    )
}

async fn answers(server: &MockServer, times: u64, answer: ResponseTemplate) {
    let mock = Mock::given(wiremock::matchers::any()).respond_with(answer);
    mock.up_to_n_times(times).mount(server).await;
}

fn refuses(errcode: i64) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"errcode": errcode, "errmsg": "no rid: 1-2-3"}))
}

fn addresses() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"ip_list": ["203.0.113.7"]}))
}

pub(super) async fn calls(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn a_get_carries_the_token_and_a_post_raw_json() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/cgi-bin/getcallbackip"))
        .and(query_param("access_token", "token-0"))
        .respond_with(addresses())
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(query_param("access_token", "token-0"))
        .and(body_json(json!({"cgi_path": "/你好"})))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"quota": null})))
        .mount(&server)
        .await;
    let client = client(&server);
    let list = client.call(&GetCallbackIp {}).await.unwrap();
    assert_eq!(list.ip_list, ["203.0.113.7"]);
    let ask = GetApiQuota {
        cgi_path: "/你好".into(),
    };
    assert_eq!(client.call(&ask).await.unwrap().quota, None);
}

#[tokio::test]
async fn a_proxy_is_asked_for_hosts_that_nobody_else_knows() {
    let proxy = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/cgi-bin/getcallbackip"))
        .respond_with(addresses())
        .mount(&proxy)
        .await;
    let http = Http::through(Timing::default(), &proxy.uri()).unwrap();
    let hosts = Hosts::new(&[], Some("http://wechat.invalid"));
    let client = Client::new(http, hosts, Counted::default());
    let list = client.call(&GetCallbackIp {}).await.unwrap();
    assert_eq!(list.ip_list, ["203.0.113.7"]);
}

#[tokio::test]
async fn reads_are_repeated_twice_and_writes_never() {
    for (errcode, reads, writes) in [(-1, 3, 1), (99_999, 3, 1), (45009, 1, 1), (48001, 1, 1)] {
        let server = MockServer::start().await;
        answers(&server, 99, refuses(errcode)).await;
        let client = client(&server);
        let error = client.call(&GetCallbackIp {}).await.unwrap_err();
        assert_eq!(error.refusal().unwrap().errcode, errcode);
        assert_eq!(calls(&server).await, reads, "{errcode}");
        let appid = AppId::try_from("wx1").unwrap();
        client.call(&ClearQuota { appid }).await.unwrap_err();
        assert_eq!(calls(&server).await, reads + writes, "{errcode}");
    }
}

#[tokio::test]
async fn a_read_gets_over_a_gateway_a_torn_answer_and_a_slow_one() {
    let page = include_str!("../../../../../tests/fixtures/responses/any_502.html");
    for bad in [
        ResponseTemplate::new(502).set_body_string(page),
        ResponseTemplate::new(200).set_body_string(r#"{"ip_list":["203."#),
        addresses().set_delay(Duration::from_millis(900)),
    ] {
        let server = MockServer::start().await;
        answers(&server, 1, bad).await;
        answers(&server, 1, addresses()).await;
        client(&server).call(&GetCallbackIp {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_every_class() {
    for errcode in [40001, 40014, 42001] {
        let server = MockServer::start().await;
        answers(&server, 1, refuses(errcode)).await;
        Mock::given(query_param("access_token", "token-1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({"errcode": 0})))
            .mount(&server)
            .await;
        let client = client(&server);
        let appid = AppId::try_from("wx1").unwrap();
        client.call(&ClearQuota { appid }).await.unwrap();
        assert_eq!(client.tokens.refusals(), 1);
    }
}

#[tokio::test]
async fn a_token_refused_twice_is_an_error() {
    let server = MockServer::start().await;
    answers(&server, 99, refuses(40001)).await;
    let client = client(&server);
    let error = client.call(&GetCallbackIp {}).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().class, ErrorClass::Token);
    assert_eq!((client.tokens.refusals(), calls(&server).await), (1, 2));
}

#[tokio::test]
async fn the_next_host_takes_over_on_a_failed_connection_only() {
    let server = MockServer::start().await;
    answers(&server, 99, refuses(45011)).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let hosts = Hosts::at(&[&dead, &server.uri(), "http://127.0.0.1:1"]);
    let client = Client::new(quick(), hosts.clone(), Counted::default());
    for _ in 0..2 {
        let error = client.call(&GetCallbackIp {}).await.unwrap_err();
        assert_eq!(error.error_type(), "wechat_rate");
    }
    assert_eq!(calls(&server).await, 2);
    assert_eq!(hosts.of(Host::Api).first().unwrap().1, server.uri());
}

#[tokio::test]
async fn nobody_there_is_a_connect_failure_without_token_or_url() {
    let hosts = Hosts::at(&["http://127.0.0.1:1", "http://127.0.0.1:1"]);
    let client = Client::new(quick(), hosts, Tokenless);
    let request = GetAccessToken::new(AppId::try_from("wx1").unwrap(), &AppSecret(SECRET.into()));
    let error = client.call(&request).await.unwrap_err();
    assert_eq!(error.error_type(), "wechat_connect");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(SECRET) && !shown.contains("wx1"), "{shown}");
}

#[tokio::test]
async fn no_failure_shows_the_secret_or_the_token() {
    let token = "t".repeat(64);
    for bad in [
        ResponseTemplate::new(200)
            .set_body_json(json!({"access_token": token, "expires_in": token})),
        ResponseTemplate::new(500).set_body_string(format!("{SECRET} {token}")),
        ResponseTemplate::new(200)
            .set_body_json(json!({"errcode": 40125, "errmsg": format!("{SECRET} is wrong")})),
        ResponseTemplate::new(200).set_delay(Duration::from_millis(900)),
    ] {
        let server = MockServer::start().await;
        answers(&server, 99, bad).await;
        let client = Client::new(quick(), Hosts::at(&[&server.uri()]), Tokenless);
        let request =
            GetAccessToken::new(AppId::try_from("wx1").unwrap(), &AppSecret(SECRET.into()));
        let error = client.call(&request).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains(SECRET) && !shown.contains(&token),
            "{shown}"
        );
        assert_eq!(calls(&server).await, 1, "a classic fetch is made once");
    }
}

#[derive(Serialize)]
struct Get {
    media_id: &'static str,
}

#[derive(Serialize)]
struct Upload {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip)]
    media: File,
}

family! { "test" for ANY:
    Get => Download: Meta::get("/cgi-bin/media/get", "page");
    Upload => Value: Meta::post("/cgi-bin/media/upload", "page").query(&["type"]), file(media);
}

#[tokio::test]
async fn bytes_go_up_as_a_form_and_come_down_as_they_are() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(query_param("type", "image"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"media_id": "m"})))
        .mount(&server)
        .await;
    let picture = ResponseTemplate::new(200)
        .insert_header("content-disposition", "attachment; filename=\"m.jpg\"")
        .set_body_raw(vec![0xff, 0xd8, 0x00, 0x01], "image/jpeg");
    answers(&server, 1, picture).await;
    answers(&server, 1, refuses(40007)).await;
    let client = client(&server);
    let media = File::new("m.jpg", vec![0xff, 0xd8]);
    let upload = Upload {
        kind: "image",
        media,
    };
    assert_eq!(
        client.call(&upload).await.unwrap(),
        json!({"media_id": "m"})
    );
    let sent = server.received_requests().await.unwrap().remove(0).body;
    let form = String::from_utf8_lossy(&sent).into_owned();
    assert!(
        form.contains("name=\"media\"; filename=\"m.jpg\""),
        "{form}"
    );

    let file = client.download(&Get { media_id: "m" }).await.unwrap();
    assert_eq!(file.bytes, [0xff, 0xd8, 0x00, 0x01]);
    assert_eq!(file.file_name.as_deref(), Some("m.jpg"));
    let error = client.download(&Get { media_id: "x" }).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().errcode, 40007);
    assert_eq!(FAMILY.len(), 2);
}

#[tokio::test]
async fn raw_reaches_any_path_on_the_host_and_no_other() {
    let server = MockServer::start().await;
    Mock::given(path("/any/path"))
        .and(query_param("a", "1"))
        .and(query_param("access_token", "token-0"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"id": u64::MAX})))
        .mount(&server)
        .await;
    let client = client(&server);
    let answer = client
        .raw(Method::Get, "/any/path?a=1", None)
        .await
        .unwrap();
    assert_eq!(answer["id"].as_u64(), Some(u64::MAX));
    for wrong in ["any", "/a b", "/a#b", "/a?x=1&access_token=t", "/a\\b"] {
        let error = client.raw(Method::Post, wrong, None).await.unwrap_err();
        assert_eq!(error.error_type(), "invalid_request", "{wrong}");
    }
    let error = client
        .raw(Method::Post, "/cgi-bin/stable_token", None)
        .await;
    assert!(error.is_err());
    let last = server.received_requests().await.unwrap().pop().unwrap();
    assert_eq!((last.url.query(), last.body.as_slice()), (None, &b"{}"[..]));
}

#[tokio::test]
async fn an_open_endpoint_travels_without_a_token() {
    let server = MockServer::start().await;
    Mock::given(query_param_is_missing("access_token"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_string("{\"access_token\":\"a\u{1}b\",\"expires_in\":7200}"),
        )
        .mount(&server)
        .await;
    let request = GetAccessToken::new(AppId::try_from("wx1").unwrap(), &AppSecret(SECRET.into()));
    let token = client(&server).call(&request).await.unwrap();
    assert_eq!(token.access_token.expose_secret(), "ab");
}

#[tokio::test]
async fn connections_are_kept_between_calls() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let accepted = Counted::default();
    let count = accepted.clone();
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.0.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).await.is_ok_and(|n| n > 0) {
                    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"ip_list\":[]}";
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    let http = quick();
    for _ in 0..5 {
        let client = Client::new(http.clone(), Hosts::at(&[&base]), Counted::default());
        client.call(&GetCallbackIp {}).await.unwrap();
    }
    assert_eq!(accepted.refusals(), 1, "one connection for five clients");
    server.abort();
}
