//! Sending to many, and to one for a look.

use super::MassMessage;
use crate::{
    api::{Invalid, rules::filled, wire::Number},
    ids::OpenId,
};
use serde::{Deserialize, Serialize};
use serde_with::BoolFromInt;

/// `POST /cgi-bin/message/mass/sendall`: to all followers or those with a tag; MASSSENDJOBFINISH
/// tells how it went. A subscription account has one a day; of a service account every follower
/// gets at most four a month. 60 calls a minute, 100 a day.
///
/// ```
/// use wechat_oa::api::mass::{MassFilter, MassMessage, SendMassToAll};
///
/// let send = SendMassToAll::new(MassFilter::tag(2), MassMessage::text("你好"));
/// assert_eq!(serde_json::json!(send)["filter"]["tag_id"], 2);
/// assert!(send.validate().is_ok());
/// ```
#[serde_with::serde_as]
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct SendMassToAll {
    pub filter: MassFilter,
    #[serde(flatten)]
    pub message: MassMessage,
    /// Send on when an article turns out to be a reprint that may be reprinted; otherwise it stops.
    #[serde_as(as = "Option<BoolFromInt>")]
    pub send_ignore_reprint: Option<bool>,
    /// The caller's id of this send, 1 to 32 visible ASCII letters: for 24 hours a repeat is refused
    /// with 45065 and the `msg_id` of the first. Without one a digest of receivers and message
    /// serves, so that an identical second send is refused too.
    pub clientmsgid: Option<String>,
}

/// To which followers: all, or those with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MassFilter {
    /// All; the message then stands in the account's history.
    pub is_to_all: bool,
    /// Those with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag_id: Option<u64>,
}

impl MassFilter {
    /// All followers.
    pub const ALL: Self = Self {
        is_to_all: true,
        tag_id: None,
    };

    /// Followers with that tag.
    pub const fn tag(tag_id: u64) -> Self {
        Self {
            is_to_all: false,
            tag_id: Some(tag_id),
        }
    }
}

impl SendMassToAll {
    /// That message to those followers.
    pub fn new(filter: MassFilter, message: MassMessage) -> Self {
        Self {
            filter,
            message,
            send_ignore_reprint: None,
            clientmsgid: None,
        }
    }

    /// Receivers, message and id are there and fit.
    ///
    /// # Errors
    /// When they do not.
    pub fn validate(&self) -> Result<(), Invalid> {
        Invalid::unless(
            self.filter.is_to_all == self.filter.tag_id.is_none(),
            "filter.tag_id",
            "must be there exactly when is_to_all is false",
        )?;
        self.message.check_for_many()?;
        check_id(self.clientmsgid.as_deref())
    }
}

/// `POST /cgi-bin/message/mass/send`: to those openids; otherwise as [`SendMassToAll`].
///
/// ```
/// use wechat_oa::{api::mass::{MassMessage, SendMass}, ids::OpenId};
///
/// let openid = OpenId::try_from("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI").unwrap();
/// let send = SendMass::new(vec![openid.clone(), openid.clone()], MassMessage::text("你好"));
/// assert_eq!(serde_json::json!(send)["msgtype"], "text");
/// let lonely = SendMass::new(vec![openid], MassMessage::text("你好"));
/// assert!(lonely.validate().is_err());
/// ```
#[serde_with::serde_as]
#[serde_with::skip_serializing_none]
#[derive(Debug, Clone, Serialize)]
pub struct SendMass {
    /// To whom: 2 to 10,000 openids.
    pub touser: Vec<OpenId>,
    #[serde(flatten)]
    pub message: MassMessage,
    /// As in [`SendMassToAll`].
    #[serde_as(as = "Option<BoolFromInt>")]
    pub send_ignore_reprint: Option<bool>,
    /// As in [`SendMassToAll`].
    pub clientmsgid: Option<String>,
}

impl SendMass {
    /// That message to those openids.
    pub fn new(touser: Vec<OpenId>, message: MassMessage) -> Self {
        Self {
            touser,
            message,
            send_ignore_reprint: None,
            clientmsgid: None,
        }
    }

    /// Receivers, message and id are there and fit.
    ///
    /// # Errors
    /// When they do not.
    pub fn validate(&self) -> Result<(), Invalid> {
        Invalid::unless(
            (2..=10_000).contains(&self.touser.len()),
            "touser",
            "must be 2 to 10,000 openids",
        )?;
        self.message.check_for_many()?;
        check_id(self.clientmsgid.as_deref())
    }
}

/// 32 bytes are sure; older pages say 64, and 36 were refused (protocol section 6).
fn check_id(id: Option<&str>) -> Result<(), Invalid> {
    let fits = |id: &str| (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    Invalid::unless(
        id.is_none_or(fits),
        "clientmsgid",
        "must be 1 to 32 visible ASCII letters",
    )
}

/// A send that was taken.
#[serde_with::serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct MassSent {
    /// Its id; MASSSENDJOBFINISH brings it back as `MsgID`.
    #[serde_as(as = "Number")]
    pub msg_id: u64,
    /// The id under which its comments are; articles only.
    #[serde_as(as = "Option<Number>")]
    pub msg_data_id: Option<u64>,
}

/// `POST /cgi-bin/message/mass/preview`: to one for a look. 100 a day.
#[derive(Debug, Clone, Serialize)]
pub struct PreviewMass {
    #[serde(flatten)]
    pub to: PreviewTo,
    #[serde(flatten)]
    pub message: MassMessage,
}

/// Who looks at a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum PreviewTo {
    /// A follower.
    #[serde(rename = "touser")]
    OpenId(OpenId),
    #[serde(rename = "towxname")]
    WeChatName(String),
}

impl PreviewMass {
    /// Receiver and message are there and fit.
    ///
    /// # Errors
    /// When they do not.
    pub fn validate(&self) -> Result<(), Invalid> {
        if let PreviewTo::WeChatName(name) = &self.to {
            filled("towxname", name)?;
        }
        self.message.check()
    }
}
