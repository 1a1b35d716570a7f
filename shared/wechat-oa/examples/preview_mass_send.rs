//! Sends a mass message to one person for a look: a text, or the picture in a file.
//!
//! `WECHAT_ACCESS_TOKEN=… cargo run -p wechat-oa --example preview_mass_send -- openid OPENID 你好`
//! `WECHAT_ACCESS_TOKEN=… cargo run -p wechat-oa --example preview_mass_send -- wechat-id NAME @picture.jpg`

mod setup;

use setup::{client, end, explain};
use std::process::ExitCode;
use wechat_oa::api::client::FixedToken;
use wechat_oa::{
    api::{
        Client, File,
        mass::{Kept, MassMessage, Picture, PreviewMass, PreviewTo},
        media::{MediaKind, UploadMedia},
    },
    ids::OpenId,
};

const USAGE: &str = "usage: preview_mass_send openid OPENID|wechat-id NAME TEXT|@FILE\n\
    A FILE is a picture: PNG, JPEG or GIF, 10 MB.";

#[tokio::main]
async fn main() -> ExitCode {
    end(run().await)
}

async fn run() -> Result<(), String> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [how, receiver, what] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let to = match how.as_str() {
        "openid" => OpenId::try_from(receiver.as_str())
            .map(PreviewTo::OpenId)
            .map_err(|error| format!("OPENID {error}"))?,
        "wechat-id" => PreviewTo::WeChatName(receiver.clone()),
        _ => return Err(USAGE.into()),
    };
    let client = client()?;
    let message = match what.strip_prefix('@') {
        Some(path) => picture(&client, path).await?,
        None => MassMessage::text(what),
    };
    let preview = PreviewMass { to, message };
    let sent = client.call(&preview).await.map_err(explain)?;
    println!("Sent as {}; look at the phone. 100 a day.", sent.msg_id);
    Ok(())
}

async fn picture(client: &Client<FixedToken>, path: &str) -> Result<MassMessage, String> {
    let media = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    let kind = MediaKind::Image;
    let upload = UploadMedia { kind, media };
    let media_id = client.call(&upload).await.map_err(explain)?.media_id;
    let image = Kept { media_id };
    Ok(MassMessage::Image(Picture::One { image }))
}
