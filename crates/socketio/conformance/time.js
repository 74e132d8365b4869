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
export async function until(what, condition, ms = 3000) {
  for (const end = Date.now() + ms; !(await condition()); await sleep(5)) {
    if (Date.now() > end) throw new Error(`${what} did not happen within ${ms} ms`);
  }
}

/** A queue that somebody waits at for the next thing. */
export class Inbox {
  #items = [];
  #waiting = [];

  put(item) {
    const taker = this.#waiting.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  next(ms = 3000) {
    if (this.#items.length) return Promise.resolve(this.#items.shift());
    return within(ms, "the next message", new Promise((resolve) => this.#waiting.push(resolve)));
  }

  /** What has come and nobody took. */
  get rest() {
    return [...this.#items];
  }
}
