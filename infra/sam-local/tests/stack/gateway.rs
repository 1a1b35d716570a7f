//! The gateway over real HTTP: format 2.0, base64, limits, IAM signatures.

use crate::support;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use reqwest::{Client, Method, Request, Response};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

async fn body(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// Signs a request as the AWS SDKs and `curl --aws-sigv4` do.
fn signed(mut request: Request, key: &str, region: &str, time: SystemTime) -> Request {
    let identity = aws_credential_types::Credentials::from_keys(key, "local", None).into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("execute-api")
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let body = request
        .body()
        .and_then(|b| b.as_bytes())
        .unwrap_or_default()
        .to_vec();
    let host = format!(
        "{}:{}",
        request.url().host_str().unwrap(),
        request.url().port().unwrap()
    );
    let headers = [
        ("host", host.as_str()),
        ("content-type", "application/json"),
    ];
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.url().as_str(),
        headers.into_iter(),
        SignableBody::Bytes(&body),
    )
    .unwrap();
    let (instructions, _) = sign(signable, &params.into()).unwrap().into_parts();
    for (name, value) in instructions.headers() {
        let name: reqwest::header::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
        .headers_mut()
        .insert("content-type", "application/json".parse().unwrap());
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_arrive_in_format_2_and_answers_leave_as_written() {
    let stack = support::stack().await;
    let (http, base) = (client(), stack.gateway_url());
    let sent = http
        .post(format!("{base}/orders/7?a=1&a=2"))
        .header("content-type", "text/xml")
        .body("<xml/>");
    let (status, event) = body(sent.send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["queryStringParameters"]["a"], "1,2");
    assert_eq!(event["pathParameters"]["id"], "7");
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("<xml/>"), &json!(false))
    );

    let binary = http
        .get(format!("{base}/orders/binary"))
        .send()
        .await
        .unwrap();
    assert_eq!(binary.headers()["content-type"], "application/octet-stream");
    assert_eq!(binary.bytes().await.unwrap().as_ref(), [0, 1, 255]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateways_own_answers() {
    let stack = support::stack().await;
    let (http, base) = (client(), stack.gateway_url());
    let get =
        async |path: &str| body(http.get(format!("{base}{path}")).send().await.unwrap()).await;
    assert_eq!(get("/healthz").await, (200, json!({"message": "OK"})));
    assert_eq!(
        get("/nothing").await,
        (404, json!({"message": "Not Found"}))
    );
    assert_eq!(
        get("/orders/fail").await,
        (500, json!({"message": "Internal Server Error"}))
    );
    let large = http
        .post(format!("{base}/orders/7"))
        .body(vec![b'x'; 10 * 1_024 * 1_024 + 1])
        .send()
        .await
        .unwrap();
    assert_eq!(
        body(large).await,
        (413, json!({"message": "Request Entity Too Large"}))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn iam_routes_take_the_local_signature_alone() {
    let stack = support::stack().await;
    let (http, base) = (client(), stack.gateway_url());
    let request = || {
        let url = format!("{base}/v1/bills/de%20mo/lines?state=paid&buyer=a%2Bb");
        http.request(Method::POST, url)
            .body(r#"{"a":1}"#)
            .build()
            .unwrap()
    };
    let now = SystemTime::now();
    let send = async |request: Request| body(http.execute(request).await.unwrap()).await;
    let (status, event) = send(signed(request(), "local", "us-east-1", now)).await;
    assert_eq!(status, 200);
    assert_eq!(
        event["requestContext"]["authorizer"]["iam"]["accessKey"],
        "local"
    );

    let mut tampered = signed(request(), "local", "us-east-1", now);
    *tampered.body_mut() = Some(r#"{"a":2}"#.into());
    let early = now - Duration::from_secs(360);
    for refused in [
        request(),
        tampered,
        signed(request(), "stranger", "us-east-1", now),
        signed(request(), "local", "eu-west-1", now),
        signed(request(), "local", "us-east-1", early),
    ] {
        assert_eq!(send(refused).await, (403, json!({"message": "Forbidden"})));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_hangs_up_does_not_end_the_function() {
    let stack = support::stack().await;
    let mut logs = stack.logs();
    let impatient = client()
        .get(format!("{}/orders/slow", stack.gateway_url()))
        .timeout(Duration::from_millis(200))
        .send();
    assert!(impatient.await.unwrap_err().is_timeout());
    support::line(&mut logs, "Web", "slow answer is ready").await;
}
