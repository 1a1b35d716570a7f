//! All followers of an account, page by page.

use super::{Client, Error, TokenSource};
use crate::{
    api::user::{GetUsers, OpenIdPage},
    ids::OpenId,
};

/// Goes through the followers, 10,000 at a time; 500 pages a day. A page that failed can be asked
/// for again.
///
/// ```no_run
/// # async fn run() -> Result<(), wechat_oa::api::Error> {
/// let client = wechat_oa::api::Client::with_token("an access token");
/// let mut followers = client.followers();
/// while let Some(page) = followers.next_page().await? {
///     println!("{} more", page.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Followers<'a, T> {
    client: &'a Client<T>,
    next: Option<GetUsers>,
}

impl<T: TokenSource> Client<T> {
    /// All followers, from the first.
    pub fn followers(&self) -> Followers<'_, T> {
        Followers {
            client: self,
            next: Some(GetUsers::default()),
        }
    }
}

impl<'a, T: TokenSource> Followers<'a, T> {
    /// Goes on behind that follower, where an earlier run ended.
    #[must_use]
    pub fn after(self, openid: OpenId) -> Self {
        Self {
            next: Some(GetUsers {
                next_openid: Some(openid),
            }),
            ..self
        }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// As [`Client::call`]; then the same page is asked for next.
    pub async fn next_page(&mut self) -> Result<Option<Vec<OpenId>>, Error> {
        let Some(ask) = &self.next else {
            return Ok(None);
        };
        let page = self.client.call(ask).await?;
        self.next = following(ask, &page);
        let users = page.data.openid;
        Ok((!users.is_empty()).then_some(users))
    }
}

/// The call for the page after that one; none after an empty page, nor when the answer leads back
/// to where it came from.
fn following(ask: &GetUsers, page: &OpenIdPage) -> Option<GetUsers> {
    let goes_on = !page.data.openid.is_empty() && page.next_openid != ask.next_openid;
    let next = page.next_openid.clone().filter(|_| goes_on)?;
    Some(GetUsers {
        next_openid: Some(next),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::client::tests::{calls, client};
    use serde_json::{Value, json};
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    fn page(users: &[&str], next: &str) -> Value {
        json!({"total": 3, "count": users.len(), "data": {"openid": users}, "next_openid": next})
    }

    async fn answer(server: &MockServer, after: Option<&str>, body: Value) {
        let mock = match after {
            Some(openid) => Mock::given(matchers::query_param("next_openid", openid)),
            None => Mock::given(matchers::query_param_is_missing("next_openid")),
        };
        let answer = ResponseTemplate::new(200).set_body_json(body);
        mock.respond_with(answer).mount(server).await;
    }

    async fn all(server: &MockServer) -> Vec<String> {
        let client = client(server);
        let mut followers = client.followers();
        let mut seen = Vec::new();
        while let Some(page) = followers.next_page().await.unwrap() {
            seen.extend(page.into_iter().map(String::from));
        }
        assert!(followers.next_page().await.unwrap().is_none());
        seen
    }

    #[tokio::test]
    async fn pages_follow_one_another_to_the_empty_one() {
        let server = MockServer::start().await;
        answer(&server, None, page(&["oA", "oB"], "oB")).await;
        answer(&server, Some("oB"), page(&["oC"], "oC")).await;
        let end = json!({"total": 3, "count": 0, "next_openid": ""});
        answer(&server, Some("oC"), end).await;
        assert_eq!(all(&server).await, ["oA", "oB", "oC"]);
        assert_eq!(calls(&server).await, 3);
    }

    #[tokio::test]
    async fn a_page_that_leads_to_itself_ends_the_list() {
        let server = MockServer::start().await;
        answer(&server, None, page(&["oA"], "oA")).await;
        answer(&server, Some("oA"), page(&["oA"], "oA")).await;
        assert_eq!(all(&server).await, ["oA", "oA"]);
    }

    #[tokio::test]
    async fn a_page_that_failed_is_asked_for_again() {
        let server = MockServer::start().await;
        let refusal = json!({"errcode": 45009, "errmsg": "reach max api daily quota limit"});
        let client = client(&server);
        let mut followers = client.followers().after(OpenId::try_from("oA").unwrap());
        {
            let answer = ResponseTemplate::new(200).set_body_json(refusal);
            let mock = Mock::given(matchers::any()).respond_with(answer);
            let _guard = mock.mount_as_scoped(&server).await;
            assert!(followers.next_page().await.is_err());
        }
        answer(&server, Some("oA"), page(&["oB"], "")).await;
        let users = followers.next_page().await.unwrap().unwrap();
        assert_eq!(users, [OpenId::try_from("oB").unwrap()]);
        assert!(followers.next_page().await.unwrap().is_none());
    }
}
