import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite } from "../chirrup.js";
import { PNG, upload } from "../files.js";
import { Person, forEachClient, test } from "../people.js";
import { assertRefused } from "../shapes.js";

suite("Files", (server) => {
  forEachClient("a picture is uploaded, sent, received and downloaded", async (client) => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const [anns, bobs] = [await ann.connect(client), await bob.connect(client)];
    const { success, file } = await upload(ann, PNG, "Kätzchen 李.png");
    assert.equal(success, true);
    assert.match(file.url, /^\/uploads\/[0-9a-f]{32}\.png$/);
    assert.deepEqual(file, {
      url: file.url,
      filename: "Kätzchen 李.png",
      size: PNG.length,
      mimetype: "image/png",
      messageType: "image",
      width: 1,
      height: 1,
    });

    const { message, status } = await anns.sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "",
      file,
    });
    assert.deepEqual(
      [message.file, message.messageType, message.content, status],
      [file, "image", "", "delivered"],
    );
    const came = await bobs.gets("new_message");
    assert.deepEqual(came.message, message);
    const download = await fetch(server.url + came.message.file.url);
    assert.deepEqual(Buffer.from(await download.arrayBuffer()), PNG);
    assert.equal(download.headers.get("content-type"), "image/png");

    assert.deepEqual(await bob.history(message.conversationId), [message]);
    const [{ lastMessage }] = await bob.conversations();
    assert.deepEqual([lastMessage.content, lastMessage.messageType], ["File", "image"]);
  });

  test("a group's members get the file, the sender's own devices too", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const { _id: conversationId } = await ann.createGroup("Friends", bob);
    const [anns, bobs] = [await ann.connect(), await bob.connect()];
    const { file } = await upload(ann, "%PDF-1.4", "plan.pdf");
    const ack = await anns.sendOk("send_group_message", { conversationId, content: "Sent a file", file });
    for (const device of [anns, bobs]) {
      const { message } = await device.gets("new_group_message");
      assert.deepEqual([message, message.messageType], [ack.message, "file"]);
    }
  });

  test("50 MB are streamed to the disk, and a byte more is refused", async () => {
    const [ann] = await Person.registerAll(server, "ann");
    const peak = async () =>
      Number(/VmHWM:\s*(\d+) kB/.exec(await readFile(`/proc/${server.pid}/status`, "utf8"))[1]);
    const before = await peak();
    const limit = Buffer.alloc(52_428_800, "x");
    const { file } = await upload(ann, limit, "large.txt");
    assert.equal(file.size, limit.length);
    const download = await fetch(server.url + file.url);
    assert.equal((await download.arrayBuffer()).byteLength, limit.length);
    const refused = await upload(ann, Buffer.concat([limit, Buffer.from("x")]), "larger.txt");
    assert.equal(refused.status, 413);
    assertRefused(refused, "File too large", "file_too_large");
    const grown = (await peak()) - before;
    assert.ok(grown < 16_000, `the server grew by ${grown} kB`);
  });

  test("an upload is there after a restart, and a message with it", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = await ann.connect();
    const { file } = await upload(ann, PNG, "cat.png");
    const { message } = await device.sendOk("send_direct_message", {
      recipientId: bob.id,
      content: "",
      file,
    });
    await server.stop("SIGKILL");
    await server.start();
    assert.deepEqual(await bob.history(message.conversationId), [message]);
    const download = await fetch(server.url + file.url);
    assert.deepEqual(Buffer.from(await download.arrayBuffer()), PNG);
  });
});
