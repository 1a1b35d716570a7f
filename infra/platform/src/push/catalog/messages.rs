//! Messages of followers (protocol 2.1).

use super::{
    Push, Sender,
    fields::{Field, number, text},
};

/// Set when a message comes from an article.
pub(super) const ANY_MESSAGE: &[Field] = &[
    number("msg_data_id", "MsgDataId").optional(),
    number("idx", "Idx").optional(),
];

pub(super) const MESSAGES: &[Push] = &[
    message(
        "text",
        &[
            text("content", "Content"),
            text("bizmsgmenuid", "bizmsgmenuid").optional(),
        ],
    ),
    message(
        "image",
        &[text("pic_url", "PicUrl"), text("media_id", "MediaId")],
    ),
    message(
        "voice",
        &[
            text("media_id", "MediaId"),
            text("format", "Format"),
            text("media_id_16k", "MediaId16K").optional(),
            text("recognition", "Recognition").optional(),
        ],
    ),
    message("video", VIDEO),
    message("shortvideo", VIDEO),
    message(
        "location",
        &[
            number("location_x", "Location_X"),
            number("location_y", "Location_Y"),
            number("scale", "Scale"),
            text("label", "Label"),
        ],
    ),
    message(
        "link",
        &[
            text("title", "Title"),
            text("description", "Description"),
            text("url", "Url"),
        ],
    ),
];

const VIDEO: &[Field] = &[
    text("media_id", "MediaId"),
    text("thumb_media_id", "ThumbMediaId"),
];

const fn message(name: &'static str, fields: &'static [Field]) -> Push {
    Push {
        name,
        sender: Sender::Follower,
        fields,
    }
}
