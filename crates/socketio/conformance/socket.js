import assert from "node:assert/strict";
import { Wire } from "./engine.js";

/** A WebSocket that is connected to the namespace, with CONNECT's answer and `auth` taken. */
export async function connected(server, namespace = "/", auth = "") {
  const wire = await Wire.open(server, "/socket.io/");
  await join(wire, namespace, auth);
  return wire;
}

/** Connects an open WebSocket to a namespace; the socket's id there. */
export async function join(wire, namespace = "/", auth = "") {
  const prefix = namespace === "/" ? "" : `${namespace},`;
  wire.send(`40${prefix}${auth}`);
  const answer = await wire.next();
  assert.ok(answer.startsWith(`40${prefix}{`), answer);
  const { sid, ...rest } = JSON.parse(answer.slice(2 + prefix.length));
  assert.match(sid, /^[\w-]{16,}$/);
  assert.deepEqual(rest, {});
  assert.equal(await wire.next(), `42${prefix}["auth",${auth || "{}"}]`);
  return sid;
}

/** The server answers on `/`, and nothing else was waiting before that answer. */
export async function assertAnswers(wire) {
  wire.send('42["message","still here?"]');
  assert.equal(await wire.next(), '42["message-back","still here?"]');
}

/** A placeholder for the binary attachment of that number. */
export function attachment(num) {
  return `{"_placeholder":true,"num":${num}}`;
}
