//! Family `tag`: names for groups of followers (protocol section 7.6).

use super::{
    Invalid, Meta,
    answer::Done,
    endpoint::{
        RetryClass::{Idempotent, Read},
        family,
    },
    rules::{characters, count},
    user::OpenIdPage,
    wire::{Blank, Number},
};
use crate::ids::OpenId;
use serde::{Deserialize, Serialize};

family! { "tag" for VERIFIED:
    CreateTag => TagCreated: Meta::post("/cgi-bin/tags/create", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html"), validate;
    GetTags => Tags: Meta::get("/cgi-bin/tags/get", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html");
    UpdateTag => Done: Meta::post("/cgi-bin/tags/update", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html")
        .retry(Idempotent), validate;
    DeleteTag => Done: Meta::post("/cgi-bin/tags/delete", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html"), validate;
    GetTagUsers => OpenIdPage: Meta::post("/cgi-bin/user/tag/get", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html")
        .retry(Read);
    BatchTag => Done: Meta::post("/cgi-bin/tags/members/batchtagging", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html")
        .retry(Idempotent), check(openid_list: check_users);
    BatchUntag => Done: Meta::post("/cgi-bin/tags/members/batchuntagging", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html")
        .retry(Idempotent), check(openid_list: check_users);
    GetUserTags => UserTags: Meta::post("/cgi-bin/tags/getidlist", "https://developers.weixin.qq.com/doc/offiaccount/User_Management/User_Tag_Management.html")
        .retry(Read);
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, openid};
    let openid_list = || vec![openid()];
    vec![
        call(CreateTag::new("广东")),
        call(GetTags {}),
        call(UpdateTag {
            tag: RenamedTag {
                id: 134,
                name: "广东人".into(),
            },
        }),
        call(DeleteTag {
            tag: TagId { id: 134 },
        }),
        call(GetTagUsers {
            tagid: 134,
            next_openid: Some(openid()),
        }),
        call(BatchTag {
            openid_list: openid_list(),
            tagid: 134,
        }),
        call(BatchUntag {
            openid_list: openid_list(),
            tagid: 134,
        }),
        call(GetUserTags { openid: openid() }),
    ]
}

/// `POST /cgi-bin/tags/create`: a new tag. 100 an account, then 45056; 45157 for a name in use.
///
/// ```
/// use wechat_oa::api::tag::CreateTag;
///
/// assert_eq!(serde_json::json!(CreateTag::new("广东")), serde_json::json!({ "tag": { "name": "广东" } }));
/// assert!(CreateTag::new("").validate().is_err());
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct CreateTag {
    pub tag: NewTag,
}

/// A tag to be.
#[derive(Debug, Clone, Serialize)]
pub struct NewTag {
    /// Its name, at most 30 characters.
    pub name: String,
}

/// A tag that is there now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TagCreated {
    pub tag: Tag,
}

/// A tag.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tag {
    /// Its id; 0, 1 and 2 are WeChat's own.
    #[serde_as(as = "Number")]
    pub id: u32,
    pub name: String,
    /// How many followers have it, where that is told.
    #[serde_as(as = "Option<Number>")]
    pub count: Option<u64>,
}

/// `GET /cgi-bin/tags/get`: all tags.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct GetTags {}

/// All tags.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tags {
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// `POST /cgi-bin/tags/update`: another name. 45058 for WeChat's own tags.
#[derive(Debug, Clone, Serialize)]
pub struct UpdateTag {
    /// The tag with its new name.
    pub tag: RenamedTag,
}

/// A tag with its new name.
#[derive(Debug, Clone, Serialize)]
pub struct RenamedTag {
    /// The tag, from 3 on.
    pub id: u32,
    /// Its new name, at most 30 characters.
    pub name: String,
}

/// `POST /cgi-bin/tags/delete`: takes a tag away. 45057 while more than 100,000 followers have it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DeleteTag {
    pub tag: TagId,
}

/// A tag by its id.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TagId {
    /// The tag, from 3 on.
    pub id: u32,
}

/// `POST /cgi-bin/user/tag/get`: the followers with a tag, page by page.
#[serde_with::serde_as]
#[derive(Debug, Clone, Serialize)]
pub struct GetTagUsers {
    pub tagid: u32,
    /// After whom to begin: the `next_openid` of the last answer; nobody for the first.
    #[serde_as(as = "Blank")]
    pub next_openid: Option<OpenId>,
}

/// `POST /cgi-bin/tags/members/batchtagging`: gives users a tag. 20 tags a user, then 45059.
#[derive(Debug, Clone, Serialize)]
pub struct BatchTag {
    /// 1 to 50 users in one call.
    pub openid_list: Vec<OpenId>,
    pub tagid: u32,
}

/// `POST /cgi-bin/tags/members/batchuntagging`: takes a tag from users.
#[derive(Debug, Clone, Serialize)]
pub struct BatchUntag {
    /// 1 to 50 users in one call.
    pub openid_list: Vec<OpenId>,
    pub tagid: u32,
}

/// `POST /cgi-bin/tags/getidlist`: the tags of a user.
#[derive(Debug, Clone, Serialize)]
pub struct GetUserTags {
    pub openid: OpenId,
}

/// The tags of a user.
#[serde_with::serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserTags {
    #[serde_as(as = "Vec<Number>")]
    #[serde(default)]
    pub tagid_list: Vec<u32>,
}

impl CreateTag {
    /// A tag of that name.
    pub fn new(name: &str) -> Self {
        let name = name.to_owned();
        Self {
            tag: NewTag { name },
        }
    }

    /// The name is one.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn validate(&self) -> Result<(), Invalid> {
        check_name(&self.tag.name)
    }
}

impl UpdateTag {
    /// The tag may be renamed, the name is one.
    ///
    /// # Errors
    /// The field and the rule it breaks.
    pub fn validate(&self) -> Result<(), Invalid> {
        check_own(self.tag.id)?;
        check_name(&self.tag.name)
    }
}

impl DeleteTag {
    /// The tag may be deleted.
    ///
    /// # Errors
    /// When it is one of WeChat's own.
    pub fn validate(&self) -> Result<(), Invalid> {
        check_own(self.tag.id)
    }
}

fn check_name(name: &str) -> Result<(), Invalid> {
    characters("tag.name", name, 1..=30, "must be 1 to 30 characters")
}

fn check_own(id: u32) -> Result<(), Invalid> {
    let rule = "must be 3 or more; 0, 1 and 2 are WeChat's own";
    Invalid::unless(id > 2, "tag.id", rule)
}

fn check_users(list: &'static str, users: &[OpenId]) -> Result<(), Invalid> {
    count(list, users, 1..=50, "must be 1 to 50 users")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::answer::accept;
    use serde_json::json;

    #[test]
    fn requests_are_spelled_as_wechat_does() {
        assert_eq!(
            json!(CreateTag::new("广东")),
            json!({"tag": {"name": "广东"}})
        );
        let delete = DeleteTag {
            tag: TagId { id: 134 },
        };
        assert_eq!(json!(delete), json!({"tag": {"id": 134}}));
        let first = GetTagUsers {
            tagid: 134,
            next_openid: None,
        };
        assert_eq!(json!(first), json!({"tagid": 134, "next_openid": ""}));
    }

    #[test]
    fn limits_hold_before_the_call() {
        assert!(CreateTag::new(&"名".repeat(30)).validate().is_ok());
        for wrong in ["", &"名".repeat(31)] {
            let broken = CreateTag::new(wrong).validate().unwrap_err();
            assert_eq!(broken.field, "tag.name");
        }
        for id in [0, 1, 2] {
            let rename = UpdateTag {
                tag: RenamedTag {
                    id,
                    name: "a".into(),
                },
            };
            assert_eq!(rename.validate().unwrap_err().field, "tag.id");
            let delete = DeleteTag { tag: TagId { id } };
            assert!(delete.validate().is_err());
        }
        let user = OpenId::try_from("oA").unwrap();
        let tag = |n| BatchTag {
            openid_list: vec![user.clone(); n],
            tagid: 2,
        };
        assert!(tag(50).validate().is_ok());
        assert!(tag(0).validate().is_err() && tag(51).validate().is_err());
        let untag = BatchUntag {
            openid_list: Vec::new(),
            tagid: 2,
        };
        assert!(untag.validate().is_err());
    }

    #[test]
    fn responses_are_those_of_the_fixtures() {
        let created: TagCreated = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/tags_create.json"
        ))
        .unwrap();
        assert_eq!((created.tag.id, created.tag.count), (134, None));
        let tags: Tags = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/tags_get.json"
        ))
        .unwrap();
        assert_eq!(tags.tags.last().unwrap().count, Some(5));
        let users: OpenIdPage = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/user_tag_get.json"
        ))
        .unwrap();
        assert_eq!((users.total, users.data.openid.len()), (None, 1));
        let ids: UserTags = serde_json::from_str(include_str!(
            "../../../../tests/fixtures/responses/tags_getidlist.json"
        ))
        .unwrap();
        assert_eq!(ids.tagid_list, [134, 2]);
    }

    #[test]
    fn refusals_keep_their_code() {
        let text = include_str!(
            "../../../../tests/fixtures/responses/tags_members_batchtagging_err_45159.json"
        );
        let refused = accept("/x", 200, text.as_bytes().to_vec()).unwrap_err();
        assert_eq!(refused.refusal().unwrap().errcode, 45159);
    }
}
