import assert from "node:assert/strict";
import { ack, arrival, event, forEachClient } from "../clients.js";
import { sleep, theme } from "../theme.js";
import { until } from "../time.js";

theme("Official client: connecting", (server) => {
  forEachClient(server, "connects and gets its auth back", async (visitor) => {
    const auth = { token: "123", deep: { list: [1, null, "ü"] } };
    const socket = visitor.socket({ auth });
    const [greeting] = await Promise.all([event(socket, "auth"), arrival(socket)]);
    assert.deepEqual(greeting, [auth]);
    assert.match(socket.id, /^[\w-]{16,}$/);
    if (socket.recovered !== undefined) assert.equal(socket.recovered, false);
  });

  forEachClient(server, "ends up on the transport that was asked for", async (visitor) => {
    const socket = await visitor.connected();
    const expected = visitor.transport === "polling" ? "polling" : "websocket";
    await until("the upgrade", () => socket.io.engine.transport.name === expected);
    await ack(socket, "message-with-ack", 1);
  });

  forEachClient(server, "joins a second namespace on the same connection", async (visitor) => {
    // Both before the connection is open: on an open one, 4.6.0 sends CONNECT twice.
    const main = visitor.socket();
    const custom = main.io.socket("/custom", { auth: { token: "abc" } });
    const [greeting] = await Promise.all([event(custom, "auth"), arrival(custom), arrival(main)]);
    assert.deepEqual(greeting, [{ token: "abc" }]);
    assert.notEqual(main.id, custom.id);
    assert.deepEqual(await ack(main, "message-with-ack", "main"), ["main"]);
    assert.deepEqual(await ack(custom, "message-with-ack", "custom"), ["custom"]);
    custom.disconnect();
    assert.deepEqual(await ack(main, "message-with-ack", "still here?"), ["still here?"]);
  });

  forEachClient(server, "is told that a namespace is unknown", async (visitor) => {
    const socket = visitor.socket({}, "/unknown");
    const [error] = await event(socket, "connect_error");
    assert.equal(error.message, "Invalid namespace");
    assert.equal(socket.connected, false);
  });

  forEachClient(server, "stays connected over many heartbeats", async (visitor) => {
    const socket = await visitor.connected();
    const { id } = socket;
    await sleep(1500);
    assert.deepEqual([socket.connected, socket.id], [true, id]);
    assert.deepEqual(await ack(socket, "message-with-ack", 1), [1]);
  });

  forEachClient(server, "disconnects by itself, and the server forgets the session", async (visitor) => {
    const socket = await visitor.connected();
    const { engine } = socket.io;
    const gone = event(socket, "disconnect");
    socket.disconnect();
    assert.equal((await gone)[0], "io client disconnect");
    await until("forgetting the session", async () => {
      const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${engine.id}`);
      return (await answer.json().catch(() => null))?.code === 1;
    });
  });

  forEachClient(server, "connects again after it disconnected, under a new id", async (visitor) => {
    const socket = await visitor.connected();
    const { id } = socket;
    socket.disconnect();
    await sleep(50); // 4.0.0 does not connect again at once
    socket.connect();
    await arrival(socket);
    assert.notEqual(socket.id, id);
    assert.deepEqual(await ack(socket, "message-with-ack", 1), [1]);
  });

  forEachClient(server, "reports a server that is not there", async (visitor) => {
    const socket = visitor.socket({ path: "/nothing/here/", timeout: 500 });
    const [error] = await event(socket, "connect_error");
    assert.ok(error instanceof Error);
  });
});
