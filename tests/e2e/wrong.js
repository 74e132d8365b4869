const list = (depth) => "[".repeat(depth) + "]".repeat(depth);

/** Values of every kind, as JSON text, which no parser of ours may be harmed by. */
const VALUES = {
  null: "null",
  boolean: "true",
  number: "7",
  fraction: "1.5",
  negative: "-1",
  infinite: "1e400",
  vast: "9".repeat(400),
  text: '"text"',
  list: '["text"]',
  operators: '[{"$ne":null}]',
  object: '{"$ne":null}',
  prototype: '{"__proto__":{"length":1}}',
  deep: list(400),
  abyss: list(50_000),
};

/** What may be a value of this type. */
const FITTING = { string: ["text"], integer: ["number"], array: ["list"], object: [] };

/** Texts that are no id of anything, or of nothing that there is. */
export const NO_IDS = [
  "65a51c2f0123456789abcdef",
  "ffffffffffffffffffffffff",
  "nonsense",
  "",
  "65A51C2F0123456789ABCDEF",
  "65a51c2f0123456789abcde",
  "65a51c2f0123456789abcdef0",
  "\u0000",
  "__proto__",
  '{"$ne":null}',
  "ü".repeat(24),
  "7".repeat(5000),
];

/** What can't be a value of this schema, as JSON text. One that may be left out may be null, too. */
function wrongValues(schema, isRequired) {
  const types = [schema.type].flat();
  const fitting = types.flatMap((type) => FITTING[type] ?? []);
  if (schema.enum) fitting.splice(0);
  if (!isRequired) fitting.push("null");
  const values = Object.entries(VALUES).filter(([name]) => !fitting.includes(name));
  const { minLength, maxLength } = schema;
  return [
    ...values.map(([, json]) => json),
    ...(minLength ? [JSON.stringify("x".repeat(minLength - 1))] : []),
    ...(maxLength ? [JSON.stringify("x".repeat(maxLength + 1))] : []),
  ];
}

/** A text that is longer than anything asked for. */
const ENDLESS = JSON.stringify("x".repeat(100_000));

/** The code that a wrong value of a field is refused with; the others are `invalid_payload`. */
const CODES = { file: "invalid_file" };

/** The code for an id that is nobody's or nothing's, and for a list with one in it. */
const ABSENT = {
  recipientId: "user_not_found",
  participants: "user_not_found",
  userIds: "user_not_found",
  conversationId: "not_a_member",
  messageId: "message_not_found",
  replyTo: "message_not_found",
};

/** The code for an endless text where it is not `invalid_payload`. */
const ENDLESS_CODES = {
  content: "too_long",
  emoji: "invalid_emoji",
  token: "authentication_failed",
  setupCode: "invalid_setup_code",
};

/** JSON text of an object, in which this text stands for a key's value; `undefined` leaves the key out. */
function withText(object, key, json) {
  const rest = Object.entries(object).filter(([name]) => name !== key);
  const fields = rest.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (json !== undefined) fields.push(`${JSON.stringify(key)}:${json}`);
  return `{${fields}}`;
}

/**
 * Everything that is wrong with a payload of this schema but for one thing is like `good`: the JSON text, and the field and
 * the code of its refusal. `codes` are those of endless texts, where they are others.
 */
export function* wrongPayloads(schema, good, codes = {}) {
  if (schema.name === "Id") {
    const wrong = { field: "conversationId", code: "invalid_payload" };
    for (const json of wrongValues(schema, true)) yield { json, ...wrong };
    yield { json: undefined, ...wrong };
    for (const id of NO_IDS) yield { json: JSON.stringify(id), code: "not_a_member" };
    return;
  }
  const whole = { field: "payload", code: "invalid_payload" };
  for (const json of wrongValues({ type: "object" }, true)) {
    if (!json.startsWith("{")) yield { json, ...whole };
  }
  yield { json: undefined, ...whole };
  for (const [key, property] of Object.entries(schema.properties)) {
    const isRequired = schema.required?.includes(key) ?? false;
    const code = CODES[key] ?? "invalid_payload";
    const field = code === "invalid_payload" ? key : undefined;
    for (const json of wrongValues(property, isRequired))
      yield { json: withText(good, key, json), field, code };
    if (isRequired) yield { json: withText(good, key), field, code };
    if (isRequired) yield { json: withText({}, "__proto__", JSON.stringify(good)), code };
    yield { json: `${withText(good, key, '"x"').slice(0, -1)},${JSON.stringify(key)}:"y"}`, ...whole };
    const isList = property.type === "array";
    if (["Id", "ReplyTo"].includes(property.name) || isList) {
      for (const id of NO_IDS) {
        const json = JSON.stringify(isList ? [id] : id);
        yield { json: withText(good, key, json), code: ABSENT[key] };
      }
    } else if ([property.type].flat().includes("string") && !property.maxLength) {
      const endless = { ...ENDLESS_CODES, ...codes }[key] ?? "invalid_payload";
      yield { json: withText(good, key, ENDLESS), code: endless };
    }
  }
}

/** What is wrong behind the question mark, as it stands there, for a parameter of this schema. */
export function wrongParameters(schema) {
  const noPlaces = [
    "-1",
    "1.5",
    "1e3",
    "9".repeat(40),
    "text",
    "%FF",
    "%00",
    "0x1",
    "{%22$ne%22:null}",
    "__proto__",
  ];
  const isZero = schema === "Place" ? [] : ["0"];
  if (["Limit", "Seq", "Place"].includes(schema)) return [...noPlaces, ...isZero];
  if (schema === "Id") return ["nonsense", "%FF", "%00", "{%22$ne%22:null}", "__proto__", "7".repeat(5000)];
  return [];
}
