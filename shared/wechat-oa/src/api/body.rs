//! A request as it travels: query, and JSON or form.

use super::{
    endpoint::{Endpoint, Invalid, Method},
    error::Error,
    file::File,
    reader,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Query and content of a request. Not for logs: both may hold secrets.
#[derive(Clone)]
pub struct Body {
    /// Names and values, not yet escaped.
    pub query: Vec<(String, String)>,
    /// What a POST carries.
    pub content: Content,
}

/// What a POST carries.
#[derive(Clone)]
pub enum Content {
    None,
    /// JSON in raw UTF-8; `\u` escapes are refused with 40033.
    Json(Vec<u8>),
    /// A form with a file.
    Form(Vec<(String, String)>, File),
    /// Anything else, by its MIME type, as somebody else made it.
    Bytes(String, Vec<u8>),
}

impl Body {
    /// Serializes a request as its method and its file ask for.
    ///
    /// # Errors
    /// When the request breaks a documented rule or does not serialize.
    pub fn of<E: Endpoint>(request: &E) -> Result<Self, Error> {
        let endpoint = || E::META.path.to_owned();
        request.validate().map_err(|source| Error::Invalid {
            endpoint: endpoint(),
            source,
        })?;
        let encoding = |source| Error::Encode {
            endpoint: endpoint(),
            source,
        };
        if let (Method::Post, [], None) = (E::META.method, E::META.query, request.file()) {
            let json = serde_json::to_vec(request).map_err(encoding)?;
            return Ok(Self::json(json));
        }
        let fields = fields(&serde_json::to_value(request).map_err(encoding)?);
        Ok(match (E::META.method, request.file()) {
            (Method::Get, _) => Self {
                query: fields,
                content: Content::None,
            },
            (Method::Post, Some(file)) => {
                let (query, form) = fields
                    .into_iter()
                    .partition(|(name, _)| E::META.query.contains(&name.as_str()));
                Self {
                    query,
                    content: Content::Form(form, file.clone()),
                }
            }
            (Method::Post, None) => Self {
                query: fields
                    .into_iter()
                    .filter(|(name, _)| E::META.query.contains(&name.as_str()))
                    .collect(),
                content: Content::Json(serde_json::to_vec(request).map_err(encoding)?),
            },
        })
    }

    /// A POST of that JSON. A POST of nothing would be refused with 44002: it becomes `{}`.
    pub fn json(json: Vec<u8>) -> Self {
        let json = if json.is_empty() || json == b"null" {
            b"{}".to_vec()
        } else {
            json
        };
        Self {
            query: Vec::new(),
            content: Content::Json(json),
        }
    }
}

/// A request somebody wrote as JSON, checked like one of ours.
///
/// # Errors
/// The field that is missing or wrong, and the rule it breaks.
pub fn read<E: Endpoint + DeserializeOwned>(body: &Value) -> Result<E, Invalid> {
    let request: E = reader::read(body).0?;
    request.validate()?;
    Ok(request)
}

/// The members of an object as text; absent ones are left out.
fn fields(object: &Value) -> Vec<(String, String)> {
    let members = object.as_object().into_iter().flatten();
    members
        .filter_map(|(name, value)| match value {
            Value::Null => None,
            Value::String(text) => Some((name.clone(), text.clone())),
            other => Some((name.clone(), other.to_string())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Invalid, Meta, endpoint::family};
    use serde::Serialize;

    #[derive(Serialize)]
    struct Ask {
        kind: &'static str,
        offset: Option<u32>,
        count: u32,
    }

    #[derive(Serialize)]
    struct Nothing;

    #[derive(Serialize)]
    struct Tell {
        text: String,
    }

    #[derive(Serialize)]
    struct Upload {
        kind: &'static str,
        description: &'static str,
        #[serde(skip)]
        file: File,
    }

    impl Tell {
        fn validate(&self) -> Result<(), Invalid> {
            Invalid::unless(!self.text.is_empty(), "text", "must not be empty")
        }
    }

    family! { "test" for ANY:
        Ask => (): Meta::get("/ask", "page");
        Nothing => (): Meta::post("/nothing", "page");
        Tell => (): Meta::post("/tell", "page").query(&["text"]), validate;
        Upload => (): Meta::post("/upload", "page").query(&["kind"]), file(file);
    }

    fn pairs(body: &[(String, String)]) -> Vec<(&str, &str)> {
        body.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()
    }

    #[test]
    fn a_get_asks_in_the_query_and_leaves_out_what_is_absent() {
        let body = Body::of(&Ask {
            kind: "a&b",
            offset: None,
            count: 20,
        })
        .unwrap();
        let mut query = pairs(&body.query);
        query.sort_unstable();
        assert_eq!(query, [("count", "20"), ("kind", "a&b")]);
        assert!(matches!(body.content, Content::None));
        assert_eq!(FAMILY.len(), 4);
    }

    #[test]
    fn a_post_is_raw_utf8_and_never_empty() {
        let body = Body::of(&Tell {
            text: "你好".into(),
        })
        .unwrap();
        assert_eq!(pairs(&body.query), [("text", "你好")]);
        assert!(
            matches!(body.content, Content::Json(json) if json == "{\"text\":\"你好\"}".as_bytes())
        );
        let empty = Body::of(&Nothing).unwrap();
        assert!(matches!(empty.content, Content::Json(json) if json == b"{}"));
    }

    #[test]
    fn an_upload_is_a_form_with_its_other_fields() {
        let upload = Upload {
            kind: "video",
            description: "{}",
            file: File::new("a.mp4", Vec::new()),
        };
        let body = Body::of(&upload).unwrap();
        assert_eq!(pairs(&body.query), [("kind", "video")]);
        assert!(
            matches!(&body.content, Content::Form(form, _) if pairs(form) == [("description", "{}")])
        );
    }

    #[test]
    fn a_broken_rule_stops_the_request() {
        let error = Body::of(&Tell {
            text: String::new(),
        })
        .err()
        .unwrap();
        assert_eq!(error.to_string(), "/tell: text: must not be empty");
    }
}
