//! The URL check of the console (protocol section 1.2), asked by us: does the callback answer, and with our keys?

use crate::{http, report::Check};
use reqwest::{Client, Url};
use secrecy::ExposeSecret as _;
use shared::account::Account;
use std::time::SystemTime;
use wechat_oa::callback::sign;

const CHECK: &str = "callback";

/// Asks the callback for an echo.
pub(crate) async fn check(client: &Client, account: &Account, template: &str) -> Check {
    let url = template.replace("{account}", account.name.as_str());
    let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let timestamp = age.map_or(0, |age| age.as_secs()).to_string();
    let Ok([nonce, echostr]) = [getrandom::u32(), getrandom::u32()]
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
        .map(|n| [0, 1].map(|i| n.get(i).map_or_else(String::new, u32::to_string)))
    else {
        return Check::skipped(CHECK, "no random numbers to be had");
    };
    let signature = sign([account.server.token.expose_secret(), &timestamp, &nonce]);
    let query = [
        ("signature", signature.as_str()),
        ("echostr", &echostr),
        ("timestamp", &timestamp),
        ("nonce", &nonce),
    ];
    let Ok(asked) = Url::parse_with_params(&url, query) else {
        let advice = "Give --callback-url the whole URL, as in https://…/callback/{account}.";
        return Check::failed(CHECK, format!("{url} is no URL"), advice);
    };
    match client.get(asked).send().await {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let body = answer.text().await.unwrap_or_default();
            judge(&url, status, body == echostr)
        }
        Err(error) => Check::failed(
            CHECK,
            format!("{url} does not answer within 5 s: {}", http::reason(error)),
            "Compare the URL with CallbackUrl of the stack's outputs (sam list stack-outputs); WeChat needs a public address on \
             port 80 or 443.",
        ),
    }
}

fn judge(url: &str, status: u16, echoed: bool) -> Check {
    let advice = match status {
        200 if echoed => return Check::ok(CHECK, format!("{url} answers the signed echo")),
        200 => {
            "Something on the way rewrites the answer: point the URL straight at the stack's API."
        }
        // https://docs.amazonaws.cn/en_us/aws/latest/userguide/api-gateway.html
        403 if url.contains(".amazonaws.com.cn/") => {
            "In China, API Gateway refuses what is not signed until the AWS account has its ICP licence; ask AWS's support whether it has. \
             With it, the callback refuses our signature: the token stored here is not the one it reads."
        }
        401 | 403 => {
            "The callback refuses our signature: the token stored here is not the one it reads. Changed parameters work within 5 minutes."
        }
        404 => {
            "No such account there: compare the account's name in the URL with the parameter's, and the stack's ParameterPrefix."
        }
        429 => "The API throttles: try again, then raise its limits.",
        500.. => "The function fails: its log group says why.",
        _ => {
            "This is not the callback's answer: compare the URL with CallbackUrl of the stack's outputs."
        }
    };
    let finding = match status {
        200 => format!("{url} answers something other than the echo"),
        status => format!("{url} answers HTTP {status}"),
    };
    Check::failed(CHECK, finding, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::State;

    #[test]
    fn only_the_echo_itself_is_well() {
        assert_eq!(judge("u", 200, true).state, State::Ok);
        for (status, echoed, hint) in [
            (200, false, "rewrites"),
            (403, true, "signature"),
            (404, false, "ParameterPrefix"),
            (502, false, "log group"),
            (302, false, "CallbackUrl"),
        ] {
            let check = judge("u", status, echoed);
            assert_eq!(check.state, State::Failed, "{status}");
            assert!(check.advice.unwrap().contains(hint), "{status}");
        }
        let china = "https://a1.execute-api.cn-north-1.amazonaws.com.cn/callback/demo";
        assert!(judge(china, 403, false).advice.unwrap().contains("ICP"));
    }
}
