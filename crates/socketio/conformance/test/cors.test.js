import assert from "node:assert/strict";
import { Polling } from "../engine.js";
import { test, theme } from "../theme.js";

const ORIGIN = "http://app.example";

theme("Other origins", (server) => {
  function assertAllowed(headers) {
    assert.ok(["*", ORIGIN].includes(headers.get("access-control-allow-origin")));
  }

  test("a preflight is answered", async () => {
    const polling = await Polling.open(server);
    const response = await polling.request({
      method: "OPTIONS",
      headers: {
        Origin: ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-mine",
      },
    });
    assert.ok(response.ok);
    assertAllowed(response.headers);
    assert.match(response.headers.get("access-control-allow-methods"), /POST|\*/);
    assert.match(response.headers.get("access-control-allow-headers"), /content-type.*x-mine|\*/i);
    await polling.assertOpen();
  });

  test("handshake, poll, post and refusal may be read by any origin", async () => {
    const headers = { Origin: ORIGIN };
    const polling = await Polling.open(server);
    const handshake = await fetch(`${server.url}/engine.io/?EIO=4&transport=polling`, { headers });
    const posted = await polling.post("4hello", headers);
    const polled = await polling.poll({ headers });
    const refused = await fetch(`${server.url}/engine.io/?EIO=4&transport=polling&sid=nobody`, { headers });
    for (const answer of [handshake, posted, polled, refused]) assertAllowed(answer.headers);
    assert.equal(polled.body, "4hello");
    assert.equal(refused.status, 400);
  });
});
