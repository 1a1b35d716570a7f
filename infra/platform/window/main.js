// The page as a whole: tabs, language, colours, the line to the simulator.

import { button, calmly, h, show } from "./dom.js";
import { follow } from "./stream.js";
import { Store } from "./store.js";
import { remember, remembered, speak, spoken, word } from "./words.js";
import * as phone from "./phone.js";
import * as wire from "./wire.js";
import * as ledger from "./ledger.js";
import * as switches from "./switches.js";
import * as log from "./log.js";

const PANELS = { phone, wire, ledger, switches, log };
const WIDE = matchMedia("(min-width: 60rem)");

const store = new Store();
/** Whom the page looks at; panels share it. */
const chosen = { appId: remembered("account") ?? "", openid: remembered("follower") ?? "" };
let tab = "phone";

const at = (id) => document.getElementById(id);

/** Tells a person something that they asked for and did not get, or did. */
export function notice(text, isError = true) {
  const box = at("notice");
  box.hidden = false;
  box.className = isError ? "bad" : "good";
  show(box, h("span", { dir: "auto" }, text), button("×", () => (box.hidden = true), { "aria-label": word("cancel") }));
  if (!isError) setTimeout(() => (box.hidden = true), 4000);
}

/** What the panels share. */
const page = {
  /** Everybody's first follower, as pushes of the control API have it. */
  first: "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
  get openid() {
    return chosen.openid || this.first;
  },
  store,
  chosen,
  notice,
  /** Does what may be refused, and tells why. */
  async attempt(act, done) {
    try {
      const answer = await act();
      if (done) notice(done, false);
      return answer;
    } catch (error) {
      notice(error.message);
      return undefined;
    }
  },
  choose(appId, openid) {
    chosen.appId = appId;
    chosen.openid = openid;
    remember("account", appId);
    remember("follower", openid);
    for (const panel of Object.values(PANELS)) panel.refresh?.();
  },
};

function tools() {
  const isDark = document.documentElement.dataset.colours === "dark" ||
    (!document.documentElement.dataset.colours && matchMedia("(prefers-color-scheme: dark)").matches);
  show(at("tools"),
    h("a", { href: "/docs" }, word("docs")),
    button(word("language"), () => {
      speak(spoken() === "zh" ? "en" : "zh");
      build();
    }, { "data-key": "language", lang: spoken() === "zh" ? "en" : "zh-CN" }),
    button(word(isDark ? "light" : "dark"), () => {
      const colours = isDark ? "light" : "dark";
      document.documentElement.dataset.colours = colours;
      remember("colours", colours);
      tools();
    }, { "data-key": "colours" }));
}

/** On a wide screen the phone stands beside the others. */
function tabs() {
  const names = Object.keys(PANELS).filter((name) => !WIDE.matches || name !== "phone");
  if (!names.includes(tab)) tab = names[0];
  show(at("tabs"), names.map((name) => h("button", {
    type: "button", id: `tab-${name}`, role: "tab", tabIndex: name === tab ? 0 : -1, "data-key": name,
    "aria-selected": String(name === tab), "aria-controls": `panel-${name}`,
    onclick: () => turn(name), onkeydown: (event) => walk(event, names, name),
  }, word(name))));
  for (const name of Object.keys(PANELS)) {
    const panel = at(`panel-${name}`);
    const isAside = WIDE.matches && name === "phone";
    panel.hidden = name !== tab && !isAside;
    panel.setAttribute("role", isAside ? "region" : "tabpanel");
    if (isAside) panel.setAttribute("aria-label", word("phone"));
    else panel.removeAttribute("aria-label");
  }
}

function turn(name) {
  tab = name;
  tabs();
  PANELS[name].refresh?.();
}

function walk(event, names, name) {
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  const place = names.indexOf(name);
  const to = { Home: 0, End: names.length - 1 }[event.key] ??
    (event.key in steps ? (place + steps[event.key] + names.length) % names.length : undefined);
  if (to === undefined) return;
  event.preventDefault();
  turn(names[to]);
  at(`tab-${names[to]}`).focus();
}

function line(state) {
  at("line").className = state;
  at("line").dataset.state = state;
  show(at("line"), word(state));
}

/** Draws everything in the present language. */
function build() {
  document.documentElement.lang = spoken() === "zh" ? "zh-CN" : "en";
  document.title = word("title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  tools();
  for (const [name, panel] of Object.entries(PANELS)) panel.build(at(`panel-${name}`), page);
  tabs();
  if (at("line").dataset.state) line(at("line").dataset.state);
}

/** Whoever wrote last, else the first account and its last follower, until a person chooses. */
function settle() {
  const accounts = store.settings.accounts;
  if (store.account(chosen.appId) || accounts.length === 0) return;
  const newest = [...store.pushes.values()].at(-1);
  chosen.appId = newest?.app_id ?? accounts[0].app_id;
  chosen.openid = newest?.openid ?? store.followers(chosen.appId)[0] ?? "";
}

document.documentElement.dataset.colours = remembered("colours") ?? "";
store.on("settings", settle);
build();
for (const panel of Object.values(PANELS)) {
  store.on(panel.watches, calmly(() => panel.refresh(), 50));
}
WIDE.addEventListener("change", tabs);
follow(store, line);
