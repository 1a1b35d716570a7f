//! One event as one line of JSON: `timestamp`, `level`, `requestId`, `fields`. Lambda's filter by
//! level takes the first two by these names and forms, and lines without them for INFO
//! (docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).

use super::redact::redacted;
use crate::lambda::clock;
use lambda_runtime::tracing::subscriber::{
    Layer, filter::LevelFilter, layer::Context, registry::LookupSpan,
};
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Value, json};
use std::{fmt::Debug, io::Write as _};
use tracing::{
    Event, Id, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::Attributes,
};

/// The crates whose lines hold nothing but what is theirs to tell: those of this workspace.
pub(super) const OURS: [&str; 10] = [
    "callback",
    "erase_user",
    "forward",
    "management_api",
    "mass_send",
    "mass_send_events",
    "send",
    "shared",
    "token_refresh",
    "web",
];
/// The runtime's span around an invocation; it knows the id of the request.
const INVOCATION: &str = "Lambda runtime invoke";
/// Where the runtime repeats the debug form of an error that the function has told already.
const REPEATS: &str = "lambda_runtime::layers::panic";

/// Writes events down to `level`.
///
/// A line of a crate that is not ours may hold what a request, an answer or a row holds (the
/// runtime's hold whole events, the SDK's whole answers). So below WARN there are none of them, and
/// from WARN on they say where they come from, in place of their words.
pub(super) struct Lines {
    pub(super) level: LevelFilter,
}

#[derive(Serialize)]
struct Line<'a> {
    timestamp: String,
    level: &'static str,
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    fields: Fields,
}

/// Names and values, in the order they were given.
#[derive(Default)]
struct Fields(Vec<(&'static str, Value)>);

/// The request that a span is about.
#[derive(Default)]
struct RequestId(Option<String>);

impl<S> Layer<S> for Lines
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        if metadata.is_span() {
            return metadata.name() == INVOCATION;
        }
        let foreign = *metadata.level() <= Level::WARN && metadata.target() != REPEATS;
        *metadata.level() <= self.level && (is_ours(metadata.target()) || foreign)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // The span is one of level INFO.
        Some(self.level.max(LevelFilter::INFO))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut request_id = RequestId::default();
        attributes.record(&mut request_id);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(request_id);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        if is_ours(metadata.target()) {
            event.record(&mut fields);
        } else {
            let instead = "a library's own line; its words are not shown";
            fields.add("message", json!(instead));
            let (target, line) = (metadata.target(), metadata.line().unwrap_or_default());
            fields.add("place", json!(format!("{target}:{line}")));
        }
        let span = context.lookup_current();
        let extensions = span.as_ref().map(|span| span.extensions());
        let known = extensions.as_ref().and_then(|e| e.get::<RequestId>());
        write(&Line {
            timestamp: clock::now().utc(),
            level: metadata.level().as_str(),
            request_id: known.and_then(|id| id.0.as_deref()),
            fields,
        });
    }
}

/// Writes a line, whole; nothing is to be done when nobody takes it.
pub(super) fn write(line: &impl Serialize) {
    if let Ok(mut text) = serde_json::to_vec(line) {
        text.push(b'\n');
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(&text).and_then(|()| stdout.flush());
    }
}

fn is_ours(target: &str) -> bool {
    let name = target.split("::").next().unwrap_or(target);
    OURS.contains(&name)
}

impl Fields {
    fn add(&mut self, name: &'static str, value: Value) {
        self.0.push((name, value));
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // What is given by its display form comes this way too.
        self.add(field.name(), json!(redacted(&format!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), json!(redacted(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), json!(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), json!(value));
    }
}

impl Visit for RequestId {
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "requestId" {
            self.0 = Some(value.to_owned());
        }
    }
}
