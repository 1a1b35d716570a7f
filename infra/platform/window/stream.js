// The stream of what happens; the browser itself goes on where it was when the line broke.

const KINDS = ["snapshot", "settings", "push_begun", "attempt", "push", "call", "message", "log", "shown"];

/** Feeds a store, and tells whether the line stands. */
export function follow(store, tell) {
  const source = new EventSource("/_control/events");
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => store.take(kind, JSON.parse(event.data)));
  }
  source.addEventListener("open", () => tell("live"));
  source.addEventListener("error", () => tell(source.readyState === EventSource.CLOSED ? "ended" : "away"));
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  return source;
}
