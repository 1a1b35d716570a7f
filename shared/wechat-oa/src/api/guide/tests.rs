use super::{account::*, buyer::*, group::*, massjob::*, tag::*, *};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const MEDIA: &str = "9pXk2LmQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEfGhI";
const TASK: u64 = 1_332_519_773_019_865_088;

fn fixture(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/");
    let text = std::fs::read_to_string(format!("{folder}{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn response<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_value(fixture(&format!("responses/{name}"))).unwrap()
}

fn guide() -> Guide {
    Guide::Account("wx_guide_01".into())
}

fn openid() -> OpenId {
    OpenId::try_from("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI").unwrap()
}

fn job() -> AddGuideMassJob {
    let card = JobMaterial {
        kind: 49,
        media_id: Some(MEDIA.into()),
        title: Some("卡片".into()),
        path: Some("pages/index".into()),
        appid: Some("wxa81f3c5d7e9b0246".into()),
        word: None,
    };
    AddGuideMassJob {
        guide: guide(),
        task_name: "节日问候".into(),
        task_remark: "备注".into(),
        push_time: 1_735_695_600,
        openid: vec![openid()],
        material: vec![JobMaterial::text("你好"), JobMaterial::picture(MEDIA), card],
    }
}

#[test]
fn requests_are_those_of_the_fixtures() {
    assert_eq!(json!(job()), fixture("requests/addguidemassendjob"));
    assert_eq!(job().validate(), Ok(()));
}

#[test]
fn responses_are_those_of_the_fixtures() {
    let added: GuideMassJobsAdded = response("addguidemassendjob");
    assert_eq!(
        (
            added.task_result[0].task_id,
            added.task_result[0].openid.len()
        ),
        (TASK, 2)
    );
    let got: GuideMassJobGot = response("getguidemassendjob");
    assert_eq!((got.job.task_id, got.job.push_time), (TASK, 1_735_695_600));
    assert_eq!(got.job.material, [JobMaterial::text("你好")]);
    assert_eq!(got.job.buyer_info[0].send_status, 1);
    let batch: BuyerResults = response("delguidebuyerrelation_partial");
    let codes: Vec<_> = batch
        .buyer_resp
        .iter()
        .map(|result| result.errcode)
        .collect();
    assert_eq!(codes, [0, 9_300_806]);
    let chat: ChatRecord = response("getguidebuyerchatrecord");
    assert_eq!(
        (chat.total_num, chat.msg_list[0].content.as_str()),
        (1, "test")
    );
    let one: GuideAccount = response("getguideacct");
    assert_eq!((one.guide_nickname.as_str(), one.status), ("小王", None));
    let groups: GuideGroups = response("getguidegrouplist");
    assert_eq!(
        (groups.group_list[0].id, groups.group_list[0].name.as_str()),
        (3223, "一组")
    );
}

#[test]
fn numbers_come_plain_or_as_text() {
    let group: GuideGroupAdded = serde_json::from_value(json!({"group_id": "3223"})).unwrap();
    assert_eq!(group.group_id, 3223);
    let groups = json!({"group_id_list": [1, "18446744073709551615"]});
    let groups: GroupsOfGuide = serde_json::from_value(groups).unwrap();
    assert_eq!(groups.group_id_list, [1, u64::MAX]);
}

#[test]
fn advisors_and_customers_are_named_in_one_of_two_ways() {
    let one = UnbindBuyers {
        guide: Guide::OpenId(openid()),
        buyers: Buyers::One(openid()),
    };
    let id = openid().to_string();
    assert_eq!(json!(one), json!({"guide_openid": id, "openid": id}));
    let some = RebindBuyers {
        old: OldGuide::Account("a".into()),
        new: NewGuide::OpenId(openid()),
        buyers: Buyers::Some(vec![openid()]),
    };
    let expected = json!({"old_guide_account": "a", "new_guide_openid": id, "openid_list": [id]});
    assert_eq!(json!(some), expected);
    let new = NewBuyer {
        openid: openid(),
        buyer_nickname: "n".into(),
    };
    let bind = |buyers| {
        json!(BindBuyers {
            guide: guide(),
            buyers
        })
    };
    let pair = json!({"openid": id, "buyer_nickname": "n"});
    let list = bind(NewBuyers::Some {
        buyer_list: vec![new.clone()],
    });
    assert_eq!(
        list,
        json!({"guide_account": "wx_guide_01", "buyer_list": [pair]})
    );
    assert_eq!(bind(NewBuyers::One(new))["buyer_nickname"], "n");
    assert_eq!(json!(GetGuideConfig::default()), json!({}));
}

#[test]
fn batches_have_at_most_200_customers() {
    for (count, fits) in [(0, false), (1, true), (200, true), (201, false)] {
        let tag = TagBuyers {
            guide: guide(),
            buyers: Buyers::Some(vec![openid(); count]),
            tag_value: "v".into(),
        };
        assert_eq!(tag.validate().is_ok(), fits, "{count}");
    }
    let nobody = UnbindBuyers {
        guide: Guide::Account(" ".into()),
        buyers: Buyers::One(openid()),
    };
    assert_eq!(nobody.validate().unwrap_err().field, "guide_account");
}

#[test]
fn looks_replies_times_and_values_keep_their_limits() {
    let add = |picture: &str, name: &str| {
        AddGuide {
            guide: guide(),
            guide_headimgurl: Some(picture.into()),
            guide_nickname: Some(name.into()),
        }
        .validate()
    };
    let picture = "https://mmbiz.qpic.cn/x/0";
    assert_eq!(add(picture, &"名".repeat(16)), Ok(()));
    assert!(add(picture, &"名".repeat(17)).is_err());
    assert!(add("https://mmbiz.qpic.cn.evil.example/x", "n").is_err());
    let config = SetGuideConfig {
        guide: None,
        is_delete: false,
        guide_fast_reply_list: None,
        guide_auto_reply: None,
        guide_auto_reply_plus: Some(AutoReply {
            content: "x".into(),
            msgtype: 4,
        }),
    };
    assert_eq!(
        config.validate().unwrap_err().field,
        "guide_auto_reply_plus.msgtype"
    );
    let chat = GetChatRecord {
        guide: guide(),
        openid: None,
        begin_time: Some(1),
        end_time: None,
        page: 0,
        num: 10,
    };
    assert_eq!(chat.validate().unwrap_err().field, "begin_time");
    let values = NewTagOption {
        tag_name: "n".into(),
        tag_values: vec!["v".into(); 51],
    };
    assert_eq!(values.validate().unwrap_err().field, "tag_values");
    let mut wrong = job();
    wrong.material[2].path = None;
    assert_eq!(wrong.validate().unwrap_err().field, "material[2].path");
}
