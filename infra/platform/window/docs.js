// The OpenAPI document of the product, to read: routes, schemas, examples.

import { button, exact, h, pretty, show } from "./dom.js";
import { get } from "./ask.js";
import { remembered, speak, spoken, word } from "./words.js";

const at = (id) => document.getElementById(id);
const VERBS = ["get", "post", "put", "patch", "delete"];
let spec;

/** What a `$ref` names; a part of this document, or nothing. */
function named(schema) {
  const name = /^#\/components\/schemas\/([\w.-]+)$/.exec(schema?.$ref ?? "")?.[1];
  return name ? { name, schema: spec.components?.schemas?.[name] ?? {} } : null;
}

/** The type of a schema in a few words, with a link where it has a name. */
function kind(schema) {
  const ref = named(schema);
  if (ref) return [h("a", { href: `#schema-${ref.name}` }, exact(ref.name))];
  if (schema?.type === "array") return ["[", kind(schema.items), "]"];
  const several = schema?.oneOf ?? schema?.anyOf ?? schema?.allOf;
  if (several) return several.flatMap((one, n) => (n ? [" | ", kind(one)] : [kind(one)]));
  if (schema?.const !== undefined) return [h("code", {}, exact(JSON.stringify(schema.const)))];
  const types = [].concat(schema?.type ?? "any").join(" | ");
  return [types, schema?.format ? ` (${exact(schema.format)})` : ""];
}

const RULES = ["minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern", "default", "enum"];

function rules(schema) {
  const told = RULES.filter((name) => schema?.[name] !== undefined).map((name) => `${name} ${JSON.stringify(schema[name])}`);
  return told.length ? h("small", {}, ` ${exact(told.join(" · "))}`) : null;
}

function fields(schema, depth = 0) {
  const inner = schema?.properties ?? {};
  const lines = Object.entries(inner).map(([name, one]) => h("li", {},
    h("code", {}, exact(name)), " ", kind(one), schema.required?.includes(name) ? h("b", {}, ` ${word("required")}`) : null,
    rules(one), one.description ? h("div", {}, exact(one.description)) : null,
    depth < 4 && one.properties ? fields(one, depth + 1) : null));
  const several = (schema?.oneOf ?? schema?.anyOf ?? schema?.allOf ?? []).filter((one) => one.properties);
  return [lines.length ? h("ul", { className: "schema" }, lines) : null, depth < 4 ? several.map((one) => fields(one, depth + 1)) : null];
}

/** A value that the schema allows, made of its own examples where there are some. */
export function example(schema, depth = 0) {
  const ref = named(schema);
  const one = ref ? ref.schema : schema ?? {};
  if (one.example !== undefined) return one.example;
  if (one.examples?.length) return one.examples[0];
  if (one.const !== undefined) return one.const;
  if (one.default !== undefined) return one.default;
  if (one.enum) return one.enum[0];
  if (depth > 6) return null;
  const several = one.oneOf ?? one.anyOf;
  if (several) return example(several[0], depth + 1);
  if (one.allOf) return Object.assign({}, ...one.allOf.map((part) => example(part, depth + 1)));
  const type = [].concat(one.type ?? (one.properties ? "object" : "null"))[0];
  switch (type) {
    case "object": {
      const wanted = Object.entries(one.properties ?? {}).filter(([name]) => one.required?.includes(name) || depth === 0);
      return Object.fromEntries(wanted.map(([name, inner]) => [name, example(inner, depth + 1)]));
    }
    case "array": return [example(one.items, depth + 1)];
    case "integer":
    case "number": return one.minimum ?? 0;
    case "boolean": return false;
    case "string": return one.format === "date-time" ? "2025-11-21T10:00:00Z" : "…";
    default: return null;
  }
}

function content(body) {
  return Object.entries(body?.content ?? {}).map(([type, { schema, example: own, examples }]) => {
    const ref = named(schema);
    const given = own ?? Object.values(examples ?? {})[0]?.value;
    return h("div", {}, h("code", {}, exact(type)), " ", kind(schema), fields(ref ? ref.schema : schema),
      /json/.test(type) ? h("details", {}, h("summary", {}, word("example")), h("pre", { tabIndex: 0 }, pretty(given ?? example(schema)))) : null);
  });
}

function operation(path, verb, route, shared) {
  const parameters = [...(shared ?? []), ...(route.parameters ?? [])];
  return h("details", { id: route.operationId ? `route-${route.operationId}` : "" },
    h("summary", {}, h("span", { className: "verb" }, verb.toUpperCase()), h("code", {}, exact(path)), h("div", {}, exact(route.summary ?? ""))),
    route.description ? h("p", {}, exact(route.description)) : null,
    parameters.length ? [h("h3", {}, word("parameters")), h("ul", { className: "schema" }, parameters.map((one) => h("li", {},
      h("code", {}, exact(one.name)), ` ${exact(one.in)} · `, kind(one.schema), one.required ? h("b", {}, ` ${word("required")}`) : null,
      rules(one.schema), one.description ? h("div", {}, exact(one.description)) : null)))] : null,
    route.requestBody ? [h("h3", {}, word("body")), content(route.requestBody)] : null,
    h("h3", {}, word("answer")), Object.entries(route.responses ?? {}).map(([status, answer]) => h("details", {},
      h("summary", {}, h("b", {}, exact(status)), ` ${exact(answer.description ?? "")}`), content(answer))));
}

function schemas() {
  return Object.entries(spec.components?.schemas ?? {}).map(([name, schema]) => h("details", { id: `schema-${name}` },
    h("summary", {}, h("code", {}, exact(name)), " ", kind(schema)),
    schema.description ? h("p", {}, exact(schema.description)) : null, rules(schema), fields(schema)));
}

/** Opens what the address names. */
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === "DETAILS") {
    target.open = true;
    target.scrollIntoView();
  }
}

function draw() {
  document.documentElement.lang = spoken() === "zh" ? "zh-CN" : "en";
  document.title = word("docs");
  at("title").textContent = word("docs");
  show(at("tools"), h("a", { href: "/" }, word("back")), button(word("language"), () => {
    speak(spoken() === "zh" ? "en" : "zh");
    draw();
  }, { "data-key": "language" }));
  if (!spec) return;
  const routes = Object.entries(spec.paths ?? {}).flatMap(([path, item]) =>
    VERBS.filter((verb) => item[verb]).map((verb) => operation(path, verb, item[verb], item.parameters)));
  show(at("document"), h("p", {}, `${exact(spec.info?.title)} ${exact(spec.info?.version)} — ${exact(spec.info?.description ?? "")}`),
    h("h2", {}, `${word("operations")} (${routes.length})`), routes, h("h2", {}, word("schemas")), schemas());
  follow();
}

document.documentElement.dataset.colours = remembered("colours") ?? "";
addEventListener("hashchange", follow);
draw();
try {
  spec = await get("document");
  draw();
} catch (error) {
  show(at("document"), h("p", { className: "note bad", role: "alert" }, exact(error.message)));
}
