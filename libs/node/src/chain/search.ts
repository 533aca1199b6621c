/** The first number in `[low, high)` for which `holds` does not, `high` where it does for all: it holds up to some number. */
export function firstWithout(low: bigint, high: bigint, holds: (at: bigint) => boolean): bigint {
  while (low < high) {
    const middle = (low + high) / 2n
    if (holds(middle)) low = middle + 1n
    else high = middle
  }
  return low
}
