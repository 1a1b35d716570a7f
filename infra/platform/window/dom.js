// Elements, made of texts alone: nothing here reads markup.

const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
const MARKS = /[\u200e\u200f\u061c]/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

const named = (c) => `\u2039U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}\u203a`;

/** Shows a control character as its picture and names one that turns letters around, so that nothing is hidden. */
export function plain(text) {
  return String(text ?? "").replace(TURNS, named).replace(CONTROLS, (c) =>
    c === "\r" ? "" : String.fromCodePoint(c === "\u007f" ? 0x2421 : 0x2400 + c.charCodeAt(0)));
}

/** As plain, and marks of direction, which people write too, are named: for names, ids and bodies. */
export function exact(text) {
  return plain(text).replace(MARKS, named);
}

/** Texts end where a phone would cut them too. */
export function short(text, length = 60) {
  const characters = Array.from(exact(text));
  return characters.length > length ? `${characters.slice(0, length).join("")}…` : characters.join("");
}

/**
 * An element with properties and children. A child is a text or an element; a property whose name begins with "on" is
 * a listener, one that begins with "aria-" or "data-", or "role", an attribute.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "role" || name === "for" || name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const button = (text, onclick, properties = {}) =>
  h("button", { type: "button", onclick, ...properties }, text);

/** A field with its label. */
export function field(label, input, hint) {
  return h("label", { className: "field" }, h("span", {}, label), input, hint ? h("small", {}, hint) : null);
}

export function choice(entries, chosen, onchange, properties = {}) {
  const options = entries.map(([value, text]) => h("option", { value, selected: value === chosen }, text));
  return h("select", { onchange: (event) => onchange?.(event.target.value), ...properties }, options);
}

/** Shows children in place of those before, and keeps the focus on what has the same data-key. */
export function show(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...children.flat(Infinity).filter(Boolean));
  if (focused) parent.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** A list that only gets new entries at its end, and loses its first ones: the rest stays as it is on the screen. */
export function keyed(parent, entries, key, draw) {
  const wanted = new Set(entries.map((entry) => String(key(entry))));
  const present = new Map();
  for (const child of Array.from(parent.children)) {
    if (wanted.has(child.dataset.key)) present.set(child.dataset.key, child);
    else child.remove();
  }
  let before = null;
  for (const entry of entries) {
    const name = String(key(entry));
    const old = present.get(name);
    let element = old;
    if (!old || old.entry !== entry) {
      element = draw(entry);
      element.dataset.key = name;
      element.entry = entry;
      if (old) old.replaceWith(element);
    }
    const place = before ? before.nextSibling : parent.firstChild;
    if (place !== element) parent.insertBefore(element, place);
    before = element;
  }
}

export function time(ms) {
  const date = new Date(ms);
  const two = (n, length = 2) => String(n).padStart(length, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${two(date.getMilliseconds(), 3)}`;
}

/** JSON and XML for people: one line a fact. */
export function pretty(value) {
  if (typeof value !== "string") return exact(JSON.stringify(value, null, 2));
  try {
    return exact(JSON.stringify(JSON.parse(value), null, 2));
  } catch {
    return exact(value.replace(/>(?=<[^!/])/g, ">\n"));
  }
}

/** Calls at most once in so many milliseconds, and once after the last. */
export function calmly(act, ms = 300) {
  let waits = null;
  return () => {
    if (waits) return;
    waits = setTimeout(() => {
      waits = null;
      act();
    }, ms);
  };
}
