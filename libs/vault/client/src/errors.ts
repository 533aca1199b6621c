import { BaseError, type Address, type Hash, type Hex } from '@animechain/core'
import { denialOf, denialSentences, type Denial } from '@animechain/vault-protocol'

/** What one key node answered instead of a share. */
export interface NodeRefusal {
  node: Address
  /** by name; undefined where the node did not decide, or a policy of somebody else has a reason of its own */
  denial?: Denial
  /** the four bytes of a reason */
  reason?: Hex
  /** a sentence */
  message: string
}

/** A key node that lied: its share is not the one that the manifest commits to, or its receipt is not its own. */
export interface LyingNode {
  node: Address
  message: string
}

/** Reason of a receipt in words. */
export function denialText(reason: Hex): string {
  const name = denialOf(reason)
  return name ? denialSentences[name] : `the policy's own reason ${reason}`
}

/** Fewer key nodes than the threshold gave their share. */
export class NotReleasedError extends BaseError {
  /** what each key node said, apart from those that released */
  readonly refusals: readonly NodeRefusal[]
  /** who lied */
  readonly liars: readonly LyingNode[]
  /** right shares that came */
  readonly shares: number

  constructor(options: {
    object: Hash
    rendition: number
    threshold: number
    shares: number
    refusals: readonly NodeRefusal[]
    liars: readonly LyingNode[]
  }) {
    const { object, rendition, threshold, shares, refusals, liars } = options
    const said = new Map<string, number>()
    for (const { message } of refusals) said.set(message, (said.get(message) ?? 0) + 1)
    const [most] = [...said].sort(([, a], [, b]) => b - a)
    // Denied where what the nodes decided makes the threshold out of reach; else too few of them answered.
    const denied = refusals.filter(({ reason }) => reason !== undefined).length
    const unheard = refusals.length - denied
    const isDenied = denied > 0 && shares + unheard < threshold
    const what = `rendition ${rendition} of ${object}`
    super(
      isDenied
        ? `Access to ${what} is denied: ${most?.[0] ?? 'no node says why'}.`
        : `Too few key nodes released ${what}: ${shares} of the ${threshold} that it takes.`,
      {
        code: isDenied ? 'VAULT_DENIED' : 'VAULT_TOO_FEW_SHARES',
        metaMessages: [
          ...[...said].map(([message, count]) => `${count} key node${count > 1 ? 's' : ''}: ${message}`),
          ...liars.map(({ node, message }) => `${node} lied: ${message}`),
        ],
      },
    )
    this.name = 'NotReleasedError'
    this.refusals = refusals
    this.liars = liars
    this.shares = shares
  }
}
