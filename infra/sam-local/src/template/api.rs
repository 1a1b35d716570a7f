//! `AWS::Serverless::HttpApi`.

use super::{TemplateError, block::Block};
use serde_json::Value;

/// Properties that change nothing on one machine.
const IGNORED: [&str; 11] = [
    "AccessLogSettings",
    "DefaultRouteSettings",
    "Description",
    "DisableExecuteApiEndpoint",
    "Domain",
    "FailOnWarnings",
    "Name",
    "RouteSettings",
    "StageName",
    "Tags",
    "PropagateTags",
];

/// The HTTP API routes belong to.
#[derive(Debug)]
pub(super) struct Api {
    /// Logical id, the value of `Ref`.
    pub id: String,
    /// `Auth.DefaultAuthorizer: AWS_IAM`.
    pub iam_by_default: bool,
}

/// Reads the API from evaluated properties.
pub(super) fn read(id: &str, properties: Value) -> Result<Api, TemplateError> {
    let mut block = Block::new(id, "", properties)?;
    block.ignore(&IGNORED);
    let mut iam_by_default = false;
    if let Some(mut auth) = block.block("Auth")? {
        auth.ignore(&["EnableIamAuthorizer"]);
        iam_by_default = match auth.text("DefaultAuthorizer")?.as_deref() {
            None | Some("NONE") => false,
            Some("AWS_IAM") => true,
            Some(other) => {
                return Err(auth.refuse("DefaultAuthorizer", format!("{other} is not supported")));
            }
        };
        auth.finish()?;
    }
    block.finish()?;
    Ok(Api {
        id: id.to_owned(),
        iam_by_default,
    })
}
