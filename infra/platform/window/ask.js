// Requests to the simulator, and what a refusal says.

export class Refused extends Error {}

async function ask(method, path, body, type) {
  let response;
  try {
    response = await fetch(path, { method, body, headers: type ? { "content-type": type } : {} });
  } catch (error) {
    throw new Refused(String(error.message ?? error));
  }
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = text;
  }
  if (!response.ok) throw new Refused(reason(answer) ?? `HTTP ${response.status}`);
  return answer;
}

function reason(answer) {
  const error = answer?.error;
  if (!error) return answer?.message;
  if (error.message) return error.message;
  if (error.rule) return `${error.field}: ${error.rule}`;
  return error.unknown ? `unknown ${error.unknown}: ${error.name}` : JSON.stringify(error);
}

const control = (path) => `/_control${path ? "/" : ""}${path}`;
const part = encodeURIComponent;

export const get = (path) => ask("GET", control(path));
export const post = (path, body) => ask("POST", control(path), JSON.stringify(body ?? {}), "application/json");
export const remove = (path) => ask("DELETE", control(path));
export const push = (appId, push, more) => post("pushes", { app_id: appId, push, ...more });
export const follower = (appId, openid) => get(`followers/${part(appId)}?openid=${part(openid)}`);
export const media = (appId, id) => control(`media/${part(appId)}/${part(id)}`);

/** Puts a file where the product finds it; answers its media_id. */
export async function upload(appId, kind, name, bytes) {
  const path = control(`media/${part(appId)}?kind=${part(kind)}&name=${part(name)}`);
  return (await ask("POST", path, bytes, "application/octet-stream")).media_id;
}

/** A signed route of what runs behind. */
export const behind = (method, path, body) =>
  ask(method, control(`behind${path}`), body === undefined ? undefined : JSON.stringify(body), "application/json");

/** A call of WeChat's API as the account's own systems make it, with its token. */
export const wechat = (account, path, body) =>
  behind("POST", `/v1/accounts/${part(account)}/wechat${path}`, body);
