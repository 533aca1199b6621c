/**
 * What an attack failed to do of what it claims, such as `sent 3 of 20`; undefined when it did all.
 * @param {Record<string, number>} least the numbers that it claims at least
 * @param {Record<string, unknown>} did the numbers that it tells
 * @param {number} scale part of the claims that counts
 */
export function shortfall(least, did, scale = 1) {
  const missing = Object.entries(least)
    .map(([name, claimed]) => ({ name, wanted: Math.ceil(claimed * scale), got: Number(did[name] ?? 0) }))
    .filter(({ wanted, got }) => !(got >= wanted))
    .map(({ name, wanted, got }) => `${name} ${got} of ${wanted}`)
  if (did.failed !== undefined) missing.unshift(String(did.failed))
  return missing.length === 0 ? undefined : missing.join(', ')
}
