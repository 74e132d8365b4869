import assert from "node:assert/strict";
import { BINARY, CONTINUATION, PING, PONG, Raw, TEXT, frame, text, upgradeRequest } from "../raw.js";
import { Random } from "../random.js";
import { sleep, test, theme } from "../theme.js";

/** `CONFORMANCE_SEED` repeats a run; each test's name says which seed it took. */
const SEED = Number(process.env.CONFORMANCE_SEED ?? Date.now() % 1_000_000);
const ROUNDS = Number(process.env.CONFORMANCE_ROUNDS ?? 8);

theme("Random framing", (server) => {
  /** A message as one frame or several, control frames between them. */
  function framed(random, opcode, payload) {
    const parts = random.split(payload, 1 + random.below(4));
    const frames = parts.map((part, index) =>
      frame(index === 0 ? opcode : CONTINUATION, part, { fin: index === parts.length - 1 }),
    );
    return frames.flatMap((bytes) =>
      random.below(4) ? [bytes] : [frame(random.pick([PING, PONG]), "p"), bytes],
    );
  }

  for (let round = 0; round < ROUNDS; round++) {
    const seed = SEED + round;

    test(`valid frames cut anywhere are read all the same (seed ${seed})`, async () => {
      const random = new Random(seed);
      const raw = await Raw.connect(server);
      const messages = Array.from({ length: 40 }, () => {
        const size = random.pick([0, 1, 10, 124, 125, 126, 300, 5000, 65_534, 65_535, 70_000]);
        return random.below(2)
          ? { opcode: TEXT, payload: Buffer.from(`4${"ü\u{1f426}xyz".repeat(size / 9)}`) }
          : { opcode: BINARY, payload: random.bytes(Math.min(size, 6000)) };
      });
      const frames = messages.flatMap(({ opcode, payload }) => framed(random, opcode, payload));
      await raw.trickle(random.split(Buffer.concat([upgradeRequest(server), ...frames]), 200));
      assert.equal(await raw.status(), 101);
      await raw.next();
      for (const { opcode, payload } of messages) {
        let got = await raw.next();
        while (got.opcode === PONG) got = await raw.next();
        assert.equal(got.opcode, opcode);
        assert.ok(got.payload.equals(payload));
      }
      raw.end();
    });

    test(`random bytes behind the handshake harm nobody (seed ${seed})`, async () => {
      const random = new Random(seed);
      for (let n = 0; n < 20; n++) {
        const raw = await Raw.session(server, { path: random.pick(["/engine.io/", "/socket.io/"]) });
        await raw.trickle(random.split(random.bytes(1 + random.below(2000)), 1 + random.below(5)));
        if (random.below(2)) await sleep(random.below(10));
        raw.end();
      }
    });

    test(`frames with random flags and contents harm nobody (seed ${seed})`, async () => {
      const random = new Random(seed);
      for (let n = 0; n < 20; n++) {
        const raw = await Raw.session(server, { path: random.pick(["/engine.io/", "/socket.io/"]) });
        for (let count = 0; count < 10; count++) {
          const options = {
            fin: random.below(5) > 0,
            rsv: random.below(20) ? 0 : random.below(8),
            masked: random.below(20) > 0,
          };
          raw.write(
            frame(random.pick([0, 1, 1, 1, 2, 8, 9, 10, 15]), random.bytes(random.below(300)), options),
          );
        }
        await sleep(random.below(5));
        raw.end();
      }
    });

    test(`packets with random mistakes harm nobody (seed ${seed})`, async () => {
      const random = new Random(seed);
      const packets = [
        '42["message",1,"2",{"3":[true]}]',
        '42/custom,["message"]',
        '4217["message-with-ack",{"a":"\\ud83d"}]',
        '452-1["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
        "40",
        '40/custom,{"token":"x"}',
        "41",
        "431[]",
        "3",
        "6",
      ];
      for (let n = 0; n < 40; n++) {
        const raw = await Raw.session(server, { path: "/socket.io/" });
        raw.write(text("40"));
        await raw.next();
        for (let count = 0; count < 5; count++) {
          const packet = Buffer.from(random.pick(packets));
          for (let flaw = random.below(3); flaw > 0; flaw--)
            packet[random.below(packet.length)] = 32 + random.below(95);
          raw.write(text(packet.subarray(0, random.below(4) ? packet.length : random.below(packet.length))));
          if (random.below(3) === 0) raw.write(frame(BINARY, random.bytes(5)));
        }
        await sleep(random.below(5));
        raw.end();
      }
    });

    test(`requests with random mistakes harm nobody (seed ${seed})`, async () => {
      const random = new Random(seed);
      const requests = [
        upgradeRequest(server),
        upgradeRequest(server, { path: "/socket.io/" }),
        Buffer.from("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"),
        Buffer.from(
          "POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n40",
        ),
      ];
      for (let n = 0; n < 40; n++) {
        const request = Buffer.from(random.pick(requests));
        for (let flaw = 1 + random.below(4); flaw > 0; flaw--)
          request[random.below(request.length)] = random.below(256);
        const raw = await Raw.connect(server);
        await raw.trickle(random.split(request, 1 + random.below(3)));
        await sleep(random.below(5));
        raw.end();
      }
    });
  }
});
