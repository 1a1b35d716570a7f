//! SigV4 on IAM routes: the signature is computed again with the local key and compared.

use crate::stack::ACCOUNT;
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use axum::http::request::Parts;
use jiff::{Timestamp, civil::DateTime};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The one key pair there is.
const KEY: &str = "local";
/// How far a signature's time may be off.
const SKEW_MS: u64 = 5 * 60 * 1_000;

/// Why a request is forbidden. Never says what the right signature would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Forbidden {
    /// No SigV4 `Authorization` header.
    #[error("not signed")]
    NotSigned,
    /// Another access key, region or service.
    #[error("wrong credential scope")]
    WrongScope,
    /// Signed too long ago or in the future.
    #[error("signature time is off by more than 5 minutes")]
    WrongTime,
    /// The signature is not that of this request.
    #[error("wrong signature")]
    WrongSignature,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signer {
    access_key: String,
}

impl Signer {
    /// `requestContext.authorizer.iam`.
    pub(super) fn identity(&self) -> Value {
        json!({
            "accessKey": self.access_key,
            "accountId": ACCOUNT,
            "callerId": "AIDALOCAL",
            "cognitoIdentity": null,
            "principalOrgId": null,
            "userArn": format!("arn:aws:iam::{ACCOUNT}:user/{}", self.access_key),
            "userId": "AIDALOCAL",
        })
    }
}

/// The parts of an `Authorization` header.
struct Claim<'a> {
    access_key: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

/// Checks the signature of a request with this body.
pub(super) fn verify(
    head: &Parts,
    body: &[u8],
    region: &str,
    now_ms: u64,
) -> Result<Signer, Forbidden> {
    let header = |name: &str| head.headers.get(name).and_then(|v| v.to_str().ok());
    let claim = header("authorization")
        .and_then(parse)
        .ok_or(Forbidden::NotSigned)?;
    if (claim.access_key, claim.region, claim.service) != (KEY, region, "execute-api") {
        return Err(Forbidden::WrongScope);
    }
    let date = header("x-amz-date").ok_or(Forbidden::NotSigned)?;
    let signed_ms = time(date).ok_or(Forbidden::WrongTime)?;
    if signed_ms.abs_diff(now_ms) > SKEW_MS || !date.starts_with(claim.date) {
        return Err(Forbidden::WrongTime);
    }
    if !claim.signed_headers.contains(&"host") {
        return Err(Forbidden::WrongSignature);
    }
    let expected = signature(head, body, &claim, signed_ms).ok_or(Forbidden::WrongSignature)?;
    match expected == claim.signature {
        true => Ok(Signer {
            access_key: claim.access_key.to_owned(),
        }),
        false => Err(Forbidden::WrongSignature),
    }
}

fn parse(header: &str) -> Option<Claim<'_>> {
    let fields = header.strip_prefix("AWS4-HMAC-SHA256")?;
    let field = |name: &str| {
        fields
            .split(',')
            .map(str::trim)
            .find_map(|f| f.strip_prefix(name)?.strip_prefix('='))
    };
    let mut scope = field("Credential")?.split('/');
    let (access_key, date, region, service) =
        (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
    (scope.next()? == "aws4_request").then_some(())?;
    Some(Claim {
        access_key,
        date,
        region,
        service,
        signed_headers: field("SignedHeaders")?.split(';').collect(),
        signature: field("Signature")?,
    })
}

/// `20261121T080000Z` in milliseconds since 1970.
fn time(text: &str) -> Option<u64> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let time: Timestamp = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    u64::try_from(time.as_millisecond()).ok()
}

fn signature(head: &Parts, body: &[u8], claim: &Claim<'_>, signed_ms: u64) -> Option<String> {
    let identity = Credentials::from_keys(KEY, KEY, None).into();
    let mut settings = SigningSettings::default();
    // Only the headers named by the caller go in, so none is left out by name.
    settings.excluded_headers = None;
    let time: SystemTime = UNIX_EPOCH + Duration::from_millis(signed_ms);
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(claim.region)
        .name(claim.service)
        .time(time)
        .settings(settings)
        .build()
        .ok()?;
    let signed = claim.signed_headers.iter().filter(|n| **n != "x-amz-date");
    let headers: Option<Vec<(&str, &str)>> = signed
        .flat_map(|name| {
            head.headers
                .get_all(*name)
                .iter()
                .map(move |v| Some((*name, v.to_str().ok()?)))
        })
        .collect();
    let host = head.headers.get("host")?.to_str().ok()?;
    let uri = format!("http://{host}{}", head.uri.path_and_query()?);
    let payload_hash = head
        .headers
        .get("x-amz-content-sha256")
        .and_then(|v| v.to_str().ok());
    let payload = match payload_hash {
        Some("UNSIGNED-PAYLOAD") => SignableBody::UnsignedPayload,
        _ => SignableBody::Bytes(body),
    };
    let request =
        SignableRequest::new(head.method.as_str(), uri, headers?.into_iter(), payload).ok()?;
    let (_, signature) = sign(request, &params.into()).ok()?.into_parts();
    Some(signature)
}
