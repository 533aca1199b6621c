import type { BlobSchedule, ChainConfig, Hardfork } from '@animechain/core'

/** Blob parameters as execution-spec-tests write them in `config.blobSchedule`. */
export type FixtureBlobSchedule = Record<
  string,
  { target: string; max: string; baseFeeUpdateFraction: string }
>

const CANCUN: BlobSchedule = { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477n }
const PRAGUE: BlobSchedule = { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716n }

/** Names of forks in the fixtures, with the rules that they stand for. BPO forks change blob parameters alone (EIP-7892). */
const forks: Record<string, { rules: Hardfork; blobs: BlobSchedule }> = {
  Cancun: { rules: 'cancun', blobs: CANCUN },
  Prague: { rules: 'prague', blobs: PRAGUE },
  Osaka: { rules: 'osaka', blobs: PRAGUE },
  BPO1: { rules: 'osaka', blobs: { target: 10, max: 15, baseFeeUpdateFraction: 8_346_193n } },
  BPO2: { rules: 'osaka', blobs: { target: 14, max: 21, baseFeeUpdateFraction: 11_684_671n } },
  BPO3: { rules: 'osaka', blobs: { target: 21, max: 32, baseFeeUpdateFraction: 20_609_697n } },
  BPO4: { rules: 'osaka', blobs: { target: 14, max: 21, baseFeeUpdateFraction: 13_739_630n } },
}

/** The transition of `AToBAtTime15k`, seconds. */
const TRANSITION = 15_000n

/** The chain of a network's name, or undefined for one that is older than Cancun or unknown. */
export function chainOf(
  network: string,
  chainId: bigint,
  schedule?: FixtureBlobSchedule,
): ChainConfig | undefined {
  const transition = /^(\w+?)To(\w+?)AtTime15k$/.exec(network)
  const names = transition ? [transition[1]!, transition[2]!] : [network]
  const hardforks = []
  for (const [index, name] of names.entries()) {
    const own = schedule?.[name]
    // A blob-parameter fork that is not in the list is known by the parameters that come with it.
    const fork = Object.hasOwn(forks, name)
      ? forks[name]
      : own && /^BPO\d+$/.test(name)
        ? forks['Osaka']
        : undefined
    if (fork === undefined) return undefined
    hardforks.push({
      name: fork.rules,
      timestamp: index === 0 ? 0n : TRANSITION,
      blobSchedule: own
        ? {
            target: Number(own.target),
            max: Number(own.max),
            baseFeeUpdateFraction: BigInt(own.baseFeeUpdateFraction),
          }
        : fork.blobs,
    })
  }
  return { chainId, hardforks, eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 8n } }
}

const OLDER =
  /^(Frontier|Homestead|EIP150|EIP158|TangerineWhistle|SpuriousDragon|Byzantium|Constantinople|ConstantinopleFix|Istanbul|MuirGlacier|Berlin|London|ArrowGlacier|GrayGlacier|Paris|Merge|Shanghai)/

/** Why a network without a chain is not run. */
export const skipReason = (network: string): string =>
  OLDER.test(network) ? 'older fork' : `unknown fork ${network}`
