import assert from "node:assert/strict";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  PING,
  PONG,
  Raw,
  TEXT,
  closeFrame,
  frame,
  text,
  upgradeRequest,
} from "../raw.js";
import { MAX_PAYLOAD, test, theme } from "../theme.js";

const more = { fin: false };

theme("WebSocket frames", (server) => {
  async function assertEcho(raw, message = "4still here?") {
    raw.write(text(message));
    assert.equal(await raw.nextText(), message);
  }

  test("a message in fragments, with a ping between them, is one message", async () => {
    const raw = await Raw.session(server);
    raw.write(text("4he", more));
    raw.write(frame(PING, "are you there?"));
    raw.write(frame(CONTINUATION, "ll", more));
    raw.write(frame(CONTINUATION, "", more));
    raw.write(frame(CONTINUATION, "o"));
    const pong = await raw.next();
    assert.deepEqual([pong.opcode, pong.payload.toString()], [PONG, "are you there?"]);
    assert.equal(await raw.nextText(), "4hello");
    raw.end();
  });

  test("a character cut in two by fragments is whole again", async () => {
    const raw = await Raw.session(server);
    const message = Buffer.from("4\u{1f426}");
    raw.write(frame(TEXT, message.subarray(0, 3), more));
    raw.write(frame(CONTINUATION, message.subarray(3)));
    assert.equal(await raw.nextText(), "4\u{1f426}");
    raw.end();
  });

  test("binary in fragments is one message", async () => {
    const raw = await Raw.session(server);
    raw.write(frame(BINARY, [1, 2], more));
    raw.write(frame(CONTINUATION, [3]));
    const { opcode, payload } = await raw.next();
    assert.deepEqual([opcode, [...payload]], [BINARY, [1, 2, 3]]);
    raw.end();
  });

  test("100 fragments are one message", async () => {
    const raw = await Raw.session(server);
    raw.write(text("4", more));
    for (let n = 0; n < 98; n++) raw.write(frame(CONTINUATION, "x", more));
    raw.write(frame(CONTINUATION, "y"));
    assert.equal(await raw.nextText(), `4${"x".repeat(98)}y`);
    raw.end();
  });

  test("10,000 tiny fragments end in an echo or a closed connection", async () => {
    const raw = await Raw.session(server);
    const tiny = Array.from({ length: 10_000 }, () => frame(CONTINUATION, "x", more));
    raw.write(Buffer.concat([text("4", more), ...tiny, frame(CONTINUATION, "y")]));
    const { opcode, payload } = await raw.next();
    if (opcode === TEXT) assert.equal(payload.length, 10_002);
    else assert.equal(opcode, CLOSE);
    raw.end();
  });

  test("empty fragments without end do not stop the server", async () => {
    const raw = await Raw.session(server);
    const empty = Buffer.concat(Array(20_000).fill(frame(CONTINUATION, "", more)));
    raw.write(text("4", more));
    for (let round = 0; round < 10; round++) raw.write(empty);
    raw.end();
  });

  test("fragments that add up to more than the limit close with 1009", async () => {
    const raw = await Raw.session(server);
    const half = "x".repeat(MAX_PAYLOAD / 2);
    raw.write(text(`4${half}`, more));
    raw.write(frame(CONTINUATION, half));
    assert.equal(await raw.ending(), 1009);
    raw.end();
  });

  test("a frame that announces more than the limit closes with 1009 before it has come", async () => {
    const raw = await Raw.session(server);
    raw.write(text("4", { length: MAX_PAYLOAD + 1 }));
    assert.equal(await raw.ending(), 1009);
    raw.end();
  });

  test("lengths that are longer than need be are read or refused, not misread", async () => {
    const raw = await Raw.session(server);
    const wide = Buffer.from([0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0x34, 0x78]);
    raw.write(wide);
    const { opcode, payload } = await raw.next();
    if (opcode === TEXT) assert.equal(payload.toString(), "4x");
    else assert.equal(opcode, CLOSE);
    raw.end();
  });

  const violations = {
    "a frame without a mask": [text("4hello", { masked: false })],
    "reserved bit 1": [text("4hello", { rsv: 4 })],
    "reserved bit 2": [text("4hello", { rsv: 2 })],
    "reserved bit 3": [text("4hello", { rsv: 1 })],
    "reserved opcode 3": [frame(3, "x")],
    "reserved opcode 11": [frame(11, "x")],
    "a continuation of nothing": [frame(CONTINUATION, "x")],
    "a new message inside a fragmented one": [text("4a", more), text("4b")],
    "a control frame in fragments": [frame(PING, "x", more)],
    "a ping that is too long": [frame(PING, Buffer.alloc(126))],
    "a pong that is too long": [frame(PONG, Buffer.alloc(126))],
    "a close frame of one byte": [frame(CLOSE, "x")],
    "a close frame that is too long": [frame(CLOSE, Buffer.alloc(126, 3))],
    "the close code 1005": [closeFrame(1005)],
    "the close code 1006": [closeFrame(1006)],
    "the close code 999": [closeFrame(999)],
    "the close code 5000": [closeFrame(5000)],
  };
  for (const [what, frames] of Object.entries(violations)) {
    test(`${what} closes with 1002`, async () => {
      const raw = await Raw.session(server);
      for (const bytes of frames) raw.write(bytes);
      assert.equal(await raw.ending(), 1002);
      raw.end();
    });
  }

  test("a length with its highest bit set is refused", async () => {
    const raw = await Raw.session(server);
    raw.write(Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]));
    assert.ok([1002, 1009].includes(await raw.ending()));
    raw.end();
  });

  for (const [what, bytes] of [
    ["a wrong byte", [0x34, 0xff]],
    ["an overlong form", [0x34, 0xc0, 0xaf]],
    ["a surrogate", [0x34, 0xed, 0xa0, 0x80]],
    ["a code point beyond the last", [0x34, 0xf4, 0x90, 0x80, 0x80]],
    ["a cut character", [0x34, 0xf0, 0x9f, 0x90]],
  ]) {
    test(`text with ${what} in its UTF-8 closes with 1007`, async () => {
      const raw = await Raw.session(server);
      raw.write(frame(TEXT, bytes));
      assert.equal(await raw.ending(), 1007);
      raw.end();
    });
  }

  test("a close reason that is not UTF-8 closes with 1007", async () => {
    const raw = await Raw.session(server);
    raw.write(frame(CLOSE, [0x03, 0xe8, 0xff]));
    assert.equal(await raw.ending(), 1007);
    raw.end();
  });

  for (const code of [1000, 1001, 1003, 1011, 3000, 4999]) {
    test(`the close code ${code} is answered, then the connection ends`, async () => {
      const raw = await Raw.session(server);
      raw.write(closeFrame(code));
      assert.ok([code, 1000].includes(await raw.ending()));
      await raw.ended();
    });
  }

  test("a close frame without a code is answered, then the connection ends", async () => {
    const raw = await Raw.session(server);
    raw.write(frame(CLOSE));
    assert.ok([1000, 1005].includes(await raw.ending()));
    await raw.ended();
  });

  test("what follows a close frame is not read", async () => {
    const raw = await Raw.session(server);
    raw.write(Buffer.concat([closeFrame(1000), text("4hello")]));
    assert.equal((await raw.next()).opcode, CLOSE);
    await raw.ended();
  });

  test("pings of every allowed size are answered with the same", async () => {
    const raw = await Raw.session(server);
    for (const size of [0, 1, 124, 125]) {
      raw.write(frame(PING, Buffer.alloc(size, 0x61)));
      const { opcode, payload } = await raw.next();
      assert.deepEqual([opcode, payload.length], [PONG, size]);
    }
    raw.end();
  });

  test("an unasked pong is harmless", async () => {
    const raw = await Raw.session(server);
    raw.write(frame(PONG, "x"));
    await assertEcho(raw);
    raw.end();
  });

  test("1,000 pings without reading the pongs harm nobody", async () => {
    const raw = await Raw.session(server);
    raw.socket.pause();
    for (let n = 0; n < 1000; n++) raw.write(frame(PING, Buffer.alloc(125)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    raw.end();
  });

  test("the server's own frames are whole and without a mask", async () => {
    const raw = await Raw.session(server);
    for (const size of [1, 125, 126, 65_535, 65_536, 200_000]) {
      const message = "4".padEnd(size, "x");
      raw.write(text(message));
      const got = await raw.next();
      assert.deepEqual([got.first, got.masked, got.payload.length], [0x81, false, size]);
    }
    raw.end();
  });

  test("frames right behind the request for a WebSocket are not lost", async () => {
    const raw = await Raw.connect(server);
    raw.write(Buffer.concat([upgradeRequest(server), text("4early"), text("4bird")]));
    assert.equal(await raw.status(), 101);
    assert.equal((await raw.nextText())[0], "0");
    assert.deepEqual([await raw.nextText(), await raw.nextText()], ["4early", "4bird"]);
    raw.end();
  });

  test("byte by byte is as good as at once", async () => {
    const raw = await Raw.connect(server);
    await raw.trickle([...upgradeRequest(server)].map((byte) => Buffer.from([byte])));
    assert.equal(await raw.status(), 101);
    await raw.next();
    await raw.trickle([...text("4hello")].map((byte) => Buffer.from([byte])));
    assert.equal(await raw.nextText(), "4hello");
    raw.end();
  });

  test("500 messages in one write are echoed in order", async () => {
    const raw = await Raw.session(server);
    raw.write(Buffer.concat(Array.from({ length: 500 }, (_, n) => text(`4${n}`))));
    for (let n = 0; n < 500; n++) assert.equal(await raw.nextText(), `4${n}`);
    raw.end();
  });
});
