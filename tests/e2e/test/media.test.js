import assert from "node:assert/strict";
import { suite } from "../chirrup.js";
import { PNG, upload } from "../files.js";
import { Person, forEachClient, test } from "../people.js";
import { GPS, animatedGif, animatedWebp, fixture, jpegSize, png, taken } from "../pictures.js";

suite("Pictures and voice messages", (server) => {
  async function download(url, headers) {
    const response = await fetch(server.url + url, { headers });
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  forEachClient(
    "a photo comes upright, with a thumbnail, and says nothing of where it was taken",
    async (client) => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const [anns, bobs] = [await ann.connect(client), await bob.connect(client)];
      const photo = taken(await fixture("quarters.jpg"), 6);
      const { file } = await upload(ann, photo, "photo.jpg");
      assert.deepEqual([file.width, file.height], [640, 960]);

      await anns.sendOk("send_direct_message", { recipientId: bob.id, content: "look", file });
      const { message } = await bobs.gets("new_message");
      assert.deepEqual([message.file, message.messageType], [file, "image"]);
      assert.deepEqual((await bob.history(message.conversationId))[0].file, file);

      const small = await download(message.file.thumbnailUrl);
      assert.equal(small.response.headers.get("content-type"), "image/jpeg");
      assert.deepEqual(jpegSize(small.bytes), [320, 480]);
      const stored = await download(message.file.url);
      assert.equal(stored.bytes.length, file.size);
      assert.deepEqual(jpegSize(stored.bytes), [960, 640]);
      for (const { bytes } of [small, stored]) assert.ok(!bytes.includes(GPS));
      assert.ok(!small.bytes.includes("Exif"));
      // Behind what it says stands what it shows, to the last byte.
      assert.ok(stored.bytes.includes(photo.subarray(photo.indexOf(GPS) + GPS.length + 20)));
    },
  );

  for (const [name, content, mimetype] of [
    ["voice.webm", "voice.webm", "audio/webm"],
    ["voice.mp4", "voice.mp4", "audio/mp4"],
  ]) {
    test(`a voice message that a browser recorded as ${mimetype} is played from any place`, async () => {
      const [ann, bob] = await Person.registerAll(server, "ann", "bob");
      const { _id: conversationId } = await ann.createGroup("Friends", bob);
      const [anns, bobs] = [await ann.connect(), await bob.connect()];
      const recorded = await fixture(content);
      const { file } = await upload(ann, recorded, name);
      assert.deepEqual([file.mimetype, file.messageType], [mimetype, "audio"]);
      assert.ok(file.duration > 1 && file.duration < 2, `${file.duration} s`);

      await anns.sendOk("send_group_message", { conversationId, content: "", file });
      const { message } = await bobs.gets("new_group_message");
      assert.deepEqual([message.file, message.messageType], [file, "audio"]);
      const [{ lastMessage }] = await bob.conversations();
      assert.equal(lastMessage.messageType, "audio");

      const { response, bytes } = await download(message.file.url, { Range: "bytes=1000-" });
      assert.equal(response.status, 206);
      assert.equal(response.headers.get("content-type"), mimetype);
      const last = recorded.length - 1;
      assert.equal(response.headers.get("content-range"), `bytes 1000-${last}/${recorded.length}`);
      assert.deepEqual(bytes, recorded.subarray(1000));
    });
  }

  test("a recording without an extension is refused", async () => {
    const [ann] = await Person.registerAll(server, "ann");
    const refused = await upload(ann, await fixture("voice.webm"), "blob");
    assert.deepEqual([refused.status, refused.code], [400, "invalid_file_type"]);
  });

  test("an animation has a thumbnail and is stored as it came", async () => {
    const [ann] = await Person.registerAll(server, "ann");
    for (const [name, content] of [
      ["a.gif", animatedGif(600, 500)],
      ["a.webp", animatedWebp(await fixture("quarters.webp"), 960, 640)],
    ]) {
      const { file } = await upload(ann, content, name);
      assert.ok(file.thumbnailUrl, name);
      assert.equal((await download(file.thumbnailUrl)).response.status, 200);
      assert.deepEqual((await download(file.url)).bytes, content, name);
    }
  });

  test("pictures that are bombs or broken are files like others, and harm nobody", async () => {
    const [ann] = await Person.registerAll(server, "ann");
    const device = await ann.connect();
    const jpeg = await fixture("quarters.jpg");
    const brokenFrame = Buffer.from(jpeg);
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    brokenFrame.fill(0xff, frame + 4, frame + 12);
    for (const [name, content] of Object.entries({
      "claims.png": png(30_000, 30_000, 1_000_000),
      "overflows.png": png(0xffffffff, 0xffffffff, 1000),
      "inflates.png": png(8000, 8000),
      "empty.png": png(0, 0, 0),
      "broken.jpg": brokenFrame,
      "cut off.jpg": jpeg.subarray(0, -1000),
      "header.jpg": jpeg.subarray(0, 200),
      "signature.webp": (await fixture("quarters.webp")).subarray(0, 16),
      "large.gif": animatedGif(65_535, 65_535),
    })) {
      const { status, file } = await upload(ann, content, name);
      assert.deepEqual([status, file?.thumbnailUrl], [200, undefined], name);
      const { bytes } = await download(file.url);
      assert.deepEqual(bytes, content, name);
      await device.sendOk("send_direct_message", { recipientId: ann.id, content: name, file });
    }
  });

  test("a thumbnail can't be sent by itself, and nobody makes up one", async () => {
    const [ann, bob] = await Person.registerAll(server, "ann", "bob");
    const device = await ann.connect();
    const { file } = await upload(ann, await fixture("quarters.jpg"), "a.jpg");
    const send = (file) => device.send("send_direct_message", { recipientId: bob.id, content: "", file });
    assert.equal((await send({ url: file.thumbnailUrl })).code, "invalid_file");
    const { file: small } = await upload(ann, PNG, "small.png");
    const { message } = await send({ ...small, thumbnailUrl: file.thumbnailUrl, duration: 1, width: 9 });
    assert.deepEqual(message.file, small);
  });
});
