//! mass.

use super::{Sample, articles::news, call, jpeg, openid};
use wechat_oa::api::mass::*;

pub(super) fn all() -> Vec<Sample> {
    let clientmsgid = Some("camp-20250101-001".to_owned());
    vec![
        call(UploadArticleImage { media: jpeg() }),
        call(UploadMassNews {
            articles: vec![news()],
        }),
        call(UploadMassVideo {
            media_id: "m".into(),
            title: "标题".into(),
            description: "描述".into(),
        }),
        call(SendMassToAll {
            send_ignore_reprint: Some(true),
            clientmsgid: clientmsgid.clone(),
            ..SendMassToAll::new(MassFilter::tag(2), MassMessage::articles("m"))
        }),
        call(SendMass {
            send_ignore_reprint: Some(false),
            clientmsgid,
            ..SendMass::new(vec![openid(); 2], MassMessage::text("你好"))
        }),
        call(PreviewMass {
            to: PreviewTo::WeChatName("example_wx".into()),
            message: MassMessage::text("预览"),
        }),
        call(DeleteMass::send(3_147_483_705, Some(1))),
        call(GetMass {
            msg_id: 3_147_483_705,
        }),
        call(GetMassSpeed {}),
        call(SetMassSpeed { speed: 4 }),
    ]
}
