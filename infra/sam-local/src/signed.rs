//! A request to an IAM route of the gateway, signed with the local key as `curl --aws-sigv4` does.

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use std::{error::Error, time::SystemTime};

/// Makes the request; status and JSON body. `url` starts with `http://` and the gateway's address.
pub async fn request(
    method: &str,
    url: &str,
    region: &str,
    body: &Value,
) -> Result<(u16, Value), Box<dyn Error + Send + Sync>> {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let identity = Credentials::from_keys("local", "local", None).into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("execute-api")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?;
    let host = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split('/').next());
    let headers = [("host", host.unwrap_or_default())];
    let signable = SignableRequest::new(
        method,
        url,
        headers.into_iter(),
        SignableBody::Bytes(text.as_bytes()),
    )?;
    let (instructions, _) = sign(signable, &params.into())?.into_parts();
    let mut request = Request::builder()
        .method(method)
        .uri(url)
        .header("content-type", "application/json");
    for (name, value) in instructions.headers() {
        request = request.header(name, value);
    }
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request.body(Full::from(text))?).await?;
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&bytes)?))
}
