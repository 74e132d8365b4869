import assert from "node:assert/strict";
import { Visitor, ack, transports, versions } from "../clients.js";
import { test, theme } from "../theme.js";

/** As many as one Node process can keep alive with a heartbeat of 300 ms: one over polling costs two requests each. */
const COUNTS = { websocket: 200, polling: 50, "polling with upgrade": 50 };

/** In groups: if all came at once, this process would be too busy to answer the pings of the first. */
async function arrive(visitors, group = 10) {
  const sockets = [];
  while (sockets.length < visitors.length) {
    const next = visitors.slice(sockets.length, sockets.length + group);
    sockets.push(...(await Promise.all(next.map((visitor) => visitor.connected()))));
  }
  return sockets;
}

theme("Official client: a crowd", (server) => {
  for (const [transport, options] of Object.entries(transports)) {
    const count = COUNTS[transport];
    test(
      `${count} clients over ${transport} at once, each with its own answers`,
      { timeout: 60_000 },
      async () => {
        const libraries = Object.values(versions);
        const visitors = Array.from(
          { length: count },
          (_, index) => new Visitor(server, libraries[index % libraries.length], options, transport),
        );
        try {
          const sockets = await arrive(visitors);
          assert.equal(new Set(sockets.map(({ id }) => id)).size, count);
          const answers = await Promise.all(
            sockets.map((socket, index) => ack(socket, "message-with-ack", index, `client ${index}`)),
          );
          for (const [index, answer] of answers.entries())
            assert.deepEqual(answer, [index, `client ${index}`]);
        } finally {
          for (const visitor of visitors) visitor.leave();
        }
      },
    );
  }
});
