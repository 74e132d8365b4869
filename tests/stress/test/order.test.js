import assert from "node:assert/strict";
import { suite } from "../../e2e/chirrup.js";
import { Person, clients, test } from "../../e2e/people.js";
import { numbers, until, within } from "../../e2e/time.js";

const ROUNDS = 5;
const MESSAGES = 100;

suite("A hundred messages whose sender waits for nothing", (server) => {
  for (const client of clients.filter(({ name }) => name.startsWith("newest"))) {
    const upgrades = client.options.transports === undefined;
    test(`${client.name}: are acked and delivered in the order of sending`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const [ann, bob] = await Person.registerAll(server, "ann", "bob");
        const devices = [ann, bob].map((person) => person.device(client));
        const upgrading = devices.map((device) => engineEvent(device, "upgrading"));
        const upgraded = devices.map((device) => engineEvent(device, "upgrade"));
        await Promise.all(devices.map((device) => device.arrival()));

        const [from, to] = devices;
        const acked = [];
        let sent = 0;
        const sendUpTo = (last) => {
          while (sent < last) {
            const content = `${++sent}`;
            from.socket.emit("send_direct_message", { recipientId: bob.id, content }, (ack) =>
              acked.push([ack.message?.seq, ack.message?.content]),
            );
          }
        };
        if (upgrades) {
          sendUpTo(40);
          await within(5000, "upgrading", upgrading[0]);
          sendUpTo(70);
          await within(5000, "the upgrade", Promise.all(upgraded));
        }
        sendUpTo(MESSAGES);

        const expected = numbers(MESSAGES).map((n) => [n, `${n}`]);
        await until("all acks", () => acked.length >= MESSAGES);
        assert.deepEqual(acked, expected);
        await until("all messages", () => to.got("new_message").length >= MESSAGES);
        assert.deepEqual(
          to.got("new_message").map(({ message }) => [message.seq, message.content]),
          expected,
        );
        devices.forEach((device) => device.leave());
      }
    });
  }
});

function engineEvent(device, name) {
  return new Promise((resolve) => device.socket.io.engine.once(name, resolve));
}
