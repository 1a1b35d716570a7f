//! Events (protocol sections 2.2 and 2.3).

mod account;
mod guide;
mod mass_send;
mod menu;
mod names;
mod publish;
mod subscribe_msg;
mod template;

pub use account::{Authorization, Verification};
pub use guide::{GuideInvite, GuideScan};
pub use mass_send::{ArticleCheck, ArticleUrl, CopyrightCheck, MassSendResult, MassSendStatus};
pub use menu::{Pictures, ScanCode};
pub use names::EVENT_NAMES;
pub use names::canonical;
pub use publish::{PublishResult, PublishedArticle};
pub use subscribe_msg::{SubscribeMsgChoice, SubscribeMsgSent};
pub use template::{TemplateResult, TemplateStatus};

use super::{element::Element, head::raw, message::Place, unread::Faults};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

type Text<'a> = Cow<'a, str>;

/// An event, as WeChat's `Event` tells it apart; WeChat mixes cases, we compare without.
///
/// ```
/// use wechat_oa::callback::{Event, Push};
///
/// let scanned = "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName>\
///     <CreateTime>1767000000</CreateTime><MsgType>event</MsgType><Event>subscribe</Event>\
///     <EventKey>qrscene_shop7</EventKey><Ticket>t1</Ticket></xml>";
/// let push = Push::parse(scanned).unwrap();
/// let Some(Event::Subscribe { scene, .. }) = push.event() else { unreachable!() };
/// assert_eq!(scene.as_deref(), Some("shop7"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// 关注: a new follower, who may have scanned a QR code.
    Subscribe {
        /// The scene of the QR code that was scanned, without its prefix.
        scene: Option<Text<'a>>,
        /// Fetches the QR code that was scanned.
        ticket: Option<Text<'a>>,
        /// `EventKey` as it came: with `qrscene_` before a scene.
        key: Text<'a>,
    },
    /// A follower left: what is stored about them has to go.
    Unsubscribe,
    /// A follower scanned a QR code of the account.
    Scan {
        /// The scene of the QR code.
        scene: Text<'a>,
        /// Fetches the QR code that was scanned.
        ticket: Option<Text<'a>>,
    },
    /// Where the follower is, when they let the account know.
    Location {
        /// `Latitude`, in degrees; absent when it does not read.
        latitude: Option<f64>,
        /// `Longitude`, in degrees; absent when it does not read.
        longitude: Option<f64>,
        /// `Precision`, in metres; absent when it does not read.
        precision: Option<f64>,
    },
    /// A click on a menu item that has a key.
    Click {
        /// The key of the menu item.
        key: Text<'a>,
        /// The conditional menu it was in.
        menu_id: Option<Text<'a>>,
    },
    /// A click on a menu item that leads to a page.
    View {
        url: Text<'a>,
        /// The conditional menu it was in.
        menu_id: Option<Text<'a>>,
    },
    /// A code scanned from the menu; the client shows what it found.
    #[serde(rename = "scancode_push")]
    ScanCodePush(ScanCode<'a>),
    /// A code scanned from the menu; the client waits for the reply.
    #[serde(rename = "scancode_waitmsg")]
    ScanCodeWaitMsg(ScanCode<'a>),
    /// Pictures taken from the menu.
    #[serde(rename = "pic_sysphoto")]
    PicSysPhoto(Pictures<'a>),
    /// Pictures taken or chosen from the menu.
    PicPhotoOrAlbum(Pictures<'a>),
    /// Pictures chosen from WeChat's album.
    PicWeixin(Pictures<'a>),
    /// A place chosen from the menu.
    LocationSelect {
        /// The key of the menu item.
        key: Text<'a>,
        #[serde(flatten)]
        place: Place<'a>,
    },
    /// A click on a menu item that leads to a mini program.
    #[serde(rename = "view_miniprogram")]
    ViewMiniProgram {
        /// The page of the mini program.
        path: Text<'a>,
        /// The conditional menu it was in.
        menu_id: Option<Text<'a>>,
    },
    /// What became of a template message.
    #[serde(rename = "templatesendjobfinish")]
    TemplateSendJobFinish(TemplateResult<'a>),
    /// What became of a mass send.
    #[serde(rename = "masssendjobfinish")]
    MassSendJobFinish(Box<MassSendResult<'a>>),
    /// The user answered a subscription dialog.
    #[serde(rename = "subscribe_msg_popup_event")]
    SubscribeMsgPopup(SubscribeMsgChoice<'a>),
    /// The user changed their mind in the settings; only refusals are pushed.
    #[serde(rename = "subscribe_msg_change_event")]
    SubscribeMsgChange(SubscribeMsgChoice<'a>),
    /// What became of subscription messages.
    #[serde(rename = "subscribe_msg_sent_event")]
    SubscribeMsgSent(SubscribeMsgSent<'a>),
    /// An agent took a session.
    KfCreateSession { kf_account: Text<'a> },
    /// The session with an agent ended.
    KfCloseSession { kf_account: Text<'a> },
    /// A session went to another agent.
    KfSwitchSession {
        from_kf_account: Text<'a>,
        to_kf_account: Text<'a>,
    },
    /// An advisor answered an invitation.
    #[serde(rename = "guide_invite_result_event")]
    GuideInviteResult(GuideInvite<'a>),
    /// A customer scanned an advisor's QR code.
    #[serde(rename = "guide_qrcode_scan_event")]
    GuideQrCodeScan(GuideScan<'a>),
    /// What became of a publication; also pushed under the name `FREEPUBLISHJOBFINISH`.
    #[serde(rename = "publishjobfinish")]
    PublishJobFinish(PublishResult<'a>),
    /// The user changed what they had let the account know.
    UserInfoModified(Authorization<'a>),
    /// The user took back an authorisation.
    UserAuthorizationRevoke(Authorization<'a>),
    /// The user deleted their WeChat account: what is stored about them has to go.
    UserAuthorizationCancellation(Authorization<'a>),
    /// The account's qualification was verified.
    QualificationVerifySuccess(Verification<'a>),
    /// The account's qualification was not verified.
    QualificationVerifyFail(Verification<'a>),
    /// The account's name was verified.
    NamingVerifySuccess(Verification<'a>),
    /// The account's name was not verified.
    NamingVerifyFail(Verification<'a>),
    /// The yearly verification is due.
    AnnualRenew(Verification<'a>),
    /// The verification ran out.
    VerifyExpired(Verification<'a>),
    /// An event not known here; it is acknowledged and kept as it came.
    #[serde(untagged)]
    Unknown {
        /// Its name in lower case.
        #[serde(rename = "event")]
        name: String,
        /// All elements as they came.
        raw: Value,
    },
}

impl<'a> Event<'a> {
    /// The event of that name in lower case.
    pub(super) fn read(name: String, root: &mut Element<'a>, faults: &mut Faults) -> Self {
        let mut text = |field| root.text_of(field).unwrap_or_default();
        match name.as_str() {
            "subscribe" => Self::subscribe(root),
            "unsubscribe" => Self::Unsubscribe,
            "scan" => Self::Scan {
                scene: text("EventKey"),
                ticket: root.text_of("Ticket"),
            },
            "location" => Self::Location {
                latitude: root.decimal_of("Latitude", faults),
                longitude: root.decimal_of("Longitude", faults),
                precision: root.decimal_of("Precision", faults),
            },
            "kf_create_session" => Self::KfCreateSession {
                kf_account: text("KfAccount"),
            },
            "kf_close_session" => Self::KfCloseSession {
                kf_account: text("KfAccount"),
            },
            "kf_switch_session" => Self::KfSwitchSession {
                from_kf_account: text("FromKfAccount"),
                to_kf_account: text("ToKfAccount"),
            },
            "templatesendjobfinish" => {
                Self::TemplateSendJobFinish(TemplateResult::read(root, faults))
            }
            "masssendjobfinish" => {
                Self::MassSendJobFinish(Box::new(MassSendResult::read(root, faults)))
            }
            "publishjobfinish" | "freepublishjobfinish" => {
                Self::PublishJobFinish(PublishResult::read(root, faults))
            }
            "subscribe_msg_popup_event" => {
                Self::SubscribeMsgPopup(SubscribeMsgChoice::read(root, "SubscribeMsgPopupEvent"))
            }
            "subscribe_msg_change_event" => {
                Self::SubscribeMsgChange(SubscribeMsgChoice::read(root, "SubscribeMsgChangeEvent"))
            }
            "subscribe_msg_sent_event" => {
                Self::SubscribeMsgSent(SubscribeMsgSent::read(root, faults))
            }
            "guide_invite_result_event" => Self::GuideInviteResult(GuideInvite::read(root)),
            "guide_qrcode_scan_event" => Self::GuideQrCodeScan(GuideScan::read(root)),
            _ => Self::read_menu(&name, root, faults)
                .or_else(|| Self::read_account(&name, root))
                .unwrap_or_else(|| Self::Unknown {
                    raw: raw(root),
                    name,
                }),
        }
    }

    /// A parametric QR code puts `qrscene_` before its scene, once.
    fn subscribe(root: &mut Element<'a>) -> Self {
        let key = root.text_of("EventKey").unwrap_or_default();
        let scene = match &key {
            Cow::Borrowed(key) => key.strip_prefix("qrscene_").map(Cow::Borrowed),
            Cow::Owned(key) => key
                .strip_prefix("qrscene_")
                .map(|scene| Cow::Owned(scene.to_owned())),
        };
        Self::Subscribe {
            scene,
            ticket: root.text_of("Ticket").filter(|t| !t.is_empty()),
            key,
        }
    }

    /// WeChat's name of the event, in lower case.
    pub fn name(&self) -> &str {
        match self {
            Self::Subscribe { .. } => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Scan { .. } => "scan",
            Self::Location { .. } => "location",
            Self::Click { .. } => "click",
            Self::View { .. } => "view",
            Self::ScanCodePush(_) => "scancode_push",
            Self::ScanCodeWaitMsg(_) => "scancode_waitmsg",
            Self::PicSysPhoto(_) => "pic_sysphoto",
            Self::PicPhotoOrAlbum(_) => "pic_photo_or_album",
            Self::PicWeixin(_) => "pic_weixin",
            Self::LocationSelect { .. } => "location_select",
            Self::ViewMiniProgram { .. } => "view_miniprogram",
            Self::TemplateSendJobFinish(_) => "templatesendjobfinish",
            Self::MassSendJobFinish(_) => "masssendjobfinish",
            Self::SubscribeMsgPopup(_) => "subscribe_msg_popup_event",
            Self::SubscribeMsgChange(_) => "subscribe_msg_change_event",
            Self::SubscribeMsgSent(_) => "subscribe_msg_sent_event",
            Self::KfCreateSession { .. } => "kf_create_session",
            Self::KfCloseSession { .. } => "kf_close_session",
            Self::KfSwitchSession { .. } => "kf_switch_session",
            Self::GuideInviteResult(_) => "guide_invite_result_event",
            Self::GuideQrCodeScan(_) => "guide_qrcode_scan_event",
            Self::PublishJobFinish(_) => "publishjobfinish",
            Self::UserInfoModified(_) => "user_info_modified",
            Self::UserAuthorizationRevoke(_) => "user_authorization_revoke",
            Self::UserAuthorizationCancellation(_) => "user_authorization_cancellation",
            Self::QualificationVerifySuccess(_) => "qualification_verify_success",
            Self::QualificationVerifyFail(_) => "qualification_verify_fail",
            Self::NamingVerifySuccess(_) => "naming_verify_success",
            Self::NamingVerifyFail(_) => "naming_verify_fail",
            Self::AnnualRenew(_) => "annual_renew",
            Self::VerifyExpired(_) => "verify_expired",
            Self::Unknown { name, .. } => name,
        }
    }

    /// `EventKey`, of the events that have one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Subscribe { key, .. }
            | Self::Click { key, .. }
            | Self::LocationSelect { key, .. } => Some(key),
            Self::Scan { scene, .. } => Some(scene),
            Self::View { url, .. } => Some(url),
            Self::ViewMiniProgram { path, .. } => Some(path),
            Self::ScanCodePush(scan) | Self::ScanCodeWaitMsg(scan) => Some(&scan.key),
            Self::PicSysPhoto(pictures)
            | Self::PicPhotoOrAlbum(pictures)
            | Self::PicWeixin(pictures) => Some(&pictures.key),
            Self::Unknown { raw, .. } => raw.get("EventKey").and_then(Value::as_str),
            _ => None,
        }
    }
}
