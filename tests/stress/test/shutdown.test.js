import assert from "node:assert/strict";
import { Person, clients, test } from "../../e2e/people.js";
import { sleep, until } from "../../e2e/time.js";
import { withServer } from "../process.js";
import { Sender, assertStored } from "../senders.js";

const PEOPLE = 32;
const newest = clients.filter(({ name }) => name.startsWith("newest"));

test("SIGTERM under 32 senders loses nothing, and they come back by themselves", { timeout: 60_000 }, () =>
  withServer(async (server) => {
    const { senders, conversations } = await stopUnderSenders(server);
    await server.start();
    await assertStored(senders, conversations);
    await until("everybody to come back", () => senders.every(({ device }) => device.connected), 15_000);
    await Promise.all(senders.map((sender) => sender.resend()));
    const stored = await assertStored(senders, conversations);
    assert.equal(
      stored.size,
      senders.reduce((sum, { acked }) => sum + acked.size, 0),
    );
  }),
);

test("what was stored before the end was acked before it", { timeout: 60_000 }, () =>
  withServer(async (server) => {
    const { senders, conversations } = await stopUnderSenders(server);
    await server.start();
    const stored = await assertStored(senders, conversations);
    const unknown = senders.flatMap(({ unacked }) => [...unacked.keys()]).filter((it) => stored.has(it));
    assert.deepEqual(unknown, []);
  }),
);

/** Lets 32 people send, over every transport, and ends the server in the middle of it. */
async function stopUnderSenders(server) {
  const people = await Person.registerAll(server, ...Array(PEOPLE).fill("sender"));
  const [creator, ...others] = people;
  const { _id } = await creator.createGroup("Everybody", ...others);
  const target = ["send_group_message", { conversationId: _id }];
  const senders = people.map((person, n) => new Sender(person, [target], newest[n % newest.length]));
  await until("everybody to be connected", () => senders.every(({ device }) => device.connected), 15_000);
  const reasons = senders.map(
    ({ device }) => new Promise((resolve) => device.socket.once("disconnect", resolve)),
  );

  senders.forEach((sender) => sender.start());
  await sleep(1000);
  const asked = Date.now();
  assert.deepEqual(await server.stop("SIGTERM"), [0, null]);
  assert.ok(Date.now() - asked < 10_000, "takes ten seconds at most");
  for (const [n, reason] of (await Promise.all(reasons)).entries()) {
    const { name, options } = newest[n % newest.length];
    // A request of a polling client may meet a server that is not there any more.
    const polls = options.transports?.[0] === "polling";
    assert.match(reason, polls ? /^transport (close|error)$/ : /^transport close$/, name);
  }
  senders.forEach((sender) => sender.stop());
  return { senders, conversations: [[creator, _id]] };
}
