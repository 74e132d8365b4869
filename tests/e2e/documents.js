import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";

/**
 * What the server says of itself. Every answer, ack and event of every test is checked against it; a key that is not
 * described is a fault, although clients must ignore it.
 */
export class Documents {
  #ajv = new Ajv2020({ strict: false, validateFormats: false });
  #openapi;
  #asyncapi;
  #validators = new Map();

  static async load(url) {
    const load = async (name) => (await fetch(`${url}/api/${name}.json`)).json();
    return new Documents(await load("openapi"), await load("asyncapi"));
  }

  constructor(openapi, asyncapi) {
    for (const document of [openapi, asyncapi]) {
      for (const schema of Object.values(document.components.schemas)) {
        if (schema.properties) schema.additionalProperties = false;
      }
    }
    this.#openapi = openapi;
    this.#asyncapi = asyncapi;
    this.#ajv.addSchema(openapi, "openapi").addSchema(asyncapi, "asyncapi");
  }

  /** The names of the events that clients emit. */
  get eventsFromClients() {
    return this.#events("receive");
  }

  /** The names of the events that the server emits. */
  get eventsFromServer() {
    return this.#events("send");
  }

  #events(action) {
    const operations = Object.entries(this.#asyncapi.operations);
    return operations.filter(([, operation]) => operation.action === action).map(([name]) => name);
  }

  /** Every route, such as `GET /api/users/{id}`, and what is said of it. */
  get routes() {
    const routes = Object.entries(this.#openapi.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    );
    return new Map(routes);
  }

  /** The schema of what clients emit with this event. */
  payloadOf(event) {
    return this.#resolved(this.#asyncapi, this.#asyncapi.components.messages[event].payload);
  }

  /** The schema of the JSON that a route takes, if it takes any. */
  bodyOf(route) {
    const media = this.routes.get(route).requestBody?.content["application/json"];
    return media && this.#resolved(this.#openapi, media.schema);
  }

  /** A schema, and those of its properties, with what they refer to; under `name` what they are called. */
  #resolved(document, schema) {
    const name = schema.$ref?.split("/").at(-1);
    const whole = name ? { ...document.components.schemas[name], name } : schema;
    const properties = Object.entries(whole.properties ?? {}).map(([key, property]) => [
      key,
      this.#resolved(document, property),
    ]);
    return { ...whole, properties: Object.fromEntries(properties) };
  }

  checkAnswer(method, url, status, body) {
    const route = url.split("?")[0];
    const [path, methods] = this.#route(route);
    const operation = methods?.[method.toLowerCase()];
    if (!operation) {
      assert.ok([404, 405].includes(status), `${method} ${route} answers ${status} and is not documented`);
      return;
    }
    const pointer = `#/paths/${escape(path)}/${method.toLowerCase()}/responses/${status}`;
    const media = operation.responses[status]?.content ?? {};
    assert.ok(operation.responses[status], `${method} ${path} answers ${status} and does not say so`);
    if (media["application/json"]?.schema) {
      const at = `${pointer}/content/${escape("application/json")}/schema`;
      this.#check(`openapi${at}`, body, `${method} ${path}: ${status}`);
    }
  }

  checkEvent(name, payload) {
    assert.ok(this.#asyncapi.components.messages[name], `${name} is not documented`);
    this.#check(`asyncapi#/components/messages/${name}/payload`, payload, name);
  }

  checkAck(name, ack) {
    const isDocumented = `${name}_ack` in this.#asyncapi.components.messages;
    if (isDocumented) this.#check(`asyncapi#/components/messages/${name}_ack/payload`, ack, `ack of ${name}`);
    else assert.equal(ack?.code, "unknown_event", `${name} is handled and not documented`);
  }

  /** The documented path that a route is of: one without parameters goes first. */
  #route(route) {
    const pattern = (path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
    const fitting = Object.entries(this.#openapi.paths).filter(([path]) => pattern(path).test(route));
    return fitting.find(([path]) => path === route) ?? fitting[0] ?? [];
  }

  #check(schema, value, what) {
    if (!this.#validators.has(schema)) this.#validators.set(schema, this.#ajv.compile({ $ref: schema }));
    const validate = this.#validators.get(schema);
    const problem = () => `${what}: ${this.#ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`;
    assert.ok(validate(value), validate.errors ? problem() : "");
  }
}

function escape(key) {
  return encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"));
}
