//! The names of events, in lower case.

/// Every event that WeChat documents or is known to push (protocol sections 2.2 and 2.3). Those that
/// are no [`Event`](super::Event) of their own are kept as they came, and rules fit them by name.
pub const EVENT_NAMES: [&str; 68] = [
    "subscribe",
    "unsubscribe",
    "scan",
    "location",
    "enter",
    // Menus.
    "click",
    "view",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
    "view_miniprogram",
    // What became of what was sent or published.
    "templatesendjobfinish",
    "masssendjobfinish",
    "publishjobfinish",
    "subscribe_msg_popup_event",
    "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
    // Customer service and advisors.
    "kf_create_session",
    "kf_close_session",
    "kf_switch_session",
    "guide_invite_result_event",
    "guide_qrcode_scan_event",
    "add_guide_buyer_relation_event",
    // Authorisations of users; verification of the account.
    "user_info_modified",
    "user_authorization_revoke",
    "user_authorization_cancellation",
    "qualification_verify_success",
    "qualification_verify_fail",
    "naming_verify_success",
    "naming_verify_fail",
    "annual_renew",
    "verify_expired",
    // Cards and coupons, gift cards: <https://developers.weixin.qq.com/doc/service/guide/product/card/Coupons_Vouchers_and_Cards_Event_Push_Messages.html>.
    "card_pass_check",
    "card_not_pass_check",
    "user_get_card",
    "user_gifting_card",
    "user_del_card",
    "user_consume_card",
    "user_pay_from_pay_cell",
    "user_view_card",
    "user_enter_session_from_card",
    "update_member_card",
    "card_sku_remind",
    "card_pay_order",
    "submit_membercard_user_info",
    "giftcard_pay_done",
    "giftcard_send_to_friend",
    "giftcard_user_accept",
    // Invoices.
    "user_authorize_invoice",
    "submit_invoice_title",
    // Stores and places.
    "apply_merchant_audit_info",
    "create_map_poi_audit_info",
    "add_store_audit_info",
    "modify_store_audit_info",
    "poi_check_notify",
    "merchant_order",
    "wificonnected",
    "shakearoundusershake",
    // Products that are scanned: <https://developers.weixin.qq.com/doc/service/en/WeChat_Scan/Scan_QR_Code_Events_Push.html>.
    "user_scan_product",
    "user_scan_product_enter_session",
    "user_scan_product_async",
    "user_scan_product_verify_action",
    // Mini programs of the account, and what they had checked.
    "weapp_audit_success",
    "weapp_audit_fail",
    "wxa_media_check",
];

/// The name as it is compared: without blanks and case, and one where WeChat has two.
///
/// ```
/// assert_eq!(wechat_oa::callback::event::canonical("CLICK"), "click");
/// ```
pub fn canonical(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        "freepublishjobfinish" => "publishjobfinish".to_owned(),
        _ => name,
    }
}
