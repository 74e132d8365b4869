import assert from "node:assert/strict";
import { Polling, Wire } from "../engine.js";
import { PING_INTERVAL, PING_TIMEOUT, sleep, test, theme } from "../theme.js";

/** How late a timer of a busy machine may be. */
const SLACK = 250;

function assertAbout(actual, expected) {
  assert.ok(actual >= expected - 30 && actual <= expected + SLACK, `${actual} ms instead of ${expected} ms`);
}

theme("Heartbeat", (server) => {
  test("WebSocket: a ping every interval, for as long as it is answered", async () => {
    const wire = await Wire.open(server, "/engine.io/", { heartbeat: false });
    for (let round = 0; round < 4; round++) {
      const start = performance.now();
      assert.equal(await wire.next(), "2");
      assertAbout(performance.now() - start, PING_INTERVAL);
      wire.send("3");
    }
    await wire.assertEcho();
    wire.end();
  });

  test("WebSocket: an unanswered ping closes the connection", async () => {
    const wire = await Wire.open(server, "/engine.io/", { heartbeat: false });
    const start = performance.now();
    await wire.closed();
    assertAbout(performance.now() - start, PING_INTERVAL + PING_TIMEOUT);
    assert.deepEqual(wire.rest, ["2"]);
  });

  test("WebSocket: other packets do not stand for a pong for ever", async () => {
    const wire = await Wire.open(server, "/engine.io/", { heartbeat: false });
    const start = performance.now();
    const chatter = setInterval(() => wire.send("4chatter"), 40);
    await wire.closed();
    clearInterval(chatter);
    assert.ok(performance.now() - start < PING_INTERVAL + 2 * PING_TIMEOUT + SLACK);
  });

  test("WebSocket: a pong that nobody asked for is harmless", async () => {
    const wire = await Wire.open(server);
    wire.send("3", "3", "3probe");
    await wire.assertEcho();
    await sleep(PING_INTERVAL + PING_TIMEOUT + 100);
    await wire.assertEcho();
    wire.end();
  });

  test("WebSocket: a ping from the client closes the connection", async () => {
    const wire = await Wire.open(server);
    wire.send("2");
    await wire.closedNormally();
  });

  test("polling: a ping every interval, for as long as it is answered", async () => {
    const polling = await Polling.open(server);
    for (let round = 0; round < 3; round++) {
      const start = performance.now();
      assert.equal((await polling.poll()).body, "2");
      assertAbout(performance.now() - start, PING_INTERVAL);
      assert.equal((await polling.post("3")).status, 200);
    }
    await polling.assertOpen();
  });

  test("polling: a session that is never polled is closed in time", async () => {
    const polling = await Polling.open(server);
    await sleep(PING_INTERVAL + PING_TIMEOUT + 50);
    await polling.assertClosed();
  });

  test("polling: a session that polls but does not answer the ping is closed", async () => {
    const polling = await Polling.open(server);
    assert.equal((await polling.poll()).body, "2");
    const waiting = polling.poll();
    await sleep(PING_TIMEOUT + 100);
    await waiting;
    await polling.assertClosed();
  });
});
