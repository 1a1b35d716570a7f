//! What is to be done after an account is stored, where it is: on a laptop or in the cloud.

use super::{console::BASICS, dialogue::Answers};
use crate::stack::Stack;
use shared::account::AccountName;
use std::{
    io::{self, Write},
    path::Path,
};

/// Where the account is.
pub(super) enum Place<'a> {
    File(&'a Path),
    /// The prefix, and the stack's name.
    Parameters(&'a str, &'a str),
}

/// What the steps are about; of the account's values they show none but its name.
pub(super) struct Stored<'a> {
    pub(super) place: Place<'a>,
    pub(super) name: &'a AccountName,
    pub(super) answers: &'a Answers,
    pub(super) stack: &'a Stack,
    /// How this program was called.
    pub(super) command: &'a str,
}

/// Writes the next steps.
pub(super) fn write(to: &mut dyn Write, stored: &Stored<'_>) -> io::Result<()> {
    match stored.place {
        Place::File(path) => on_a_laptop(to, stored, &path.display().to_string()),
        Place::Parameters(prefix, stack) => in_the_cloud(to, stored, prefix, stack),
    }
}

fn on_a_laptop(to: &mut dyn Write, stored: &Stored<'_>, path: &str) -> io::Result<()> {
    let Stored { name, command, .. } = stored;
    writeln!(to, "Stored account '{name}' in {path}.\n\nNext:")?;
    writeln!(
        to,
        "1. Start the bundle with it, and a simulated WeChat that knows it:"
    )?;
    writeln!(to, "     cargo run -- --accounts {path}")?;
    writeln!(to, "2. Check it there, in another shell:")?;
    writeln!(
        to,
        "     {command} --accounts {path} --account {name} --wechat-api-base http://127.0.0.1:9100 \\\n       \
         --callback-url 'http://127.0.0.1:9000/callback/{{account}}'"
    )?;
    writeln!(
        to,
        "3. For WeChat itself, start it with --platform https://api.weixin.qq.com, let a tunnel's /callback/{name} through to it (the \
         test account's page of the book says how), and paste into the console:"
    )?;
    let url = format!("https://… of the tunnel, with /callback/{name}");
    console(to, stored, &url, &format!("open {path}"))?;
    writeln!(
        to,
        "   and this machine's address into the IP whitelist (IP白名单), under {BASICS} → 开发密钥."
    )
}

fn in_the_cloud(
    to: &mut dyn Write,
    stored: &Stored<'_>,
    prefix: &str,
    stack_name: &str,
) -> io::Result<()> {
    let Stored { name, command, .. } = stored;
    writeln!(
        to,
        "Stored /{prefix}/{name}/callback and /{prefix}/{name}/secret.\n\nNext:"
    )?;
    writeln!(
        to,
        "1. Paste into the console, which asks the URL when you save:"
    )?;
    let read = format!(
        "aws ssm get-parameter --with-decryption --name /{prefix}/{name}/callback --query Parameter.Value --output text"
    );
    console(to, stored, &callback_url(stored), &read)?;
    writeln!(
        to,
        "2. Add to the IP whitelist (IP白名单), under {BASICS} → 开发密钥: {} and the address of the machine you check from, if it is \
         another.",
        addresses(stored.stack)
    )?;
    writeln!(
        to,
        "3. Check: {command} --parameter-prefix {prefix} --account {name} --stack {stack_name}"
    )
}

fn callback_url(stored: &Stored<'_>) -> String {
    let name = stored.name.as_str();
    match stored.stack.outputs.get("CallbackUrl") {
        Some(url) => url.replace("{account}", name),
        None => format!("CallbackUrl of the deployed stack's outputs, with {name} for {{account}}"),
    }
}

/// Where the functions call WeChat from.
fn addresses(stack: &Stack) -> String {
    match stack.outputs.get("EgressAddresses") {
        Some(addresses) => format!("{addresses}, which the functions call from,"),
        None => "the address the functions call from (EgressAddresses of infra/network.yaml's outputs, or the proxy's)".to_owned(),
    }
}

/// What the console is to be given, and how to see what of it was made here.
fn console(to: &mut dyn Write, stored: &Stored<'_>, url: &str, read: &str) -> io::Result<()> {
    let Answers { values, made } = stored.answers;
    let origin = |field: &str| match made.contains(&field) {
        true => "made here",
        false => "as you gave it",
    };
    writeln!(to, "   {BASICS} → 域名与消息推送配置:")?;
    writeln!(to, "     URL             {url}")?;
    writeln!(to, "     Token           {}", origin("token"))?;
    if values.encoding_aes_key.is_some() {
        writeln!(to, "     EncodingAESKey  {}", origin("encoding_aes_key"))?;
    }
    writeln!(to, "     Mode            {}", mode(&values.mode))?;
    if !made.is_empty() {
        writeln!(to, "   To see what was made here: {read}")?;
    }
    Ok(())
}

fn mode(mode: &str) -> &'static str {
    match mode {
        "plain" => "plain (明文模式)",
        "compatible" => "compatible (兼容模式)",
        _ => "safe (安全模式)",
    }
}
