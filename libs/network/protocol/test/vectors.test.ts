import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { bytesToHex, hexToBytes, type Address, type Hash, type Hex } from '@animechain/core'
import {
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  encodePacked,
  hashTypedData,
  keccak256,
  numberToHex,
  parseAbi,
  parseCompactSignature,
  recoverAddress,
  serializeSignature,
  compactSignatureToSignature,
  toHex,
  type Abi,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import {
  assemble,
  blocksTree,
  certificateId,
  checkInTree,
  decodeCertificate,
  decodeMessage,
  dedupeKey,
  encodeCertificate,
  encodeCertify,
  encodeMessage,
  encodeSlashEquivocation,
  keyProofHash,
  keyProofTypedData,
  messageHash,
  networkDomainSeparator,
  quorumOf,
  saltOf,
  signMessage,
  signerOf,
  signersHash,
  toCompact,
  topicOf,
  verifyProof,
  weightsOf,
  type Attestation,
  type CertificateBody,
  type MessageKind,
  type NetworkDomain,
  type Signed,
} from '../src/index.js'

const read = <shape>(name: string): shape =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as shape

/** Decimal strings of a vector as bigints. */
const numbers = <shape>(value: object): shape =>
  Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      typeof each === 'string' && /^[0-9]+$/.test(each) ? BigInt(each) : each,
    ]),
  ) as shape

// What the specification says, written by viem alone.
const types = {
  attestation:
    'Attestation(address game,uint256 batchIndex,bytes32 batchAcc,uint256 l2BlockNumber,bytes32 outputRoot,bytes32 blocksRoot,uint64 epoch)',
  alarm:
    'Alarm(address game,uint256 batchIndex,bytes32 batchAcc,uint256 l2BlockNumber,bytes32 claimed,bytes32 derived)',
  block: 'Block(uint256 number,bytes32 hash,bytes32 parentHash,bytes32 payloadHash,uint64 timestamp)',
}
const fieldsOf = (kind: MessageKind) =>
  /\((.*)\)/
    .exec(types[kind])![1]!
    .split(',')
    .map((field) => {
      const [type, name] = field.split(' ') as [string, string]
      return { type, name }
    })
const primaryOf = (kind: MessageKind) => types[kind].split('(')[0]!

interface MessageVector {
  kind: MessageKind
  domain: { chainId: number; registry: Address }
  message: Record<string, string>
  privateKey: Hex
  key: Address
  hash: Hash
  signature: Hex
  compact: { r: Hash; vs: Hash }
  wire: Hex
  dedupe: string
}

const messages = read<{
  domainSeparator: Hash
  keyProof: { domain: NetworkDomain; member: Address; hash: Hash; privateKey: Hex; signature: Hex }
  topics: string[]
  messages: MessageVector[]
  refused: { what: string; wire: Hex }[]
}>('messages')

describe('messages', () => {
  test.each(messages.messages.map((each, i) => [`${i}: ${each.kind}`, each] as const))(
    '%s is what viem makes of the specification',
    async (_name, { kind, domain, message: shown, ...expected }) => {
      const message = numbers<never>(shown)
      const hash = hashTypedData({
        domain:
          kind === 'block'
            ? { name: 'Animechain Blocks', chainId: domain.chainId }
            : {
                name: 'Animechain Verifier Network',
                version: '1',
                chainId: domain.chainId,
                verifyingContract: domain.registry,
              },
        types: { [primaryOf(kind)]: fieldsOf(kind) },
        primaryType: primaryOf(kind),
        message,
      })
      expect(hash).toBe(expected.hash)
      expect(messageHash(kind, domain, message)).toBe(hash)
      const signed = await signMessage(privateKeyToAccount(expected.privateKey), kind, domain, message)
      expect(signed.signature).toBe(expected.signature)
      expect(await signerOf(kind, domain, signed)).toBe(expected.key)
      expect(toCompact(signed.signature)).toEqual(expected.compact)
      const wire = encodeAbiParameters(
        [{ type: 'tuple', components: fieldsOf(kind) }, { type: 'bytes' }],
        [message, signed.signature],
      )
      expect(wire).toBe(expected.wire)
      expect(bytesToHex(encodeMessage(kind, signed))).toBe(wire)
      expect(decodeMessage(kind, hexToBytes(wire))).toEqual({ ok: true, value: { ...signed, message } })
      expect(dedupeKey(kind, message, expected.key)).toBe(expected.dedupe)
    },
  )

  test.each(messages.refused.map(({ what, wire }) => [what, wire] as const))(
    '%s is refused',
    (_what, wire) => {
      expect(decodeMessage('attestation', hexToBytes(wire))).toMatchObject({ ok: false })
    },
  )

  test('names of topics, and the separator of the domain', () => {
    expect(messages.topics).toEqual(
      (['attestation', 'alarm', 'block'] as const).map((kind) => topicOf(26_463, kind)),
    )
    expect(networkDomainSeparator(messages.messages[0]!.domain)).toBe(messages.domainSeparator)
  })
})

test('what a key signs to belong to a member', async () => {
  const { domain, member, hash, privateKey, signature } = messages.keyProof
  const separator = messages.domainSeparator
  const struct = keccak256(
    concatHex([
      keccak256(toHex('Key(address member)')),
      encodeAbiParameters([{ type: 'address' }], [member]),
    ]),
  )
  expect(keccak256(concatHex(['0x1901', separator, struct]))).toBe(hash)
  expect(keyProofHash(domain, member)).toBe(hash)
  const key = privateKeyToAccount(privateKey)
  expect(await key.signTypedData(keyProofTypedData(domain, member))).toBe(signature)
  expect(await recoverAddress({ hash, signature })).toBe(key.address)
})

interface TreeVectors {
  domain: NetworkDomain
  secret: Hex
  blocks: {
    key: Address
    batchIndex: string
    batchAcc: Hash
    salt: Hash
    firstBlock: string
    outputRoots: Hash[]
    leaves: Hash[]
    root: Hash
    proofs: Hash[][]
  }[]
  checkIns: {
    batches: { bodyId: Hash; blocksRoot: Hash; firstBlock: string; blocks: string }[]
    leaves: Hash[]
    root: Hash
    proofs: Hash[][]
  }[]
}

/** Recursion over levels, as the specification has it. */
function rootBySpec(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return `0x${'0'.repeat(64)}`
  if (leaves.length === 1) return leaves[0]!
  const above: Hash[] = []
  for (let i = 0; i < leaves.length; i += 2)
    above.push(i + 1 < leaves.length ? keccak256(concatHex([leaves[i]!, leaves[i + 1]!].sort())) : leaves[i]!)
  return rootBySpec(above)
}

describe('trees', () => {
  const { domain, secret, blocks, checkIns } = read<TreeVectors>('trees')

  test.each(blocks.map((each) => [each.outputRoots.length, each] as const))(
    'of %i blocks',
    (count, vector) => {
      const { key, batchAcc, outputRoots, leaves, root, proofs } = vector
      const [batchIndex, firstBlock] = [BigInt(vector.batchIndex), BigInt(vector.firstBlock)]
      const salt = keccak256(
        concatHex([
          keccak256(toHex('animechain/network/salt/1')),
          secret,
          messages.domainSeparator,
          encodeAbiParameters(
            [{ type: 'address' }, { type: 'uint256' }, { type: 'bytes32' }],
            [key, batchIndex, batchAcc],
          ),
        ]),
      )
      expect(salt).toBe(vector.salt)
      expect(saltOf({ secret: hexToBytes(secret), domain, key, batchIndex, batchAcc })).toBe(salt)
      expect(leaves).toEqual(
        outputRoots.map((outputRoot, i) =>
          keccak256(
            keccak256(
              encodePacked(
                ['address', 'bytes32', 'uint256', 'bytes32'],
                [key, salt, firstBlock + BigInt(i), outputRoot],
              ),
            ),
          ),
        ),
      )
      expect(rootBySpec(leaves)).toBe(root)
      const tree = blocksTree({ key, salt, firstBlock, outputRoots })
      expect({ root: tree.root, count: tree.count }).toEqual({ root, count })
      for (const [i, proof] of proofs.entries()) {
        expect(tree.proof(i)).toEqual(proof)
        expect(verifyProof(root, leaves[i]!, proof)).toBe(true)
      }
    },
  )

  test.each(checkIns.map((each) => [each.batches.length, each] as const))(
    'of a check-in of %i batches',
    (_count, { batches, leaves, root, proofs }) => {
      const of = batches.map((each) => ({
        ...each,
        firstBlock: BigInt(each.firstBlock),
        blocks: BigInt(each.blocks),
      }))
      expect(leaves).toEqual(
        of.map(({ bodyId, blocksRoot, firstBlock, blocks }, i) =>
          keccak256(
            keccak256(
              encodeAbiParameters(
                ['uint256', 'bytes32', 'bytes32', 'uint256', 'uint256'].map((type) => ({ type })),
                [BigInt(i), bodyId, blocksRoot, firstBlock, blocks],
              ),
            ),
          ),
        ),
      )
      expect(rootBySpec(leaves)).toBe(root)
      const tree = checkInTree(of)
      expect(tree.root).toBe(root)
      expect(leaves.map((_, i) => tree.proof(i))).toEqual(proofs)
    },
  )
})

interface CertificateVectors {
  domain: NetworkDomain
  privateKeys: Hex[]
  members: { key: Address; stake: string }[]
  weights: { cap: string; total: string; needed: string; of: Record<Address, string> }[]
  attestations: Signed<Record<string, string>>[]
  certificates: {
    choose: 'all' | 'fewest'
    cap: string
    id: Hash
    body: Record<string, string>
    votes: { blocksRoot: Hash; r: Hash; vs: Hash }[]
    signers: Address[]
    weight: string
    encoded: Hex
    certify: Hex
  }[]
  equivocation: {
    first: Signed<Record<string, string>>
    second: Signed<Record<string, string>>
    slashEquivocation: Hex
  }
  quorums: { total: string; needed: string }[]
  signersHash: { owners: Address[]; stakes: string[]; hash: Hash }
}

describe('certificates', () => {
  const vectors = read<CertificateVectors>('certificates')
  const members = vectors.members.map(({ key, stake }) => ({ key, stake: BigInt(stake) }))
  const body =
    '(address game,uint256 batchIndex,bytes32 batchAcc,uint256 l2BlockNumber,bytes32 outputRoot,uint64 epoch)'
  const abi = parseAbi([`function certify(${body} body, (bytes32 blocksRoot,bytes32 r,bytes32 vs)[] votes)`])

  test.each(vectors.weights.map((each) => [each.cap, each] as const))(
    'weights with a cap of %s',
    (cap, expected) => {
      const { total, of } = weightsOf(9n, members, BigInt(cap))
      const all = members.reduce((sum, { stake }) => sum + stake, 0n)
      for (const { key, stake } of members) {
        const most = (all * BigInt(cap)) / 1_000_000n
        expect(of.get(key)).toBe(stake < most ? stake : most)
        expect(expected.of[key]).toBe(`${of.get(key)}`)
      }
      expect(`${total}`).toBe(expected.total)
      expect(`${quorumOf(total)}`).toBe(expected.needed)
    },
  )

  test.each(vectors.certificates.map((each) => [each.choose, each] as const))(
    'of %s, as L1 takes them',
    async (choose, expected) => {
      const ballots = vectors.attestations.map(({ message, signature }, i) => ({
        key: members[i]!.key,
        attestation: { message: numbers<Attestation>(message), signature },
      }))
      const weights = weightsOf(9n, members, BigInt(expected.cap))
      const of = numbers<CertificateBody>(expected.body)
      // In whatever order they came.
      const made = assemble(of, [...ballots].reverse(), { weights, minSigners: 5, choose })
      expect(made).toMatchObject({ ok: true, signers: expected.signers, weight: BigInt(expected.weight) })
      const certificate = { body: of, votes: expected.votes }
      expect(made.ok && made.certificate).toEqual(certificate)
      expect([...expected.signers].sort()).toEqual(expected.signers)
      for (const [i, { blocksRoot, r, vs }] of expected.votes.entries()) {
        const signature = serializeSignature(
          compactSignatureToSignature(parseCompactSignature(concatHex([r, vs]))),
        )
        const hash = messageHash('attestation', vectors.domain, { ...of, blocksRoot })
        expect((await recoverAddress({ hash, signature })).toLowerCase()).toBe(expected.signers[i])
      }
      const call = encodeFunctionData({ abi, args: [of, expected.votes] })
      expect(encodeCertify(certificate)).toBe(call)
      expect(expected.certify).toBe(call)
      expect(expected.encoded).toBe(`0x${call.slice(10)}`)
      expect(bytesToHex(encodeCertificate(certificate))).toBe(expected.encoded)
      expect(decodeCertificate(hexToBytes(expected.encoded))).toEqual({ ok: true, value: certificate })
      expect(certificateId(of)).toBe(expected.id)
      expect(keccak256(`0x${call.slice(10, 10 + 6 * 64)}`)).toBe(expected.id)
    },
  )

  test('two attestations of one key, for L1', () => {
    const [first, second] = [vectors.equivocation.first, vectors.equivocation.second].map(
      ({ message, signature }) => ({ message: numbers<Attestation>(message), signature }),
    ) as [Signed<Attestation>, Signed<Attestation>]
    const struct = `(${fieldsOf('attestation')
      .map(({ type, name }) => `${type} ${name}`)
      .join(',')})`
    const slash = parseAbi([
      `function slashEquivocation(${struct} a, bytes signatureA, ${struct} b, bytes signatureB)`,
    ] as never)
    const args = [first.message, first.signature, second.message, second.signature]
    const call = encodeFunctionData({ abi: slash as Abi, functionName: 'slashEquivocation', args })
    expect(vectors.equivocation.slashEquivocation).toBe(call)
    expect(encodeSlashEquivocation({ first, second })).toBe(call)
    expect(() => encodeSlashEquivocation({ first, second: first })).toThrow('two output roots of one batch')
  })

  test('quorums, and the hash of signers', () => {
    for (const { total, needed } of vectors.quorums) expect(quorumOf(BigInt(total))).toBe(BigInt(needed))
    const { owners, stakes, hash } = vectors.signersHash
    expect(signersHash(owners, stakes.map(BigInt))).toBe(hash)
    const words = [0x40, 0xc0, 3, ...owners.map(BigInt), 3, ...stakes.map(BigInt)]
    expect(keccak256(concatHex(words.map((word) => numberToHex(word, { size: 32 }))))).toBe(hash)
  })
})
