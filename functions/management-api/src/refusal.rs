//! Why a request is not done, and how that is told.

use serde_json::{Value, json};
use shared::{
    lambda::{AccountsError, AskError, BodyError, HttpResponse, QueueError, Unrouted},
    problem::Problem,
    relay::NotRelayed,
    store::StoreError,
};
use wechat_oa::api::{ApiError, Error, Invalid, Retry, error::Failure};

/// A request that is not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) problem: Problem,
    /// The answer, where it is not the problem's own.
    answer: Option<Box<HttpResponse>>,
}

impl Refusal {
    /// Nothing of that name is here.
    pub(crate) fn absent(what: &str) -> Self {
        Problem::new("not_found", 404, format!("no such {what}")).into()
    }

    /// The id in that field is another message's.
    pub(crate) fn taken(field: &str) -> Self {
        let why = format!("{field}: belongs to another message");
        let problem = Problem::new("id_taken", 409, why);
        problem.with("field", json!(field)).into()
    }

    /// What was asked for is not done in the state that `why` tells.
    pub(crate) fn wrong_state(why: String) -> Self {
        Problem::new("wrong_state", 409, why).into()
    }

    pub(crate) fn slow() -> Self {
        let why = "not done in time; a read or an upload may be asked for again";
        Problem::new("not_in_time", 504, why).into()
    }

    /// WeChat's own refusals are told in its words; all others as `{"error": {"type", "message"}}`.
    pub(crate) fn response(self) -> HttpResponse {
        match self.answer {
            Some(answer) => *answer,
            None => (&self.problem).into(),
        }
    }
}

/// The problem, with what the caller does next in both languages.
pub(crate) fn explained(problem: Problem, en: &str, zh: &str) -> Problem {
    problem.with("explanation", json!({ "en": en, "zh": zh }))
}

fn of_field(problem: Problem, invalid: &Invalid) -> Refusal {
    let problem = explained(
        problem,
        "A field breaks a rule; nothing was sent. Correct it and post again; where WeChat is to judge, \"check\": \"off\" lets it pass",
        "请求中的字段（见 field）不符合规则（见 rule），未发送任何内容。请改正后重新提交；如确认无误，可加 \"check\": \"off\" 交由微信判断",
    );
    let problem = problem.with("field", json!(invalid.field));
    problem.with("rule", json!(invalid.rule)).into()
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let answer = None;
        Self { problem, answer }
    }
}

/// Errors that are told as the problems they are.
macro_rules! told_as_problems {
    ($($error:ty),+) => {
        $(impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Problem::from(error).into()
            }
        })+
    };
}
told_as_problems!(AccountsError, StoreError, BodyError, NotRelayed, QueueError);

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        let why = invalid.to_string();
        of_field(Problem::new("invalid_field", 400, why), &invalid)
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        let why = format!("the body is no JSON: {error}");
        let problem = explained(
            Problem::new("malformed_json", 400, why),
            "The body is no JSON; nothing was sent. See line and column",
            "请求体不是合法的 JSON，未发送任何内容，位置见 line 和 column",
        );
        let problem = problem.with("line", json!(error.line()));
        problem.with("column", json!(error.column())).into()
    }
}

impl From<Unrouted> for Refusal {
    fn from(unrouted: Unrouted) -> Self {
        let Unrouted::Method(allowed) = unrouted else {
            return Self::absent("route");
        };
        let problem = Problem::new("wrong_method", 405, format!("allowed here: {allowed}"));
        let answer = HttpResponse::from(&problem).with("allow", allowed);
        Self {
            problem,
            answer: Some(answer.into()),
        }
    }
}

impl From<AskError> for Refusal {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Wechat(error) => error.into(),
            error => Problem::from(error).into(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = status_of_call(&error);
        let problem = Problem::new(error.error_type(), status, error.to_string());
        match error {
            Error::Invalid { source, .. } => of_field(problem, &source),
            Error::Api(refusal) => Self {
                problem,
                answer: Some(HttpResponse::json(status, &wechat_refusal(&refusal)).into()),
            },
            _ => problem.into(),
        }
    }
}

/// By what helps: nothing or a person, waiting for an allowance, waiting a moment.
fn status_of_call(error: &Error) -> u16 {
    match error {
        Error::Invalid { .. } | Error::Encode { .. } => 400,
        Error::NoToken { .. } => 503,
        Error::Transport {
            failure: Failure::Timeout,
            ..
        } => 504,
        Error::Api(refusal) => match refusal.retry {
            Retry::Never | Retry::AfterFix => 422,
            Retry::NextMinute | Retry::NextWindow => 429,
            Retry::Soon => 503,
            Retry::NewToken => 502,
        },
        _ => 502,
    }
}

/// Everything WeChat said, and what it means.
fn wechat_refusal(refusal: &ApiError) -> Value {
    let explanation = refusal.explanation();
    let explanation = explanation.map(|told| json!({ "en": told.en, "zh": told.zh }));
    let mut told = refusal.fields.members().clone();
    for (name, value) in [
        ("errcode", json!(refusal.errcode)),
        ("errmsg", json!(refusal.errmsg)),
        ("class", json!(refusal.class.name())),
        ("retry", json!(refusal.retry.name())),
        ("explanation", json!(explanation)),
        ("rid", json!(refusal.rid)),
        ("endpoint", json!(refusal.endpoint)),
    ] {
        told.insert(name.to_owned(), value);
    }
    Value::Object(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Map;

    fn refused(errcode: i64) -> Refusal {
        let error = ApiError::new("/cgi-bin/x", errcode, "no rid: 1-2-3", Map::new());
        Error::from(Box::new(error)).into()
    }

    fn body(refusal: Refusal) -> Value {
        serde_json::from_str(&refusal.response().body).unwrap()
    }

    #[test]
    fn wechats_refusals_are_explained() {
        assert_eq!(
            body(refused(45009)),
            json!({
                "errcode": 45009, "errmsg": "no", "class": "quota", "retry": "next_window",
                "explanation": { "en": "Daily call limit", "zh": "接口调用次数达到每日上限" },
                "rid": "1-2-3", "endpoint": "/cgi-bin/x",
            })
        );
        assert_eq!(body(refused(99_999))["explanation"], Value::Null);
    }

    #[test]
    fn a_refusal_carries_every_field_wechat_sent() {
        let fields = json!({
            "msg_id": 3_147_483_705_u64, "suggestion": "later", "interval": 1.5, "new": { "a": [1] },
        });
        let error = ApiError::new("/x", 45065, "exist", fields.as_object().unwrap().clone());
        let told = body(Error::from(Box::new(error)).into());
        for (name, value) in fields.as_object().unwrap() {
            assert_eq!(&told[name], value, "{name}");
        }
        assert_eq!(
            (&told["class"], &told["errcode"]),
            (&json!("duplicate"), &json!(45065))
        );
    }

    #[test]
    fn a_dead_web_token_is_named_as_that() {
        let error = ApiError::new("/sns/userinfo", 40001, "invalid credential", Map::new());
        let refusal = Refusal::from(Error::from(Box::new(error)));
        assert_eq!(refusal.problem.status(), 422);
        let told = body(refusal);
        assert_eq!(told["class"], "oauth");
        assert!(
            told["explanation"]["zh"]
                .as_str()
                .unwrap()
                .contains("网页授权"),
            "{told}"
        );
    }

    #[test]
    fn the_status_says_what_helps() {
        for (errcode, status) in [
            (40003, 422),
            (48001, 422),
            (45011, 429),
            (-1, 503),
            (42001, 502),
        ] {
            assert_eq!(refused(errcode).problem.status(), status, "{errcode}");
        }
    }

    #[test]
    fn broken_rules_and_broken_json_are_told_by_their_place() {
        let invalid = Invalid::unless(false, "touser", "must be given").unwrap_err();
        assert_eq!(body(invalid.into())["error"]["field"], "touser");
        let json: Refusal = serde_json::from_str::<Value>("{\n x").unwrap_err().into();
        assert_eq!(json.problem.status(), 400);
        assert_eq!(body(json)["error"]["line"], 2);
        let method = Refusal::from(Unrouted::Method("POST".to_owned())).response();
        assert_eq!(
            (
                method.status_code,
                json!(method)["headers"]["allow"].clone()
            ),
            (405, json!("POST"))
        );
    }

    #[test]
    fn refusals_are_as_described() {
        let contract = openapi::Contract::of_answers();
        let broken = Invalid::unless(false, "[3].touser", "rule").unwrap_err();
        let malformed = serde_json::from_str::<Value>("{").unwrap_err();
        for refusal in [
            Refusal::from(broken),
            malformed.into(),
            Refusal::taken("client_msg_id"),
        ] {
            let told = body(refusal);
            contract.hold("ErrorAnswer", &told);
            contract.hold("AnyRefusal", &told);
        }
        let said = json!({ "msg_id": 7, "interval": 60 });
        let said: Map<String, Value> = serde_json::from_value(said).unwrap();
        let refusal = ApiError::new("/x", 40003, "no", said);
        let refusal = body(Error::from(Box::new(refusal)).into());
        contract.hold("WechatRefusal", &refusal);
        contract.hold("AnyRefusal", &refusal);
        assert!(!contract.fits("ErrorAnswer", &refusal));
        assert!(!contract.fits("ErrorAnswer", &json!({ "message": "Forbidden" })));
        contract.hold("AnyRefusal", &json!({ "message": "Forbidden" }));
    }
}
