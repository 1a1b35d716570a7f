// The wire: every push and every call of the API, as it went and as it was answered.

import { button, choice, exact, h, keyed, pretty, short, show, time } from "./dom.js";
import { word } from "./words.js";
import * as ask from "./ask.js";

export const watches = "pushes calls";

const filter = { what: "all", text: "", errors: false };
let page;
let list;
const open = new Set();

export function build(panel, shared) {
  page = shared;
  const kinds = [["all", word("all")], ["pushes", word("pushes")], ["calls", word("calls")]];
  const set = (name) => (value) => {
    filter[name] = value;
    refresh();
  };
  list = h("ol", { className: "wire", "aria-label": word("wire") });
  show(panel, h("div", { className: "filters" },
    h("label", {}, h("span", {}, word("kind")), choice(kinds, filter.what, set("what"))),
    h("label", {}, h("span", {}, word("filter")), h("input", {
      type: "search", value: filter.text, oninput: (event) => set("text")(event.target.value),
    })),
    h("label", { className: "tick" }, h("input", {
      type: "checkbox", checked: filter.errors, onchange: (event) => set("errors")(event.target.checked),
    }), word("errorsOnly")),
    button(word("clear"), clear)), list);
  refresh();
}

async function clear() {
  const done = await page.attempt(() => ask.remove("calls"), word("done"));
  if (!done) return;
  page.store.calls.clear();
  page.store.pushes.clear();
  page.store.changed("pushes");
  page.store.changed("calls");
}

const failed = {
  push: (push) => push.user_sees?.error_notice !== undefined ||
    push.attempts.some((one) => !["replied", "acknowledged"].includes(one.outcome)),
  call: (call) => call.errcode !== 0 || call.faults.length > 0 || call.status === null,
};

export function refresh() {
  if (!list || list.closest("[hidden]")) return;
  const { store } = page;
  const pushes = filter.what === "calls" ? [] : [...store.pushes.values()].map((push) => ({ key: push.push_id, at: push.at_ms, push }));
  const calls = filter.what === "pushes" ? [] : [...store.calls.values()].map((call) => ({ key: call.rid, at: call.at_ms, call }));
  const wanted = filter.text.toLowerCase();
  const shown = [...pushes, ...calls]
    .filter((one) => !filter.errors || (one.push ? failed.push(one.push) : failed.call(one.call)))
    .filter((one) => !wanted || JSON.stringify(one.push ?? one.call).toLowerCase().includes(wanted))
    .sort((a, b) => b.at - a.at).slice(0, 200);
  if (shown.length === 0) return show(list, h("li", { className: "note" }, word("noWire")));
  return keyed(list, shown.map(stable), (one) => one.key, draw);
}

const drawn = new WeakMap();

function stable(entry) {
  const thing = entry.push ?? entry.call;
  if (!drawn.has(thing)) drawn.set(thing, entry);
  return drawn.get(thing);
}

/** A line that opens; what is inside is made when it is opened. */
function draw(entry) {
  const { push, call } = entry;
  const isBad = push ? failed.push(push) : failed.call(call);
  const head = push ? pushHead(push) : callHead(call);
  const body = h("div", { className: "inside" });
  const fill = () => show(body, push ? pushBody(push) : callBody(call));
  const details = h("details", {
    open: open.has(entry.key),
    ontoggle: () => {
      if (details.open) open.add(entry.key);
      else open.delete(entry.key);
      if (details.open) fill();
    },
  }, h("summary", {}, head), body);
  if (details.open) fill();
  return h("li", { className: isBad ? "bad" : "" }, details);
}

const name = (appId) => page.store.account(appId)?.name ?? appId ?? "";

function pushHead(push) {
  const kind = push.push.kind === "event" ? push.push.event : push.push.kind;
  const last = push.attempts.at(-1);
  const fate = push.under_way ? word("underWay") : last ? `${last.outcome} · ${last.ms} ms` : push.with_agent ? word("desk") : "";
  return [
    h("time", {}, time(push.at_ms)), h("b", { className: "way" }, " ⇠ "), h("code", {}, short(kind ?? "raw", 40)),
    ` ${short(push.push.content ?? push.push.event_key ?? "", 40)} `,
    h("small", {}, `${short(name(push.app_id), 20)} · ${word("attempts", { n: push.attempts.length })} · ${fate}`),
  ];
}

function callHead(call) {
  const fate = call.status === null ? "✂" : `${call.status}${call.errcode ? ` · errcode ${call.errcode}` : ""}`;
  return [
    h("time", {}, time(call.at_ms)), h("b", { className: "way" }, " ⇢ "), h("code", {}, `${exact(call.method)} ${short(call.path, 80)} `),
    h("small", {}, `${short(name(call.app_id), 20)} · ${fate} · ${call.ms} ms${call.faults.length ? ` · ⚡ ${call.faults.map(exact).join(", ")}` : ""}`),
  ];
}

function block(title, value) {
  if (value === undefined || value === null || value === "") return null;
  return h("section", {}, h("h3", {}, title), h("pre", { tabIndex: 0, dir: "ltr" }, pretty(value)));
}

function pushBody(push) {
  return [
    h("p", { className: "id" }, `${push.push_id} · ${exact(push.app_id)} · ${exact(push.openid)} · MsgId ${push.msg_id ?? "–"}`),
    block(word("clearText"), push.clear),
    push.attempts.map((one) => h("section", { className: "attempt" },
      h("h3", {}, `${word("attempt", { n: one.n })} · ${time(one.started_ms)} · ${one.ms} ms · ${one.status ?? "✂"} · ${one.outcome}`),
      one.reason ? h("p", { className: "reason" }, exact(one.reason)) : null,
      (one.warnings ?? []).map((warning) => h("p", { className: "reason" }, exact(warning))),
      block(word("request"), `POST ${one.url}\n\n${one.request}`),
      block(word("answer"), one.body),
      block(word("decrypted"), one.decrypted_body))),
    block(word("phone"), push.under_way ? "" : push.user_sees),
  ];
}

function callBody(call) {
  return [
    h("p", { className: "id" }, `${exact(call.rid)} · ${exact(call.app_id ?? "")} · ${exact(call.caller)}`),
    block("query", Object.keys(call.query).length ? call.query : ""),
    block(word("request"), call.body), block(word("answer"), call.answer),
    block(word("faultsStruck"), call.faults.length ? call.faults : ""),
  ];
}
