//! What a push tells about the user: it happened on the platform before the callback hears of it.

use super::catalog::{self, Sender};
use crate::{
    account_data::{Choice, Follower, Interaction, is_openid},
    element::Element,
    refusal::Refusal,
    state::State,
};

impl State {
    /// Applies what the user did to what the account has.
    pub(super) fn apply_user_action(&self, app_id: &str, push: &Element) -> Result<(), Refusal> {
        let text = |name| push.text_of(name).unwrap_or_default();
        let (openid, event) = (text("FromUserName"), text("Event"));
        let of_platform = catalog::event(event).is_some_and(|push| push.sender == Sender::Platform);
        if of_platform || !is_openid(openid) {
            return Ok(());
        }
        let now_ms = self.clock().now_ms();
        self.with_account(app_id, |account| {
            let data = &mut account.data;
            data.mass.look_at(openid);
            let follower = data.followers.of(openid, now_ms);
            match event {
                "unsubscribe" => follower.follow(false, now_ms),
                "subscribe" => come(follower, text("EventKey"), now_ms),
                "subscribe_msg_popup_event" => choices(push, "SubscribeMsgPopupEvent", follower),
                "subscribe_msg_change_event" => choices(push, "SubscribeMsgChangeEvent", follower),
                _ => {}
            }
            if let Some(how) = Interaction::of(text("MsgType"), event) {
                follower.interact(how, &data.sends, now_ms);
            }
            if text("MsgType") == "text" {
                data.kf.record(openid, 2003, text("Content"), "", now_ms);
            }
        })
    }
}

fn come(follower: &mut Follower, event_key: &str, now_ms: i64) {
    follower.follow(true, now_ms);
    follower.scene = event_key.strip_prefix("qrscene_").map(str::to_owned);
}

fn choices(push: &Element, group: &str, follower: &mut Follower) {
    let list = push.child(group).map(Element::children).unwrap_or_default();
    for item in list.iter().filter(|item| item.name == "List") {
        let choice = item.text_of("SubscribeStatusString").and_then(Choice::of);
        if let (Some(template_id), Some(choice)) = (item.text_of("TemplateId"), choice) {
            follower.choose(template_id, choice);
        }
    }
}
