//! Sends a mass message to one person for a look: a text, or the picture of a file.
//!
//! ```sh
//! WECHAT_ACCESS_TOKEN=… cargo run -p shared --features http --example preview_mass_send -- \
//!     openid oT3x_uK9bqVwZ2m4LrNcY8dEfGhI "你好"
//! WECHAT_ACCESS_TOKEN=… cargo run -p shared --features http --example preview_mass_send -- \
//!     wechat-id example_wx @picture.jpg
//! ```
//!
//! `WECHAT_BASE_URL` sends it to a simulator in WeChat's place.

#![allow(
    clippy::disallowed_methods,
    reason = "an example reads its own environment"
)]

use secrecy::SecretString;
use shared::{
    account::OpenId,
    api::{
        Client, Error, File, Http, TokenSource,
        client::Hosts,
        error::Cause,
        mass::{Kept, MassMessage, MassSent, Picture, PreviewMass, PreviewTo},
        media::{MediaKind, UploadMedia},
    },
};
use std::{env, process::ExitCode};

const USAGE: &str = "usage: preview_mass_send openid|wechat-id RECEIVER TEXT|@FILE";

/// The token of the environment; when it is refused, another one has to be put there.
struct Fixed(SecretString);

impl TokenSource for Fixed {
    async fn token(&self) -> Result<SecretString, Cause> {
        Ok(self.0.clone())
    }

    async fn refused(&self, _: &SecretString) -> Result<SecretString, Cause> {
        Err("WECHAT_ACCESS_TOKEN is refused; get another one from token-refresh".into())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(sent) => {
            println!("sent as {}; look at the phone", sent.msg_id);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}\n{}", next_step(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<MassSent, Cause> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [how, receiver, what] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let to = match how.as_str() {
        "openid" => PreviewTo::OpenId(OpenId::try_from(receiver.as_str())?),
        "wechat-id" => PreviewTo::WeChatName(receiver.clone()),
        _ => return Err(USAGE.into()),
    };
    let token = env::var("WECHAT_ACCESS_TOKEN").map_err(|_| "WECHAT_ACCESS_TOKEN is not set")?;
    let base = env::var("WECHAT_BASE_URL").ok();
    let hosts = Hosts::new(&["api.weixin.qq.com".into()], base.as_deref());
    let client = Client::new(Http::default(), hosts, Fixed(token.into()));
    let message = match what.strip_prefix('@') {
        Some(path) => picture(&client, path).await?,
        None => MassMessage::text(what),
    };
    Ok(client.call(&PreviewMass { to, message }).await?)
}

async fn picture(client: &Client<Fixed>, path: &str) -> Result<MassMessage, Cause> {
    let upload = UploadMedia {
        kind: MediaKind::Image,
        media: File::open(path)?,
    };
    let media_id = client.call(&upload).await?.media_id;
    let image = Kept { media_id };
    Ok(MassMessage::Image(Picture::One { image }))
}

fn next_step(error: &(dyn std::error::Error + 'static)) -> &'static str {
    let Some(error) = error.downcast_ref::<Error>() else {
        return USAGE;
    };
    match error {
        Error::Invalid { .. } => "next: put that field right",
        Error::NoToken { .. } => "next: set WECHAT_ACCESS_TOKEN",
        Error::Transport { .. } => "next: see whether the host can be reached, then try again",
        Error::Api(refusal) => match refusal.errcode {
            40003 | 40132 => "next: name somebody this account knows",
            45028 | 45009 => "next: wait until tomorrow; 100 previews a day",
            48001 => "next: the account must be verified to send to many",
            _ => "next: look the code up in the protocol's table",
        },
        _ => "next: try again in a minute",
    }
}
