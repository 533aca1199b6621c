// Programs that do nothing but compute, as functions of a number of rounds in the call data. All of them give a word back, so that engines can be compared.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { encodeFunctionData, parseAbi, toHex } from 'viem'

const push = (value, bytes = 1) => (0x5f + bytes).toString(16) + value.toString(16).padStart(2 * bytes, '0')
const DUP1 = '80'
const SWAP1 = '90'
const DUP2 = '81'

/** A piece of code that turns the word on top of the stack into another, many times over in each round. */
function loop(piece, times, start = push(1)) {
  const before = `5f35${start}`
  const body = `5b${piece.repeat(times)}${SWAP1}${push(1)}${SWAP1}03${SWAP1}${DUP2}${push(before.length / 2, 2)}57`
  return { code: `0x${before}${body}5f5260205ff3`, data: (rounds) => toHex(rounds, { size: 32 }) }
}

const EVERY_BIT = `7f${'fd'.repeat(32)}`
/** Address of a contract that does nothing, for calls. */
export const idle = toHex(0xbe9999, { size: 20 })

function rayTracer() {
  const require = createRequire(import.meta.url)
  const solc = require('solc')
  const input = {
    language: 'Solidity',
    sources: {
      'RayTracer.sol': {
        content: readFileSync(new URL('../contracts/RayTracer.sol', import.meta.url), 'utf8'),
      },
    },
    settings: {
      optimizer: { enabled: true, runs: 1_000_000 },
      outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
    },
  }
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input)))
  const fatal = errors.find(({ severity }) => severity === 'error')
  if (fatal) throw new Error(fatal.formattedMessage)
  const abi = parseAbi(['function render(uint256 width, uint256 height) pure returns (bytes32)'])
  return {
    code: `0x${contracts['RayTracer.sol'].RayTracer.evm.deployedBytecode.object}`,
    data: (rounds) => encodeFunctionData({ abi, functionName: 'render', args: [64n, BigInt(rounds)] }),
  }
}

/** Built when asked for: the compiler takes a second. */
export const programs = () => ({
  'MUL and ADD': loop(`${push(7)}02${push(13)}01`, 32, EVERY_BIT),
  'ADD SUB XOR SHL SHR': loop(
    `${push(5)}01${push(3)}9003${DUP1}${push(1)}1b18${DUP1}${push(11)}1c18`,
    16,
    EVERY_BIT,
  ),
  'DIV MOD MUL': loop(`${push(7)}9004${push(2n ** 160n - 47n, 20)}9006${EVERY_BIT}02`, 16, EVERY_BIT),
  'memory (MLOAD, MSTORE)': loop(`${push(64)}52${push(64)}51${push(1)}01`, 32),
  'storage (SLOAD, SSTORE, warm)': loop(`${push(1)}55${push(1)}54${push(1)}01`, 16),
  'calls (STATICCALL of an idle contract)': loop(`5f5f5f5f73${idle.slice(2)}5afa01`, 16),
  'KECCAK256 of 32 bytes': loop(`5f5260205f20`, 32),
  'KECCAK256 of 1 KiB': loop(`5f526104005f20`, 16),
  'ray tracer (Solidity)': rayTracer(),
})
