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
    Meta,
    answer::Done,
    endpoint::{
        AccountKind, QuotaClass,
        RetryClass::{Idempotent, Read, Send},
        family,
    },
    media::MediaUploaded,
};

family! { "mass":
    UploadArticleImage => ArticleImage: Meta::post("/cgi-bin/media/uploadimg", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_uploadimage.html"), validate, file;
    UploadMassNews => MediaUploaded: Meta::post("/cgi-bin/media/uploadnews", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_uploadnewsmsg.html"), validate;
    UploadMassVideo => MediaUploaded: Meta::post("/cgi-bin/media/uploadvideo", "https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Batch_Sends_and_Originality_Checks.html"), validate;
    SendMassToAll => MassSent: Meta::post("/cgi-bin/message/mass/sendall", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_sendall")
        .retry(Send).quota(QuotaClass::MassSend).account(AccountKind::Verified), validate, repeat_id;
    SendMass => MassSent: Meta::post("/cgi-bin/message/mass/send", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_masssend.html")
        .retry(Send).quota(QuotaClass::MassSend).account(AccountKind::VerifiedService), validate, repeat_id;
    PreviewMass => MassSent: Meta::post("/cgi-bin/message/mass/preview", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_preview.html")
        .retry(Send), validate;
    DeleteMass => Done: Meta::post("/cgi-bin/message/mass/delete", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_deletemassmsg")
        .retry(Idempotent), validate;
    GetMass => MassState: Meta::post("/cgi-bin/message/mass/get", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_massmsgget.html").retry(Read);
    GetMassSpeed => MassSpeed: Meta::post("/cgi-bin/message/mass/speed/get", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_getspeed").retry(Read);
    SetMassSpeed => Done: Meta::post("/cgi-bin/message/mass/speed/set", "https://developers.weixin.qq.com/doc/service/api/notify/message/api_setspeed")
        .retry(Idempotent), validate;
}

#[cfg(test)]
mod tests;
