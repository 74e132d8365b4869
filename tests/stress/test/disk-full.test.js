import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Person, test } from "../../e2e/people.js";
import { assertRefused } from "../../e2e/shapes.js";
import { numbers, until } from "../../e2e/time.js";
import { withServer } from "../process.js";

const SIZE = "24m";
/** What is left free beside the ballast, for the messages before the disk is full. */
const ROOM = 2 << 20;
const TEXT = "x".repeat(9000);

const essence = ({ _id, seq, content }) => ({ _id, seq, content });

const disk = mount();

test(
  "a full disk refuses sends and loses nothing, and with space they are stored again",
  { timeout: 60_000, skip: disk ? false : "only root may mount a small file system" },
  () =>
    withServer(
      async (server) => {
        const [ann, bob] = await Person.registerAll(server, "ann", "bob");
        const [from, to] = [await ann.connect(), await bob.connect()];
        const send = (n) => {
          const content = `${n} ${TEXT}`;
          return from.send("send_direct_message", { recipientId: bob.id, content, clientId: `c${n}` });
        };
        const { message } = await from.sendOk("send_direct_message", { recipientId: bob.id, content: "0" });
        const history = async () => (await bob.history(message.conversationId)).slice(1);

        const ballast = path.join(disk, "ballast");
        const { bsize, bavail } = await statfs(disk);
        await writeFile(ballast, Buffer.alloc(bsize * bavail - ROOM));

        const acked = [];
        const refused = [];
        for (let n = 1; refused.length < 50; n++) {
          assert.ok(n < 1000, "the disk is full some time");
          const ack = await send(n);
          if (ack.success) acked.push(ack.message);
          else {
            assertRefused(ack, "Try again later", "unavailable");
            refused.push(n);
          }
        }
        assert.ok(acked.length > 10, `${acked.length} were stored before`);
        assert.deepEqual((await history()).map(essence), acked.map(essence));
        assert.ok(from.connected && to.connected);

        await rm(ballast);
        await until("storing again", async () => (await send(refused[0])).success);
        for (const n of refused) {
          const ack = await send(n);
          assert.equal(ack.success, true, JSON.stringify(ack));
          acked.push(ack.message);
        }
        assert.deepEqual((await history()).map(essence), acked.map(essence));
        assert.deepEqual(
          acked.map(({ seq }) => seq),
          numbers(acked.length).map((n) => n + 1),
        );

        await server.stop("SIGKILL");
        await server.start();
        assert.deepEqual((await history()).map(essence), acked.map(essence));
      },
      { DATA_DIR: disk && path.join(disk, "data") },
    ),
);

/** Mounts a small file system until this process ends; its path, or null where that is not allowed. */
function mount() {
  const folder = mkdtempSync(path.join(tmpdir(), "chirrup-full-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    rmdirSync(folder);
    return null;
  }
  process.once("exit", () => {
    execFileSync("umount", ["--lazy", folder]);
    rmdirSync(folder);
  });
  return folder;
}
