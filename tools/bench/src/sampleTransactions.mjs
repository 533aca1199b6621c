// Signed transactions of the kinds that chains see most, the same on every run.
import { encodeFunctionData, hexToBytes, parseAbi, parseEther, parseGwei, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/** mulberry32 */
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What is drawn for a transaction of each kind, from one source of randomness. */
function kindsOf({ count, senders }) {
  const random = generator(1)
  const below = (n) => Math.floor(random() * n)
  const bytes = (n) => toHex(Uint8Array.from({ length: n }, () => below(256)))
  const pick = (list) => list[below(list.length)]
  const units = (digits) => BigInt(below(10 ** digits))

  const accounts = Array.from({ length: senders }, () => privateKeyToAccount(bytes(32)))
  const erc20 = parseAbi(['function transfer(address to, uint256 amount) returns (bool)'])
  const router = parseAbi([
    'function swapExactTokensForTokens(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline)',
  ])
  const routerAddress = bytes(20)
  const tokens = Array.from({ length: 5 }, () => bytes(20))
  const people = Array.from({ length: 500 }, () => bytes(20))

  /**
   * Amounts have three or four random digits, swaps a least output of 62 random bits; a fresh recipient alone is 20 random bytes.
   * `bits` is what was drawn at random for each transaction, besides its signature, sender and tip, and `addresses` how many of them a batch has to name.
   */
  const kinds = {
    'ETH transfer among the senders': {
      bits: Math.log2(senders) + Math.log2(1e3),
      addresses: senders,
      draw: () => ({ to: pick(accounts).address, value: units(3) * parseEther('0.01'), gas: 21_000n }),
    },
    'ETH transfer to 500 people': {
      bits: Math.log2(people.length) + Math.log2(1e4),
      addresses: people.length,
      draw: () => ({ to: pick(people), value: units(4) * parseEther('0.001'), gas: 21_000n }),
    },
    'ETH transfer to fresh addresses': {
      bits: Math.log2(1e4),
      addresses: count,
      draw: () => ({ to: bytes(20), value: units(4) * parseEther('0.001'), gas: 21_000n }),
    },
    'ERC-20 transfer': {
      bits: Math.log2(tokens.length) + Math.log2(4) + Math.log2(people.length) + Math.log2(1e5),
      addresses: tokens.length + people.length,
      draw: () => ({
        to: pick(tokens),
        gas: BigInt(pick([34_515, 34_527, 51_615, 51_627])),
        data: encodeFunctionData({
          abi: erc20,
          functionName: 'transfer',
          args: [pick(people), units(5) * 10n ** 16n],
        }),
      }),
    },
    'Uniswap v2 swap': {
      bits: Math.log2(60) + Math.log2(1e4) + 62 + 2 * Math.log2(tokens.length),
      addresses: 1 + tokens.length + senders,
      draw: (block, account) => ({
        to: routerAddress,
        gas: BigInt(110_000 + below(60) * 100),
        data: encodeFunctionData({
          abi: router,
          functionName: 'swapExactTokensForTokens',
          args: [
            units(4) * 10n ** 16n,
            BigInt(below(2 ** 31)) * BigInt(below(2 ** 31)),
            [pick(tokens), pick(tokens)],
            account.address,
            BigInt(1_790_000_000 + block * 2 + 1200),
          ],
        }),
      }),
    },
  }
  return { kinds, accounts, below, pick }
}

/**
 * @param {{ count: number, senders?: number, blocks: number }} size of one load: transactions, who signs them, blocks that they are spread over
 * @returns what kinds there are, how many bytes of each transaction were drawn at random, and the loads: the transactions of each block
 */
export function sampleTransactions({ count, senders = 100, blocks }) {
  const { kinds, accounts, below, pick } = kindsOf({ count, senders })

  /** Bytes a transaction that were drawn at random, which a codec hardly can leave out: the signature, which of the senders, which of the tips, and the kind's own. */
  const drawn = ({ bits, addresses }) =>
    64 + (Math.log2(senders) + 1.5 + bits) / 8 + (20 * Math.min(addresses, count)) / count

  async function load(kind) {
    const nonces = accounts.map(() => below(2000))
    const out = []
    for (let i = 0; i < count; i++) {
      const block = Math.floor((i * blocks) / count)
      const sender = below(senders)
      const account = accounts[sender]
      const tip = pick([1_000_000n, 1_000_000n, 1_500_000n, parseGwei('0.01')])
      // Wallets take twice the base fee and the tip; the base fee moves a little with every block.
      const maxFeePerGas = 2n * BigInt(50_000_000 + ((block * 7919) % 1_000_003)) + tip
      const raw = await account.signTransaction({
        type: 'eip1559',
        chainId: 901,
        nonce: nonces[sender]++,
        maxFeePerGas,
        maxPriorityFeePerGas: tip,
        ...kinds[kind].draw(block, account),
      })
      ;(out[block] ??= []).push(hexToBytes(raw))
    }
    return out
  }
  return { kinds: Object.keys(kinds), drawn: (kind) => drawn(kinds[kind]), load }
}
