// Waiting, and numbers from many measurements.

/**
 * Times a limit is stretched by. 1: the figures that are promised. More: the machine runs four browsers, their encoders and the server on few cores, and the
 * test shall tell whether things work, not how fast the machine is.
 */
export const PATIENCE = Number(process.env.PATIENCE ?? 1);

/** A limit in ms, with patience. */
export const within = (ms) => ms * PATIENCE;

/** A least number, with patience. */
export const atLeast = (count) => count / PATIENCE;

/** The smallest value that at least `share` (0…1) of the values do not exceed. */
export function quantile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is truthy; fails with `what` and the last answer after `ms`. */
export async function eventually(what, ms, ask, every = 50) {
  const deadline = Date.now() + ms;
  let last;
  for (;;) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`);
    await sleep(every);
  }
}

/** How long the pictures of one camera took from the first place they were painted to the second, in ms, one figure a picture seen in both. */
export function delays(sent, received) {
  const first = new Map();
  for (const picture of sent) if (picture.frame !== null && !first.has(picture.frame)) first.set(picture.frame, picture.at);
  const done = new Set();
  const result = [];
  for (const picture of received) {
    const at = first.get(picture.frame);
    if (picture.frame === null || at === undefined || done.has(picture.frame)) continue;
    done.add(picture.frame);
    result.push(picture.at - at);
  }
  return result;
}
