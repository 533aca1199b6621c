import {
  CompositionError,
  InvalidInputError,
  type DaCapabilities,
  type DataAvailability,
} from '@animechain/core'

/** Who sees the bytes, from the fewest on. */
const reach: readonly DaCapabilities['exposure'][] = ['private', 'ciphertext-public', 'plaintext-public']

const name = ({ capabilities }: DataAvailability) => `data availability ${capabilities.id}`

/**
 * Exposure may never widen: what was meant for the first of the backends goes to none that more can read.
 * @throws {CompositionError} naming both
 * @throws {InvalidInputError} for fewer than two
 */
export function expectNoWiderExposure(backends: readonly DataAvailability[], confidential: boolean): void {
  const [primary, ...others] = backends
  if (!primary || others.length === 0)
    throw new InvalidInputError('backends', 'at least two', backends.length)
  const inTheClear = backends.find(({ capabilities }) => capabilities.exposure === 'plaintext-public')
  if (confidential && inTheClear)
    throw new CompositionError(
      'a confidential rollup',
      'places where nobody reads a batch without its key',
      name(inTheClear),
      'one in the clear (plaintext-public)',
    )
  const most = reach.indexOf(primary.capabilities.exposure)
  for (const other of others)
    if (reach.indexOf(other.capabilities.exposure) > most)
      throw new CompositionError(
        name(primary),
        `that nothing meant for it becomes more than ${primary.capabilities.exposure}`,
        name(other),
        other.capabilities.exposure,
      )
}

/** The widest exposure among the backends: what a reader of the capabilities must reckon with. */
export const widestExposure = (backends: readonly DataAvailability[]): DaCapabilities['exposure'] =>
  reach[Math.max(...backends.map(({ capabilities }) => reach.indexOf(capabilities.exposure)))]!
