// What a follower does beside writing: subscribe, scan, send pictures, press the menu.

import { button, choice, exact, field, h, plain } from "./dom.js";
import { word } from "./words.js";
import * as ask from "./ask.js";

const input = (name, value, more = {}) => h("input", { name, value, required: true, ...more });
const number = (name, value) => input(name, value, { inputMode: "decimal", pattern: "-?[0-9]+([.][0-9]+)?" });

/** A small picture, and a voice of no words, for who has no file at hand. */
const SAMPLES = {
  image: ["sample.png", "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAfUlEQVR42g3MoRVEUQhDwS3iF/GKoAg0OhodjY5Gp9Qldk7u73M9I9xpwkNLXtu/b+stYjuX2OFKu0e/T/WEUKcIDXVb62DqDWI6h5jhSLOeA9Yjgp0kOLwL1zzoeo3oziZ62FKv+wD1gEAnCFxOwhoHVa8Q1VlEDUuqdfkPAAZVAfB5/8EAAAAASUVORK5CYII="],
  voice: ["sample.amr", "IyFBTVIK"],
};

/** The buttons of what the present follower can do. */
export function actions(of) {
  return [
    ["subscribe", () => of.push({ kind: "subscribe", event_key: "" })],
    ["unsubscribe", () => of.push({ kind: "unsubscribe", event_key: "" })],
    ["scan", () => scan(of)],
    ["location", () => place(of)],
    ["report", () => report(of)],
    ["picture", () => file(of, "image")],
    ["voice", () => file(of, "voice")],
    ["link", () => link(of)],
    ["consent", () => consent(of)],
    ["anything", () => anything(of)],
  ].map(([name, act]) => button(word(name), act, { "data-action": name }));
}

/** Who follows scans; who does not yet subscribes with the scene. */
function scan(of) {
  of.dialog(word("scan"), [field(word("scene"), input("scene", "123", { maxLength: 64 }), word("sceneHint"))], ({ scene }) => {
    const ticket = "gQH47joAAAAAAAAAASxodHRwOi8vd2VpeGluLnFxLmNvbS9x";
    return of.push(of.follows()
      ? { kind: "SCAN", event_key: scene, ticket }
      : { kind: "subscribe", event_key: `qrscene_${scene}`, ticket });
  });
}

const PLACE = () => [
  field(word("latitude"), number("x", "22.547")),
  field(word("longitude"), number("y", "114.085")),
];

function place(of) {
  of.dialog(word("location"), [...PLACE(), field(word("label"), input("label", "深圳市福田区市民中心"))], ({ x, y, label }) =>
    of.push({ kind: "location", location_x: x, location_y: y, scale: 15, label }));
}

function report(of) {
  of.dialog(word("report"), PLACE(), ({ x, y }) =>
    of.push({ kind: "event", event: "LOCATION", latitude: x, longitude: y, precision: "65" }));
}

async function bytes(kind, chosen) {
  if (chosen?.size) return [chosen.name, chosen];
  const [name, base64] = SAMPLES[kind];
  return [name, Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))];
}

function file(of, kind) {
  const accept = kind === "image" ? ".png,.jpg,.jpeg,.gif,.bmp" : ".amr,.mp3";
  const fields = [field(word("file"), h("input", { type: "file", name: "file", accept }), word("sample"))];
  if (kind === "voice") fields.push(field(word("recognition"), h("input", { name: "recognition" })));
  of.dialog(word(kind === "image" ? "picture" : "voice"), fields, async (values) => {
    const [name, content] = await bytes(kind, values.file);
    const id = await of.page.attempt(() => ask.upload(of.appId(), kind, name, content));
    if (!id) return undefined;
    if (kind === "image") return of.push({ kind, media_id: id, pic_url: location.origin + ask.media(of.appId(), id) });
    const format = name.split(".").at(-1).toLowerCase();
    const recognised = values.recognition ? { recognition: values.recognition } : {};
    return of.push({ kind, media_id: id, format, ...recognised });
  });
}

function link(of) {
  of.dialog(word("link"), [
    field(word("name"), input("title", "公众平台官网链接")),
    field(word("description"), input("description", "公众平台官网链接")),
    field(word("address"), input("url", "http://example.com/", { type: "url" })),
  ], ({ title, description, url }) => of.push({ kind: "link", title, description, url }));
}

function consent(of) {
  const templates = (of.account()?.templates ?? []).filter((one) => one.kind === "subscription");
  if (templates.length === 0) return of.page.notice(word("noTemplate"));
  const entries = templates.map((one) => [one.template_id, plain(one.title)]);
  return of.dialog(word("consent"), [field(word("template"), choice(entries, entries[0][0], null, { name: "id" }))], ({ id }) =>
    of.push({
      kind: "subscribe_msg_popup_event",
      subscribe_msg_popup_event: { list: [{ template_id: id, subscribe_status_string: "accept", popup_scene: 0 }] },
    }));
}

function anything(of) {
  const sample = JSON.stringify({ kind: "CLICK", event_key: "V1001_TODAY_MUSIC" }, null, 2);
  of.dialog(word("anything"), [field(word("pushJson"), h("textarea", { name: "json", rows: 6, value: sample, spellcheck: false }))],
    ({ json }) => of.page.attempt(() => JSON.parse(json)).then((push) => push && of.push(push)));
}

/** A press of a menu button; each type pushes its own, or nothing. */
export function menuClick(of, one) {
  const key = { event_key: one.key ?? "" };
  switch (one.type) {
    case "click": return of.push({ kind: "CLICK", ...key });
    case "view":
      of.page.notice(word("opens", { url: exact(one.url) }), false);
      return of.push({ kind: "VIEW", event_key: one.url });
    case "miniprogram": return of.push({ kind: "view_miniprogram", event_key: one.pagepath });
    case "scancode_push":
    case "scancode_waitmsg":
      return of.dialog(plain(one.name), [field(word("scanned"), input("result", "1"))], ({ result }) =>
        of.push({ kind: one.type, ...key, scan_code_info: { scan_type: "qrcode", scan_result: result } }));
    case "pic_sysphoto":
    case "pic_photo_or_album":
    case "pic_weixin": {
      const item = [{ pic_md5_sum: "1b5f7c23b5bf75682a53e7b6d163e185" }];
      return of.push({ kind: one.type, ...key, send_pics_info: { count: 1, pic_list: [{ item }] } })
        .then(() => file(of, "image"));
    }
    case "location_select":
      return of.dialog(plain(one.name), [...PLACE(), field(word("label"), input("label", "深圳市"))], ({ x, y, label }) =>
        of.push({ kind: one.type, ...key,
          send_location_info: { location_x: x, location_y: y, scale: "15", label, poiname: "" } }));
    default: return of.page.notice(word("noPush"), false);
  }
}
