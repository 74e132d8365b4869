import assert from "node:assert/strict";
import { anyClient } from "../e2e/people.js";
import { numbers, until } from "../e2e/time.js";

/** Comes back at once, as often as it takes. */
const impatient = {
  reconnection: true,
  reconnectionDelay: 50,
  reconnectionDelayMax: 100,
  randomizationFactor: 0,
};
/** How many sends of one device wait for their acks at a time. */
const IN_FLIGHT = 4;

/** Somebody whose device sends and sends, each message with a `clientId` and a content of its own. */
export class Sender {
  /** The messages that were acked, by their contents. */
  acked = new Map();
  /** What was sent and not acked, by content. */
  unacked = new Map();
  #sending = false;

  /** `targets` are pairs of an event and the fields that address it; they take turns. */
  constructor(person, targets, client = anyClient) {
    Object.assign(this, { person, targets });
    this.device = person.device(client, impatient);
  }

  /** Sends until {@link stop}. */
  start() {
    this.#sending = true;
    for (let n = 0; n < IN_FLIGHT; n++) this.#sendNext();
  }

  stop() {
    this.#sending = false;
  }

  /** Sends again what was not acked, under the same `clientId`s, and waits until it is. */
  async resend() {
    for (const content of this.unacked.keys()) this.#send(content);
    await until("acks of what was sent again", () => this.unacked.size === 0, 15_000);
  }

  #sendNext() {
    if (!this.#sending || !this.device.connected) return;
    const n = this.acked.size + this.unacked.size;
    const [event, address] = this.targets[n % this.targets.length];
    const content = `${this.person.username} sends ${n}`;
    this.unacked.set(content, [event, { ...address, content, clientId: `c${n}` }]);
    this.#send(content);
  }

  #send(content) {
    this.device.socket.emit(...this.unacked.get(content), (ack) => {
      if (!ack.success) return;
      this.unacked.delete(content);
      // A repeated send may be acked twice, with the same message.
      if (this.acked.has(content)) assert.equal(ack.message._id, this.acked.get(content)._id);
      this.acked.set(content, ack.message);
      this.#sendNext();
    });
  }
}

/**
 * Compares what the senders know with what is stored in their conversations, `[who may read it, its id]` each: all that
 * was acked is there as it was acked, nothing is there twice or was never sent, and no number is left out. Answers the
 * contents that are stored.
 */
export async function assertStored(senders, conversations) {
  const histories = await Promise.all(conversations.map(([reader, id]) => reader.history(id)));
  const stored = new Map();
  for (const history of histories) {
    assert.deepEqual(
      history.map(({ seq }) => seq),
      numbers(history.length),
    );
    for (const message of history) {
      assert.ok(!stored.has(message.content), `"${message.content}" is there twice`);
      stored.set(message.content, message);
    }
  }
  const known = new Set();
  for (const { acked, unacked } of senders) {
    for (const [content, { _id, seq, conversationId }] of acked) {
      const found = stored.get(content);
      assert.deepEqual([found?._id, found?.seq, found?.conversationId], [_id, seq, conversationId], content);
      known.add(content);
    }
    for (const content of unacked.keys()) known.add(content);
  }
  for (const content of stored.keys()) assert.ok(known.has(content), `nobody sent "${content}"`);
  return new Set(stored.keys());
}
