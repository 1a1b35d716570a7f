// What stands on the phone's screen: what the follower did, and what came.

import { exact, h, plain, time } from "./dom.js";
import { link, rich } from "./text.js";
import { knows, word } from "./words.js";
import { media } from "./ask.js";

/** An entry of a conversation. */
export function bubble(entry, appId) {
  return entry.push ? said(entry.push, appId) : came(entry.shown, appId);
}

function frame(side, head, ...body) {
  return h("li", { className: `bubble ${side}` }, h("div", { className: "body", dir: "auto" }, body),
    h("small", { className: "head" }, head));
}

function said(push, appId) {
  const outcome = fate(push);
  const head = [time(push.at_ms), outcome ? ` · ${outcome}` : ""];
  const content = words(push.push, appId);
  const isEvent = !["text", "image", "voice", "video", "shortvideo", "location", "link"].includes(push.push.kind);
  const item = frame(isEvent ? "event" : "mine", head, content);
  item.dataset.push = push.push_id;
  return item;
}

/** What became of a push, where the screen does not show it itself. */
function fate(push) {
  if (push.under_way) {
    return push.attempts.length ? `${word("writing")} ${word("attempts", { n: push.attempts.length })}` : word("writing");
  }
  if (push.with_agent) return word("toAgent", { name: exact(push.with_agent) });
  const tries = push.attempts.length > 1 ? `${word("attempts", { n: push.attempts.length })} ` : "";
  return push.user_sees === "nothing" ? `${tries}${word("nothingSeen")}` : tries.trim();
}

function words(push, appId) {
  switch (push.kind) {
    case "text": return plain(push.content);
    case "image": return picture(appId, push.media_id);
    case "voice": return [sound(appId, push.media_id), push.recognition ? h("p", {}, plain(push.recognition)) : null];
    case "location": return `📍 ${plain(push.label)} (${plain(push.location_x)}, ${plain(push.location_y)})`;
    case "link": return [link(push.url, push.title), h("p", {}, plain(push.description))];
    default: return event(push);
  }
}

function event(push) {
  const name = push.kind === "event" ? push.event : push.kind;
  const known = { subscribe: "subscribe", unsubscribe: "unsubscribe", scan: "scan", location: "report" }[String(name).toLowerCase()];
  const key = push.event_key ? ` · ${exact(push.event_key)}` : "";
  return `${known ? word(known) : exact(name ?? "raw")}${key}`;
}

/** Something the account, or WeChat, put on the screen. */
function came(shown, appId) {
  const name = `kind_${shown.source}`;
  const kind = knows(name) ? word(name) : exact(shown.source);
  const side = ["error_notice", "typing"].includes(shown.source) ? "event" : "theirs";
  const item = frame(side, `${time(shown.at_ms)} · ${kind}`, content(shown, appId));
  item.dataset.shown = shown.n;
  return item;
}

function content({ source, message }, appId) {
  if (source === "typing") return word("kind_typing");
  if (typeof message === "string") return plain(message);
  if (["template", "subscription", "one_time_subscription"].includes(source)) return card(message);
  if (source === "reply") return body(message.kind, message, appId);
  const inner = message?.[message?.msgtype] ?? {};
  const agent = message?.customservice?.kf_account;
  return [agent ? h("small", {}, `${exact(agent)}: `) : null, body(message?.msgtype, inner, appId, message)];
}

function body(kind, inner, appId, whole = {}) {
  switch (kind) {
    case "text": return rich(inner.content);
    case "image": return [].concat(inner.media_ids ?? inner.media_id).map((id) => picture(appId, id));
    case "voice": return sound(appId, inner.media_id);
    case "video":
    case "mpvideo": return [`🎬 ${plain(inner.title || word("video"))}`, text(inner.description), id(inner.media_id)];
    case "music": return [`🎵 ${plain(inner.title || word("music"))}`, text(inner.description),
      address(inner.music_url ?? inner.musicurl)];
    case "news": return (inner.articles ?? []).map(article);
    case "mpnews": return whole.articles?.length ? whole.articles.map(article) : [word("news"), id(inner.media_id)];
    case "mpnewsarticle": return [word("news"), id(inner.article_id)];
    case "msgmenu": return menu(inner);
    case "miniprogrampage": return [`▣ ${plain(inner.title)}`, id(`${inner.appid} ${inner.pagepath}`)];
    case "wxcard": return ["🎫", id(inner.card_id)];
    case "transfer_customer_service": return ["→ ", word("desk"), id(inner.kf_account)];
    case "transfer_biz_ai_ivr": return "→ AI";
    default: return h("pre", {}, exact(JSON.stringify(whole.msgtype ? whole : inner, null, 1)));
  }
}

const text = (value) => (value ? h("p", {}, plain(value)) : null);
const id = (value) => (value ? h("small", { className: "id" }, ` ${exact(value)}`) : null);
const address = (value) => (value ? h("p", {}, link(value, value)) : null);

/** The picture of an article would be fetched from elsewhere: its address is told. */
function article(one) {
  return h("div", { className: "article" }, one.url ? link(one.url, one.title) : h("b", {}, plain(one.title)),
    text(one.description ?? one.digest),
    one.pic_url ?? one.picurl ? h("small", { className: "id" }, exact(one.pic_url ?? one.picurl)) : null);
}

function menu(inner) {
  const items = (inner.list ?? []).map((item) => h("li", {}, plain(item.content)));
  return [text(inner.head_content), h("ul", {}, items), text(inner.tail_content)];
}

/** A template message: its fields in their order. */
function card(message) {
  const rows = Object.entries(message?.data ?? {}).map(([name, field]) =>
    h("div", { className: "row" }, h("dt", {}, exact(name)), h("dd", { dir: "auto" }, plain(field?.value ?? ""))));
  const target = message?.miniprogram?.appid ?? message?.page;
  return [message?.title ? h("b", {}, plain(message.title)) : null, h("dl", {}, rows),
    message?.url ? address(message.url) : null, target ? id(target) : null, id(message?.template_id)];
}

/** A file that this machine has, or its id where it has none to show. */
function picture(appId, mediaId) {
  if (typeof mediaId !== "string") return null;
  return h("img", {
    src: media(appId, mediaId), alt: `${word("image")} ${exact(mediaId)}`, loading: "lazy",
    onerror: (event) => event.target.replaceWith(h("span", {}, `🖼 ${word("image")}`, id(mediaId))),
  });
}

function sound(appId, mediaId) {
  if (typeof mediaId !== "string") return null;
  return h("span", {}, "🔊 ", h("a", { href: media(appId, mediaId), download: "voice" }, word("sound")), id(mediaId));
}
