// WeChat's texts: plain, but for its links. Everything else that looks like markup is a text.

import { h, plain } from "./dom.js";

// An `a` whose quotes are right; whatever else stands in the tag is left out.
const LINK = /<a\s[^<>]*?href\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')[^<>]*>([^<]*)<\/a>/gi;

/**
 * The parts of a text: `{text}`, `{text, href}` for a link to http or https, `{text, target}` for one that a phone
 * alone can follow (weixin:// and all others), whose target is told and not followed.
 */
export function parts(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    const target = (match[1] ?? match[2] ?? "").trim();
    found.push(isWeb(target) ? { text: match[3], href: target } : { text: match[3], target });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** Whether a browser may go there. */
export function isWeb(address) {
  // A browser reads tabs and line ends out of an address; WeChat writes none into one.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f]/.test(address)) return false;
  return /^https?:\/\/[^/\\@]+([/?#]|$)/i.test(address) && URL.canParse(address);
}

/** A text as a bubble shows it. */
export function rich(text) {
  return parts(String(text ?? "")).map((part) => {
    if (part.href) return link(part.href, part.text);
    if (part.target !== undefined) return [plain(part.text), h("small", { className: "target" }, ` (${plain(part.target)})`)];
    return plain(part.text);
  });
}

/** A link that tells where it goes, opened by the person alone. */
export function link(href, text) {
  if (!isWeb(href)) return h("span", {}, plain(text || href));
  return h("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, plain(text || href));
}
