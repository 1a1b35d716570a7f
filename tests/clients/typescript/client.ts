// What openapi-typescript makes of infra/openapi.yaml: calls that must compile, and mistakes that must not.

import createClient from "openapi-fetch";
import type { components, paths } from "./api";

type Schemas = components["schemas"];

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:9000" });
const path = { account: "demo" };

const message: Schemas["SendTemplateMessage"] = {
  client_msg_id: "order-1",
  touser: "oT3x_uK9bqVwZ2m4LrNcY8dEfGhI",
  template_id: "TPL",
  data: { thing1: { value: "已发货" } },
};

export async function send(): Promise<Schemas["State"] | undefined> {
  const route = "/v1/accounts/{account}/template-messages";
  const { data, error } = await client.POST(route, { params: { path }, body: message });
  if (error && "error" in error) console.error(error.error.type, error.error.field);
  else if (error) console.error(error.message);
  const many = await client.POST(route, { params: { path }, body: [message, message] });
  if (Array.isArray(many.data)) console.log(many.data.map((one) => one.client_msg_id));
  return Array.isArray(data) ? data[0]?.state : data?.state;
}

export async function list(): Promise<string[]> {
  const query = { state: "failed", limit: 5 } as const;
  const { data } = await client.GET("/v1/accounts/{account}/messages", { params: { path, query } });
  return data?.messages.map((row) => `${row.state} ${row.error?.errmsg ?? ""}`) ?? [];
}

export async function campaign(): Promise<Schemas["CampaignState"] | undefined> {
  const { data } = await client.POST("/v1/accounts/{account}/mass-sends", {
    params: { path },
    body: { to: { tag_id: 2 }, message: { msgtype: "mpnews", mpnews: { media_id: "M" } } },
  });
  return data?.state;
}

export async function relay(): Promise<number | undefined> {
  const { error } = await client.GET("/v1/accounts/{account}/wechat/{path}", {
    params: { path: { ...path, path: "cgi-bin/user/info" }, query: { openid: message.touser } },
  });
  return error && "errcode" in error ? error.errcode : undefined;
}

// @ts-expect-error a member that is not known
export const typo: Schemas["SendTemplateMessages"] = { ...message, clientMsgId: "order-1" };
// @ts-expect-error the object of another kind
export const kind: Schemas["CustomerServiceMessage"] = { touser: "oA", msgtype: "text", image: { media_id: "M" } };
// @ts-expect-error a tag that is no number
export const tag: Schemas["MassTarget"] = { tag_id: "2" };
// @ts-expect-error no such state
export const state: Schemas["State"] = "done";
