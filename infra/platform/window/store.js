// What the page knows. Everything has a key, so that what comes twice is there once.

const MOST = { pushes: 500, calls: 600, messages: 600, log: 2000, shown: 300 };

export class Store {
  constructor() {
    this.listeners = new Map();
    // Until everything was told once, what is not there may only not have come yet.
    this.begun = false;
    this.clear();
  }

  clear() {
    this.settings = { accounts: [], faults: [], clock: { now_ms: Date.now(), offset_ms: 0 }, behind: false };
    this.received = Date.now();
    this.pushes = new Map();
    this.calls = new Map();
    this.messages = new Map();
    this.log = new Map();
    this.phones = new Map();
  }

  /** Calls back after something of that name changed: settings, pushes, calls, messages, log, phones. */
  on(names, listener) {
    for (const name of names.split(" ")) {
      if (!this.listeners.has(name)) this.listeners.set(name, new Set());
      this.listeners.get(name).add(listener);
    }
  }

  changed(name) {
    for (const listener of this.listeners.get(name) ?? []) listener();
  }

  /** An event of the stream. */
  take(kind, data) {
    switch (kind) {
      case "snapshot": return this.begin(data);
      case "settings": return this.set(data);
      case "push_begun": return this.put("pushes", data.push_id, { ...data, under_way: true });
      case "attempt": return this.attempt(data);
      case "push": return this.put("pushes", data.push_id, data);
      case "call": return this.put("calls", data.rid, data);
      case "message": return this.put("messages", data.n, data);
      case "log": return this.put("log", data.n, data);
      case "shown": return this.shown(data);
      default: return undefined;
    }
  }

  begin(data) {
    this.clear();
    this.begun = true;
    this.settings = data.settings;
    this.received = Date.now();
    for (const push of data.pushes) this.keep("pushes", push.push_id, push);
    for (const call of data.calls) this.keep("calls", call.rid, call);
    for (const message of data.messages) this.keep("messages", message.n, message);
    for (const line of data.log) this.keep("log", line.n, line);
    for (const { app_id, openid, shown } of data.phones) {
      const screen = this.screen(app_id, openid);
      for (const one of shown) screen.set(one.n, one);
    }
    for (const name of ["settings", "pushes", "calls", "messages", "log", "phones"]) this.changed(name);
  }

  set(settings) {
    this.settings = settings;
    this.received = Date.now();
    this.changed("settings");
  }

  attempt({ push_id, attempt }) {
    const push = this.pushes.get(push_id);
    if (!push?.under_way) return;
    const others = push.attempts.filter((one) => one.n !== attempt.n);
    this.put("pushes", push_id, { ...push, attempts: [...others, attempt].sort((a, b) => a.n - b.n) });
  }

  shown({ app_id, openid, shown }) {
    const screen = this.screen(app_id, openid);
    screen.set(shown.n, shown);
    cut(screen, MOST.shown);
    this.changed("phones");
  }

  put(name, key, value) {
    this.keep(name, key, value);
    this.changed(name);
  }

  keep(name, key, value) {
    this[name].set(key, value);
    cut(this[name], MOST[name]);
  }

  screen(appId, openid) {
    const key = JSON.stringify([appId, openid]);
    if (!this.phones.has(key)) this.phones.set(key, new Map());
    return this.phones.get(key);
  }

  account(appId) {
    return this.settings.accounts.find((account) => account.app_id === appId);
  }

  /** Whether the functions run behind the simulator. */
  get behind() {
    return this.settings.behind;
  }

  /** The platform's time now. */
  now() {
    return this.settings.clock.now_ms + (Date.now() - this.received);
  }

  /** What was said between a follower and an account, in order. */
  conversation(appId, openid) {
    const said = [...this.pushes.values()]
      .filter((push) => push.app_id === appId && push.openid === openid && isOfFollower(push.push))
      .map((push) => ({ key: `p${push.push_id}`, at_ms: push.at_ms, push }));
    const shown = [...this.screen(appId, openid).values()]
      .map((one) => ({ key: `s${one.n}`, at_ms: one.at_ms, shown: one }));
    return [...said, ...shown].sort((a, b) => a.at_ms - b.at_ms);
  }

  /** Followers of whom anything is known here, the latest first. */
  followers(appId) {
    const seen = new Map();
    for (const push of this.pushes.values()) {
      if (push.app_id === appId && isOfFollower(push.push)) seen.set(push.openid, push.at_ms);
    }
    for (const [key, screen] of this.phones) {
      const [app, openid] = JSON.parse(key);
      const last = [...screen.values()].at(-1);
      if (app === appId && last) seen.set(openid, Math.max(seen.get(openid) ?? 0, last.at_ms));
    }
    return [...seen].sort((a, b) => b[1] - a[1]).map(([openid]) => openid);
  }
}

/** Results and news are pushed by the platform; nobody says them. */
export function isOfFollower(push) {
  const name = push.kind === "event" ? push.event : push.kind;
  return !/JOBFINISH$|^subscribe_msg_sent|_verify_|^annual_renew|^verify_expired|^user_(info|authorization)_|^guide_|^kf_/i
    .test(name ?? "");
}

/** Lets the oldest go. */
function cut(map, most) {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
