import assert from "node:assert/strict";
import { Polling } from "../engine.js";
import { MAX_PAYLOAD, sleep, test, theme } from "../theme.js";

theme("Polling", (server) => {
  const payloads = {
    "one packet": "4hello",
    "an empty message": "4",
    "several packets": "4one\x1e4two\x1e4three",
    "text beyond ASCII": "4grüße 世界 \u{1f426}\x1e4\u0000 zero",
    "lines and quotes": '4a\r\nb\t"c"\\',
    binary: "bAAECA/8=",
    "empty binary": "b",
    "text and binary": "4hello\x1ebAQIDBA==\x1e4bye",
    "300 packets": Array.from({ length: 300 }, (_, index) => `4packet ${index}`).join("\x1e"),
  };

  for (const [what, payload] of Object.entries(payloads)) {
    test(`${what}: posted, echoed and polled as one payload`, async () => {
      const polling = await Polling.open(server);
      const posted = await polling.post(payload);
      assert.equal(posted.status, 200);
      assert.equal(posted.body, "ok");
      const polled = await polling.poll();
      assert.equal(polled.status, 200);
      assert.equal(polled.body, payload);
    });
  }

  test("answers have the types that clients go by and are never stored", async () => {
    const polling = await Polling.open(server);
    const posted = await polling.post("4hello");
    const polled = await polling.poll();
    assert.match(posted.headers.get("content-type"), /^text\/html/);
    assert.match(polled.headers.get("content-type"), /^text\/plain; charset=utf-8/i);
    assert.equal(polled.headers.get("content-length"), "6");
    for (const { headers } of [posted, polled]) assert.equal(headers.get("cache-control"), "no-store");
  });

  test("a waiting poll is answered as soon as there is something", async () => {
    const polling = await Polling.open(server);
    const waiting = polling.poll();
    await sleep(30);
    await polling.post("4hello");
    assert.equal((await waiting).body, "4hello");
  });

  test("posts are handled in the order in which they were made", async () => {
    const polling = await Polling.open(server);
    for (let index = 0; index < 20; index++) await polling.post(`4${index}`);
    const expected = Array.from({ length: 20 }, (_, index) => `4${index}`);
    assert.deepEqual(await polling.packets(), expected);
  });

  test("a payload of exactly the limit is taken", async () => {
    const polling = await Polling.open(server);
    const payload = `4${"x".repeat(MAX_PAYLOAD - 1)}`;
    assert.equal((await polling.post(payload)).status, 200);
    const [echo] = await polling.packets();
    assert.equal(echo.length, payload.length);
  });

  for (const [what, body] of [
    ["of known length", () => "4".padEnd(MAX_PAYLOAD + 1, "x")],
    ["of multi-byte text", () => "4".padEnd(MAX_PAYLOAD / 2 + 1, "ü")],
    ["in chunks", () => new Blob(["4", "x".repeat(MAX_PAYLOAD)]).stream()],
  ]) {
    test(`a payload over the limit ${what} is refused with 413`, async () => {
      const polling = await Polling.open(server);
      const response = await polling
        .request({ method: "POST", body: body(), duplex: "half" })
        .catch(() => ({ status: "cut" }));
      assert.ok([413, "cut"].includes(response.status), String(response.status));
      const { body: next } = await polling.poll();
      assert.ok(!next.includes("x"), "nothing of it was echoed");
    });
  }

  test("a second poll beside a waiting one ends the session", async () => {
    const polling = await Polling.open(server);
    const first = polling.poll();
    await sleep(20);
    const second = await polling.poll();
    assert.equal(second.status, 400);
    assert.deepEqual(await first.then(({ status, body }) => [status, body]), [200, "1"]);
    await polling.assertClosed();
  });

  test("a second post beside an unfinished one ends the session", async () => {
    const polling = await Polling.open(server);
    const slow = new TransformStream();
    const writer = slow.writable.getWriter();
    const first = polling.request({ method: "POST", body: slow.readable, duplex: "half" }).catch(() => null);
    await writer.write(new TextEncoder().encode("4hel"));
    await sleep(50);
    const second = await polling.post("4lo");
    assert.equal(second.status, 400);
    await writer.close().catch(() => {});
    await first;
    await polling.assertClosed();
  });

  test("a poll that its client gave up ends the session", async () => {
    const polling = await Polling.open(server);
    const abort = new AbortController();
    const given = polling.poll({ signal: abort.signal }).catch(() => null);
    await sleep(20);
    abort.abort();
    await given;
    await sleep(20);
    await polling.assertClosed();
  });

  test("a close packet ends the session and the waiting poll", async () => {
    const polling = await Polling.open(server);
    const waiting = polling.poll();
    await sleep(20);
    const posted = await polling.post("1");
    assert.equal(posted.status, 200);
    assert.deepEqual(await waiting.then(({ status, body }) => [status, body]), [200, "6"]);
    await polling.assertClosed();
  });

  const invalid = {
    "an unknown packet type": "7x",
    letters: "abc",
    "an empty payload": "",
    "an empty packet behind a good one": "4hello\x1e",
    "a ping, which is the server's to send": "2",
  };
  for (const [what, payload] of Object.entries(invalid)) {
    test(`${what} ends the session`, async () => {
      const polling = await Polling.open(server);
      await polling.post(payload);
      await polling.assertClosed();
    });
  }

  test("a binary body ends the session", async () => {
    const polling = await Polling.open(server);
    const posted = await polling.post("4hello", { "Content-Type": "application/octet-stream" });
    assert.equal(posted.status, 400);
    await polling.assertClosed();
  });

  test("a body that is not UTF-8 harms nobody", async () => {
    const polling = await Polling.open(server);
    const posted = await polling.post(Buffer.from([0x34, 0xff, 0xfe, 0xc0]), {
      "Content-Type": "text/plain",
    });
    assert.ok([200, 400].includes(posted.status));
  });

  test("sessions do not see each other's messages", async () => {
    const sessions = await Promise.all(Array.from({ length: 30 }, () => Polling.open(server)));
    await Promise.all(sessions.map((polling, index) => polling.post(`4for ${index}`)));
    const seen = await Promise.all(sessions.map((polling) => polling.packets()));
    assert.deepEqual(
      seen.flat(),
      sessions.map((_, index) => `4for ${index}`),
    );
  });
});
