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
use std::{
    fmt,
    future::pending,
    sync::{Arc, Mutex, PoisonError},
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

/// Decides what becomes of each request, by the name of its operation.
pub type Weather = Arc<dyn Fn(&str) -> Delivery + Send + Sync>;

/// A database, and how requests fare on their way to it.
#[derive(Clone)]
pub struct Wire {
    database: Arc<Database>,
    weather: Arc<Mutex<Weather>>,
}

impl Wire {
    /// An empty database that is always in reach.
    pub(super) fn new() -> Self {
        Self {
            database: Arc::new(Database::memory().unwrap()),
            weather: Arc::new(Mutex::new(Arc::new(|_| Delivery::Whole))),
        }
    }

    /// From now on requests fare like that.
    pub fn set(&self, weather: Weather) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    fn delivery(&self, operation: &str) -> Delivery {
        let weather = self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        weather(operation)
    }

    fn answer(&self, operation: &str, body: &str) -> (u16, String) {
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
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let delivery = self.delivery(&operation);
        if delivery == Delivery::Refused {
            let refused = ConnectorError::io("the table is out of reach".into());
            return HttpConnectorFuture::ready(Err(refused));
        }
        if delivery == Delivery::Lost {
            return HttpConnectorFuture::new(pending());
        }
        let body = request.body().bytes().unwrap_or_default();
        let (status, body) = self.answer(&operation, std::str::from_utf8(body).unwrap());
        if delivery == Delivery::Unanswered {
            return HttpConnectorFuture::new(pending());
        }
        let status = StatusCode::try_from(status).unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        let headers = response.headers_mut();
        headers.insert("content-type", "application/x-amz-json-1.0");
        HttpConnectorFuture::ready(Ok(response))
    }
}
