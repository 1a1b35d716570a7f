//! Why a request is not done, and how that is told.

use serde_json::{Map, Value, json};
use shared::{
    lambda::{AccountsError, AskError, BodyError, HttpResponse, QueueError, Unrouted},
    problem::Classified as _,
    relay::NotRelayed,
    sends::campaign::quota::Closed,
    store::StoreError,
};
use thiserror::Error;
use wechat_oa::api::{ApiError, Error, Invalid, Retry, error::Failure};

/// A request that is not done.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error(transparent)]
    Account(#[from] AccountsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("the body is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Invalid(#[from] Invalid),
    #[error(transparent)]
    NotRelayed(#[from] NotRelayed),
    #[error(transparent)]
    Call(#[from] Error),
    #[error(transparent)]
    Ask(AskError),
    #[error("{0}: belongs to another message")]
    Taken(String),
    #[error(
        "the message is {0}: failed, dead and unknown ones are sent again, queued and parked ones cancelled"
    )]
    State(&'static str),
    #[error("the campaign is {0}; only a draft takes receivers and is submitted")]
    Campaign(&'static str),
    #[error(
        "the campaign is {0}; only batches that failed and reached nobody are sent again, and none once it was stopped"
    )]
    NoneFailed(&'static str),
    #[error("the receivers of the failed batches are no longer kept; post a new campaign to them")]
    ReceiversGone,
    #[error(
        "{gone} of {of} batches have gone and stay: WeChat deletes articles and videos only; \
         batches that had not gone are stopped"
    )]
    BeyondRecall {
        gone: usize,
        of: usize,
        /// The campaign as it stands.
        campaign: Box<Value>,
    },
    #[error("the campaign has no receivers yet")]
    Empty,
    #[error("the campaign has 1,000 pages, or is not one of openids; it takes no more")]
    Full,
    #[error("an allowance of mass sends is used up: {}", .0.guard)]
    Closed(Closed),
    #[error("{source}; some messages may be filed, and a repeat with these ids sends none twice")]
    HalfFiled {
        source: StoreError,
        ids: Vec<String>,
    },
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error("the body is longer than {0} bytes")]
    TooLarge(usize),
    #[error("no such {0}")]
    Absent(&'static str),
    #[error("allowed here: {0}")]
    Method(String),
    #[error("content-type: must be {0}")]
    ContentType(&'static str),
    #[error("the answer has {0} bytes; more than 4 MB cannot be handed on")]
    AnswerTooLong(usize),
    #[error("{path} is a page that a person opens in WeChat: give them the link")]
    Page {
        path: &'static str,
        link: String,
        missing: Vec<&'static str>,
    },
    #[error("not done in time; a read or an upload may be asked for again")]
    Slow,
}

impl Refusal {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Account(error) => error.status(),
            Self::Store(error) | Self::HalfFiled { source: error, .. } => error.status(),
            Self::Queue(error) => error.status(),
            Self::Ask(error) => error.status(),
            Self::Body(error) => error.status(),
            Self::Absent(_) => 404,
            Self::Taken(_) | Self::State(_) => 409,
            Self::Campaign(_) | Self::NoneFailed(_) | Self::ReceiversGone => 409,
            Self::Empty | Self::Full | Self::BeyondRecall { .. } => 409,
            Self::Closed(_) => 429,
            Self::TooLarge(_) => 413,
            Self::Json(_) | Self::Invalid(_) => 400,
            Self::NotRelayed(NotRelayed::Token | NotRelayed::Secret) => 403,
            Self::NotRelayed(NotRelayed::Method) | Self::Method(_) => 405,
            Self::NotRelayed(NotRelayed::Unlisted) => 404,
            Self::NotRelayed(NotRelayed::Path | NotRelayed::OwnToken | NotRelayed::Page(_))
            | Self::Page { .. } => 400,
            Self::ContentType(_) => 415,
            Self::AnswerTooLong(_) => 502,
            Self::Slow => 504,
            Self::Call(error) => status_of_call(error),
        }
    }

    pub(crate) fn error_type(&self) -> &str {
        match self {
            Self::Account(error) => error.error_type(),
            Self::Store(error) => error.error_type(),
            Self::Body(error) => error.error_type(),
            Self::Json(_) => "malformed_json",
            Self::Invalid(_) => "invalid_field",
            Self::NotRelayed(refusal) => refusal.error_type(),
            Self::Call(error) => error.error_type(),
            Self::Taken(_) => "id_taken",
            Self::State(_) | Self::Campaign(_) | Self::NoneFailed(_) => "wrong_state",
            Self::ReceiversGone => "recipients_gone",
            Self::BeyondRecall { .. } => "cannot_be_taken_back",
            Self::Empty => "no_recipients",
            Self::Full => "too_many_pages",
            Self::Closed(_) => "quota_spent",
            Self::HalfFiled { source, .. } => source.error_type(),
            Self::Queue(error) => error.error_type(),
            Self::Ask(error) => error.error_type(),
            Self::TooLarge(_) => "too_large",
            Self::Absent(_) => "not_found",
            Self::Method(_) => "wrong_method",
            Self::ContentType(_) => "wrong_content_type",
            Self::AnswerTooLong(_) => "answer_too_long",
            Self::Page { .. } => "browser_page",
            Self::Slow => "not_in_time",
        }
    }

    /// What the caller does next, where that is theirs to do.
    fn next_step(&self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Invalid(_) | Self::Call(Error::Invalid { .. }) => (
                "A field breaks a rule; nothing was sent. Correct it and post again; where WeChat is to judge, \"check\": \"off\" lets it pass",
                "请求中的字段（见 field）不符合规则（见 rule），未发送任何内容。请改正后重新提交；如确认无误，可加 \"check\": \"off\" 交由微信判断",
            ),
            Self::Json(_) => (
                "The body is no JSON; nothing was sent. See line and column",
                "请求体不是合法的 JSON，未发送任何内容，位置见 line 和 column",
            ),
            Self::Page { .. } => (
                "This page is opened by a person in WeChat, not called: fill in what stands in braces and hand out the link",
                "该地址须由用户在微信中打开，不能由服务器调用：请补全花括号中的参数（见 fill_in），再把 link 发给用户",
            ),
            Self::ContentType(_) => (
                "Send the file itself as the body, without a content type or with its own",
                "请把文件内容直接作为请求体，不带 content-type 或使用文件自身的类型",
            ),
            _ => return None,
        })
    }

    /// WeChat's own refusals are told in its words; all others as `{"error": {"type", "message"}}`.
    pub(crate) fn response(&self) -> HttpResponse {
        if let Self::Call(Error::Api(refusal)) = self {
            return HttpResponse::json(self.status(), &wechat_refusal(refusal));
        }
        let mut error = Map::new();
        error.insert("type".into(), json!(self.error_type()));
        error.insert("message".into(), json!(self.to_string()));
        if let Some((en, zh)) = self.next_step() {
            error.insert("explanation".into(), json!({ "en": en, "zh": zh }));
        }
        match self {
            Self::Json(place) => {
                error.insert("line".into(), json!(place.line()));
                error.insert("column".into(), json!(place.column()));
            }
            Self::Taken(field) => drop(error.insert("field".into(), json!(field))),
            Self::Closed(closed) => {
                error.insert("guard".into(), json!(closed.guard));
                error.insert("opens_at".into(), json!(closed.opens.utc()));
            }
            Self::Page { link, missing, .. } => {
                error.insert("link".into(), json!(link));
                error.insert("fill_in".into(), json!(missing));
            }
            Self::BeyondRecall { campaign, .. } => {
                error.insert("campaign".into(), json!(campaign));
            }
            Self::HalfFiled { ids, .. } => {
                error.insert("client_msg_ids".into(), json!(ids));
            }
            Self::Invalid(Invalid { field, rule })
            | Self::Call(Error::Invalid {
                source: Invalid { field, rule },
                ..
            }) => {
                error.insert("field".into(), json!(field));
                error.insert("rule".into(), json!(rule));
            }
            _ => {}
        }
        let response = HttpResponse::json(self.status(), &json!({ "error": error }));
        match self {
            Self::Method(allowed) => response.with("allow", allowed.clone()),
            _ => response,
        }
    }
}

impl From<Unrouted> for Refusal {
    fn from(unrouted: Unrouted) -> Self {
        match unrouted {
            Unrouted::Path => Self::Absent("route"),
            Unrouted::Method(allowed) => Self::Method(allowed),
        }
    }
}

impl From<AskError> for Refusal {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Wechat(error) => Self::Call(error),
            error => Self::Ask(error),
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

    fn refused(errcode: i64) -> Refusal {
        let error = ApiError::new("/cgi-bin/x", errcode, "no rid: 1-2-3", Map::new());
        Refusal::Call(Box::new(error).into())
    }

    fn body(refusal: &Refusal) -> Value {
        serde_json::from_str(&refusal.response().body).unwrap()
    }

    #[test]
    fn wechats_refusals_are_explained() {
        assert_eq!(
            body(&refused(45009)),
            json!({
                "errcode": 45009, "errmsg": "no", "class": "quota", "retry": "next_window",
                "explanation": { "en": "Daily call limit", "zh": "接口调用次数达到每日上限" },
                "rid": "1-2-3", "endpoint": "/cgi-bin/x",
            })
        );
        assert_eq!(body(&refused(99_999))["explanation"], Value::Null);
    }

    #[test]
    fn a_refusal_carries_every_field_wechat_sent() {
        let fields = json!({
            "msg_id": 3_147_483_705_u64, "suggestion": "later", "interval": 1.5, "new": { "a": [1] },
        });
        let error = ApiError::new("/x", 45065, "exist", fields.as_object().unwrap().clone());
        let told = body(&Refusal::Call(Box::new(error).into()));
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
        let refusal = Refusal::Call(Box::new(error).into());
        let told = body(&refusal);
        assert_eq!((refusal.status(), &told["class"]), (422, &json!("oauth")));
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
            assert_eq!(refused(errcode).status(), status, "{errcode}");
        }
    }

    #[test]
    fn broken_rules_and_broken_json_are_told_by_their_place() {
        let invalid = Invalid::unless(false, "touser", "must be given").unwrap_err();
        assert_eq!(body(&invalid.into())["error"]["field"], "touser");
        let json: Refusal = serde_json::from_str::<Value>("{\n x").unwrap_err().into();
        assert_eq!(
            (json.status(), &body(&json)["error"]["line"]),
            (400, &json!(2))
        );
        let method = Refusal::Method("POST".to_owned()).response();
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
            Refusal::Taken("client_msg_id".into()),
        ] {
            contract.hold("ErrorAnswer", &body(&refusal));
            contract.hold("AnyRefusal", &body(&refusal));
        }
        let said = json!({ "msg_id": 7, "interval": 60 });
        let said: Map<String, Value> = serde_json::from_value(said).unwrap();
        let refusal = ApiError::new("/x", 40003, "no", said);
        let refusal = body(&Refusal::Call(Box::new(refusal).into()));
        contract.hold("WechatRefusal", &refusal);
        contract.hold("AnyRefusal", &refusal);
        assert!(!contract.fits("ErrorAnswer", &refusal));
        assert!(!contract.fits("ErrorAnswer", &json!({ "message": "Forbidden" })));
        contract.hold("AnyRefusal", &json!({ "message": "Forbidden" }));
    }
}
