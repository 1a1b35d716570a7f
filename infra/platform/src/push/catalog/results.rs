//! Events the platform causes: results of sends and news about the account (protocol 2.2 and 2.3).

use super::{
    Push, Sender,
    fields::{Field, group, many, number, numbers, text},
};

pub(super) const RESULTS: &[Push] = &[
    to_follower(
        "TEMPLATESENDJOBFINISH",
        &[number("msg_id", "MsgID"), text("status", "Status")],
    ),
    to_follower(
        "subscribe_msg_sent_event",
        &[group(
            "subscribe_msg_sent_event",
            "SubscribeMsgSentEvent",
            &[many(
                "list",
                "List",
                &[
                    text("template_id", "TemplateId"),
                    number("msg_id", "MsgID"),
                    number("error_code", "ErrorCode"),
                    text("error_status", "ErrorStatus"),
                ],
            )],
        )],
    ),
    of_platform("MASSSENDJOBFINISH", MASS),
    of_platform(
        "PUBLISHJOBFINISH",
        &[group("publish_event_info", "PublishEventInfo", PUBLISH)],
    ),
    of_platform("user_info_modified", AUTHORIZATION),
    of_platform("user_authorization_revoke", AUTHORIZATION),
    of_platform("user_authorization_cancellation", AUTHORIZATION),
    of_platform("qualification_verify_success", EXPIRES),
    of_platform("naming_verify_success", EXPIRES),
    of_platform("annual_renew", EXPIRES),
    of_platform("verify_expired", EXPIRES),
    of_platform("qualification_verify_fail", FAILED),
    of_platform("naming_verify_fail", FAILED),
];

const MASS: &[Field] = &[
    number("msg_id", "MsgID"),
    text("status", "Status"),
    number("total_count", "TotalCount"),
    number("filter_count", "FilterCount"),
    number("sent_count", "SentCount"),
    number("error_count", "ErrorCount"),
    group("copyright_check_result", "CopyrightCheckResult", COPYRIGHT).optional(),
    group("article_url_result", "ArticleUrlResult", ARTICLE_URLS).optional(),
];
const COPYRIGHT: &[Field] = &[
    number("count", "Count"),
    group(
        "result_list",
        "ResultList",
        &[many("item", "item", COPYRIGHT_ITEM).optional()],
    )
    .optional(),
    number("check_state", "CheckState"),
];
const COPYRIGHT_ITEM: &[Field] = &[
    number("article_idx", "ArticleIdx"),
    number("user_declare_state", "UserDeclareState"),
    number("audit_state", "AuditState"),
    text("original_article_url", "OriginalArticleUrl"),
    number("original_article_type", "OriginalArticleType"),
    number("can_reprint", "CanReprint"),
    number("need_replace_content", "NeedReplaceContent"),
    number("need_show_reprint_source", "NeedShowReprintSource"),
];
const ARTICLE_URLS: &[Field] = &[
    number("count", "Count"),
    group(
        "result_list",
        "ResultList",
        &[many(
            "item",
            "item",
            &[
                number("article_idx", "ArticleIdx"),
                text("article_url", "ArticleUrl"),
            ],
        )
        .optional()],
    )
    .optional(),
];
const PUBLISH: &[Field] = &[
    number("publish_id", "publish_id"),
    number("publish_status", "publish_status"),
    text("article_id", "article_id").optional(),
    group(
        "article_detail",
        "article_detail",
        &[
            number("count", "count"),
            many(
                "item",
                "item",
                &[number("idx", "idx"), text("article_url", "article_url")],
            ),
        ],
    )
    .optional(),
    numbers("fail_idx", "fail_idx").optional(),
];
const AUTHORIZATION: &[Field] = &[
    text("openid", "OpenID"),
    text("appid", "AppID"),
    text("revoke_info", "RevokeInfo").optional(),
    text("unionid", "UnionID").optional(),
];
const EXPIRES: &[Field] = &[number("expired_time", "ExpiredTime")];
const FAILED: &[Field] = &[
    number("fail_time", "FailTime"),
    text("fail_reason", "FailReason"),
];

const fn to_follower(name: &'static str, fields: &'static [Field]) -> Push {
    Push {
        name,
        sender: Sender::Follower,
        fields,
    }
}

const fn of_platform(name: &'static str, fields: &'static [Field]) -> Push {
    Push {
        name,
        sender: Sender::Platform,
        fields,
    }
}
