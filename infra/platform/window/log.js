// The log of all functions.

import { button, choice, exact, h, keyed, show, time } from "./dom.js";
import { word } from "./words.js";

export const watches = "log";

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
const filter = { name: "", level: "", text: "" };
let page;
let parts;
let held = null;

export function build(panel, shared) {
  page = shared;
  const set = (name) => (value) => {
    filter[name] = value;
    refresh();
  };
  parts = {
    names: h("span"),
    hold: button(word(held ? "goOn" : "pause"), hold, { "aria-pressed": String(Boolean(held)) }),
    list: h("ol", { className: "log", role: "log", "aria-live": "off", "aria-label": word("log"), tabIndex: 0 }),
  };
  const levels = [["", word("all")], ...LEVELS.slice(1).map((level) => [level, `${level} +`])];
  show(panel, h("div", { className: "filters" }, parts.names,
    h("label", {}, h("span", {}, word("level")), choice(levels, filter.level, set("level"))),
    h("label", {}, h("span", {}, word("words")), h("input", {
      type: "search", value: filter.text, oninput: (event) => set("text")(event.target.value),
    })), parts.hold), parts.list);
  refresh();
}

/** Lines go on to come; what stands on the screen stays. */
function hold() {
  held = held ? null : [...page.store.log.values()];
  parts.hold.textContent = word(held ? "goOn" : "pause");
  parts.hold.setAttribute("aria-pressed", String(Boolean(held)));
  refresh();
}

const read = new WeakMap();

/** Level and words of a line; a line that is no JSON is all words. */
function facts(line) {
  if (!read.has(line)) read.set(line, parse(line.text));
  return read.get(line);
}

function parse(text) {
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  if (!json || typeof json !== "object") return { level: "", text };
  const level = LEVELS.includes(String(json.level).toUpperCase()) ? String(json.level).toUpperCase() : "";
  const { message = "", ...rest } = json.fields ?? {};
  const isMetric = json._aws !== undefined;
  const fields = isMetric ? Object.fromEntries(Object.entries(json).filter(([name]) => !["_aws", "level", "timestamp"].includes(name))) : rest;
  const shown = Object.entries(fields).filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`).join(" ");
  const said = typeof message === "string" ? message : JSON.stringify(message);
  const words = isMetric ? `metrics ${shown}` : `${said} ${shown}`.trim();
  return { level: isMetric ? "" : level, text: words || text };
}

export function refresh() {
  if (!parts || parts.list.closest("[hidden]")) return;
  const lines = held ?? [...page.store.log.values()];
  drawNames(lines);
  const least = LEVELS.indexOf(filter.level);
  const wanted = filter.text.toLowerCase();
  const fits = (line) => {
    const { level } = facts(line);
    return (!filter.name || line.function === filter.name) && (least < 0 || LEVELS.indexOf(level) >= least) &&
      (!wanted || `${line.function} ${line.text}`.toLowerCase().includes(wanted));
  };
  const shown = lines.filter(fits).slice(-500);
  if (shown.length === 0) return show(parts.list, h("li", { className: "note" }, word("noLog")));
  const { list } = parts;
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  keyed(list, shown, (line) => line.n, draw);
  if (isAtEnd) list.scrollTop = list.scrollHeight;
  return undefined;
}

function drawNames(lines) {
  const names = [...new Set(lines.map((line) => line.function))].sort();
  const signature = JSON.stringify([names, filter.name]);
  if (parts.names.dataset.signature === signature) return;
  parts.names.dataset.signature = signature;
  const entries = [["", word("all")], ...names.map((name) => [name, exact(name)])];
  show(parts.names, h("label", {}, h("span", {}, word("function")), choice(entries, filter.name, (name) => {
    filter.name = name;
    refresh();
  }, { "data-key": "function" })));
}

function draw(line) {
  const { level, text } = facts(line);
  const who = line.instance ? `${line.function}#${line.instance}` : line.function;
  return h("li", { className: level.toLowerCase() },
    h("time", {}, time(line.at_ms)), " ", h("b", {}, exact(who)), " ",
    level ? h("span", { className: "level" }, level) : null, " ", h("span", { dir: "ltr" }, exact(text)));
}
