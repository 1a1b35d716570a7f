//! Tables for tests: real DynamoDB semantics, in this process or at `DYNAMODB_ENDPOINT`.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection, ProjectionType, ScalarAttributeType,
    },
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::{
    future::Future,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
pub use wire::{Delivery, Weather};

mod wire;

use wire::Wire;

/// A table of its own for one test: `keys` are its hash key and, if two, its range key.
pub struct EmulatedTable {
    /// A client of where it is.
    pub client: Client,
    /// Its name.
    pub name: String,
    place: Place,
}

/// Where a database is.
#[derive(Clone)]
enum Place {
    Here(Wire),
    At(String),
}

impl EmulatedTable {
    /// A table without indexes.
    pub async fn create(keys: &[&str]) -> Self {
        Self::with_indexes(keys, &[]).await
    }

    /// With indexes that hold keys alone: name, hash key and perhaps a numeric range key.
    pub async fn with_indexes(keys: &[&str], indexes: &[(&str, &[&str])]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let place = place();
        let name = format!(
            "t{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let table = Self {
            client: client(&place),
            name,
            place,
        };
        table.define(keys, indexes).await;
        table
    }

    async fn define(&self, keys: &[&str], indexes: &[(&str, &[&str])]) {
        use ScalarAttributeType::{N, S};
        let ranges = indexes.iter().flat_map(|(_, keys)| keys.iter().skip(1));
        let hashes = indexes.iter().flat_map(|(_, keys)| keys.iter().take(1));
        let mut attributes: Vec<_> = keys.iter().chain(hashes).map(|k| (*k, S)).collect();
        attributes.extend(ranges.map(|k| (*k, N)));
        attributes.sort();
        attributes.dedup();
        let mut request = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(schema(keys)));
        for (key, kind) in attributes {
            let attribute = AttributeDefinition::builder()
                .attribute_name(key)
                .attribute_type(kind);
            request = request.attribute_definitions(attribute.build().unwrap());
        }
        for (name, keys) in indexes {
            let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly);
            let index = GlobalSecondaryIndex::builder()
                .index_name(*name)
                .set_key_schema(Some(schema(keys)))
                .projection(keys_only.build());
            request = request.global_secondary_indexes(index.build().unwrap());
        }
        request.send().await.unwrap();
    }

    /// Another table of this one's database.
    pub async fn beside(&self, name: &str, keys: &[&str], indexes: &[(&str, &[&str])]) -> Self {
        let table = Self {
            client: self.client.clone(),
            name: name.to_owned(),
            place: self.place.clone(),
        };
        table.define(keys, indexes).await;
        table
    }

    /// AWS, of which nothing but this database is there.
    #[cfg(feature = "lambda")]
    pub fn aws(&self) -> aws_config::SdkConfig {
        aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(aws_sdk_dynamodb::config::SharedCredentialsProvider::new(
                Credentials::new("test", "test", None, None, "test"),
            ))
            .region(Region::new("us-east-1"))
            .endpoint_url(self.place.endpoint())
            .http_client(self.place.http_client())
            .build()
    }

    /// Every item, for a look at what is left.
    pub async fn scan(&self) -> Vec<super::table::Item> {
        let scan = self.client.scan().table_name(&self.name);
        scan.send().await.unwrap().items.unwrap_or_default()
    }

    /// A client whose requests fare like that; those to an outside endpoint fare as they do.
    pub fn client_under(&self, weather: Weather) -> Client {
        client(&match &self.place {
            Place::Here(wire) => Place::Here(wire.under(weather)),
            Place::At(endpoint) => Place::At(endpoint.clone()),
        })
    }

    /// The write units that some work costs, those of indexes included; `None` at an outside endpoint.
    pub async fn cost_of(&self, work: impl Future<Output = ()>) -> Option<f64> {
        match &self.place {
            Place::Here(wire) => Some(wire.cost_of(work).await),
            Place::At(_) => {
                work.await;
                None
            }
        }
    }

    /// Stops the table as an outage would; not possible with an outside endpoint.
    pub fn stop(&self) -> bool {
        if let Place::Here(wire) = &self.place {
            wire.stop();
        }
        matches!(self.place, Place::Here(_))
    }
}

fn schema(keys: &[&str]) -> Vec<KeySchemaElement> {
    let elements = keys.iter().zip([KeyType::Hash, KeyType::Range]);
    elements
        .map(|(key, role)| {
            let element = KeySchemaElement::builder().attribute_name(*key);
            element.key_type(role).build().unwrap()
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "an outside DynamoDB is named by the environment"
)]
fn place() -> Place {
    match std::env::var("DYNAMODB_ENDPOINT") {
        Ok(endpoint) => Place::At(endpoint),
        Err(_) => Place::Here(Wire::new()),
    }
}

impl Place {
    fn endpoint(&self) -> &str {
        match self {
            Self::Here(_) => "http://database",
            Self::At(endpoint) => endpoint,
        }
    }

    fn http_client(&self) -> SharedHttpClient {
        match self {
            Self::Here(wire) => SharedHttpClient::new(wire.clone()),
            Self::At(_) => aws_smithy_http_client::Builder::new().build_http(),
        }
    }
}

/// A client that knows the endpoint and fails fast.
fn client(place: &Place) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(500))
        .operation_attempt_timeout(Duration::from_secs(2))
        .build();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .region(Region::new("us-east-1"))
        .endpoint_url(place.endpoint())
        .http_client(place.http_client())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(Duration::from_millis(1)),
        )
        .timeout_config(timeouts)
        .build();
    Client::from_conf(config)
}
