// The switches: what goes wrong, what time it is, what an account is and may.

import { button, choice, exact, field, h, short, show } from "./dom.js";
import { word } from "./words.js";
import * as ask from "./ask.js";

export const watches = "settings";

let page;
let panel;
let kinds = ["errcode"];
let signature = "";
let stale = false;

export async function build(parent, shared) {
  page = shared;
  panel = parent;
  signature = "";
  panel.onfocusout = () => setTimeout(() => stale && refresh(), 0);
  refresh();
  try {
    kinds = (await ask.get("")).faults;
    signature = "";
    refresh();
  } catch {
    // The stream tells that the simulator is away.
  }
}

/** Somebody who fills a field in is not disturbed: what changed meanwhile is drawn when they are done. */
function isBusy() {
  const active = document.activeElement;
  return panel.contains(active) && active.matches("input, select, textarea");
}

export function refresh() {
  if (!panel || panel.hidden) return;
  const { settings } = page.store;
  const account = page.store.account(page.chosen.appId);
  const now = JSON.stringify([settings.accounts, settings.faults, settings.clock.offset_ms, page.chosen, kinds]);
  if (now === signature) return;
  stale = isBusy();
  if (stale) return;
  signature = now;
  show(panel, h("div", { className: "switches" },
    card("faults", faults(settings.faults)),
    card("clock", clock(settings.clock)),
    account ? [card("standing", standing(account)), card("tokens", tokens(account)), card("quotas", quotas(account)),
      card("sending", sending(account)), card("desk", desk(account))] : null));
}

const card = (title, ...children) => h("section", { className: "card", "aria-label": word(title) }, h("h2", {}, word(title)), children);
const part = encodeURIComponent;
const act = (path, body) => page.attempt(() => ask.post(path, body), word("done"));
const change = (account, body) => act(`accounts/${part(account.app_id)}`, body);

function form(name, fields, done) {
  const made = h("form", {
    "data-form": name,
    onsubmit: async (event) => {
      event.preventDefault();
      const values = Object.fromEntries(new FormData(made));
      document.activeElement?.blur?.();
      await done(values);
    },
  }, fields, h("button", { type: "submit", "data-key": name }, word(name === "fault" ? "switchOn" : "set")));
  return made;
}

const text = (name, value = "", more = {}) => h("input", { name, value, ...more });
const whole = (name, value = "", more = {}) => text(name, value, { inputMode: "numeric", pattern: "-?[0-9]*", ...more });

function faults(active) {
  const lines = active.map((fault) => h("li", {},
    h("code", {}, `${fault.kind}${fault.errcode == null ? "" : ` ${fault.errcode}`}${fault.delay_ms == null ? "" : ` ${fault.delay_ms} ms`}`),
    ` ${short(fault.path || "*", 40)} · ${word("struck", { n: fault.struck })}${fault.times == null ? "" : ` · ×${fault.times}`} `,
    button(word("switchOff"), () => page.attempt(() => ask.remove(`faults/${fault.id}`)), { "data-key": `fault ${fault.id}` })));
  return [
    lines.length ? h("ul", { className: "plain" }, lines) : h("p", { className: "note" }, word("noFaults")),
    lines.length ? button(word("allOff"), () => page.attempt(() => ask.remove("faults"))) : null,
    form("fault", [
      field(word("kind"), choice(kinds.map((kind) => [kind, kind]), kinds[0], null, { name: "kind" })),
      field(word("path"), text("path", "/cgi-bin/message/")),
      field(word("errcode"), whole("errcode", "-1")),
      field(word("delay"), whole("delay_ms")),
      field(word("times"), whole("times", "1")),
      field(word("probability"), text("probability", "1", { inputMode: "decimal" })),
    ], ({ kind, path, errcode, delay_ms, times, probability }) => act("faults", {
      kind, path, probability: Number(probability),
      ...(kind === "errcode" ? { errcode: Number(errcode) } : {}),
      ...(delay_ms ? { delay_ms: Number(delay_ms) } : {}),
      ...(times ? { times: Number(times) } : {}),
    })),
  ];
}

function clock(view) {
  const steps = { minute: 60_000, hours2: 7_200_000, day: 86_400_000, days2: 172_800_000 };
  const offset = view.offset_ms / 1000;
  return [
    h("p", {}, new Date(page.store.now()).toLocaleString(document.documentElement.lang, { timeZone: "Asia/Shanghai" }), " (UTC+8)"),
    h("p", {}, word("offset", { n: Math.abs(offset) < 120 ? `${offset.toFixed(0)} s` : `${(offset / 3600).toFixed(2)} h` })),
    h("div", { className: "buttons" },
      Object.entries(steps).map(([name, ms]) => button(word(name), () => act("clock", { advance_ms: ms }), { "data-key": name })),
      button(word("reset"), () => act("clock", { reset: true }), { "data-key": "reset" })),
  ];
}

function standing(account) {
  const pick = (name, values) => field(name, choice(values.map((value) => [value, word(value)]), account[name], (value) => {
    document.activeElement?.blur?.();
    change(account, { [name]: value });
  }, { "data-key": name }));
  return [
    h("p", { className: "id" }, `${exact(account.name)} · ${exact(account.app_id)} · ${exact(account.original_id)}`),
    h("p", { className: "id" }, exact(account.callback_url)),
    pick("kind", ["service", "subscription"]), pick("class", ["verified", "unverified"]),
    pick("mode", ["plain", "compatible", "safe"]),
    button(word("verify"), async () => {
      const report = await page.attempt(() => ask.post("verify", { app_id: account.app_id }));
      if (report) page.notice(report.ok ? word("verifyOk") : report.reason, !report.ok);
    }, { "data-key": "verify" }),
  ];
}

function tokens(account) {
  const revoke = (how) => () => act(`tokens/${part(account.app_id)}/revoke`, { how });
  return [
    h("div", { className: "buttons" },
      button(word("revoke"), revoke("invalidate"), { "data-key": "revoke" }),
      button(word("foreign"), revoke("classic_fetch"), { "data-key": "foreign" })),
    form("lifetime", [
      field(word("lifetime"), whole("seconds", account.token_lifetime_s)),
      field(word("whitelist"), text("addresses", account.ip_whitelist.join(", "))),
    ], ({ seconds, addresses }) => change(account, {
      token_lifetime_s: Number(seconds), ip_whitelist: addresses.split(",").map((one) => one.trim()).filter(Boolean),
    })),
  ];
}

function quotas(account) {
  return form("quota", [
    field(word("quotaPath"), text("path", "/cgi-bin/message/custom/send", { required: true })),
    field(word("daily"), whole("daily")), field(word("minutely"), whole("minutely")),
  ], ({ path, daily, minutely }) => change(account, {
    ...(daily ? { daily_limits: { [path]: Number(daily) } } : {}),
    ...(minutely ? { minute_limits: { [path]: Number(minutely) } } : {}),
  }));
}

function sending(account) {
  const { sends, mass } = account;
  const tick = (name, label) => h("label", { className: "tick" }, h("input", {
    type: "checkbox", checked: sends[name], "data-key": name,
    onchange: (event) => {
      const { checked } = event.target;
      event.target.blur();
      act(`sends/${part(account.app_id)}`, { [name]: checked });
    },
  }), word(label));
  return [
    tick("check_window", "checkWindow"), tick("check_consent", "checkConsent"), tick("results", "results"),
    form("outcome", [field(word("blockShare"), text("share", sends.outcomes.user_block, { inputMode: "decimal" }))],
      ({ share }) => act(`sends/${part(account.app_id)}`, { outcomes: { user_block: Number(share), success: 1 - Number(share) } })),
    field(word("protection"), choice(["off", "ask", "wait"].map((value) => [value, value]), mass.protection, (protection) => {
      document.activeElement?.blur?.();
      act(`mass/${part(account.app_id)}`, { protection });
    }, { "data-key": "protection" })),
  ];
}

/** As the account's own systems do it: the agent is added by WeChat's API. */
function addAgent(account) {
  const name = `agent${account.agents.length + 1}`;
  return page.attempt(() => ask.wechat(account.name, "/customservice/kfaccount/add", {
    kf_account: `${name}@${account.original_id}`, nickname: name,
  }), word("done"));
}

/** A session with the present follower begins or ends. */
function session(account, agent) {
  const openid = page.openid;
  const isHere = account.sessions.some((one) => one.openid === openid && one.kf_account === agent.kf_account);
  const path = `/customservice/kfsession/${isHere ? "close" : "create"}`;
  return button(word(isHere ? "endSession" : "beginSession"), () =>
    page.attempt(() => ask.wechat(account.name, path, { kf_account: agent.kf_account, openid }), word("done")),
  { "data-key": `session ${agent.kf_account}` });
}

function desk(account) {
  const at = `desk/${part(account.app_id)}`;
  const agents = account.agents.map((agent) => h("li", {},
    h("bdi", {}, `${exact(agent.nickname)} (${exact(agent.kf_account)}) `),
    button(word(agent.online ? "online" : "offline"), () => act(at, { kf_account: agent.kf_account, online: !agent.online }),
      { role: "switch", "aria-checked": String(agent.online), "data-key": `agent ${agent.kf_account}` }),
    agent.online && page.store.behind ? session(account, agent) : null,
    agent.invited ? button(word("accept"), () => act(at, { kf_account: agent.kf_account, accepts: true })) : null));
  return [
    agents.length ? h("ul", { className: "plain" }, agents) : h("p", { className: "note" }, word("noAgents")),
    h("p", {}, word("waiting", { n: account.waiting.length })),
    page.store.behind ? button(word("addAgent"), () => addAgent(account), { "data-key": "addAgent" }) : null,
    button(word("waits"), () => act(at, { waiting: [page.openid] }), { "data-key": "waits" }),
  ];
}
