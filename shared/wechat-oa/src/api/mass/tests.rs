use super::*;
use crate::{api::Endpoint, ids::OpenId};
use serde::Serialize;
use serde_json::{Value, json};

const MEDIA: &str = "9pXk2LmQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEfGhI";
const THUMB: &str = "Th4mbQvR7tYwZaBcDeF1gHiJ3kLmN5oPqRsT8uVwXyZ0123456789AbCdEf-_Jk";

fn fixture(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/");
    let text = std::fs::read_to_string(format!("{folder}{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn is(request: &impl Serialize, name: &str) {
    assert_eq!(
        json!(request),
        fixture(&format!("requests/{name}")),
        "{name}"
    );
}

fn openid() -> OpenId {
    OpenId::try_from("oT3x_uK9bqVwZ2m4LrNcY8dEfGhI").unwrap()
}

fn two() -> Vec<OpenId> {
    vec![
        openid(),
        OpenId::try_from("oT3x_uB7cDeF1gHiJ2kLmN3oPqRs").unwrap(),
    ]
}

fn kept() -> Kept {
    Kept {
        media_id: MEDIA.into(),
    }
}

fn video(title: Option<&str>, description: Option<&str>) -> MassMessage {
    MassMessage::Mpvideo {
        mpvideo: MassVideo {
            media_id: MEDIA.into(),
            title: title.map(Into::into),
            description: description.map(Into::into),
        },
    }
}

fn card(card_ext: Option<&str>) -> MassMessage {
    MassMessage::Wxcard {
        wxcard: MassCard {
            card_id: "pFS7Fjg8kV1IdDz01r4SQwMkuCKc".into(),
            card_ext: card_ext.map(Into::into),
        },
    }
}

fn pictures() -> MassMessage {
    MassMessage::Image(Picture::Many {
        images: Pictures {
            media_ids: vec![MEDIA.into(), THUMB.into()],
            recommend: Some("推荐语".into()),
            need_open_comment: Some(true),
            only_fans_can_comment: Some(false),
        },
    })
}

fn one_picture() -> MassMessage {
    MassMessage::Image(Picture::One { image: kept() })
}

#[test]
fn sends_to_all_are_those_of_the_fixtures() {
    let tagged = |message| SendMassToAll::new(MassFilter::tag(2), message);
    let articles = SendMassToAll {
        send_ignore_reprint: Some(false),
        clientmsgid: Some("camp-20250101-001".into()),
        ..tagged(MassMessage::articles(MEDIA))
    };
    let text = SendMassToAll {
        clientmsgid: Some("camp-20250101-002".into()),
        ..SendMassToAll::new(MassFilter::ALL, MassMessage::text("新年快乐"))
    };
    for (request, name) in [
        (articles, "mpnews"),
        (text, "text_all"),
        (tagged(MassMessage::Voice { voice: kept() }), "voice"),
        (tagged(pictures()), "images"),
        (tagged(video(None, None)), "mpvideo"),
        (tagged(card(None)), "wxcard"),
    ] {
        is(&request, &format!("mass_sendall_{name}"));
        assert_eq!(request.validate(), Ok(()), "{name}");
        let id = fixture(&format!("requests/mass_sendall_{name}"));
        assert_eq!(request.repeat_id(), id["clientmsgid"].as_str());
    }
}

#[test]
fn sends_to_openids_and_previews_are_those_of_the_fixtures() {
    let articles = SendMass {
        send_ignore_reprint: Some(true),
        clientmsgid: Some("camp-20250101-003".into()),
        ..SendMass::new(two(), MassMessage::articles(MEDIA))
    };
    is(&articles, "mass_send_mpnews");
    is(
        &SendMass::new(two(), MassMessage::text("hello")),
        "mass_send_text",
    );
    let video = SendMass::new(two(), video(Some("标题"), Some("描述")));
    is(&video, "mass_send_mpvideo");
    let preview = |message| PreviewMass {
        to: PreviewTo::OpenId(openid()),
        message,
    };
    is(
        &preview(MassMessage::articles(MEDIA)),
        "mass_preview_openid",
    );
    is(&preview(one_picture()), "mass_preview_image");
    let named = PreviewMass {
        to: PreviewTo::WeChatName("example_wx".into()),
        message: MassMessage::text("预览"),
    };
    is(&named, "mass_preview_wxname");
}

#[test]
fn what_comes_after_a_send_is_as_in_the_fixtures() {
    is(&DeleteMass::send(3_147_483_705, Some(1)), "mass_delete");
    let url = "http://mp.weixin.qq.com/s?__biz=MzA4NTEx&mid=2247484001&idx=1&sn=ab12#rd";
    is(&DeleteMass::article(url), "mass_delete_url");
    let msg_id = 3_147_483_705;
    is(&GetMass { msg_id }, "mass_get");
    is(&SetMassSpeed { speed: 4 }, "mass_speed_set");
}

#[test]
fn every_message_reads_back_from_its_own_json() {
    for message in [
        MassMessage::articles(MEDIA),
        MassMessage::text("你好"),
        MassMessage::Voice { voice: kept() },
        pictures(),
        one_picture(),
        video(Some("t"), None),
        card(Some("{}")),
    ] {
        let again: MassMessage = serde_json::from_value(json!(message)).unwrap();
        assert_eq!(again, message);
    }
    let unknown = json!({"msgtype": "music", "music": {}});
    assert!(serde_json::from_value::<MassMessage>(unknown).is_err());
}

#[test]
fn responses_are_those_of_the_fixtures() {
    let sent = |name| serde_json::from_value::<MassSent>(fixture(name)).unwrap();
    assert_eq!(sent("responses/mass_send").msg_id, 3_147_483_706);
    let all = sent("responses/mass_sendall");
    assert_eq!(all.msg_data_id, Some(2_247_483_920));
    assert_eq!(sent("responses/mass_preview").msg_data_id, None);
    for (name, status) in [
        ("delete", MassStatus::Delete),
        ("sending", MassStatus::Sending),
        ("send_fail", MassStatus::SendFail),
    ] {
        let state = fixture(&format!("responses/mass_get_{name}"));
        let state: MassState = serde_json::from_value(state).unwrap();
        assert_eq!((state.msg_id, state.msg_status), (3_147_483_705, status));
    }
    let new = json!({"msg_id": "7", "msg_status": "PAUSED"});
    let new: MassState = serde_json::from_value(new).unwrap();
    assert_eq!(new.msg_status, MassStatus::Other("PAUSED".into()));
    let speed: MassSpeed = serde_json::from_value(fixture("responses/mass_speed_get")).unwrap();
    assert_eq!((speed.speed, speed.realspeed), (3, 30));
}

fn broken(message: MassMessage) -> String {
    let error = SendMassToAll::new(MassFilter::ALL, message).validate();
    error.unwrap_err().field.into_owned()
}

#[test]
fn each_kind_of_message_has_its_own_check() {
    let blank = || Kept {
        media_id: " ".into(),
    };
    let images = Pictures {
        media_ids: vec![MEDIA.into(), String::new()],
        ..Pictures::default()
    };
    let (mpvideo, wxcard) = (MassVideo::default(), MassCard::default());
    for (message, field) in [
        (MassMessage::articles(""), "mpnews.media_id"),
        (MassMessage::text("\n"), "text.content"),
        (MassMessage::Voice { voice: blank() }, "voice.media_id"),
        (
            MassMessage::Image(Picture::Many { images }),
            "images.media_ids",
        ),
        (one_picture(), "image"),
        (MassMessage::Mpvideo { mpvideo }, "mpvideo.media_id"),
        (MassMessage::Wxcard { wxcard }, "wxcard.card_id"),
        (card(Some("{}")), "wxcard.card_ext"),
    ] {
        assert_eq!(broken(message), field);
    }
    let preview = PreviewMass {
        to: PreviewTo::WeChatName(String::new()),
        message: card(Some("{}")),
    };
    assert_eq!(preview.validate().unwrap_err().field, "towxname");
    let to = PreviewTo::OpenId(openid());
    assert_eq!(PreviewMass { to, ..preview }.validate(), Ok(()));
}

#[test]
fn receivers_ids_and_levels_keep_their_limits() {
    for (count, fits) in [
        (0, false),
        (1, false),
        (2, true),
        (10_000, true),
        (10_001, false),
    ] {
        let send = SendMass::new(vec![openid(); count], MassMessage::text("x"));
        assert_eq!(send.validate().is_ok(), fits, "{count}");
    }
    let longest = "i".repeat(32);
    let longer = "i".repeat(33);
    for (id, fits) in [
        ("a", true),
        (&longest, true),
        (&longer, false),
        ("", false),
        ("活动", false),
        ("a b", false),
    ] {
        let send = SendMassToAll {
            clientmsgid: Some(id.into()),
            ..SendMassToAll::new(MassFilter::ALL, MassMessage::text("x"))
        };
        assert_eq!(send.validate().is_ok(), fits, "{id}");
    }
    for filter in [
        MassFilter {
            is_to_all: true,
            tag_id: Some(2),
        },
        MassFilter {
            is_to_all: false,
            tag_id: None,
        },
    ] {
        let send = SendMassToAll::new(filter, MassMessage::text("x"));
        assert_eq!(send.validate().unwrap_err().field, "filter.tag_id");
    }
    assert!(SetMassSpeed { speed: 5 }.validate().is_err());
    let both = DeleteMass {
        url: Some("u".into()),
        ..DeleteMass::send(1, None)
    };
    assert!(both.validate().is_err());
    let part = DeleteMass {
        article_idx: Some(1),
        ..DeleteMass::article("u")
    };
    assert_eq!(part.validate().unwrap_err().field, "article_idx");
    assert!(DeleteMass::article("").validate().is_err());
}
