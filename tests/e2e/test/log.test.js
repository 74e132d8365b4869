import { suite } from "../chirrup.js";
import { Person, test } from "../people.js";
import { until } from "../time.js";

suite(
  "The log",
  (server) => {
    test("shows unknown events as it shows others, and little of their names", async () => {
      const ann = await Person.register(server, "ann");
      const device = await ann.connect();
      device.socket.emit(`send_mesage${"!".repeat(1000)}`);
      const line = /event="send_mesage!{53}" user=\S+ outcome="unknown_event"/;
      await until("a line about it", () => line.test(server.output));
    });
  },
  { LOG: "debug" },
);
