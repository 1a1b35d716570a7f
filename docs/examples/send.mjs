// Sends a template message; Node 18 or later, nothing else.
//
// WECHAT_API=https://….execute-api.….amazonaws.com, and AWS's usual variables for region and keys. With AWS's SDK at hand,
// SignatureV4 of @smithy/signature-v4 signs in place of sign() and finds the keys of roles as well.
import { createHash, createHmac } from "node:crypto";

const { WECHAT_API: api, AWS_REGION: region, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;

const digest = (text) => createHash("sha256").update(text).digest("hex");
const mac = (key, text) => createHmac("sha256", key).update(text).digest();

// The headers that sign a request (Signature Version 4).
function sign(method, url, body) {
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const headers = { host: url.host, "x-amz-date": now, ...(token && { "x-amz-security-token": token }) };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("");
  const query = url.search.slice(1).split("&").sort().join("&");
  const asked = [method, url.pathname, query, lines, names, digest(body)].join("\n");
  const scope = [now.slice(0, 8), region, "execute-api", "aws4_request"];
  const key = scope.reduce(mac, `AWS4${secret}`);
  const signature = mac(key, ["AWS4-HMAC-SHA256", now, scope.join("/"), digest(asked)].join("\n")).toString("hex");
  const by = `AWS4-HMAC-SHA256 Credential=${id}/${scope.join("/")}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization: by, "content-type": "application/json" };
}

async function call(method, path, body) {
  const url = new URL(path, api);
  const text = body === undefined ? "" : JSON.stringify(body);
  const answer = await fetch(url, { method, headers: sign(method, url, text), body: text || undefined });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.json();
}

// The same client_msg_id again sends nothing twice: take one of your own, such as the order's number.
console.log(JSON.stringify(await call("POST", "/v1/accounts/demo/template-messages", {
  client_msg_id: process.env.CLIENT_MSG_ID ?? "order-1042",
  touser: "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
  template_id: "pQ7rS9tUvWxYz1A2b3C4d5E6f7G8h9I0jKlMnOpQrSt",
  data: { thing2: { value: "已发货" }, character_string1: { value: "1042" }, time3: { value: "2026-11-21 18:00" } },
})));
