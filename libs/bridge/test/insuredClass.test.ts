import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { predeploys } from '@animechain/core'
import { anvil, patient, type Anvil } from '@animechain/testing'
import {
  concatHex,
  createPublicClient,
  decodeFunctionResult,
  encodeFunctionData,
  http,
  keccak256,
  numberToHex,
  parseAbi,
  size,
  slice,
  toHex,
  zeroAddress,
  type Address,
  type Hex,
} from 'viem'
import { insuredClass, type InsuredClass, type TrustedContracts } from '../src/index.js'

/** Encodings that are compared. `npm run fuzz:classes -w @animechain/bridge` compares 100,000. */
const CASES = Number(process.env['INSURED_CASES'] ?? 4_000)
const AT_ONCE = 200

/** The library of L1, called with many withdrawals at once; what it refuses has no amount. */
const source = `
pragma solidity 0.8.30;
import {InsuredClasses} from "src-sol/network/InsuredClasses.sol";
import {WithdrawalTransaction} from "src-sol/shared/Types.sol";
contract Classifier {
    function one(WithdrawalTransaction calldata w, InsuredClasses.Known calldata known)
        external pure returns (InsuredClasses.Moved memory) {
        return InsuredClasses.classify(w, known);
    }
    function all(WithdrawalTransaction[] calldata ws, InsuredClasses.Known calldata known)
        external view returns (InsuredClasses.Moved[] memory moved, bytes4[] memory errors) {
        (moved, errors) = (new InsuredClasses.Moved[](ws.length), new bytes4[](ws.length));
        for (uint256 i = 0; i < ws.length; i++)
            try this.one(ws[i], known) returns (InsuredClasses.Moved memory m) { moved[i] = m; }
            catch (bytes memory reason) { errors[i] = bytes4(reason); }
    }
}`
const classifierAbi = parseAbi([
  'struct Withdrawal { uint256 nonce; address sender; address target; uint256 value; uint256 gasLimit; bytes data; }',
  'struct Known { address portal; address inbox; address messenger; address standardBridge; address erc721Bridge; address erc1155Bridge; }',
  'struct Moved { address token; address remoteToken; uint256 amount; }',
  'function all(Withdrawal[] ws, Known known) view returns (Moved[] moved, bytes4[] errors)',
])
const notInsured = keccak256(toHex('InsuredClasses_NotInsured()')).slice(0, 10)

/** Code of the classifier, compiled from the sources of L1. */
async function compiled(): Promise<Hex> {
  const contracts = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'contracts')
  const require = createRequire(join(contracts, 'package.json'))
  const solc = require('solc') as { compile(input: string, callbacks: unknown): string }
  const find = (path: string) => {
    const from = path.startsWith('@') ? require.resolve(path) : join(contracts, path)
    return { contents: readFileSync(from, 'utf8') }
  }
  const input = {
    language: 'Solidity',
    sources: { 'Classifier.sol': { content: source } },
    settings: {
      evmVersion: 'cancun',
      outputSelection: { 'Classifier.sol': { Classifier: ['evm.deployedBytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find }))
  const problems = (output.errors ?? []).filter((each: { severity: string }) => each.severity === 'error')
  if (problems.length > 0) throw new Error(problems[0].formattedMessage)
  return `0x${output.contracts['Classifier.sol'].Classifier.evm.deployedBytecode.object}`
}

const address = (n: number): Address => numberToHex(n, { size: 20 })
const trusted: TrustedContracts = {
  portal: address(0x101),
  inbox: address(0x102),
  messenger: address(0x103),
  standardBridge: address(0x104),
  erc721Bridge: address(0x105),
  erc1155Bridge: address(0x106),
}
const known = [...Object.values(trusted), ...Object.values(predeploys), zeroAddress, address(7)] as Address[]

const relayAbi = parseAbi([
  'function relayMessage(uint256 nonce, address sender, address target, uint256 value, uint256 minGas, bytes message)',
])
const bridgeAbi = parseAbi([
  'function finalizeBridgeETH(address from, address to, uint256 amount, bytes extraData)',
  'function finalizeBridgeERC20(address localToken, address remoteToken, address from, address to, uint256 amount, bytes extraData)',
  'function finalizeBridgeERC721(address localToken, address remoteToken, address from, address to, uint256 tokenId, bytes extraData)',
])

interface Encoding {
  sender: Address
  target: Address
  value: bigint
  data: Hex
}

/** Numbers that look random and are the same in each run. */
function draws(seed: number) {
  let state = seed >>> 0
  const below = (n: number): number => {
    // xorshift
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % n
  }
  const bytes = (length: number): Hex => {
    let out = '0x'
    for (let i = 0; i < length; i++) out += below(256).toString(16).padStart(2, '0')
    return out as Hex
  }
  const oneOf = <T>(of: readonly T[]): T => of[below(of.length)]!
  const party = (): Address => (below(4) === 0 ? oneOf(known) : (bytes(20) as Address))
  const amount = (): bigint =>
    oneOf([0n, 1n, 5n, 10n ** 18n, 2n ** 96n, 2n ** 255n, 2n ** 256n - 1n, BigInt(bytes(8))])
  /** Mostly the first. */
  const mostly = <T>(usual: T, other: () => T): T => (below(12) === 0 ? other() : usual)
  return { below, bytes, oneOf, party, amount, mostly }
}

function encoding({ below, bytes, oneOf, party, amount, mostly }: ReturnType<typeof draws>): Encoding {
  if (below(8) === 0)
    return {
      sender: party(),
      target: party(),
      value: amount(),
      data: mostly<Hex>('0x', () => bytes(below(600))),
    }
  const kind = below(9)
  const isEther = kind % 2 === 0
  const moved = mostly(amount() || 5n, amount)
  const value = mostly(isEther ? moved : 0n, amount)
  const extra = mostly<Hex>('0x', () => bytes(below(70)))
  const message =
    kind === 8
      ? encodeFunctionData({
          abi: bridgeAbi,
          functionName: 'finalizeBridgeERC721',
          args: [party(), party(), party(), party(), moved, extra],
        })
      : isEther
        ? encodeFunctionData({
            abi: bridgeAbi,
            functionName: 'finalizeBridgeETH',
            args: [party(), party(), mostly(moved, amount), extra],
          })
        : encodeFunctionData({
            abi: bridgeAbi,
            functionName: 'finalizeBridgeERC20',
            args: [mostly(party(), () => zeroAddress), party(), party(), party(), moved, extra],
          })
  const data = encodeFunctionData({
    abi: relayAbi,
    functionName: 'relayMessage',
    args: [
      mostly((1n << 240n) | BigInt(below(1_000)), () => BigInt(bytes(32))),
      mostly<Address>(predeploys.l2StandardBridge, party),
      mostly(trusted.standardBridge, party),
      mostly(value, amount),
      mostly(200_000n, () => oneOf([0n, 2n ** 32n - 1n, 2n ** 32n, BigInt(bytes(32))])),
      mostly(message, () => bytes(below(300))),
    ],
  })
  return {
    sender: mostly<Address>(predeploys.l2CrossDomainMessenger, party),
    target: mostly(trusted.messenger, party),
    value,
    data: mostly(data, () => spoiled(data, { below, bytes })),
  }
}

/** One byte another, some cut off or put behind, or a whole word another. */
function spoiled(data: Hex, { below, bytes }: Pick<ReturnType<typeof draws>, 'below' | 'bytes'>): Hex {
  const length = size(data)
  const at = below(length)
  switch (below(4)) {
    case 0:
      return at === 0 ? '0x' : slice(data, 0, at)
    case 1:
      return concatHex([data, bytes(1 + below(64))])
    case 2: {
      const word = 4 + 32 * below(Math.floor((length - 4) / 32))
      return concatHex([
        slice(data, 0, word),
        bytes(32),
        ...(word + 32 < length ? [slice(data, word + 32)] : []),
      ])
    }
    default: {
      const other = numberToHex(Number(slice(data, at, at + 1)) ^ (1 << below(8)), { size: 1 })
      const parts = at === 0 ? [] : [slice(data, 0, at)]
      return concatHex([...parts, other, ...(at + 1 < length ? [slice(data, at + 1)] : [])])
    }
  }
}

describe('the insured classes', () => {
  const at = address(0xc1a55)
  let l1: Anvil
  beforeAll(async () => {
    l1 = await anvil()
    await l1.request('anvil_setCode', [at, await compiled()])
  }, 240_000)
  afterAll(() => l1?.stop())

  /** What the library on L1 says. */
  async function onL1(encodings: readonly Encoding[]): Promise<({ error: Hex } | { moved: object })[]> {
    const client = createPublicClient({ transport: http(l1.url, patient) })
    const ws = encodings.map((each) => ({ nonce: 1n, gasLimit: 1n, ...each }))
    const { data } = await client.call({
      to: at,
      data: encodeFunctionData({ abi: classifierAbi, functionName: 'all', args: [ws, trusted] }),
      gas: 3_000_000_000n,
    })
    const [moved, errors] = decodeFunctionResult({ abi: classifierAbi, functionName: 'all', data: data! })
    return errors.map((error, i) => (error === '0x00000000' ? { moved: moved[i]! } : { error }))
  }

  const lower = (found: InsuredClass) =>
    found.insured
      ? {
          moved: {
            token: found.token.toLowerCase(),
            remoteToken: found.remoteToken.toLowerCase(),
            amount: found.amount,
          },
        }
      : { error: notInsured }
  const lowerAll = (found: ({ error: Hex } | { moved: object })[]) =>
    JSON.parse(
      JSON.stringify(found, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)).toLowerCase(),
    )

  test(
    `are the same here and on L1, for ${CASES} encodings`,
    async () => {
      const random = draws(0x616e696d)
      let insured = 0
      for (let done = 0; done < CASES; done += AT_ONCE) {
        const encodings = Array.from({ length: Math.min(AT_ONCE, CASES - done) }, () => encoding(random))
        const here = encodings.map((each) => lower(insuredClass(each, trusted)))
        insured += here.filter((each) => 'moved' in each).length
        expect(lowerAll(here as never)).toEqual(lowerAll(await onL1(encodings)))
      }
      // Of both there are many, else nothing is compared.
      expect(insured).toBeGreaterThan(CASES / 5)
      expect(CASES - insured).toBeGreaterThan(CASES / 5)
    },
    Math.max(240_000, CASES * 20),
  )

  test('what is no withdrawal is refused, and does not throw', () => {
    const plain = { sender: address(1), target: address(2), value: 1n, data: '0x' as Hex }
    expect(insuredClass(plain, trusted)).toMatchObject({ insured: true, token: zeroAddress, amount: 1n })
    for (const change of [
      { value: -1n },
      { value: 2n ** 256n },
      { data: '0x0' },
      { data: '0xzz' },
      { data: '' },
    ])
      expect(insuredClass({ ...plain, ...(change as object) }, trusted)).toMatchObject({ insured: false })
  })
})
