import assert from "node:assert/strict";
import { sleep } from "./time.js";

/** How long nobody else has to get anything. */
const QUIET = 150;

/**
 * Plays a conversation and checks it. One line is one step:
 *
 *     alice sends   send_direct_message {"recipientId":"$bob","content":"hi"}
 *     alice ack     {"success":true,"message":{"_id":"$m1"}}
 *     bob   gets    new_message {"message":{"_id":"$m1","content":"hi"}}
 *     carol nothing new_message
 *
 * Names are keys of `devices`; `$name` stands for a value of `known`, or is learnt where it first
 * appears. An answer or event may have more keys than the line says, never other values.
 */
export async function play(devices, known, transcript) {
  const values = new Map(Object.entries(known));
  const acks = new Map();
  for (const line of transcript
    .split("\n")
    .map((text) => text.trim())
    .filter(Boolean)) {
    const [, who, does, rest] = /^(\S+)\s+(sends|ack|gets|nothing)\s+(.*)$/.exec(line);
    const device = devices[who];
    const [name, json] = does === "ack" ? ["", rest] : split(rest);
    const payload = json === "" ? undefined : JSON.parse(json);
    if (does === "sends") {
      acks.set(who, [...(acks.get(who) ?? []), device.send(name, filled(payload, values))]);
    } else if (does === "ack") {
      match(payload, await acks.get(who).shift(), values, line);
    } else if (does === "gets") {
      match(payload, await device.gets(name), values, line);
    } else {
      await sleep(QUIET);
      assert.deepEqual(device.unasked(name), [], line);
    }
  }
  return Object.fromEntries(values);
}

function split(text) {
  const space = text.search(/\s|$/);
  return [text.slice(0, space), text.slice(space).trim()];
}

function filled(value, values) {
  if (typeof value === "string" && value.startsWith("$")) {
    assert.ok(values.has(value.slice(1)), `${value} is not known yet`);
    return values.get(value.slice(1));
  }
  if (Array.isArray(value)) return value.map((item) => filled(item, values));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, values)]));
}

function match(expected, actual, values, line, where = "") {
  const message = `${line}\n  at ${where || "the top"}: ${JSON.stringify(actual)}`;
  if (expected === undefined) return;
  if (typeof expected === "string" && expected.startsWith("$")) {
    const name = expected.slice(1);
    if (!values.has(name)) values.set(name, actual);
    assert.notEqual(actual, undefined, message);
    assert.deepEqual(actual, values.get(name), message);
  } else if (Array.isArray(expected)) {
    assert.equal(actual?.length, expected.length, message);
    for (const [index, item] of expected.entries())
      match(item, actual[index], values, line, `${where}[${index}]`);
  } else if (expected !== null && typeof expected === "object") {
    assert.ok(actual !== null && typeof actual === "object", message);
    for (const [key, item] of Object.entries(expected))
      match(item, actual[key], values, line, `${where}.${key}`);
  } else {
    assert.deepEqual(actual, expected, message);
  }
}
