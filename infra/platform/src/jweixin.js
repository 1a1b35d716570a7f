// Plays WeChat's jweixin: checks the signature at the simulator and draws wx-open-subscribe.
(() => {
  const base = new URL(document.currentScript.src).origin;
  const listeners = { ready: [], error: [] };
  let verdict = null;

  const tell = (kind, detail) => listeners[kind].splice(0).forEach((listener) => listener(detail));

  // The tag's templates are drawn apart from the page, as in WeChat.
  class Subscribe extends HTMLElement {
    draw() {
      const parts = [...this.querySelectorAll('script[type="text/wxtag-template"]')];
      const parse = (part) => new DOMParser().parseFromString(part.textContent, "text/html");
      const root = this.attachShadow({ mode: "open" });
      for (const part of parts.map(parse)) {
        for (const style of part.querySelectorAll("style")) {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(style.textContent);
          root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
          style.remove();
        }
        root.append(...part.body.childNodes);
      }
      root.addEventListener("click", () => this.ask());
    }

    ask() {
      const ids = (this.getAttribute("template") || "").split(",").filter(Boolean);
      const fail = (errCode, errMsg) =>
        this.dispatchEvent(new CustomEvent("error", { detail: { errCode, errMsg } }));
      if (ids.length === 0) return fail(10001, "subscribe:fail no template");
      if (ids.length > 3) return fail(20003, "subscribe:fail too many templates");
      const chosen = ids.map((id) => [id, JSON.stringify({ status: "accept" })]);
      const subscribeDetails = JSON.stringify(Object.fromEntries(chosen));
      const detail = { errMsg: "subscribe:ok", subscribeDetails };
      this.dispatchEvent(new CustomEvent("success", { detail }));
    }
  }

  const config = async (given) => {
    const { appId, timestamp, nonceStr, signature } = given;
    const query = new URLSearchParams({ appId, timestamp, nonceStr, signature, url: location.href });
    const answer = await fetch(`${base}/_jweixin/check?${query}`);
    verdict = await answer.json();
    document.documentElement.dataset.wxConfig = verdict.errMsg;
    if (verdict.errMsg !== "config:ok") return tell("error", verdict);
    if ((given.openTagList || []).includes("wx-open-subscribe")) {
      customElements.define("wx-open-subscribe", Subscribe);
      document.querySelectorAll("wx-open-subscribe").forEach((tag) => tag.draw());
    }
    tell("ready");
  };

  const when = (kind, wanted) => (listener) => {
    const over = verdict && (verdict.errMsg === "config:ok") === wanted;
    if (over) listener(verdict);
    else listeners[kind].push(listener);
  };

  window.wx = { config, ready: when("ready", true), error: when("error", false) };
})();
