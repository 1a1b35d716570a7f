//! What happens, as server-sent events: first everything as it stands, then one event after the other.

use crate::{
    events::{Event, Gone},
    state::State,
};
use axum::{
    extract::State as Shared,
    http::{HeaderMap, header},
    response::{IntoResponse, Response, Sse, sse},
};
use futures_util::{Stream, stream::unfold};
use std::{convert::Infallible, sync::Arc};
use tokio::sync::watch;

/// The stream. A browser that comes back names the last event it saw.
pub(super) async fn events(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let seen = last.and_then(|id| state.events().named(id));
    state.events().watch();
    let stream = Sse::new(follow(state, seen)).keep_alive(sse::KeepAlive::default());
    ([(header::CACHE_CONTROL, "no-store")], stream).into_response()
}

struct Reader {
    state: Arc<State>,
    /// The last event that was sent; none at the begin.
    seen: Option<u64>,
    wake: watch::Receiver<u64>,
}

fn follow(
    state: Arc<State>,
    seen: Option<u64>,
) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    let wake = state.events().wake();
    let reader = Reader { state, seen, wake };
    unfold(reader, |mut reader| async {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    })
}

impl Reader {
    /// The next event; everything as it stands when those in between are gone. None when nothing comes any more.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            self.wake.borrow_and_update();
            let events = self.state.events();
            match self.seen.map_or(Err(Gone), |seen| events.after(seen)) {
                Ok(Some(event)) => {
                    self.seen = Some(event.n);
                    return Some(sent(&self.state, &event));
                }
                Ok(None) => self.wake.changed().await.ok()?,
                Err(Gone) => {
                    let n = events.watch();
                    self.seen = Some(n);
                    let data = self.state.snapshot().to_string().into();
                    return Some(sent(
                        &self.state,
                        &Event {
                            n,
                            kind: "snapshot",
                            data,
                        },
                    ));
                }
            }
        }
    }
}

fn sent(state: &State, event: &Event) -> sse::Event {
    let id = state.events().id(event.n);
    sse::Event::default()
        .id(id)
        .event(event.kind)
        .data(&*event.data)
}
