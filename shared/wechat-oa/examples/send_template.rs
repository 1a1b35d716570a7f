//! Sends a template message.
//!
//! `WECHAT_ACCESS_TOKEN=… cargo run -p wechat-oa --example send_template -- OPENID TEMPLATE_ID thing2=矿泉水 time3=08:00`

mod setup;

use setup::{client, end, explain};
use std::process::ExitCode;
use wechat_oa::{
    api::template::{Data, SendTemplateMessage},
    ids::OpenId,
};

const USAGE: &str = "usage: send_template OPENID TEMPLATE_ID NAME=VALUE…\n\
    NAME is as in the template: thing2 where it says {{thing2.DATA}}.";

#[tokio::main]
async fn main() -> ExitCode {
    end(run().await)
}

async fn run() -> Result<(), String> {
    let message = message(std::env::args().skip(1))?;
    let sent = client()?.call(&message).await.map_err(explain)?;
    println!(
        "Sent as {}; TEMPLATESENDJOBFINISH will say what became of it.",
        sent.msgid
    );
    Ok(())
}

fn message(mut args: impl Iterator<Item = String>) -> Result<SendTemplateMessage, String> {
    let touser = args.next().ok_or(USAGE)?;
    let touser = OpenId::try_from(touser).map_err(|error| format!("OPENID {error}"))?;
    let template_id = args.next().ok_or(USAGE)?;
    let data: Option<Data> = args
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), value.into()))
        })
        .collect();
    Ok(SendTemplateMessage {
        touser,
        template_id,
        url: None,
        miniprogram: None,
        topcolor: None,
        client_msg_id: None,
        data: data.ok_or(USAGE)?,
    })
}
