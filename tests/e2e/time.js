import { setTimeout as sleep } from "node:timers/promises";

export { sleep };

/** The promise's value, or an error saying what did not happen within `ms`. */
export async function within(ms, what, promise) {
  const abort = new AbortController();
  const late = sleep(ms, undefined, { signal: abort.signal }).then(
    () => {
      throw new Error(`${what} did not happen within ${ms} ms`);
    },
    () => {},
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
  }
}

/** Waits until `condition` holds. */
export async function until(what, condition, ms = 5000) {
  for (const end = Date.now() + ms; !(await condition()); await sleep(5)) {
    if (Date.now() > end) throw new Error(`${what} did not happen within ${ms} ms`);
  }
}

/** `1` to `count`. */
export function numbers(count) {
  return Array.from({ length: count }, (_, index) => index + 1);
}
