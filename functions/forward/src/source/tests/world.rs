//! AWS and an endpoint on this machine, of which every byte and every pause is ours.

use super::super::*;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use serde_json::{Value, json};
use shared::{
    lambda::{Aws, TokenRefresh, clock::SystemClock},
    store::{Tokens, emulated::EmulatedTable},
};
use std::sync::Mutex;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use wechat_oa::api::Http;

/// A piece of an answer.
pub(super) enum Piece {
    Bytes(Vec<u8>),
    Wait(Duration),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) head: String,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(given, _)| given.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    /// The last words of a chat.
    pub(super) fn asked(&self) -> String {
        let json = self.json();
        let last = json["messages"].as_array().and_then(|all| all.last());
        last.and_then(|last| last["content"].as_str())
            .unwrap_or_default()
            .to_owned()
    }
}

/// A server that takes one request a connection.
pub(super) struct Server {
    pub(super) url: String,
    pub(super) seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(super) async fn start(
        answer: impl Fn(&Seen) -> Vec<Piece> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                tokio::spawn(async move { serve(stream, &*answer, &log).await });
            }
        });
        Self { url, seen }
    }

    pub(super) fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: &(impl Fn(&Seen) -> Vec<Piece> + Sync),
    log: &Mutex<Vec<Seen>>,
) {
    let Some(seen) = request(&mut stream).await else {
        return;
    };
    log.lock().unwrap().push(seen.clone());
    for piece in answer(&seen) {
        let written = match piece {
            Piece::Bytes(bytes) => stream.write_all(&bytes).await,
            Piece::Wait(time) => {
                shared::lambda::clock::wait(time).await;
                Ok(())
            }
        };
        if written.is_err() {
            return;
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<Seen> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let (head, body) = (head.to_owned(), body.to_owned());
            let length = body.len();
            let seen = Seen { head, body };
            let wanted = seen
                .header("content-length")
                .map_or(0, |n| n.parse().unwrap());
            if length >= wanted {
                return Some(seen);
            }
        }
        let mut some = [0; 8192];
        match stream.read(&mut some).await {
            Ok(n) if n > 0 => read.extend_from_slice(&some[..n]),
            _ => return None,
        }
    }
}

pub(super) fn bytes(text: impl AsRef<[u8]>) -> Piece {
    Piece::Bytes(text.as_ref().to_vec())
}

/// An answer with that status line, type and body, which ends with the connection.
pub(super) fn answer(status: &str, kind: &str, body: &str) -> Vec<Piece> {
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n{body}");
    vec![bytes(head)]
}

/// AWS with these parameters, in which each function answers the event it is called with.
async fn aws(parameters: Value) -> Server {
    Server::start(move |seen| {
        let one = |name: &str| Some(json!({"Name": name, "Type": "SecureString", "Value": parameters.get(name)?.as_str()?}));
        let body = seen.json();
        let name = |name: &Value| one(name.as_str().unwrap());
        let found = match seen.header("x-amz-target") {
            Some("AmazonSSM.GetParameters") => {
                let names = body["Names"].as_array().unwrap();
                json!({"Parameters": names.iter().filter_map(name).collect::<Vec<_>>(), "InvalidParameters": []})
            }
            Some("AmazonSSM.GetParameter") => match name(&body["Name"]) {
                Some(found) => json!({ "Parameter": found }),
                None => {
                    let error = json!({"__type": "ParameterNotFound"}).to_string();
                    return answer("400 Bad Request", "application/x-amz-json-1.1", &error);
                }
            },
            _ if seen.head.contains("/fails/") => {
                let head = "HTTP/1.1 200 OK\r\nx-amz-function-error: Unhandled\r\nconnection: close\r\n\r\n";
                return vec![bytes(format!("{head}{{\"errorType\": \"Oops\", \"errorMessage\": \"hush\"}}"))];
            }
            _ if seen.head.contains("/keeps/") => {
                // Says what its session was and what the push tells it to keep.
                let told: Value = serde_json::from_str(body["content"].as_str().unwrap()).unwrap();
                let mut answer = json!({"reply": body["session"].to_string()});
                answer.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
                answer
            }
            _ if seen.head.contains("/adds/") => {
                // Slow to count, so that pushes side by side are in each other's way.
                let sum = body["session"].as_u64().unwrap_or(0) + 1;
                let mut pieces = vec![Piece::Wait(Duration::from_millis(200))];
                let added = json!({"reply": sum.to_string(), "session": sum}).to_string();
                pieces.extend(answer("200 OK", "application/json", &added));
                return pieces;
            }
            _ if seen.head.contains("/shouts/") => json!(body["answer"].as_str().unwrap().to_uppercase()),
            _ if seen.head.contains("/counts/") => json!(17),
            _ => body,
        };
        answer("200 OK", "application/x-amz-json-1.1", &found.to_string())
    })
    .await
}

/// Sources, and what they reach.
pub(super) struct World {
    pub(super) sources: Sources,
    pub(super) table: EmulatedTable,
    _aws: Server,
}

impl World {
    /// An account with the assistant `helper` at that address and with those settings.
    pub(super) async fn new(url: &str, settings: Value) -> Self {
        let mut helper = json!({"url": url, "model": "m1", "system": "你是客服"});
        let settings = settings.as_object().unwrap().clone();
        helper.as_object_mut().unwrap().extend(settings);
        let account = json!({
            "app_id": "wx5f2c8a1d9e3b7046", "original_id": "gh_7d31c0a94be2", "kind": "service",
            "token": "Token2025abcDEF", "mode": "plain", "assistants": {"helper": helper},
        });
        let server = aws(json!({
            "/wechat/demo/callback": account.to_string(),
            "/wechat/demo/assistant": " sk-1\n",
            "/wechat/demo/webhook": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "/wechat/bare/callback": account.to_string().replace("wx5f", "wx6f"),
        }))
        .await;
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "a", "b", None, None, "test",
            )))
            .endpoint_url(&server.url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let (aws, clock) = (Aws::from(config), SystemClock::shared());
        let accounts = Accounts::new(aws.ssm(), "wechat", Arc::clone(&clock));
        let table = EmulatedTable::create(&["id", "part"]).await;
        let sources = Sources {
            functions: aws.patient_functions(PATIENCE),
            keys: Keys::new(accounts.clone(), Arc::clone(&clock)),
            accounts,
            rows: Assistants::new(table.client.clone(), &table.name),
            sessions: Sessions::new(table.client.clone(), &table.name, Arc::clone(&clock)),
            handlers: super::handlers::HANDLERS,
            clients: Clients::new(
                Http::new(Timing::default()),
                None,
                Tokens::new(table.client.clone(), &table.name),
                TokenRefresh::new(aws.patient_functions(PATIENCE), "none"),
                Arc::clone(&clock),
            ),
            web: Web::new(true).stalled_after(Duration::from_millis(1_500)),
            clock,
        };
        Self {
            sources,
            table,
            _aws: server,
        }
    }

    /// What that source says to a push within that time: the text or payload, and the failure.
    pub(super) async fn hears(&self, task: &ForwardTask, ms: u64) -> (String, Option<Failure>) {
        let until = self.sources.clock.now() + Duration::from_millis(ms);
        let mut answer = self.sources.open(task, until);
        let mut text = String::new();
        while let Some(said) = answer.next().await {
            match said {
                Ok(Said::Text(part)) => text.push_str(&part),
                Ok(Said::Whole(payload)) => text = String::from_utf8(payload).unwrap(),
                Err(failure) => {
                    assert_eq!(answer.next().await, None);
                    return (text, Some(failure));
                }
            }
        }
        (text, None)
    }
}

/// A text that is to be answered by that source.
pub(super) fn task(source: Value, id: &str, text: &str) -> ForwardTask {
    let mut task = json!({
        "account": "demo", "id": format!("wx5f2c8a1d9e3b7046#{id}"), "message_group": "g", "openid": "o1", "original_id": "gh_7d31c0a94be2",
        "owner": "me", "push": {"kind": "text", "content": text},
    });
    let source = source.as_object().unwrap().clone();
    task.as_object_mut().unwrap().extend(source);
    serde_json::from_value(task).unwrap()
}

pub(super) fn cause(failure: Option<Failure>) -> &'static str {
    match failure {
        None => "",
        Some(Failure::Slow { .. }) => "slow",
        Some(Failure::Failed { cause, why }) => {
            assert!(!why.contains("hush") && !why.contains("sk-1"), "{why}");
            cause
        }
    }
}
