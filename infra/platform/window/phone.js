// The phone: a conversation as the follower sees it, and what the follower does.

import { button, choice, exact, h, keyed, plain, short, show } from "./dom.js";
import { bubble } from "./bubble.js";
import { actions, menuClick } from "./actions.js";
import { remember, remembered, word } from "./words.js";
import * as ask from "./ask.js";

export const watches = "settings pushes phones";

let page;
let parts;
let known = { of: "", view: null };
let seen = "";

export function build(panel, shared) {
  page = shared;
  known = { of: "", view: null };
  seen = "";
  const input = h("input", {
    id: "say", autocomplete: "off", maxLength: 20000, "aria-label": word("say"), placeholder: word("say"), dir: "auto",
  });
  parts = {
    who: h("div", { className: "who" }),
    standing: h("p", { className: "standing", role: "status", "aria-live": "polite" }),
    screen: h("ol", {
      id: "screen", role: "log", tabIndex: 0, "aria-label": word("conversation"), "aria-live": "polite",
    }),
    menu: h("div", { className: "menu", role: "group", "aria-label": word("menu") }),
    dialog: h("div", { className: "dialog", hidden: true }),
    input,
  };
  const form = h("form", { className: "say", onsubmit: say }, input,
    h("button", { type: "submit" }, word("send")));
  show(panel, h("div", { className: "phone" }, parts.who, parts.standing, parts.screen, parts.menu, parts.dialog, form,
    h("details", { className: "actions" }, h("summary", {}, word("more")),
      h("div", { className: "buttons" }, actions(context())))));
  refresh();
}

/** What an action needs: whose phone it is, and where to ask. */
function context() {
  return {
    page,
    appId: () => page.chosen.appId,
    openid: () => page.openid,
    follows: () => known.view?.follows ?? true,
    account: () => page.store.account(page.chosen.appId),
    dialog: openDialog,
    push,
  };
}

/** Has the follower push something. */
async function push(fields, more) {
  const { appId } = page.chosen;
  const pushed = await page.attempt(() => ask.push(appId, { from: page.openid, ...fields }, more));
  known.of = "";
  refresh();
  return pushed;
}

async function say(event) {
  event.preventDefault();
  const content = parts.input.value;
  if (!content.trim()) return;
  parts.input.value = "";
  await push({ kind: "text", content });
}

/** Asks for what an action needs; the focus goes in, and back. */
function openDialog(title, fields, done) {
  const before = document.activeElement;
  const close = () => {
    parts.dialog.hidden = true;
    show(parts.dialog);
    before?.focus?.();
  };
  const form = h("form", {
    onsubmit: async (event) => {
      event.preventDefault();
      const values = Object.fromEntries(new FormData(form));
      close();
      await done(values);
    },
    onkeydown: (event) => event.key === "Escape" && close(),
  }, h("h2", {}, title), fields, h("div", { className: "buttons" },
    h("button", { type: "submit" }, word("ok")), button(word("cancel"), close)));
  parts.dialog.hidden = false;
  parts.dialog.setAttribute("role", "dialog");
  parts.dialog.setAttribute("aria-label", title);
  show(parts.dialog, form);
  form.querySelector("input, select, textarea, button")?.focus();
}

export function refresh() {
  if (!parts) return;
  const { store, chosen } = page;
  if (!store.account(chosen.appId)) {
    show(parts.standing, store.begun && store.settings.accounts.length === 0 ? word("noAccount") : "");
    return;
  }
  drawWho(store, chosen);
  drawScreen(store, chosen.appId, page.openid);
  drawMenu(store.account(chosen.appId));
  look(chosen.appId, page.openid);
}

/** Followers that were made up here are remembered, beside those who did something. */
function followers(appId) {
  let own = [];
  try {
    own = JSON.parse(remembered(`followers ${appId}`) ?? "[]");
  } catch {
    own = [];
  }
  return [...new Set([page.openid, ...page.store.followers(appId).slice(0, 50), ...own, page.first])]
    .filter((openid) => typeof openid === "string").sort();
}

function drawWho(store, chosen) {
  const accounts = store.settings.accounts.map((one) => [one.app_id, `${short(one.name, 24)} · ${word(one.kind)}`]);
  const everybody = followers(chosen.appId).map((openid) => [openid, short(openid, 32)]);
  const signature = JSON.stringify([accounts, everybody, chosen.appId, chosen.openid]);
  if (parts.who.dataset.signature === signature) return;
  parts.who.dataset.signature = signature;
  const labelled = (name, select) => h("label", {}, h("span", {}, word(name)), select);
  show(parts.who,
    labelled("account", choice(accounts, chosen.appId, (appId) =>
      page.choose(appId, store.followers(appId)[0] ?? ""), { "data-key": "account" })),
    labelled("follower", choice(everybody, page.openid, (openid) =>
      page.choose(chosen.appId, openid), { "data-key": "follower" })),
    button(word("another"), another, { "data-key": "another" }));
}

function another() {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const random = Array.from(crypto.getRandomValues(new Uint8Array(22)), (byte) => letters[byte % letters.length]);
  const openid = `oT3x_u${random.join("")}`;
  const { appId } = page.chosen;
  const own = followers(appId).filter((one) => one !== page.first).slice(-40);
  remember(`followers ${appId}`, JSON.stringify([...own, openid]));
  page.choose(appId, openid);
}

function drawScreen(store, appId, openid) {
  const entries = store.conversation(appId, openid).slice(-200);
  const isAtEnd = parts.screen.scrollHeight - parts.screen.scrollTop - parts.screen.clientHeight < 80;
  if (entries.length === 0) {
    show(parts.screen, h("li", { className: "note", "data-key": "empty" }, word("empty")));
  } else {
    keyed(parts.screen, entries.map(stable), (entry) => entry.key, (entry) => bubble(entry, appId));
  }
  const last = entries.at(-1)?.key ?? "";
  if (isAtEnd || `${appId} ${openid}` !== seen) parts.screen.scrollTop = parts.screen.scrollHeight;
  seen = last ? `${appId} ${openid}` : "";
}

const drawn = new WeakMap();

/** The same object for the same push or message, so that only what changed is drawn again. */
function stable(entry) {
  const thing = entry.push ?? entry.shown;
  if (!drawn.has(thing)) drawn.set(thing, entry);
  return drawn.get(thing);
}

function drawMenu(account) {
  const signature = JSON.stringify([account.app_id, account.menu, word("menu"), page.store.behind]);
  if (parts.menu.dataset.signature === signature) return;
  parts.menu.dataset.signature = signature;
  const click = (one) => menuClick(context(), one);
  const buttons = (account.menu ?? []).map((one) => one.sub_button?.length
    ? h("details", { name: "menu" }, h("summary", {}, plain(one.name)),
      h("div", { className: "sub" }, one.sub_button.map((sub) => button(plain(sub.name), () => click(sub), { dir: "auto" }))))
    : button(plain(one.name), () => click(one), { dir: "auto" }));
  const sample = page.store.behind ? button(word("sampleMenu"), () => sampleMenu(account)) : null;
  show(parts.menu, buttons.length ? buttons : [h("p", { className: "note" }, word("noMenu")), sample]);
}

/** A menu with one button of each sort, made as the account's own systems would. */
function sampleMenu(account) {
  const more = ["scancode_waitmsg", "pic_photo_or_album", "location_select"];
  return page.attempt(() => ask.wechat(account.name, "/cgi-bin/menu/create", { button: [
    { type: "click", name: "今日", key: "V1001_TODAY" },
    { type: "view", name: "网站", url: "http://example.com/" },
    { name: "更多", sub_button: more.map((type, n) => ({ type, name: ["扫码", "发图", "位置"][n], key: `V200${n}` })) },
  ] }), word("done"));
}

/** Whether the follower follows, and how many service messages may still come. */
async function look(appId, openid) {
  const newest = page.store.conversation(appId, openid).at(-1);
  const { offset_ms } = page.store.settings.clock;
  const session = page.store.account(appId)?.sessions?.find((one) => one.openid === openid);
  const signature = `${appId} ${openid} ${newest?.key} ${newest?.push?.under_way} ${offset_ms} ${session?.kf_account}`;
  if (known.of === signature) return;
  known.of = signature;
  let view;
  try {
    view = (await ask.follower(appId, openid)).followers[0];
  } catch {
    return;
  }
  if (known.of !== signature) return;
  known.view = view ?? null;
  show(parts.standing, [
    h("bdi", { className: "id" }, exact(openid)),
    view ? ` · ${word(view.follows ? "follows" : "hasLeft")} · ${word("left", { n: view.messages_left })}` : "",
    session ? ` · ${word("withAgent", { name: exact(session.kf_account) })}` : "",
  ].filter(Boolean));
}
