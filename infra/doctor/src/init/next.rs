//! What is to be done after an account is stored.

use super::dialogue::Answers;
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

/// Writes the next steps; no value of the account but its name.
pub(super) fn write(
    to: &mut dyn Write,
    place: &Place<'_>,
    name: &AccountName,
    answers: &Answers,
    stack: &Stack,
) -> io::Result<()> {
    let (stored, read, check) = match place {
        Place::File(path) => {
            let path = path.display();
            (
                format!("account '{name}' in {path}"),
                format!("open {path}"),
                format!("wechat-doctor --accounts {path} --account {name}"),
            )
        }
        Place::Parameters(prefix, stack) => (
            format!("/{prefix}/{name}/callback and /{prefix}/{name}/secret"),
            format!(
                "aws ssm get-parameter --with-decryption --name /{prefix}/{name}/callback --query Parameter.Value --output text"
            ),
            format!("wechat-doctor --parameter-prefix {prefix} --account {name} --stack {stack}"),
        ),
    };
    let url = match stack.outputs.get("CallbackUrl") {
        Some(url) => url.replace("{account}", name.as_str()),
        None => format!("CallbackUrl of the deployed stack's outputs, with {name} for {{account}}"),
    };
    let addresses = match stack.outputs.get("EgressAddresses") {
        Some(addresses) => format!("{addresses}, which the functions call from,"),
        None => "the address the functions call from (EgressAddresses of infra/network.yaml's outputs, or the proxy's)".to_owned(),
    };
    let values = &answers.values;
    let is_made = |field: &str| answers.made.contains(&field);
    let origin = |field: &str| {
        if is_made(field) {
            "made here"
        } else {
            "as you gave it"
        }
    };
    writeln!(to, "Stored {stored}.\n\nNext:")?;
    writeln!(
        to,
        "1. Paste into the WeChat console (服务器配置); it asks the URL when you save:"
    )?;
    writeln!(to, "     URL             {url}")?;
    writeln!(to, "     Token           {}", origin("token"))?;
    if values.encoding_aes_key.is_some() {
        writeln!(to, "     EncodingAESKey  {}", origin("encoding_aes_key"))?;
    }
    writeln!(to, "     Mode            {}", values.mode)?;
    if !answers.made.is_empty() {
        writeln!(to, "   To see what was made here: {read}")?;
    }
    writeln!(
        to,
        "2. Add to the IP whitelist (IP白名单) there: {addresses} and the address of the machine wechat-doctor runs on, if it \
         is another."
    )?;
    writeln!(to, "3. Check: {check}")
}
