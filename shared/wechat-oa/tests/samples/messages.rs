//! template, subscribe_once, notify, custom.

use super::{Sample, app_id, call, openid, page};
use wechat_oa::api::{custom::*, notify::*, subscribe_once::*, template::*};

fn template_id() -> String {
    "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY".into()
}

fn miniprogram() -> Option<MiniProgram> {
    Some(MiniProgram {
        appid: app_id(),
        pagepath: "pages/index".into(),
    })
}

fn value() -> DataValue {
    DataValue {
        value: "你好".into(),
        color: Some("#173177".into()),
    }
}

fn data() -> Data {
    Data::from([("thing1".to_owned(), DataValue::from("你好"))])
}

pub(super) fn all() -> Vec<Sample> {
    [templates(), once(), subscriptions(), service()]
        .into_iter()
        .flatten()
        .collect()
}

fn templates() -> Vec<Sample> {
    vec![
        call(SetIndustry {
            industry_id1: 1,
            industry_id2: 4,
        }),
        call(GetIndustry {}),
        call(AddTemplate {
            template_id_short: "TM00015".into(),
            keyword_name_list: vec!["时间".into()],
        }),
        call(GetAllTemplates {}),
        call(DeleteTemplate {
            template_id: template_id(),
        }),
        call(SendTemplateMessage {
            touser: openid(),
            template_id: template_id(),
            url: Some("https://www.example.com/".into()),
            miniprogram: miniprogram(),
            topcolor: None,
            client_msg_id: Some("order-1".into()),
            data: Data::from([("thing1".to_owned(), value())]),
        }),
        call(QueryBlockedMessages {
            tmpl_msg_id: template_id(),
            largest_id: 0,
            limit: 100,
        }),
    ]
}

fn once() -> Vec<Sample> {
    let mut confirm = ConfirmPage::new(
        app_id(),
        1000,
        &template_id(),
        "https://www.example.com/back",
    );
    confirm.reserved = Some("r1".into());
    vec![
        page(confirm),
        call(SendOneTimeMessage {
            touser: openid(),
            template_id: template_id(),
            url: Some("https://www.example.com/".into()),
            miniprogram: miniprogram(),
            scene: 1000,
            title: "标题".into(),
            data: OneTimeData { content: value() },
        }),
    ]
}

fn subscriptions() -> Vec<Sample> {
    vec![
        call(AddSubscriptionTemplate {
            tid: "401".into(),
            kid_list: vec![1, 2],
            scene_desc: "发货".into(),
        }),
        call(DeleteSubscriptionTemplate {
            pri_tmpl_id: template_id(),
        }),
        call(GetCategories {}),
        call(GetLibraryKeywords { tid: "99".into() }),
        call(GetLibraryTitles {
            ids: vec![2, 616],
            start: 0,
            limit: 30,
        }),
        call(GetSubscriptionTemplates {}),
        call(SendSubscriptionMessage {
            touser: openid(),
            template_id: template_id(),
            page: Some("https://www.example.com/".into()),
            miniprogram: miniprogram(),
            miniprogram_state: None,
            lang: None,
            data: data(),
        }),
    ]
}

fn service() -> Vec<Sample> {
    vec![
        call(SendCustomMessage {
            touser: openid(),
            message: Message::text("你好"),
            customservice: Some(Agent {
                kf_account: "test1@example".into(),
            }),
            aimsgcontext: None,
        }),
        call(SetTyping {
            touser: openid(),
            command: TypingCommand::Typing,
        }),
    ]
}
