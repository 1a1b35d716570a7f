//! What users do in the menu.

use super::{Event, Text};
use crate::callback::{element::Element, message::Place, unread::Faults};
use serde::Serialize;

/// A code scanned from the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScanCode<'a> {
    /// The key of the menu item.
    pub key: Text<'a>,
    /// What was scanned: `qrcode`, `barcode` and others.
    pub scan_type: Text<'a>,
    /// What the code says; a bar code comes as `EAN_13,digits`.
    pub scan_result: Text<'a>,
}

/// Pictures taken or chosen from the menu; each follows as a message of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pictures<'a> {
    /// The key of the menu item.
    pub key: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The MD5 digests of the pictures, in their order.
    pub md5: Vec<Text<'a>>,
}

impl<'a> Event<'a> {
    pub(super) fn read_menu(
        name: &str,
        root: &mut Element<'a>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let key = |root: &mut Element<'a>| root.text_of("EventKey").unwrap_or_default();
        let menu_id = |root: &mut Element<'a>| root.text_of("MenuId");
        Some(match name {
            "click" => Self::Click {
                key: key(root),
                menu_id: menu_id(root),
            },
            "view" => Self::View {
                url: key(root),
                menu_id: menu_id(root),
            },
            "view_miniprogram" => Self::ViewMiniProgram {
                path: key(root),
                menu_id: menu_id(root),
            },
            "scancode_push" => Self::ScanCodePush(ScanCode::read(root)),
            "scancode_waitmsg" => Self::ScanCodeWaitMsg(ScanCode::read(root)),
            "pic_sysphoto" => Self::PicSysPhoto(Pictures::read(root, faults)),
            "pic_photo_or_album" => Self::PicPhotoOrAlbum(Pictures::read(root, faults)),
            "pic_weixin" => Self::PicWeixin(Pictures::read(root, faults)),
            "location_select" => {
                let place = Place::read(
                    root.child("SendLocationInfo")
                        .unwrap_or(&mut Element::default()),
                    faults,
                );
                Self::LocationSelect {
                    key: key(root),
                    place,
                }
            }
            _ => return None,
        })
    }
}

impl<'a> ScanCode<'a> {
    fn read(root: &mut Element<'a>) -> Self {
        let key = root.text_of("EventKey").unwrap_or_default();
        let mut text = root.texts_in("ScanCodeInfo");
        Self {
            key,
            scan_type: text("ScanType"),
            scan_result: text("ScanResult"),
        }
    }
}

impl<'a> Pictures<'a> {
    /// One `PicList` for all pictures and one for each have both been seen.
    fn read(root: &mut Element<'a>, faults: &mut Faults) -> Self {
        let key = root.text_of("EventKey").unwrap_or_default();
        let mut none = Element::default();
        let info = root.child("SendPicsInfo").unwrap_or(&mut none);
        let count = info.number_of("Count", faults);
        let items = info
            .children_of("PicList")
            .flat_map(|list| list.children_of("item"));
        Self {
            key,
            count,
            md5: items.filter_map(|item| item.text_of("PicMd5Sum")).collect(),
        }
    }
}
