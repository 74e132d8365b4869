import assert from "node:assert/strict";
import { upload } from "../../e2e/files.js";
import { Person, test } from "../../e2e/people.js";
import { fixture, png } from "../../e2e/pictures.js";
import { numbers, sleep } from "../../e2e/time.js";
import { withServer } from "../process.js";

const MIB = 1 << 20;
/** What the server sets aside for decoding pictures, and some more. */
const MOST = 450 * MIB;

test("people talk while others upload the largest pictures, in bounded memory", { timeout: 120_000 }, () =>
  withServer(async (server) => {
    const [ann, bob, ...photographers] = await Person.registerAll(
      server,
      "ann",
      "bob",
      "carl",
      "dora",
      "eve",
    );
    const device = await ann.connect();
    const memory = server.memory();
    let over = false;
    let [most, slowest, sent] = [0, 0, 0];
    const watching = (async () => {
      for (; !over; await sleep(10)) most = Math.max(most, server.memory() - memory);
    })();
    const talking = (async () => {
      for (; !over; await sleep(5)) {
        const since = Date.now();
        await device.sendOk("send_direct_message", { recipientId: bob.id, content: `${++sent}` });
        slowest = Math.max(slowest, Date.now() - since);
      }
    })();

    const pictures = [png(7000, 7000), png(30_000, 30_000, MIB), await fixture("quarters.jpg")];
    const answers = await Promise.all(
      photographers.flatMap((person) =>
        numbers(6).map((n) => upload(person, pictures[n % 3], n % 3 === 2 ? "a.jpg" : "a.png")),
      ),
    );
    over = true;
    await Promise.all([watching, talking]);

    for (const { status } of answers) assert.equal(status, 200);
    const made = answers.filter(({ file }) => file.thumbnailUrl).length;
    assert.ok(made > 0, "no thumbnail was made");
    assert.ok(sent > 20 && slowest < 3000, `${sent} messages, the slowest ack took ${slowest} ms`);
    assert.ok(most < MOST, `grew by ${Math.round(most / MIB)} MiB`);
    assert.equal((await upload(ann, pictures[2], "later.jpg")).status, 200);
    const left = server.memory() - memory;
    assert.ok(left < 100 * MIB, `${Math.round(left / MIB)} MiB were not given back`);
  }),
);
