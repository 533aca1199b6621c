// Writes vectors/*.json from fixed seeds: `npm run bundle && npm run vectors` in this package. Every run gives the same bytes.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { secp256k1Order } from '@animechain/core'
import * as prettier from 'prettier'
import { privateKeyToAccount } from 'viem/accounts'
import {
  assemble,
  blockLeaf,
  blocksTree,
  bodyOf,
  certificateId,
  checkInLeaf,
  checkInTree,
  dedupeKey,
  encodeCertificate,
  encodeCertify,
  encodeMessage,
  encodeSlashEquivocation,
  isQuorum,
  keyProofHash,
  keyProofTypedData,
  messageHash,
  networkDomainSeparator,
  quorumOf,
  saltOf,
  signMessage,
  signersHash,
  toCompact,
  topicOf,
  weightsOf,
} from '../dist/index.js'

const sha256 = (text) => createHash('sha256').update(text).digest()
const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`
const hash = (seed) => hex(sha256(seed))
const address = (seed) => hex(sha256(seed).subarray(0, 20))
const plain = (value) =>
  JSON.parse(JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? `${each}` : each)))

const privateKeys = Array.from({ length: 7 }, (_, i) => hash(`network key ${i}`))
const accounts = privateKeys.map((key) => privateKeyToAccount(key))
const keyOf = (i) => accounts[i].address.toLowerCase()
const domain = { chainId: 31_337, registry: address('registry') }
const l2 = { chainId: 26_463 }

async function write(name, value) {
  const options = { ...(await prettier.resolveConfig(import.meta.filename)), parser: 'json' }
  const text = await prettier.format(JSON.stringify(plain(value)), options)
  writeFileSync(new URL(`../vectors/${name}.json`, import.meta.url), text)
}

const attestationOf = (i, changes = {}) => ({
  game: address('game'),
  batchIndex: 258n,
  batchAcc: hash('batch'),
  l2BlockNumber: 70_000n,
  outputRoot: hash('output'),
  blocksRoot: hash(`blocks ${i}`),
  epoch: 9n,
  ...changes,
})

async function vectorOf(kind, of, i, message) {
  const signed = await signMessage(accounts[i], kind, of, message)
  return {
    kind,
    domain: of,
    message,
    privateKey: privateKeys[i],
    key: keyOf(i),
    hash: messageHash(kind, of, message),
    signature: signed.signature,
    compact: toCompact(signed.signature),
    wire: hex(encodeMessage(kind, signed)),
    dedupe: dedupeKey(kind, message, keyOf(i)),
  }
}

/** Bytes that are refused: each differs from a message in one thing. */
function refusals(wire) {
  const bytes = Buffer.from(wire.slice(2), 'hex')
  const changed = (what, change) => {
    const copy = Buffer.from(bytes)
    return { what, wire: hex(change(copy) ?? copy) }
  }
  return [
    changed('no bytes', () => Buffer.alloc(0)),
    changed('a byte too few', (copy) => copy.subarray(0, copy.length - 1)),
    changed('a word too many', (copy) => Buffer.concat([copy, Buffer.alloc(32)])),
    changed('an address with more than 20 bytes', (copy) => void (copy[11] = 1)),
    changed('an epoch of more than 64 bits', (copy) => void (copy[6 * 32 + 23] = 1)),
    changed('another offset', (copy) => void (copy[7 * 32 + 30] = 2)),
    changed('a signature of 64 bytes', (copy) => void (copy[8 * 32 + 31] = 64)),
    changed('padding that is not zero', (copy) => void (copy[copy.length - 1] = 1)),
    changed('v of 0', (copy) => void (copy[9 * 32 + 64] = 0)),
    changed('v of 29', (copy) => void (copy[9 * 32 + 64] = 29)),
    changed('r of zero', (copy) => void copy.fill(0, 9 * 32, 10 * 32)),
    changed('s in the upper half', (copy) => {
      const s = BigInt(hex(copy.subarray(10 * 32, 11 * 32)))
      copy.write((secp256k1Order - s).toString(16).padStart(64, '0'), 10 * 32, 'hex')
      copy[11 * 32] = copy[11 * 32] === 27 ? 28 : 27
    }),
  ]
}

async function messageVectors() {
  const most = 2n ** 256n - 1n
  const messages = [
    await vectorOf('attestation', domain, 0, attestationOf(0)),
    await vectorOf(
      'attestation',
      domain,
      1,
      attestationOf(1, { batchIndex: most, l2BlockNumber: most, epoch: 2n ** 64n - 1n }),
    ),
    await vectorOf(
      'attestation',
      { ...domain, chainId: 1 },
      2,
      attestationOf(2, { batchIndex: 0n, epoch: 0n }),
    ),
    await vectorOf('alarm', domain, 3, {
      game: address('game'),
      batchIndex: 258n,
      batchAcc: hash('batch'),
      l2BlockNumber: 70_000n,
      claimed: hash('claimed'),
      derived: hash('derived'),
    }),
    await vectorOf('block', l2, 4, {
      number: 70_001n,
      hash: hash('block'),
      parentHash: hash('parent'),
      payloadHash: hash('payload'),
      timestamp: 1_800_000_000n,
    }),
  ]
  return {
    domainSeparator: networkDomainSeparator(domain),
    topics: ['attestation', 'alarm', 'block'].map((kind) => topicOf(l2.chainId, kind)),
    keyProof: {
      domain,
      member: address('member'),
      hash: keyProofHash(domain, address('member')),
      privateKey: privateKeys[0],
      signature: await accounts[0].signTypedData(keyProofTypedData(domain, address('member'))),
    },
    messages,
    refused: refusals(messages[0].wire),
  }
}

function treeVectors() {
  const secret = sha256('secret')
  const blocks = [0, 1, 2, 3, 5, 8, 13].map((count) => {
    const [batchIndex, batchAcc, key] = [BigInt(count), hash(`acc ${count}`), keyOf(0)]
    const salt = saltOf({ secret, domain, key, batchIndex, batchAcc })
    const [firstBlock, outputRoots] = [
      100n,
      Array.from({ length: count }, (_, i) => hash(`output ${count}/${i}`)),
    ]
    const tree = blocksTree({ key, salt, firstBlock, outputRoots })
    return {
      ...{ key, batchIndex, batchAcc, salt, firstBlock, outputRoots },
      leaves: outputRoots.map((root, i) => blockLeaf(key, salt, firstBlock + BigInt(i), root)),
      root: tree.root,
      proofs: outputRoots.map((_, i) => tree.proof(i)),
    }
  })
  const checkIns = [0, 1, 4, 7].map((count) => {
    const batches = Array.from({ length: count }, (_, i) => ({
      bodyId: hash(`body ${i}`),
      blocksRoot: hash(`blocks ${i}`),
      firstBlock: BigInt(10 * i),
      blocks: BigInt(i + 1),
    }))
    const tree = checkInTree(batches)
    return {
      batches,
      leaves: batches.map((each, i) => checkInLeaf(i, each)),
      root: tree.root,
      proofs: batches.map((_, i) => tree.proof(i)),
    }
  })
  return { domain, secret: hex(secret), blocks, checkIns }
}

async function certificateVectors() {
  const stakes = [32n, 40n, 500n, 32n, 64n, 33n, 100n].map((ether) => ether * 10n ** 18n + 1n)
  const members = accounts.map((_, i) => ({ key: keyOf(i), stake: stakes[i] }))
  const weights = [1_000_000n, 250_000n, 125_000n].map((cap) => {
    const { total, of } = weightsOf(9n, members, cap)
    return { cap, total, needed: quorumOf(total), of: Object.fromEntries(of) }
  })
  const ballots = await Promise.all(
    accounts.map(async (account, i) => ({
      key: keyOf(i),
      attestation: await signMessage(account, 'attestation', domain, attestationOf(i)),
    })),
  )
  const certificates = []
  for (const choose of ['all', 'fewest']) {
    const made = assemble(attestationOf(0), ballots, {
      weights: weightsOf(9n, members, 250_000n),
      minSigners: 5,
      choose,
    })
    if (!made.ok) throw new Error(made.why)
    certificates.push({
      choose,
      cap: 250_000n,
      id: certificateId(bodyOf(attestationOf(0))),
      body: made.certificate.body,
      votes: made.certificate.votes,
      signers: made.signers,
      weight: made.weight,
      encoded: hex(encodeCertificate(made.certificate)),
      certify: encodeCertify(made.certificate),
    })
  }
  const quorums = [1n, 2n, 3n, 4n, 5n, 6n, 10n ** 18n, 2n ** 200n].map((total) => {
    const needed = quorumOf(total)
    if (!isQuorum(needed, total) || isQuorum(needed - 1n, total)) throw new Error(`quorum of ${total}`)
    return { total, needed }
  })
  const first = ballots[0].attestation
  const second = await signMessage(
    accounts[0],
    'attestation',
    domain,
    attestationOf(0, { outputRoot: hash('another output') }),
  )
  const owners = [0, 1, 2].map((i) => address(`owner ${i}`))
  return {
    domain,
    privateKeys,
    members,
    weights,
    attestations: ballots.map(({ attestation }) => attestation),
    certificates,
    quorums,
    equivocation: { first, second, slashEquivocation: encodeSlashEquivocation({ first, second }) },
    signersHash: { owners, stakes: stakes.slice(0, 3), hash: signersHash(owners, stakes.slice(0, 3)) },
  }
}

await write('messages', await messageVectors())
await write('trees', treeVectors())
await write('certificates', await certificateVectors())
