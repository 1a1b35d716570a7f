//! `AWS::DynamoDB::Table`.

use super::{TemplateError, block::Block, model::Table};
use serde_json::{Map, Value, json};

/// Properties handed to `CreateTable` as they are.
const CREATE: [&str; 5] = [
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "BillingMode",
];

/// Reads one table from evaluated properties.
pub(super) fn read(id: &str, name: &str, properties: Value) -> Result<Table, TemplateError> {
    let mut block = Block::new(id, "", properties)?;
    block.ignore(&[
        "ContributorInsightsSpecification",
        "DeletionProtectionEnabled",
        "OnDemandThroughput",
        "PointInTimeRecoverySpecification",
        "SSESpecification",
        "TableClass",
        "TableName",
        "Tags",
    ]);
    let mut create = Map::from_iter([("TableName".to_owned(), json!(name))]);
    for key in CREATE {
        if let Some(value) = block.take(key) {
            create.insert(key.to_owned(), value);
        }
    }
    if let Some(throughput) = block.take("ProvisionedThroughput") {
        create.insert("ProvisionedThroughput".to_owned(), throughput);
    }
    if let Some(mut stream) = block.block("StreamSpecification")? {
        let view = stream.required_text("StreamViewType")?;
        stream.finish()?;
        create.insert(
            "StreamSpecification".to_owned(),
            json!({"StreamEnabled": true, "StreamViewType": view}),
        );
    }
    let ttl_attribute = ttl(&mut block)?;
    block.finish()?;
    Ok(Table {
        id: id.to_owned(),
        name: name.to_owned(),
        create: Value::Object(create),
        ttl_attribute,
    })
}

fn ttl(block: &mut Block) -> Result<Option<String>, TemplateError> {
    let Some(mut ttl) = block.block("TimeToLiveSpecification")? else {
        return Ok(None);
    };
    let enabled = ttl.flag("Enabled")?.unwrap_or(false);
    let attribute = ttl.text("AttributeName")?;
    ttl.finish()?;
    Ok(attribute.filter(|_| enabled))
}
