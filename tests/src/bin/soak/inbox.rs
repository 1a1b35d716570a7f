//! Counts the rows of the inbox, page by page.

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::Select,
};
use local::Bundle;

/// The rows of the inbox.
pub(crate) async fn rows(bundle: &Bundle) -> crate::Result<u64> {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("local", "local", None, None, "soak"))
        .region(Region::new("us-east-1"))
        .endpoint_url(bundle.aws_url())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = Client::from_conf(config);
    let tables = client.list_tables().send().await?.table_names;
    let table = tables
        .unwrap_or_default()
        .into_iter()
        .find(|name| name.contains("Inbox"))
        .ok_or("no inbox")?;
    let mut pages = client
        .scan()
        .table_name(table)
        .select(Select::Count)
        .into_paginator()
        .send();
    let mut rows = 0;
    while let Some(page) = pages.next().await {
        rows += u64::try_from(page?.count)?;
    }
    Ok(rows)
}
