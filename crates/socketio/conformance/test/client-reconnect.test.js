import assert from "node:assert/strict";
import { ack, arrival, event, forEachClient, transports, versions, Visitor } from "../clients.js";
import { test, theme } from "../theme.js";
import { Server } from "../server.js";

/* A server of their own: the theme's must not go away under its bystander. */
theme("Official client: a server that goes and comes", () => {
  const skip = !new Server().isOurs;

  for (const signal of ["SIGKILL", "SIGTERM"]) {
    test(
      `after ${signal} and a new start on the same port every client comes back by itself`,
      { skip, timeout: 30_000 },
      async () => {
        const server = new Server();
        await server.start();
        const visitors = [];
        try {
          for (const [version, io] of Object.entries(versions)) {
            for (const [transport, options] of Object.entries(transports)) {
              const visitor = new Visitor(server, io, options, transport);
              visitors.push(visitor);
              const socket = await visitor.connected({
                reconnection: true,
                reconnectionDelay: 50,
                reconnectionDelayMax: 200,
              });
              visitor.story = { name: `${version} over ${transport}`, socket, id: socket.id };
            }
          }
          const stories = visitors.map(({ story }) => story);
          const losses = stories.map(({ socket }) => event(socket, "disconnect"));
          await server.stop(signal);
          for (const [index, [reason]] of (await Promise.all(losses)).entries()) {
            assert.match(reason, /^(transport close|transport error|ping timeout)$/, stories[index].name);
          }
          for (const { socket, name } of stories)
            socket.emit("message-with-ack", `buffered by ${name}`, () => {});
          const returns = stories.map(({ socket }) => event(socket, "connect", 10_000));
          await server.start();
          await Promise.all(returns);
          for (const { socket, id, name } of stories) {
            assert.notEqual(socket.id, id, name);
            assert.deepEqual(await ack(socket, "message-with-ack", name), [name]);
          }
        } finally {
          for (const visitor of visitors) visitor.leave();
          await server.stop();
        }
      },
    );
  }

  test(
    "what was emitted while the server was away is answered when it is back",
    { skip, timeout: 30_000 },
    async () => {
      const server = new Server();
      await server.start();
      const visitor = new Visitor(server, versions.newest, transports.websocket, "websocket");
      try {
        const socket = await visitor.connected({
          reconnection: true,
          reconnectionDelay: 50,
          reconnectionDelayMax: 200,
        });
        const lost = event(socket, "disconnect");
        await server.stop("SIGKILL");
        await lost;
        const got = [];
        const answers = [1, 2, 3].map((number) =>
          ack(socket, "message-with-ack", number).then(([n]) => got.push(n)),
        );
        await server.start();
        await Promise.all(answers);
        assert.deepEqual(got, [1, 2, 3]);
      } finally {
        visitor.leave();
        await server.stop();
      }
    },
  );
});

theme("Official client: a connection that breaks", (server) => {
  forEachClient(server, "is noticed and made anew", async (visitor) => {
    const socket = await visitor.connected({ reconnection: true, reconnectionDelay: 20 });
    const { id } = socket;
    const [lost, back] = [event(socket, "disconnect"), event(socket, "connect")];
    socket.io.engine.close();
    assert.match((await lost)[0], /^(forced close|transport close)$/);
    await back;
    assert.notEqual(socket.id, id);
    await ack(socket, "message-with-ack", 1);
    socket.io.reconnection(false);
  });

  forEachClient(server, "does not disturb another of the same user", async (visitor) => {
    const [one, other] = await Promise.all([visitor.connected(), visitor.connected()]);
    one.io.engine.close();
    assert.deepEqual(await ack(other, "message-with-ack", 1), [1]);
    assert.equal(other.connected, true);
    await arrival(visitor.socket());
  });
});
