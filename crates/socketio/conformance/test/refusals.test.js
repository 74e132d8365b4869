import assert from "node:assert/strict";
import { Polling, Wire } from "../engine.js";
import { test, theme } from "../theme.js";

const UNKNOWN_TRANSPORT = { code: 0, message: "Transport unknown" };
const UNKNOWN_SID = { code: 1, message: "Session ID unknown" };
const BAD_METHOD = { code: 2, message: "Bad handshake method" };
const BAD_REQUEST = { code: 3, message: "Bad request" };
const UNSUPPORTED = { code: 5, message: "Unsupported protocol version" };

theme("Refused requests", (server) => {
  const cases = [
    ["no parameters", "", UNKNOWN_TRANSPORT],
    ["no transport", "EIO=4", UNKNOWN_TRANSPORT],
    ["an unknown transport", "EIO=4&transport=carrier-pigeon", UNKNOWN_TRANSPORT],
    ["a transport named like a property", "EIO=4&transport=constructor", UNKNOWN_TRANSPORT],
    ["no protocol version", "transport=polling", UNSUPPORTED],
    ["protocol version 3", "EIO=3&transport=polling", UNSUPPORTED],
    ["a protocol version that is no number", "EIO=four&transport=polling", UNSUPPORTED],
    ["an unknown session", "EIO=4&transport=polling&sid=nobody", UNKNOWN_SID],
    ["a session named like a property", "EIO=4&transport=polling&sid=__proto__", UNKNOWN_SID],
    ["WebSocket without asking for an upgrade", "EIO=4&transport=websocket", BAD_REQUEST],
    ["a handshake by POST", "EIO=4&transport=polling", BAD_METHOD, "POST"],
    ["a handshake by PUT", "EIO=4&transport=polling", BAD_METHOD, "PUT"],
    ["a handshake by DELETE", "EIO=4&transport=polling", BAD_METHOD, "DELETE"],
    ["a POST to an unknown session", "EIO=4&transport=polling&sid=nobody", UNKNOWN_SID, "POST"],
  ];

  for (const [what, query, error, method = "GET"] of cases) {
    test(`${what}: 400 with code ${error.code}`, async () => {
      for (const path of ["/engine.io/", "/socket.io/"]) {
        const response = await fetch(`${server.url}${path}?${query}`, { method });
        assert.equal(response.status, 400);
        assert.match(response.headers.get("content-type"), /^application\/json/);
        assert.deepEqual(await response.json(), error);
      }
    });
  }

  test("another transport than the session's: 400 with code 3", async () => {
    const polling = await Polling.open(server);
    const response = await fetch(polling.url.replace("polling", "websocket"));
    assert.equal(response.status, 400);
    assert.deepEqual(await response.json(), BAD_REQUEST);
    await polling.assertOpen();
  });

  test("another protocol version than the session's: 400 with code 3", async () => {
    const polling = await Polling.open(server);
    const response = await fetch(polling.url.replace("EIO=4", "EIO=3"));
    assert.equal(response.status, 400);
    assert.deepEqual(await response.json(), BAD_REQUEST);
    await polling.assertOpen();
  });

  for (const method of ["PUT", "DELETE", "PATCH"]) {
    test(`${method} on a session is refused and leaves the session alone`, async () => {
      const polling = await Polling.open(server);
      const response = await polling.request({ method });
      assert.ok(response.status >= 400, String(response.status));
      await response.arrayBuffer();
      await polling.assertOpen();
    });
  }

  for (const query of [
    "",
    "EIO=4",
    "EIO=4&transport=carrier-pigeon",
    "EIO=4&transport=websocket&sid=nobody",
  ]) {
    test(`a WebSocket with "${query}" is refused with 400`, async () => {
      await assert.rejects(Wire.dial(server, `/engine.io/?${query}`), { status: 400 });
    });
  }

  test("a WebSocket of protocol version 3 gets no session", async () => {
    const wire = await Wire.dial(server, "/engine.io/?EIO=3&transport=websocket").catch(() => null);
    await wire?.closed();
    assert.deepEqual(wire?.rest ?? [], []);
  });

  test("a WebSocket that says it is polling gets no session", async () => {
    const wire = await Wire.dial(server, "/engine.io/?EIO=4&transport=polling").catch(() => null);
    await wire?.closed();
    assert.deepEqual(wire?.rest ?? [], []);
  });
});
