//! guide_account, guide_group, guide_massjob, guide_buyer, guide_tag, guide_material.

use super::{Sample, app_id, call, openid};
use wechat_oa::api::guide::{
    Buyers, Guide, account::*, buyer::*, group::*, massjob::*, material::*, tag::*,
};

fn guide() -> Guide {
    Guide::Account("wx_guide_01".into())
}

fn buyers() -> Buyers {
    Buyers::Some(vec![openid()])
}

fn words() -> Vec<String> {
    vec!["好".into()]
}

pub(super) fn all() -> Vec<Sample> {
    let families = [
        accounts(),
        replies(),
        groups(),
        jobs(),
        relations(),
        tags(),
        materials(),
    ];
    families.into_iter().flatten().collect()
}

fn accounts() -> Vec<Sample> {
    let guide_headimgurl = Some("http://mmbiz.qpic.cn/x/0".to_owned());
    let guide_nickname = Some("小王".to_owned());
    vec![
        call(AddGuide {
            guide: guide(),
            guide_headimgurl: guide_headimgurl.clone(),
            guide_nickname: guide_nickname.clone(),
        }),
        call(GetGuide {
            guide: Guide::OpenId(openid()),
        }),
        call(UpdateGuide {
            guide: guide(),
            guide_headimgurl,
            guide_nickname,
        }),
        call(DeleteGuide { guide: guide() }),
        call(ListGuides { page: 0, num: 10 }),
        call(CreateGuideQrCode {
            guide: guide(),
            qrcode_info: Some("info".into()),
        }),
        call(GetChatRecord {
            guide: guide(),
            openid: Some(openid()),
            begin_time: Some(1_735_692_000),
            end_time: Some(1_735_695_600),
            page: 0,
            num: 10,
        }),
        call(PushWxaPathMenu {
            wxa_appid: app_id(),
            wx_username: "example_wx".into(),
        }),
    ]
}

fn replies() -> Vec<Sample> {
    let reply = || AutoReply {
        content: "稍等".into(),
        msgtype: 1,
    };
    let quick = || FastReply {
        content: "你好".into(),
    };
    vec![
        call(SetGuideConfig {
            guide: Some(guide()),
            is_delete: false,
            guide_fast_reply_list: Some(vec![quick()]),
            guide_auto_reply: Some(reply()),
            guide_auto_reply_plus: Some(reply()),
        }),
        call(GetGuideConfig {
            guide: Some(guide()),
        }),
        call(SetGuideAccountConfig {
            is_delete: false,
            black_keyword: Some(BlackKeywords { values: words() }),
            guide_auto_reply: Some(quick()),
        }),
        call(GetGuideAccountConfig {}),
    ]
}

fn groups() -> Vec<Sample> {
    let (group_id, guide_account) = (3223, "wx_guide_01".to_owned());
    vec![
        call(NewGuideGroup {
            group_name: "一组".into(),
        }),
        call(ListGuideGroups {}),
        call(GetGuideGroup {
            group_id,
            page: 0,
            num: 10,
        }),
        call(AddGuideToGroup {
            group_id,
            guide_account: guide_account.clone(),
        }),
        call(RemoveGuideFromGroup {
            group_id,
            guide_account: guide_account.clone(),
        }),
        call(GetGroupsOfGuide { guide_account }),
        call(DeleteGuideGroup { group_id }),
    ]
}

fn jobs() -> Vec<Sample> {
    let task_id = 1_332_519_773_019_865_088;
    let card = JobMaterial {
        kind: 49,
        media_id: Some("m".into()),
        title: Some("卡片".into()),
        path: Some("pages/index".into()),
        appid: Some("wxa81f3c5d7e9b0246".into()),
        word: None,
    };
    let material = vec![JobMaterial::text("你好"), JobMaterial::picture("m"), card];
    vec![
        call(AddGuideMassJob {
            guide: guide(),
            task_name: "节日问候".into(),
            task_remark: "备注".into(),
            push_time: 1_735_695_600,
            openid: vec![openid()],
            material: material.clone(),
        }),
        call(ListGuideMassJobs {
            guide: guide(),
            task_status: Some(vec![1]),
            offset: 0,
            limit: 10,
        }),
        call(GetGuideMassJob { task_id }),
        call(UpdateGuideMassJob {
            task_id,
            task_name: Some("问候".into()),
            task_remark: Some("备注".into()),
            push_time: Some(1_735_695_600),
            openid: Some(vec![openid()]),
            material: Some(material),
        }),
        call(CancelGuideMassJob { task_id }),
    ]
}

fn relations() -> Vec<Sample> {
    let new = NewBuyer {
        openid: openid(),
        buyer_nickname: "小李".into(),
    };
    vec![
        call(BindBuyers {
            guide: guide(),
            buyers: NewBuyers::Some {
                buyer_list: vec![new],
            },
        }),
        call(UnbindBuyers {
            guide: guide(),
            buyers: buyers(),
        }),
        call(ListBuyers {
            guide: guide(),
            page: 0,
            num: 10,
        }),
        call(RebindBuyers {
            old: OldGuide::Account("wx_guide_01".into()),
            new: NewGuide::OpenId(openid()),
            buyers: Buyers::One(openid()),
        }),
        call(RenameBuyer {
            guide: guide(),
            openid: openid(),
            buyer_nickname: "小李".into(),
        }),
        call(GetGuideOfBuyer { openid: openid() }),
        call(GetBuyer {
            guide: guide(),
            openid: openid(),
        }),
    ]
}

fn tags() -> Vec<Sample> {
    let tag_name = || "口味".to_owned();
    let tag_value = || "甜".to_owned();
    vec![
        call(NewTagOption {
            tag_name: tag_name(),
            tag_values: words(),
        }),
        call(DeleteTagOption {
            tag_name: tag_name(),
        }),
        call(AddTagValues {
            tag_name: tag_name(),
            tag_values: words(),
        }),
        call(GetTagOptions {}),
        call(TagBuyers {
            guide: guide(),
            buyers: buyers(),
            tag_value: tag_value(),
        }),
        call(GetBuyerTags {
            guide: guide(),
            openid: openid(),
        }),
        call(FindBuyersByTag {
            guide: guide(),
            push_count: 0,
            tag_values: words(),
        }),
        call(UntagBuyers {
            guide: guide(),
            buyers: buyers(),
            tag_value: tag_value(),
        }),
        call(SetDisplayTags {
            guide: guide(),
            openid: openid(),
            display_tag_list: words(),
        }),
        call(GetDisplayTags {
            guide: guide(),
            openid: openid(),
        }),
    ]
}

fn materials() -> Vec<Sample> {
    let (title, path, appid) = ("卡片", "pages/index", "wxa81f3c5d7e9b0246");
    vec![
        call(AddGuideCard {
            media_id: "m".into(),
            kind: 0,
            title: title.into(),
            path: path.into(),
            appid: appid.into(),
        }),
        call(ListGuideCards::default()),
        call(DeleteGuideCard {
            kind: 0,
            title: title.into(),
            path: path.into(),
            appid: appid.into(),
        }),
        call(AddGuideImage {
            media_id: "m".into(),
            kind: 0,
        }),
        call(ListGuideImages {
            num: 10,
            ..ListGuideImages::default()
        }),
        call(DeleteGuideImage {
            kind: 0,
            picurl: "http://mmbiz.qpic.cn/x/0".into(),
        }),
        call(AddGuideWord {
            kind: 0,
            word: "你好".into(),
        }),
        call(ListGuideWords {
            num: 10,
            ..ListGuideWords::default()
        }),
        call(DeleteGuideWord {
            kind: 0,
            word: "你好".into(),
        }),
    ]
}
