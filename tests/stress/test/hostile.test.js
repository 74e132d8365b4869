import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Person, test } from "../../e2e/people.js";
import { numbers, sleep, until } from "../../e2e/time.js";
import { withServer } from "../process.js";

const SOAK = 10_000;
const MIB = 1 << 20;

test("two people talk undisturbed beside hostile clients", { timeout: 60_000 }, () =>
  withServer(async (server) => {
    const [ann, bob, mallory] = await Person.registerAll(server, "ann", "bob", "mallory");
    const [annDevice, bobDevice] = [await ann.connect(), await bob.connect()];
    const [memory, files] = [server.memory(), server.openFiles()];

    const hostile = new Worker(new URL("../hostile.js", import.meta.url), {
      workerData: { url: server.url, token: mallory.token, recipientId: mallory.id, ms: SOAK },
    });
    const ended = once(hostile, "message");
    let over = false;
    let most = 0;
    ended.finally(() => (over = true)).catch(() => {});
    const watching = (async () => {
      for (; !over; await sleep(50)) most = Math.max(most, server.memory() - memory);
    })();
    let slowest = 0;
    const talk = async (device, to) => {
      let n = 0;
      for (; !over; await sleep(5)) {
        const since = Date.now();
        await device.sendOk("send_direct_message", { recipientId: to.id, content: `${++n}` });
        slowest = Math.max(slowest, Date.now() - since);
      }
      return n;
    };
    const [[counts], byAnn, byBob] = await Promise.all([
      ended,
      talk(annDevice, bob),
      talk(bobDevice, ann),
      watching,
    ]);

    await hostile.terminate();

    for (const [attack, count] of Object.entries(counts)) assert.ok(count > 5, `${attack}: ${count} times`);
    assert.ok(slowest < 3000, `the slowest ack took ${slowest} ms`);
    for (const [device, sent] of [
      [bobDevice, byAnn],
      [annDevice, byBob],
    ]) {
      await until("the last message", () => device.got("new_message").length >= sent);
      const contents = device.got("new_message").map(({ message }) => message.content);
      assert.deepEqual(contents, numbers(sent).map(String));
    }
    assert.ok(annDevice.connected && bobDevice.connected);
    assert.ok(most < 100 * MIB, `grew by ${most / MIB} MiB`);
    await until("closing what hostile clients left", () => server.openFiles() <= files, 15_000);

    const asked = Date.now();
    assert.deepEqual(await server.stop("SIGTERM"), [0, null]);
    assert.ok(Date.now() - asked < 10_000, "what hostile clients left holds up no shutdown");
    await server.start();
  }),
);
