//! DynamoDB: `dynoxide` behind its own loopback port, with the template's tables.

use super::{permissions::Wish, refusal::Refusal};
use crate::{
    stack::{Stack, name_of},
    template::Table,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Request, Response},
};
use dynoxide::Database;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};
use tokio::{sync::watch, task::JoinHandle};

/// Why the database could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum DynamoDbError {
    /// The database file, or the port.
    #[error("DynamoDB: {0}")]
    Start(String),
    /// A table DynamoDB would not create.
    #[error("{table}: {reason}")]
    Table {
        /// Logical id.
        table: String,
        /// What the database said.
        reason: String,
    },
}

/// The database and its port.
pub struct DynamoDb {
    /// The database itself, for the stream pollers.
    pub database: Database,
    address: String,
    client: Client<HttpConnector, Full<Bytes>>,
    /// Partition key attribute by table name.
    keys: BTreeMap<String, String>,
    /// Changes after every request that may have written.
    written: watch::Sender<u64>,
    server: JoinHandle<()>,
}

impl std::fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DynamoDb")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl DynamoDb {
    /// Opens the database (in `data` if given, else in memory) and creates the tables it lacks.
    pub async fn start(tables: &[Table], data: Option<&Path>) -> Result<Self, DynamoDbError> {
        let failed = |e: &dyn std::fmt::Display| DynamoDbError::Start(e.to_string());
        let database = open(data).map_err(|e| failed(&e))?;
        for table in tables {
            create(&database, table).map_err(|reason| DynamoDbError::Table {
                table: table.id.clone(),
                reason,
            })?;
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(|e| failed(&e))?;
        let address = listener.local_addr().map_err(|e| failed(&e))?.to_string();
        let served = database.clone();
        let server = tokio::spawn(async move {
            let _ = dynoxide::server::serve_with_shutdown(listener, served, std::future::pending())
                .await;
        });
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(Self {
            database,
            address,
            client: Client::builder(TokioExecutor::new()).build(connector),
            keys: tables.iter().filter_map(partition_key).collect(),
            written: watch::Sender::new(0),
            server,
        })
    }

    /// Changes after every request that may have written.
    pub fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// How many rows the table of that logical id has; 0 for one the template lacks.
    pub fn rows(&self, logical_id: &str) -> usize {
        let named = self.keys.keys().filter(|name| name.contains(logical_id));
        named.map(|name| self.rows_of(name)).sum()
    }

    fn rows_of(&self, table: &str) -> usize {
        let (mut rows, mut last) = (0, None);
        loop {
            let request =
                json!({ "TableName": table, "Select": "COUNT", "ExclusiveStartKey": last });
            let page = serde_json::from_value(request)
                .ok()
                .and_then(|request| self.database.scan(request).ok());
            let Some(page) = page else { return rows };
            rows += page.count;
            last = page.last_evaluated_key;
            if last.is_none() {
                return rows;
            }
        }
    }

    /// Passes a request on and its answer back.
    pub async fn forward(
        &self,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response<Body>, Refusal> {
        let unavailable =
            |e: &dyn std::fmt::Display| Refusal::new("InternalServerError", e.to_string());
        let mut request = Request::post(format!("http://{}/", self.address))
            .body(Full::new(body))
            .map_err(|e| unavailable(&e))?;
        for name in [
            "content-type",
            "x-amz-target",
            "authorization",
            "x-amz-date",
            "x-amz-security-token",
        ] {
            if let Some(value) = headers.get(name) {
                request.headers_mut().insert(name, value.clone());
            }
        }
        let response = self
            .client
            .request(request)
            .await
            .map_err(|e| unavailable(&e))?;
        self.written.send_modify(|n| *n += 1);
        Ok(response.map(Body::new))
    }

    /// What a request wants to do, in IAM's terms.
    pub fn wishes(&self, stack: &Stack, operation: &str, body: &Value) -> Vec<Wish> {
        let action = format!("dynamodb:{operation}");
        let table = |body: &Value| {
            body.get("TableName")
                .and_then(Value::as_str)
                .map(|t| name_of(t).to_owned())
        };
        match operation {
            "BatchGetItem" | "BatchWriteItem" => {
                let tables = body
                    .get("RequestItems")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten();
                tables
                    .map(|(t, requests)| self.batch_wish(stack, &action, t, requests))
                    .collect()
            }
            "TransactWriteItems" | "TransactGetItems" => {
                let items = body
                    .get("TransactItems")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten();
                let parts = items.filter_map(Value::as_object).flatten();
                parts
                    .filter_map(|(verb, part)| {
                        let verb = if verb == "ConditionCheck" {
                            "ConditionCheck"
                        } else {
                            verb
                        };
                        Some(self.wish(stack, format!("dynamodb:{verb}Item"), &table(part)?, part))
                    })
                    .collect()
            }
            _ => match table(body) {
                Some(name) => vec![self.wish(stack, action, &name, body)],
                None => vec![Wish::new(action, "*")],
            },
        }
    }

    fn wish(&self, stack: &Stack, action: String, table: &str, body: &Value) -> Wish {
        let arn = stack.table_arn(table);
        let resource = match body.get("IndexName").and_then(Value::as_str) {
            Some(index) => format!("{arn}/index/{index}"),
            None => arn,
        };
        let item = body.get("Key").or_else(|| body.get("Item"));
        let key = item
            .and_then(|item| self.leading_key(table, item))
            .or_else(|| self.queried_key(table, body));
        Wish {
            leading_keys: key.map(|k| vec![k]),
            ..Wish::new(action, resource)
        }
    }

    fn batch_wish(&self, stack: &Stack, action: &str, table: &str, requests: &Value) -> Wish {
        let items: Vec<&Value> = match requests {
            Value::Array(writes) => writes
                .iter()
                .filter_map(|w| {
                    w.pointer("/PutRequest/Item")
                        .or_else(|| w.pointer("/DeleteRequest/Key"))
                })
                .collect(),
            reads => reads
                .get("Keys")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .collect(),
        };
        let keys = items
            .iter()
            .map(|i| self.leading_key(name_of(table), i))
            .collect();
        Wish {
            leading_keys: keys,
            ..Wish::new(action, stack.table_arn(name_of(table)))
        }
    }

    fn leading_key(&self, table: &str, item: &Value) -> Option<String> {
        scalar(item.get(self.keys.get(table)?)?)
    }

    /// The partition key of `name = :value` in a key condition.
    fn queried_key(&self, table: &str, body: &Value) -> Option<String> {
        let key = self.keys.get(table)?;
        let condition = body.get("KeyConditionExpression")?.as_str()?;
        let aliases = body.get("ExpressionAttributeNames");
        condition.split(" AND ").find_map(|part| {
            let (left, right) = part.split_once('=')?;
            let left = left.trim().trim_start_matches('(');
            let named = aliases
                .and_then(|a| a.get(left))
                .and_then(Value::as_str)
                .unwrap_or(left);
            let right = right.trim().trim_end_matches(')');
            let value = body.get("ExpressionAttributeValues")?.get(right)?;
            (named == key).then(|| scalar(value)).flatten()
        })
    }
}

fn scalar(value: &Value) -> Option<String> {
    let (_, inner) = value.as_object()?.iter().next()?;
    inner.as_str().map(str::to_owned)
}

fn partition_key(table: &Table) -> Option<(String, String)> {
    let schema = table.create.get("KeySchema")?.as_array()?;
    let hash = schema
        .iter()
        .find(|k| k.get("KeyType").and_then(Value::as_str) == Some("HASH"))?;
    Some((
        table.name.clone(),
        hash.get("AttributeName")?.as_str()?.to_owned(),
    ))
}

/// Without them each record that enters a stream, and each read of one, looks at all the others.
const STREAM_INDEXES: &str = "
    CREATE INDEX IF NOT EXISTS stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE INDEX IF NOT EXISTS shard_order ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));
";

/// Opens the database in a directory, or one in memory.
fn open(data: Option<&Path>) -> Result<Database, Box<dyn std::error::Error>> {
    let Some(directory) = data else {
        // Indexes enter through a file alone; what is in memory begins as its copy.
        let directory = tempfile::tempdir()?;
        open(Some(directory.path()))?;
        let database = Database::memory()?;
        database.restore_from(&file_in(directory.path()))?;
        return Ok(database);
    };
    let database = Database::new(&file_in(directory))?;
    Connection::open(file_in(directory))?.execute_batch(STREAM_INDEXES)?;
    Ok(database)
}

fn file_in(directory: &Path) -> String {
    let file = directory.join("dynamodb.sqlite");
    file.to_string_lossy().into_owned()
}

fn create(database: &Database, table: &Table) -> Result<(), String> {
    let known = database
        .get_table_metadata(&table.name)
        .map_err(|e| e.to_string())?;
    if known.is_some() {
        return Ok(());
    }
    let request = serde_json::from_value(table.create.clone()).map_err(|e| e.to_string())?;
    database.create_table(request).map_err(|e| e.to_string())?;
    if let Some(attribute) = &table.ttl_attribute {
        let request = json!({
            "TableName": table.name,
            "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
        });
        let request = serde_json::from_value(request).map_err(|e| e.to_string())?;
        database
            .update_time_to_live(request)
            .map_err(|e| e.to_string())?;
    }
    Ok(())
}
