//! Family `mass`: one message to many (protocol section 6).

mod image;
mod message;
mod send;
mod sent;

pub use image::{ArticleImage, UploadArticleImage, UploadMassNews, UploadMassVideo};
pub use message::{Kept, MassCard, MassMessage, MassText, MassVideo, Picture, Pictures};
pub use send::{MassFilter, MassSent, PreviewMass, PreviewTo, SendMass, SendMassToAll};
pub use sent::{DeleteMass, GetMass, GetMassSpeed, MassSpeed, MassState, MassStatus, SetMassSpeed};

use super::{
    Accounts, Meta,
    answer::Done,
    endpoint::{
        QuotaClass,
        RetryClass::{Idempotent, Read, Send},
        family,
    },
    material::check_news,
    media::MediaUploaded,
    rules::filled,
};

family! { "mass" for UNSAID:
    UploadArticleImage => ArticleImage: Meta::post("/cgi-bin/media/uploadimg", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_uploadimage.html").accounts(Accounts::ANY), validate, file(media);
    UploadMassNews => MediaUploaded: Meta::post("/cgi-bin/media/uploadnews", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_uploadnewsmsg.html"), check(articles: check_news);
    UploadMassVideo => MediaUploaded: Meta::post("/cgi-bin/media/uploadvideo", "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Batch_Sends_and_Originality_Checks.html"), check(media_id: filled);
    SendMassToAll => MassSent: Meta::post("/cgi-bin/message/mass/sendall", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_sendall").accounts(Accounts::VERIFIED)
        .retry(Send).quota(QuotaClass::MassSend), validate, repeat_id(clientmsgid);
    SendMass => MassSent: Meta::post("/cgi-bin/message/mass/send", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_masssend.html").accounts(Accounts::VERIFIED_SERVICE)
        .retry(Send).quota(QuotaClass::MassSend), validate, repeat_id(clientmsgid);
    PreviewMass => MassSent: Meta::post("/cgi-bin/message/mass/preview", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_preview.html").accounts(Accounts::VERIFIED)
        .retry(Send), validate;
    DeleteMass => Done: Meta::post("/cgi-bin/message/mass/delete", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_deletemassmsg").accounts(Accounts::VERIFIED)
        .retry(Idempotent), validate;
    GetMass => MassState: Meta::post("/cgi-bin/message/mass/get", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_massmsgget.html").accounts(Accounts::VERIFIED).retry(Read);
    GetMassSpeed => MassSpeed: Meta::post("/cgi-bin/message/mass/speed/get", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_getspeed").accounts(Accounts::VERIFIED).retry(Read);
    SetMassSpeed => Done: Meta::post("/cgi-bin/message/mass/speed/set", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_setspeed").accounts(Accounts::VERIFIED)
        .retry(Idempotent), validate;
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<crate::api::sample::Sample> {
    use crate::api::sample::{call, jpeg, news, openid};
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

#[cfg(test)]
mod tests;
