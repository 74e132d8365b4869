import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { Person, test } from "../../e2e/people.js";
import { numbers, until } from "../../e2e/time.js";
import { LeanDevice } from "../lean.js";
import { WatchedChirrup } from "../process.js";

/** The default of `LIMIT_SOCKET_QUEUE`. */
const [QUEUED_FRAMES, QUEUED_BYTES] = [1024, 4 << 20];
const SENDERS = 8;
const MIB = 1 << 20;

const TEXTS = { large: "x".repeat(9000), medium: "x".repeat(3000) };

describe("Devices that stop reading", () => {
  const server = new WatchedChirrup({ PRESENCE_GRACE: "0s" });
  let ann, bob, carol, dave;
  let room;
  let senders;
  let good;
  let onLeave = () => {};

  before(async () => {
    await server.start();
    [ann, bob, carol, dave] = await Person.registerAll(server, "ann", "bob", "carol", "dave");
    room = await ann.createGroup("Busy", bob, carol, dave);
    senders = await Promise.all(numbers(SENDERS).map(() => LeanDevice.connect(ann)));
    good = await Promise.all([bob, bob, carol].map(reader));
  });

  after(async () => {
    try {
      server.assertRunning();
    } finally {
      await server.end();
    }
  });

  /** A device that notes the numbers of the messages that it gets. */
  async function reader(person) {
    const seqs = [];
    const device = await LeanDevice.connect(person, (name, { message, userId }) => {
      if (name === "new_group_message") seqs.push(message.seq);
      if (name === "user_offline") onLeave(userId);
    });
    return { device, seqs };
  }

  /** Sends this many messages, eight at a time; the number of the last one. After each it asks `stop`. */
  async function flood(count, content, stop = () => false) {
    let left = count;
    let last = 0;
    await Promise.all(
      senders.map(async (sender) => {
        while (left-- > 0 && !stop()) {
          const ack = await sender.send("send_group_message", { conversationId: room._id, content });
          assert.equal(ack.success, true, JSON.stringify(ack));
          last = Math.max(last, ack.message.seq);
        }
      }),
    );
    return last;
  }

  async function othersHaveEverything(last) {
    for (const { seqs } of good) {
      await until("getting the last message", () => seqs.at(-1) === last);
      assert.deepEqual(seqs, numbers(last));
    }
  }

  /** Reads what was on its way to a device that was closed: the messages up to one, and then the end. */
  async function readToTheEnd({ device, seqs }) {
    device.resume();
    await device.closed;
    assert.deepEqual(
      seqs,
      numbers(seqs.length).map((n) => seqs[0] + n - 1),
    );
  }

  for (const [size, content] of Object.entries(TEXTS)) {
    test(`one is closed where too much waits of ${size} messages`, { timeout: 60_000 }, async () => {
      const slow = await reader(dave);
      slow.device.pause();
      let closedAt = 0;
      onLeave = (userId) => {
        if (userId === dave.id) closedAt = good[0].seqs.at(-1);
      };
      const last = await flood(20_000, content, () => closedAt > 0);
      await othersHaveEverything(last);
      await readToTheEnd(slow);
      assert.match(server.output, /a device was cut off .*reason=slow reader/);

      const frame = Buffer.byteLength(content) + 400;
      const bound = Math.min(QUEUED_FRAMES, QUEUED_BYTES / frame);
      const waiting = closedAt - slow.seqs.at(-1);
      assert.ok(
        Math.abs(waiting - bound) < bound / 10 + 2 * SENDERS,
        `closed when ${waiting} messages waited, not at ${bound}`,
      );
    });
  }

  test("twenty at once cost the others nothing, and the server no memory", { timeout: 90_000 }, async () => {
    await flood(200, TEXTS.large);
    const [memory, files] = [server.memory(), server.openFiles()];
    let stored = 0;
    /** Sends this many, and holds the memory to what the store may keep of them in its caches. */
    const floodWatched = (count) =>
      flood(count, TEXTS.large, () => {
        stored += TEXTS.large.length * 1.1;
        const kept = server.memory() - memory - stored;
        assert.ok(kept < 16 * MIB, `holds ${kept / MIB} MiB more than was stored`);
        return false;
      });

    for (const round of numbers(2)) {
      const slow = await Promise.all(numbers(20).map((n) => reader(n % 2 ? carol : dave)));
      slow.forEach(({ device }) => device.pause());
      await floodWatched(1200);
      await until(`closing them, round ${round}`, () => server.openFiles() <= files);
      await Promise.all(slow.map(readToTheEnd));
      await othersHaveEverything(await floodWatched(300));
    }
  });
});
