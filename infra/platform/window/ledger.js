// The ledger: messages and campaigns, as the product's rows have them and as WeChat took them.

import { button, calmly, choice, exact, field, h, pretty, short, show, time } from "./dom.js";
import { word } from "./words.js";
import * as ask from "./ask.js";

export const watches = "settings pushes calls messages log";

/** Calls of WeChat's API, and functions, after which rows look different. */
const SENDS = /^\/cgi-bin\/message\//;
const WRITERS = ["ManagementApi", "Send", "MassSend", "MassSendEvents"];

let page;
let parts;
let rows = { account: "", messages: [], campaigns: [] };
let signature = "";

export function build(panel, shared) {
  page = shared;
  parts = { rows: h("div"), wechat: h("div"), answer: h("pre", { className: "answer", role: "status", tabIndex: 0, hidden: true }) };
  show(panel, parts.rows, trial(), parts.wechat);
  signature = "";
  refresh();
}

/** Asks for the rows anew where something was sent or told since. */
export function refresh() {
  if (!parts || parts.rows.closest("[hidden]")) return;
  drawRows();
  drawWechat();
  const { store, chosen } = page;
  const calls = [...store.calls.values()].filter((call) => SENDS.test(call.path)).at(-1)?.rid;
  const results = [...store.pushes.values()].filter((push) => !push.under_way).at(-1)?.push_id;
  const lines = [...store.log.values()].filter((line) => WRITERS.includes(line.function)).at(-1)?.n;
  const now = `${chosen.appId} ${calls} ${results} ${lines} ${store.behind}`;
  if (now === signature) return;
  signature = now;
  fetchRows();
}

const account = () => page.store.account(page.chosen.appId)?.name;

// A row is written shortly after the call that it tells of.
const later = calmly(() => loadRows(), 1200);
const fetchRows = calmly(() => {
  loadRows();
  later();
}, 200);

async function loadRows() {
  const name = account();
  if (!name) return;
  loadJobs();
  if (!page.store.behind || parts.rows.closest("[hidden]")) return;
  const at = `/v1/accounts/${encodeURIComponent(name)}`;
  try {
    const [messages, campaigns] = await Promise.all([
      ask.behind("GET", `${at}/messages?limit=50`), ask.behind("GET", `${at}/mass-sends?limit=20`),
    ]);
    rows = { account: name, messages: messages.messages, campaigns: campaigns.campaigns };
  } catch (error) {
    rows = { account: name, messages: [], campaigns: [], error: error.message };
  }
  drawRows();
}

function table(heads, lines, label) {
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": label }, h("table", {},
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, lines.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell)))))));
}

function drawRows() {
  if (!page.store.behind) return show(parts.rows, h("p", { className: "note" }, word("nobodyBehind")));
  if (rows.error) return show(parts.rows, h("p", { className: "note bad" }, exact(rows.error)));
  if (rows.account !== account()) return show(parts.rows);
  const messages = rows.messages.map((row) => [
    h("code", {}, short(row.client_msg_id, 40)), exact(row.kind ?? ""), state(row.state, row.error),
    h("code", {}, short(row.to_user, 32)), when(row),
  ]);
  return show(parts.rows,
    h("h2", {}, word("campaigns")), rows.campaigns.length ? rows.campaigns.map(campaign) : h("p", { className: "note" }, word("noLedger")),
    h("h2", {}, word("messages")), messages.length
      ? table(["client_msg_id", word("kind"), word("state"), word("to"), word("when")], messages, word("messages"))
      : h("p", { className: "note" }, word("noLedger")));
}

function state(name, error) {
  const text = error ? `${name}: ${error.message ?? error.class ?? JSON.stringify(error)}` : name;
  return h("span", { className: `state ${/^[a-z_]+$/.test(name ?? "") ? name : ""}` }, exact(text ?? ""));
}

function when(row) {
  const ms = Date.parse(row.history?.at(-1)?.at ?? "");
  return Number.isNaN(ms) ? "" : h("time", {}, time(ms));
}

/** A campaign with its bar: batches that WeChat has or that are over, of all. */
function campaign(one) {
  const batches = one.batches ?? [];
  const over = batches.filter((batch) => !["draft", "planned", "submitting", "awaiting_admin"].includes(batch.state));
  const { sent, failed, filtered, recipients } = one.counts ?? {};
  const told = [sent, failed, filtered, recipients];
  const done = word("batches", { done: over.length, all: batches.length });
  return h("article", { className: "campaign" },
    h("h3", {}, h("code", {}, short(one.client_msg_id, 48)), " ", state(one.state, one.error)),
    h("progress", { max: Math.max(batches.length, 1), value: over.length, "aria-label": done }, done),
    h("p", {}, `${done} · ${word("counts")}: ${told.map((n) => n ?? "–").join(" / ")}`),
    h("details", {}, h("summary", {}, word("answer")), h("pre", { tabIndex: 0 }, pretty(one))));
}

let jobs = [];

async function loadJobs() {
  const { appId } = page.chosen;
  try {
    jobs = (await ask.get(`mass?account=${encodeURIComponent(appId)}`)).jobs;
  } catch {
    jobs = [];
  }
  drawWechat();
}

function drawWechat() {
  const { store, chosen } = page;
  const decide = (job, admin) => button(word(admin), async () => {
    await page.attempt(() => ask.post(`mass/${encodeURIComponent(chosen.appId)}/${job.msg_id}`, { admin }), word("done"));
    loadJobs();
  });
  const lines = jobs.slice(-50).reverse().map((job) => [
    String(job.msg_id), exact(job.msgtype), exact(job.status), `${job.sent} / ${job.error} / ${job.filter} / ${job.total}`,
    job.status === "awaiting_admin" ? [decide(job, "confirm"), decide(job, "refuse")] : h("code", {}, short(job.clientmsgid, 36)),
  ]);
  const accepted = [...store.messages.values()].filter((one) => one.app_id === chosen.appId).slice(-50).reverse();
  show(parts.wechat,
    h("h2", {}, word("jobs")), lines.length
      ? table(["msg_id", word("kind"), word("state"), word("counts"), "clientmsgid"], lines, word("jobs"))
      : h("p", { className: "note" }, word("noLedger")),
    h("h2", {}, word("accepted")), accepted.length
      ? table(["n", word("kind"), word("to"), "msgid", word("when")], accepted.map((one) => [
        String(one.n), exact(one.kind), h("code", {}, short(one.to_user, 32)), String(one.msgid), h("time", {}, time(one.at_ms)),
      ]), word("accepted"))
      : h("p", { className: "note" }, word("noLedger")));
}

/** Requests to begin with; each has an id of its own, so that none is a repeat. */
function samples() {
  const { chosen, store } = page;
  const template = store.account(chosen.appId)?.templates?.find((one) => one.kind === "template");
  const touser = page.openid;
  const id = (name) => `${name}-${Date.now().toString(36)}`;
  const keys = [...(template?.content ?? "").matchAll(/\{\{(\w+)\.DATA\}\}/g)].map((match) => match[1]);
  const values = { character_string: "2025-0001", time: "2025-11-21 18:00", thing: "水 Water" };
  const value = (key) => Object.entries(values).find(([begin]) => key.startsWith(begin))?.[1] ?? "1";
  const others = Array.from({ length: 20 }, (_, n) => `oT3x_u${String(n).padStart(22, "0")}`);
  return {
    tryTemplate: ["/template-messages", {
      client_msg_id: id("page"), touser, template_id: template?.template_id ?? "",
      data: Object.fromEntries(keys.map((key) => [key, { value: value(key) }])),
    }],
    tryService: ["/customer-service-messages", {
      client_msg_id: id("page"), touser, msgtype: "text", text: { content: "你好 Hello" },
    }],
    tryMass: ["/mass-sends", {
      client_msg_id: id("page"), to: { openids: [touser, ...others] },
      message: { msgtype: "text", text: { content: "春天来了 Spring is here." } },
    }],
  };
}

/** A signed request of one's own. */
function trial() {
  const path = h("input", { name: "path", spellcheck: false, "aria-label": word("path") });
  const body = h("textarea", { name: "body", rows: 8, spellcheck: false, "aria-label": word("body") });
  const fill = (name) => {
    const [route, json] = samples()[name];
    path.value = route;
    body.value = JSON.stringify(json, null, 2);
  };
  const names = ["tryTemplate", "tryService", "tryMass"];
  const form = h("form", {
    className: "trial",
    onsubmit: async (event) => {
      event.preventDefault();
      const answer = await page.attempt(() => ask.behind("POST",
        `/v1/accounts/${encodeURIComponent(account() ?? "")}${path.value}`, JSON.parse(body.value)));
      parts.answer.hidden = answer === undefined;
      if (answer !== undefined) show(parts.answer, pretty(answer));
      fetchRows();
    },
  }, choice(names.map((name) => [name, word(name)]), names[0], fill, { "aria-label": word("tryIt"), id: "sample" }),
  field(`POST /v1/accounts/…`, path), field(word("body"), body),
  h("div", { className: "buttons" }, h("button", { type: "submit" }, word("send"))), parts.answer);
  const details = h("details", { id: "trial", ontoggle: () => details.open && !body.value && fill(names[0]) }, h("summary", {}, word("tryIt")), form);
  return details;
}
