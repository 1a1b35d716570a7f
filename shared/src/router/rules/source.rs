//! Who else works out an answer.

use super::{
    super::slow::Source,
    fault::Faults,
    surroundings::Surroundings,
    table::{Fields, unknown},
};
use crate::account::is_parameter;
use http::Uri;
use std::net::IpAddr;
use toml::Spanned;

/// Longest address of a server, in bytes.
const LONGEST_URL: usize = 2_048;

/// The team's own function, or its own server where an address is written.
pub(super) fn forward(
    written: &Spanned<String>,
    around: &Surroundings<'_>,
    faults: &mut Faults<'_>,
) -> Option<Source> {
    match written.get_ref().contains("://") {
        true => url(written, faults),
        false => function(written, around, faults),
    }
}

/// Lambda's own rule for names, and the stack's.
fn function(
    written: &Spanned<String>,
    around: &Surroundings<'_>,
    faults: &mut Faults<'_>,
) -> Option<Source> {
    let given: &str = written.get_ref();
    if !is_name(given) {
        let english = "forward: must be a function's name, of 1 to 64 letters, digits, '-' or '_', \
                       or an https:// address";
        let chinese =
            "forward 必须是函数名（1 到 64 个字母、数字、'-' 或 '_'），或者 https:// 地址";
        faults.at(&written.span(), english, chinese);
        return None;
    }
    let prefix = around.function_prefix.unwrap_or_default();
    if !given.starts_with(prefix) {
        let whose = "the stack's ForwardFunctionPrefix";
        let english = format!("forward: '{given}' must begin with '{prefix}', {whose}");
        let chinese = format!("函数名必须以 '{prefix}' 开头（栈的参数 ForwardFunctionPrefix）");
        faults.at(&written.span(), english, &chinese);
        return None;
    }
    Some(Source::Function(given.to_owned()))
}

fn url(written: &Spanned<String>, faults: &mut Faults<'_>) -> Option<Source> {
    let given: &str = written.get_ref();
    if is_server(given) {
        return Some(Source::Url(given.to_owned()));
    }
    let english = "forward: an address must begin with https:// and name a host, without user and password; \
                   http:// only on this machine";
    let chinese =
        "forward 的地址必须以 https:// 开头并写明主机，不含用户名和密码；http:// 只能用于本机";
    faults.at(&written.span(), english, chinese);
    None
}

fn is_server(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    let has_user = uri
        .authority()
        .is_some_and(|all| all.as_str().contains('@'));
    let is_plain = !host.is_empty() && !has_user && address.len() <= LONGEST_URL;
    is_plain
        && match uri.scheme_str() {
            Some("https") => true,
            Some("http") => is_loopback(host),
            _ => false,
        }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = |address: IpAddr| address.is_loopback();
    host == "localhost" || address.parse().is_ok_and(is_loopback)
}

/// The SSM parameter with the secret that a server knows the bundle by.
pub(super) fn secret(source: Option<&Source>, fields: &mut Fields<'_, '_, '_>) -> Option<String> {
    let written = fields.text("secret_parameter")?;
    if !matches!(source, None | Some(Source::Url(_))) {
        let english = "secret_parameter: stands beside forward = \"https://…\" alone, whose calls are signed with it";
        let chinese = "secret_parameter 只能和 forward = \"https://…\" 一起写，用于签名";
        fields.faults.at(&written.span(), english, chinese);
    } else if !is_parameter(written.get_ref(), "webhook") {
        let english = "secret_parameter: must be /…/…, of letters, digits, '/', '_', '.' and '-', with the last part \
                       'webhook' or 'webhook-…'";
        let chinese =
            "secret_parameter 必须是 /…/… 形式的参数名，最后一段是 'webhook' 或 'webhook-…'";
        fields.faults.at(&written.span(), english, chinese);
    }
    Some(written.into_inner())
}

/// An assistant of the account.
pub(super) fn assistant(
    written: &Spanned<String>,
    around: &Surroundings<'_>,
    faults: &mut Faults<'_>,
) -> Option<Source> {
    let given: &str = written.get_ref();
    if !is_name(given) {
        let english = "ask: must be an assistant's name: 1 to 64 letters, digits, '-' or '_'";
        let chinese = "ask 必须是助手的名称：1 到 64 个字母、数字、'-' 或 '_'";
        faults.at(&written.span(), english, chinese);
        return None;
    }
    match around.assistants {
        Some(assistants) if !assistants.contains(&given) => {
            let (english, chinese) = unknown("assistant", "助手", given, assistants);
            faults.at(&written.span(), english, &chinese);
            None
        }
        _ => Some(Source::Assistant(given.to_owned())),
    }
}

/// A handler in Rust.
pub(super) fn code(
    written: &Spanned<String>,
    around: &Surroundings<'_>,
    faults: &mut Faults<'_>,
) -> Option<Source> {
    let given: &str = written.get_ref();
    match around.handlers {
        _ if !is_name(given) => {
            let english = "run: must be a handler's name: 1 to 64 letters, digits, '-' or '_'";
            let chinese = "run 必须是处理函数的名称：1 到 64 个字母、数字、'-' 或 '_'";
            faults.at(&written.span(), english, chinese);
            None
        }
        Some(handlers) if !handlers.contains(&given) => {
            let (english, chinese) = unknown("handler", "处理函数", given, handlers);
            let english =
                format!("{english} (they stand in functions/forward/src/handlers/list.rs)");
            let chinese = format!("{chinese}（列在 functions/forward/src/handlers/list.rs）");
            faults.at(&written.span(), english, &chinese);
            None
        }
        _ => Some(Source::Code(given.to_owned())),
    }
}

fn is_name(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_that_are_secure_or_on_this_machine_are_called() {
        for server in [
            "https://www.example.com",
            "https://www.example.com:8443/wechat?a=1",
            "https://10.0.0.7/x",
            "http://127.0.0.1:8080/",
            "http://localhost:8080/hook",
            "http://[::1]:8080/hook",
        ] {
            assert!(is_server(server), "{server}");
        }
        for other in [
            "http://www.example.com/",
            "http://localhost.example.com/",
            "http://127.0.0.1@example.com/",
            "https://user:password@example.com/",
            "https://",
            "https:///path",
            "ftp://example.com/",
            "https://exa mple.com/",
            "https://例子.com/",
            &format!("https://example.com/{}", "a".repeat(2_048)),
        ] {
            assert!(!is_server(other), "{other}");
        }
    }
}
