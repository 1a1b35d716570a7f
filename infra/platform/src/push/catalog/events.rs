//! Events that a follower causes (protocol 2.2).

use super::{
    Push, Sender,
    fields::{Field, group, many, number, text},
};

pub(super) const EVENTS: &[Push] = &[
    event(
        "subscribe",
        &[
            text("event_key", "EventKey").optional(),
            text("ticket", "Ticket").optional(),
        ],
    ),
    event("unsubscribe", &[text("event_key", "EventKey").optional()]),
    event("SCAN", &[KEY, text("ticket", "Ticket")]),
    event(
        "LOCATION",
        &[
            number("latitude", "Latitude"),
            number("longitude", "Longitude"),
            number("precision", "Precision"),
        ],
    ),
    event("CLICK", &[KEY]),
    event("VIEW", &[KEY, MENU_ID]),
    event("view_miniprogram", &[KEY, MENU_ID]),
    event("scancode_push", SCANCODE),
    event("scancode_waitmsg", SCANCODE),
    event("pic_sysphoto", PICTURES),
    event("pic_photo_or_album", PICTURES),
    event("pic_weixin", PICTURES),
    event(
        "location_select",
        &[
            KEY,
            group(
                "send_location_info",
                "SendLocationInfo",
                &[
                    text("location_x", "Location_X"),
                    text("location_y", "Location_Y"),
                    text("scale", "Scale"),
                    text("label", "Label"),
                    text("poiname", "Poiname").optional(),
                ],
            ),
        ],
    ),
    event("subscribe_msg_popup_event", POPUP),
    event(
        "subscribe_msg_change_event",
        &[group(
            "subscribe_msg_change_event",
            "SubscribeMsgChangeEvent",
            &[many("list", "List", CHOICE)],
        )],
    ),
    event("kf_create_session", KF),
    event("kf_close_session", KF),
    event(
        "kf_switch_session",
        &[
            text("from_kf_account", "FromKfAccount"),
            text("to_kf_account", "ToKfAccount"),
        ],
    ),
    event(
        "guide_invite_result_event",
        &[group(
            "guide_invite_event",
            "GuideInviteEvent",
            &[
                text("guide_account", "guide_account").optional(),
                text("guide_openid", "guide_openid").optional(),
                number("invite_result", "invite_result"),
            ],
        )],
    ),
    event(
        "guide_qrcode_scan_event",
        &[group(
            "guide_scan_event",
            "GuideScanEvent",
            &[
                text("qrcode_guide_account", "qrcode_guide_account").optional(),
                text("qrcode_guide_openid", "qrcode_guide_openid").optional(),
                text("openid", "openid"),
                number("action", "action"),
                text("qrcode_info", "qrcode_info").optional(),
            ],
        )],
    ),
];

const KEY: Field = text("event_key", "EventKey");
const MENU_ID: Field = number("menu_id", "MenuId").optional();
const KF: &[Field] = &[text("kf_account", "KfAccount")];
const SCANCODE: &[Field] = &[
    KEY,
    group(
        "scan_code_info",
        "ScanCodeInfo",
        &[
            text("scan_type", "ScanType"),
            text("scan_result", "ScanResult"),
        ],
    ),
];
const PICTURES: &[Field] = &[
    KEY,
    group(
        "send_pics_info",
        "SendPicsInfo",
        &[
            number("count", "Count"),
            many(
                "pic_list",
                "PicList",
                &[many("item", "item", &[text("pic_md5_sum", "PicMd5Sum")])],
            ),
        ],
    ),
];
const POPUP: &[Field] = &[group(
    "subscribe_msg_popup_event",
    "SubscribeMsgPopupEvent",
    &[many(
        "list",
        "List",
        &[
            text("template_id", "TemplateId"),
            text("subscribe_status_string", "SubscribeStatusString"),
            number("popup_scene", "PopupScene"),
        ],
    )],
)];
const CHOICE: &[Field] = &[
    text("template_id", "TemplateId"),
    text("subscribe_status_string", "SubscribeStatusString"),
];

const fn event(name: &'static str, fields: &'static [Field]) -> Push {
    Push {
        name,
        sender: Sender::Follower,
        fields,
    }
}
