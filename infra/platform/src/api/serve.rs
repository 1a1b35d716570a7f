//! One call from arrival to answer: faults, checks, handler, call log.

use super::{
    Access, Handle, Verb,
    call::{Call, Context},
    failure::Failure,
    gate::{account_of, spend, token_owner},
    permission::permit,
    reply::{Answer, Reply},
    route_of,
};
use crate::{
    call_log::{CallRecord, redact_query, to_json},
    faults::{FaultKind, FaultSpec, Strike},
    random::rid,
    state::State,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Query,
    http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header},
    response::Response,
};
use futures_util::stream;
use serde_json::Value;
use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant, UNIX_EPOCH},
};

/// The largest upload is 10 MB, plus its multipart frame.
const MAX_BODY: usize = 12 * 1024 * 1024;
const GATEWAY_PAGE: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

/// On a response: do not send it, close the connection.
#[derive(Clone, Copy)]
pub(crate) struct Cut;

/// Answers one call to the WeChat API.
pub(crate) async fn serve(state: Arc<State>, caller: IpAddr, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let at_ms = state.clock().now_ms();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let call = Call {
        rid: rid(at_ms),
        at_ms,
        caller,
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: read_query(&parts.uri),
        content_type: content_type(&parts.headers),
        body,
    };
    let mut response = respond(&state, &call).await;
    if let Ok(date) = HeaderValue::from_str(&date(state.clock().now_ms())) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// The platform's clock, as servers tell it.
fn date(now_ms: i64) -> String {
    let age = Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
    httpdate::fmt_http_date(UNIX_EPOCH + age)
}

async fn respond(state: &Arc<State>, call: &Call) -> Response {
    let begun = Instant::now();
    let app_id = account_of(state, call);
    let strike = state.faults().strike(&call.path, app_id.as_deref());
    if strike.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(strike.delay_ms)).await;
    }
    let answer = answer(state, call, strike.fault.as_ref());
    let ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    let record = record(call, app_id, &answer, &strike, ms);
    state.events().tell("call", &record);
    state.call_log().add(record);
    if !strike.names().is_empty() || is_setting(&call.path) {
        state.tell_settings();
    }
    if let Some(FaultKind::Hang | FaultKind::HangUnprocessed) = strike.kind() {
        tokio::time::sleep(Duration::from_millis(strike.hang_ms())).await;
    }
    send(answer, strike.kind())
}

/// Calls after which the page looks different: menus, templates, agents.
fn is_setting(path: &str) -> bool {
    let begins = [
        "/cgi-bin/menu/",
        "/cgi-bin/template/",
        "/wxaapi/newtmpl/",
        "/customservice/",
    ];
    begins.iter().any(|begin| path.starts_with(begin))
}

/// The answer, or what a fault puts in its place.
fn answer(state: &Arc<State>, call: &Call, fault: Option<&FaultSpec>) -> Answer {
    let page = |status| Answer::of(status, "text/html", GATEWAY_PAGE.as_bytes());
    match fault.map(|fault| (fault.kind, fault)) {
        Some((FaultKind::Errcode, fault)) => failure_answer(&struck(call, fault), &call.rid),
        Some((FaultKind::Gateway502, _)) => page(StatusCode::BAD_GATEWAY),
        Some((FaultKind::CutUnprocessed | FaultKind::HangUnprocessed, _)) => {
            Answer::json(&Value::Null)
        }
        Some((FaultKind::Gateway504, _)) => {
            drop(handle(state, call));
            page(StatusCode::GATEWAY_TIMEOUT)
        }
        _ => match handle(state, call) {
            Ok(reply) => reply.into(),
            Err(failure) => failure_answer(&failure, &call.rid),
        },
    }
}

fn struck(call: &Call, fault: &FaultSpec) -> Failure {
    let errcode = fault.errcode.unwrap_or(-1);
    match &fault.errmsg {
        Some(errmsg) => Failure {
            errcode,
            errmsg: errmsg.clone(),
        },
        None if errcode == 40_164 => Failure::not_in_whitelist(&call.caller.to_string()),
        None => Failure::code(errcode),
    }
}

fn handle(state: &Arc<State>, call: &Call) -> Result<Reply, Failure> {
    let route = route_of(&call.path, &call.method).ok_or_else(|| Failure::code(40_066))?;
    if !route.verb.takes(&call.method) {
        return Err(Failure::code(match route.verb {
            Verb::Get => 43_001,
            Verb::Post => 43_002,
        }));
    }
    let app_id = match route.access {
        Access::Open => String::new(),
        Access::Token => token_owner(state, call)?,
    };
    let caller = match route.access {
        Access::Open => call.query("appid").unwrap_or_default(),
        Access::Token => &app_id,
    };
    let permitted = state.with_account(caller, |account| permit(route.path, &account.setup));
    // A call that names no account of ours is the handler's to refuse.
    permitted.unwrap_or(Ok(()))?;
    let context = Context {
        state,
        call,
        app_id: &app_id,
    };
    if route.access == Access::Token && !is_never_counted(route.path) {
        spend(&context, &app_id)?;
    }
    match route.handle {
        Handle::Json(handle) => handle(&context).map(Reply::Json),
        Handle::Any(handle) => handle(&context),
    }
}

/// Looking at quotas and resetting them must work when they are used up.
fn is_never_counted(path: &str) -> bool {
    path.starts_with("/cgi-bin/clear_quota") || path.starts_with("/cgi-bin/openapi/")
}

fn failure_answer(failure: &Failure, rid: &str) -> Answer {
    Answer::json(&failure.to_json(rid))
}

fn record(
    call: &Call,
    app_id: Option<String>,
    answer: &Answer,
    strike: &Strike,
    ms: i64,
) -> CallRecord {
    CallRecord {
        rid: call.rid.clone(),
        at_ms: call.at_ms,
        ms,
        app_id,
        caller: call.caller.to_string(),
        method: call.method.to_string(),
        path: call.path.clone(),
        query: redact_query(&call.query),
        body: to_json(&call.body),
        status: (!is_silent(strike.kind())).then_some(answer.status.as_u16()),
        errcode: answer.errcode,
        answer: to_json(&answer.bytes),
        faults: strike.names(),
    }
}

/// Faults after which the caller sees the connection end without a word.
fn is_silent(fault: Option<FaultKind>) -> bool {
    use FaultKind::{Cut, CutUnprocessed, Hang, HangUnprocessed};
    matches!(fault, Some(Cut | CutUnprocessed | Hang | HangUnprocessed))
}

/// Puts the answer on the wire, spoilt as the fault has it.
fn send(answer: Answer, fault: Option<FaultKind>) -> Response {
    let mut bytes = answer.bytes.into_owned();
    match fault {
        Some(FaultKind::ControlCharacters) => bytes = with_control_characters(&bytes),
        Some(FaultKind::TruncatedJson) => bytes.truncate(bytes.len() / 2),
        Some(FaultKind::Garbage) => bytes.iter_mut().for_each(|byte| *byte = !*byte),
        Some(FaultKind::Empty) => bytes.clear(),
        _ => {}
    }
    let length = bytes.len();
    let body = match fault {
        Some(FaultKind::CutHalf) => half(bytes),
        _ => Body::from(bytes),
    };
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(answer.content_type),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some((name, value)) = answer.header
        && let Ok(value) = HeaderValue::from_str(&value)
    {
        headers.insert(name, value);
    }
    if is_silent(fault) {
        response.extensions_mut().insert(Cut);
    }
    response
}

/// Half of the bytes, then an error, which makes the server drop the connection.
fn half(mut bytes: Vec<u8>) -> Body {
    bytes.truncate(bytes.len() / 2);
    let cut = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(stream::iter([Ok(Bytes::from(bytes)), Err(cut)]))
}

/// Control characters at the beginning of every string value, as real answers have had them.
fn with_control_characters(json: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(json)
        .replace(":\"", ":\"\u{1}\u{8}")
        .into_bytes()
}

fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok());
    text.unwrap_or_default().to_owned()
}

fn read_query(uri: &Uri) -> Vec<(String, String)> {
    Query::try_from_uri(uri)
        .map(|Query(pairs)| pairs)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_stand_inside_strings() {
        let spoilt = with_control_characters(br#"{"errmsg":"ok","n":1}"#);
        assert!(serde_json::from_slice::<Value>(&spoilt).is_err());
        assert_eq!(
            spoilt.iter().filter(|byte| byte.is_ascii_control()).count(),
            2
        );
    }

    #[test]
    fn queries_are_decoded_and_repeated_names_kept() {
        let query = read_query(&"/p?a=%E4%BB%8A&b=&a=2".parse().unwrap());
        assert_eq!(
            query,
            [
                ("a".into(), "今".into()),
                ("b".into(), String::new()),
                ("a".into(), "2".into())
            ]
        );
    }
}
