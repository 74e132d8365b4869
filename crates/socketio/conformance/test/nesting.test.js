import { Wire } from "../engine.js";
import { connected } from "../socket.js";
import { test, theme } from "../theme.js";

/* The official Node server ends here with a stack overflow. Anything but that will do: an answer, a closed connection. */
const skip = process.env.CONFORMANCE_REFERENCE !== undefined;

theme("JSON nested without end", (server) => {
  for (const depth of [1000, 10_000, 400_000]) {
    for (const [what, text] of [
      ["arrays", `42["message",${"[".repeat(depth)}${"]".repeat(depth)}]`],
      ["arrays that stay open", `42["message",${"[".repeat(depth)}`],
      ["objects", `42["message",${'{"":'.repeat(depth / 4)}1${"}".repeat(depth / 4)}]`],
    ]) {
      test(`${depth} ${what}`, { skip }, async () => {
        const wire = await connected(server);
        wire.send(text);
        await Promise.race([wire.next(), wire.closed()]);
        wire.end();
      });
    }
  }

  test("in the auth of CONNECT", { skip }, async () => {
    const wire = await Wire.open(server, "/socket.io/");
    wire.send(`40{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`);
    await Promise.race([wire.next(), wire.closed()]);
    wire.end();
  });
});
