import assert from "node:assert/strict";
import { Polling, Wire } from "../engine.js";
import { MAX_PAYLOAD, PING_INTERVAL, PING_TIMEOUT, test, theme } from "../theme.js";

theme("Handshake", (server) => {
  const settings = { pingInterval: PING_INTERVAL, pingTimeout: PING_TIMEOUT, maxPayload: MAX_PAYLOAD };

  for (const path of ["/engine.io/", "/socket.io/"]) {
    test(`over polling at ${path} offers WebSocket`, async () => {
      const { handshake } = await Polling.open(server, path);
      const { sid, ...rest } = handshake;
      assert.match(sid, /^[\w-]{16,}$/);
      assert.deepEqual(rest, { upgrades: ["websocket"], ...settings });
    });

    test(`over WebSocket at ${path} offers no upgrade`, async () => {
      const { handshake } = await Wire.open(server, path);
      const { sid, ...rest } = handshake;
      assert.match(sid, /^[\w-]{16,}$/);
      assert.deepEqual(rest, { upgrades: [], ...settings });
    });
  }

  test("over polling answers as text that nobody may store", async () => {
    const { headers } = await fetch(`${server.url}/engine.io/?EIO=4&transport=polling`);
    assert.equal(headers.get("content-type").toLowerCase(), "text/plain; charset=utf-8");
    assert.equal(headers.get("cache-control"), "no-store");
  });

  test("gives every session an id of its own", async () => {
    const sessions = await Promise.all(Array.from({ length: 20 }, () => Polling.open(server)));
    assert.equal(new Set(sessions.map(({ sid }) => sid)).size, 20);
  });

  test("takes query parameters in any order, and ignores those it does not know", async () => {
    const queries = [
      "transport=polling&EIO=4",
      "t=abc123&EIO=4&x=%20%26&transport=polling",
      "EIO=4&transport=polling&sid=",
    ];
    for (const query of queries) {
      const response = await fetch(`${server.url}/engine.io/?${query}`);
      assert.equal(response.status, 200, query);
      assert.match(await response.text(), /^0\{/);
    }
  });

  test("over WebSocket agrees to no extension", async () => {
    const wire = await Wire.open(server);
    assert.equal(wire.socket.extensions, "");
    wire.end();
  });
});
