// A reporter for Node's test runner: a dot for what passed, failures whole, and the runner's own counts.
import { relative } from "node:path";
import { inspect } from "node:util";

export default async function* brief(source) {
  const names = [];
  let dots = 0;
  const line = (text) => {
    const before = dots > 0 ? "\n" : "";
    dots = 0;
    return `${before}${text}\n`;
  };
  const counts = [];
  for await (const { type, data } of source) {
    if (type === "test:start") {
      names.splice(data.nesting, Infinity, data.name);
    } else if (type === "test:pass" && data.details.type !== "suite") {
      yield ++dots % 80 === 0 ? line(".") : ".";
    } else if (
      type === "test:fail" &&
      data.details.error.failureType !== "subtestsFailed"
    ) {
      const name = [...names.slice(0, data.nesting), data.name].join(" > ");
      const place = data.file
        ? ` (${relative(".", data.file)}:${data.line})`
        : "";
      const error = data.details.error.cause ?? data.details.error;
      yield line(
        `FAILED ${name}${place}\n${typeof error === "string" ? error : inspect(error)}\n`,
      );
    } else if (type === "test:stdout" || type === "test:stderr") {
      yield line(data.message.trimEnd());
    } else if (type === "test:diagnostic" && data.nesting === 0) {
      counts.push(data.message);
    }
  }
  yield line(counts.join(", "));
}
