//! user, tag, blacklist.

use super::{Sample, app_id, call, openid};
use wechat_oa::api::{blacklist::*, tag::*, user::*};

pub(super) fn all() -> Vec<Sample> {
    let openid_list = || vec![openid()];
    let user = || GetUserInfo {
        openid: openid(),
        lang: Some(Language::English),
    };
    vec![
        call(user()),
        call(BatchGetUserInfo {
            user_list: vec![user()],
        }),
        call(GetUsers {
            next_openid: Some(openid()),
        }),
        call(UpdateRemark {
            openid: openid(),
            remark: "老客户".into(),
        }),
        call(ChangeOpenId {
            from_appid: app_id(),
            openid_list: openid_list(),
        }),
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
        call(GetBlacklist {
            begin_openid: Some(openid()),
        }),
        call(BatchBlacklist {
            openid_list: openid_list(),
        }),
        call(BatchUnblacklist {
            openid_list: openid_list(),
        }),
    ]
}
