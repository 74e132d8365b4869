import assert from "node:assert/strict";
import { Person, test } from "../../e2e/people.js";
import { sleep, until } from "../../e2e/time.js";
import { withServer } from "../process.js";
import { Sender, assertStored } from "../senders.js";

const PEOPLE = 64;
const GROUPS = 4;
const ROUNDS = 20;

test("nothing that was acked is lost, doubled or moved by 20 kills", { timeout: 120_000 }, () =>
  withServer(async (server) => {
    const people = await Person.registerAll(server, ...Array(PEOPLE).fill("sender"));
    const { targets, conversations } = await acquaint(people);
    const senders = people.map((person) => new Sender(person, targets.get(person)));
    const all = (condition) => senders.every(({ device }) => condition(device));

    let lost = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await until("everybody to be connected", () => all(({ connected }) => connected), 15_000);
      await Promise.all(senders.map((sender) => sender.resend()));
      senders.forEach((sender) => sender.start());
      await sleep(100 + Math.random() * 300);
      await server.stop("SIGKILL");
      await until("everybody to notice", () => all(({ connected }) => !connected));
      senders.forEach((sender) => sender.stop());
      lost += senders.reduce((sum, { unacked }) => sum + unacked.size, 0);
      await server.start();
      await assertStored(senders, conversations);
    }

    await until("everybody to be connected", () => all(({ connected }) => connected), 15_000);
    await Promise.all(senders.map((sender) => sender.resend()));
    const stored = await assertStored(senders, conversations);
    const acked = senders.reduce((sum, { acked }) => sum + acked.size, 0);
    assert.equal(stored.size, acked);
    assert.ok(lost > ROUNDS, `only ${lost} sends were under way when the server was killed`);
  }),
);

/** Makes a direct conversation of each two people, and four groups. Everybody sends to one of each. */
async function acquaint(people) {
  const targets = new Map(people.map((person) => [person, []]));
  const conversations = [];
  for (let n = 0; n < people.length; n += 2) {
    const pair = people.slice(n, n + 2);
    const { conversation } = await pair[0].ask("POST", "/api/conversations", {
      type: "direct",
      participants: [pair[1].id],
    });
    conversations.push([pair[0], conversation._id]);
    targets.get(pair[0]).push(["send_direct_message", { recipientId: pair[1].id }]);
    targets.get(pair[1]).push(["send_direct_message", { recipientId: pair[0].id }]);
  }
  for (let n = 0; n < GROUPS; n++) {
    const [creator, ...others] = people.filter((_, index) => index % GROUPS === n);
    const { _id } = await creator.createGroup(`Group ${n}`, ...others);
    conversations.push([creator, _id]);
    for (const member of [creator, ...others])
      targets.get(member).push(["send_group_message", { conversationId: _id }]);
  }
  return { targets, conversations };
}
