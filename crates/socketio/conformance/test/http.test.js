import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Raw, upgradeRequest } from "../raw.js";
import { sleep, test, theme } from "../theme.js";

theme("HTTP", (server) => {
  async function statusOf(bytes) {
    const raw = await Raw.connect(server);
    raw.write(bytes);
    const status = await raw.status();
    raw.end();
    return status;
  }

  function assertRefused(status) {
    assert.ok(status === 0 || (status >= 400 && status < 600), `status ${status}`);
  }

  test("the answer to the WebSocket handshake is the standard's example", async () => {
    const raw = await Raw.connect(server);
    raw.write(
      upgradeRequest(server, {
        headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" },
      }),
    );
    const head = await raw.head();
    assert.match(head, /^HTTP\/1\.1 101 /);
    assert.match(head, /^sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=$/im);
    assert.match(head, /^upgrade: websocket$/im);
    assert.match(head, /^connection: upgrade$/im);
    assert.doesNotMatch(head, /sec-websocket-extensions/i);
    raw.end();
  });

  test("header names and values may come in any case, with other tokens beside them", async () => {
    const headers = { Connection: "keep-alive, uPgRaDe", Upgrade: "WebSocket", Origin: "http://app.example" };
    assert.equal(await statusOf(upgradeRequest(server, { headers })), 101);
  });

  for (const [what, headers] of [
    ["no key", { "Sec-WebSocket-Key": null }],
    ["a key that is none", { "Sec-WebSocket-Key": "short" }],
    ["no version", { "Sec-WebSocket-Version": null }],
    ["an unknown version", { "Sec-WebSocket-Version": "99" }],
    ["another protocol to upgrade to", { Upgrade: "h2c" }],
  ]) {
    test(`a WebSocket handshake with ${what} is refused`, async () => {
      assertRefused(await statusOf(upgradeRequest(server, { headers })));
    });
  }

  test("a WebSocket handshake by POST is refused", async () => {
    const request = upgradeRequest(server).toString().replace("GET", "POST");
    assertRefused(await statusOf(request));
  });

  test("half a handshake harms nobody", async () => {
    const whole = upgradeRequest(server);
    const halves = [];
    for (const share of [0.1, 0.5, 0.9, 0.99]) {
      const raw = await Raw.connect(server);
      raw.write(whole.subarray(0, Math.floor(whole.length * share)));
      halves.push(raw);
    }
    await sleep(300);
    for (const raw of halves) raw.end();
  });

  test("a handshake whose client leaves at once harms nobody", async () => {
    for (let n = 0; n < 30; n++) {
      const raw = await Raw.connect(server);
      raw.write(upgradeRequest(server));
      if (n % 2) await raw.status();
      raw.end();
    }
  });

  test("connections that say nothing harm nobody", async () => {
    const silent = await Promise.all(Array.from({ length: 100 }, () => Raw.connect(server)));
    await sleep(300);
    for (const raw of silent) raw.end();
  });

  const garbage = {
    "no HTTP at all": "hello, is anybody there?\r\n\r\n",
    "random bytes": randomBytes(4096),
    zeros: Buffer.alloc(4096),
    "the beginning of TLS": Buffer.from("16030100c8010000c40303".padEnd(200, "5a"), "hex"),
    "an unknown version": "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header without a colon": "GET /engine.io/ HTTP/1.1\r\nHost x\r\n\r\n",
    "a header with a space in its name": "GET /engine.io/ HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
    "a zero byte in a header": "GET /engine.io/ HTTP/1.1\r\nHost: x\0y\r\n\r\n",
    "a negative length": "POST /engine.io/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": "POST /engine.io/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "a chunk size that is none":
      "POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  };
  for (const [what, bytes] of Object.entries(garbage)) {
    test(`${what} is refused`, async () => {
      assertRefused(await statusOf(bytes));
    });
  }

  test("a flood of headers is refused", async () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `X-${n}: ${"y".repeat(50)}\r\n`);
    assertRefused(
      await statusOf(`GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n${lines.join("")}\r\n`),
    );
  });

  test("one endless header is refused", async () => {
    const raw = await Raw.connect(server);
    raw.write("GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nX-Long: ");
    const piece = Buffer.alloc(64 * 1024, "y");
    let ended = false;
    raw.socket.once("close", () => (ended = true));
    for (let n = 0; n < 64 && !ended; n++) await raw.trickle([piece]);
    assertRefused(await raw.status());
    raw.end();
  });

  test("an endless address is refused", async () => {
    assertRefused(await statusOf(`GET /engine.io/?${"x".repeat(200_000)} HTTP/1.1\r\nHost: x\r\n\r\n`));
  });

  test("a post that stops in the middle harms nobody", async () => {
    const raws = [];
    for (let n = 0; n < 10; n++) {
      const { sid } = JSON.parse(
        (await (await fetch(`${server.url}/engine.io/?EIO=4&transport=polling`)).text()).slice(1),
      );
      const raw = await Raw.connect(server);
      raw.write(
        `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n4hel`,
      );
      raws.push(raw);
    }
    await sleep(200);
    for (const raw of raws) raw.end();
  });

  test("several requests on one connection are answered in order", async () => {
    const raw = await Raw.connect(server);
    const request = (query) => `GET /engine.io/?${query} HTTP/1.1\r\nHost: x\r\n\r\n`;
    let answers = "";
    raw.socket.on("data", (bytes) => (answers += bytes));
    raw.write(request("EIO=4&transport=polling") + request("EIO=4") + request("EIO=3&transport=polling"));
    await sleep(200);
    const codes = [...answers.matchAll(/^0\{"sid"|"code":(\d)/gm)].map(([, code]) => code ?? "open");
    assert.deepEqual(codes, ["open", "0", "5"]);
    raw.end();
  });
});
