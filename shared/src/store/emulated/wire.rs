//! The way to a database in this process: what requests of the SDK are, without sockets or threads.

use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};
use std::{
    fmt,
    future::{Future, pending, ready},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is made and answered.
    Whole,
    /// It is made, and its answer never comes.
    Unanswered,
    /// It is not made, and no answer comes.
    Lost,
    /// There is no connection.
    Refused,
}

/// Decides what becomes of each request, in its own time.
pub type Weather = Arc<dyn Fn() -> BoxFuture<'static, Delivery> + Send + Sync>;

/// A database, and how requests fare on their way to it.
#[derive(Clone)]
pub(super) struct Wire {
    database: Arc<Database>,
    weather: Weather,
    stopped: Arc<AtomicBool>,
    /// What writes cost so far, in write units; none while nobody counts.
    cost: Arc<Mutex<Option<f64>>>,
}

impl Wire {
    /// An empty database that is always in reach.
    pub(super) fn new() -> Self {
        Self {
            database: Arc::new(Database::memory().unwrap()),
            weather: Arc::new(|| Box::pin(ready(Delivery::Whole))),
            stopped: Arc::default(),
            cost: Arc::default(),
        }
    }

    /// The write units that some work costs, those of indexes included.
    pub(super) async fn cost_of(&self, work: impl Future<Output = ()>) -> f64 {
        *self.cost.lock().unwrap() = Some(0.0);
        work.await;
        self.cost.lock().unwrap().take().unwrap()
    }

    /// Another way to the same database, on which requests fare like that.
    pub(super) fn under(&self, weather: Weather) -> Self {
        Self {
            weather,
            ..self.clone()
        }
    }

    /// From now on nothing comes through, on whatever way.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// Answers a request, and counts what a write costs where somebody wants to know.
    fn answer(&self, operation: &str, body: &str) -> (u16, String) {
        let is_counted = self.cost.lock().unwrap().is_some();
        if !is_counted || ["GetItem", "Query", "Scan"].contains(&operation) {
            return self.run(operation, body);
        }
        let mut request: Map<String, Value> = serde_json::from_str(body).unwrap();
        request.insert("ReturnConsumedCapacity".to_owned(), "TOTAL".into());
        let (status, body) = self.run(operation, &Value::Object(request).to_string());
        let answer: Value = serde_json::from_str(&body).unwrap();
        let one = answer.pointer("/ConsumedCapacity/CapacityUnits");
        let several = answer.pointer("/ConsumedCapacity/0/CapacityUnits");
        let units = one.or(several).and_then(Value::as_f64);
        if let Some(cost) = &mut *self.cost.lock().unwrap() {
            *cost += units.unwrap_or_default();
        }
        (status, body)
    }

    fn run(&self, operation: &str, body: &str) -> (u16, String) {
        // Whatever queue somebody asks, it is empty.
        if operation == "ReceiveMessage" {
            return (200, "{}".to_owned());
        }
        let database = &self.database;
        macro_rules! run {
            ($($name:literal $method:ident)+) => {
                match operation {
                    $($name => serde_json::from_str(body)
                        .map_err(|error| dynoxide::DynoxideError::SerializationException(error.to_string()))
                        .and_then(|request| database.$method(request))
                        .map(|answer| serde_json::to_string(&answer).unwrap()),)+
                    other => panic!("no operation {other} here"),
                }
            };
        }
        let answer = run! {
            "CreateTable" create_table
            "PutItem" put_item
            "GetItem" get_item
            "DeleteItem" delete_item
            "UpdateItem" update_item
            "Query" query
            "Scan" scan
            "BatchGetItem" batch_get_item
            "BatchWriteItem" batch_write_item
            "TransactWriteItems" transact_write_items
        };
        match answer {
            Ok(body) => (200, body),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (wire, delivery) = (self.clone(), (self.weather)());
        HttpConnectorFuture::new(async move {
            let delivery = delivery.await;
            if delivery == Delivery::Refused || wire.stopped.load(Relaxed) {
                return Err(ConnectorError::io("the table is out of reach".into()));
            }
            if delivery == Delivery::Lost {
                return pending().await;
            }
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default();
            let body = request.body().bytes().unwrap_or_default();
            let (status, body) = wire.answer(operation, std::str::from_utf8(body).unwrap());
            if delivery == Delivery::Unanswered {
                return pending().await;
            }
            let status = StatusCode::try_from(status).unwrap();
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            let headers = response.headers_mut();
            headers.insert("content-type", "application/x-amz-json-1.0");
            Ok(response)
        })
    }
}
