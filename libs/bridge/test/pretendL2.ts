import { createServer, type Server } from 'node:http'
import { createMerkleProof, MerklePatriciaTrie } from '@ethereumjs/mpt'
import { l2ToL1MessagePasserAbi } from '@animechain/contracts'
import { predeploys } from '@animechain/core'
import { testAccount as account } from '@animechain/testing'
import {
  bytesToHex,
  concatHex,
  encodeAbiParameters,
  encodeEventTopics,
  hexToBytes,
  keccak256,
  toHex,
  zeroAddress,
  zeroHash,
  type Address,
  type Hex,
} from 'viem'
import type { Withdrawal } from '../src/index.js'

/** An L2 of which there are only the withdrawals of each block, one transaction a block. */
export function pretendL2(chainId: bigint) {
  const blocks: { seed: string; from: Address; logs: { address: Address; withdrawal: Withdrawal }[] }[] = []
  let trie = new MerklePatriciaTrie()
  let nonce = 0n

  const hashOf = (number: number) =>
    keccak256(toHex(`block ${blocks[number - 1]?.seed ?? 'genesis'} ${number}`))
  const transactionOf = (number: number) => keccak256(toHex(`transaction ${blocks[number - 1]!.seed}`))
  const slot = (id: Hex) => keccak256(concatHex([id, zeroHash]))

  function withdrawal(fields: Partial<Withdrawal> = {}): Withdrawal {
    const made = {
      nonce: (1n << 240n) + nonce++,
      sender: account(3).address,
      target: account(9).address,
      value: 1_000n,
      gasLimit: 50_000n,
      data: '0x' as Hex,
      ...fields,
    }
    const withdrawalHash = keccak256(
      encodeAbiParameters(
        [
          { type: 'uint256' },
          { type: 'address' },
          { type: 'address' },
          { type: 'uint256' },
          { type: 'uint256' },
          { type: 'bytes' },
        ],
        [made.nonce, made.sender, made.target, made.value, made.gasLimit, made.data],
      ),
    )
    return { ...made, withdrawalHash }
  }

  const logs = (number: number) =>
    blocks[number - 1]!.logs.map(({ address, withdrawal: w }, i) => ({
      address,
      topics: encodeEventTopics({
        abi: l2ToL1MessagePasserAbi,
        eventName: 'MessagePassed',
        args: { nonce: w.nonce, sender: w.sender, target: w.target },
      }),
      data: encodeAbiParameters(
        [{ type: 'uint256' }, { type: 'uint256' }, { type: 'bytes' }, { type: 'bytes32' }],
        [w.value, w.gasLimit, w.data, w.withdrawalHash],
      ),
      blockNumber: toHex(number),
      blockHash: hashOf(number),
      transactionHash: transactionOf(number),
      transactionIndex: '0x0',
      logIndex: toHex(i),
      removed: false,
    }))

  const numberOf = (tag: string) =>
    tag === 'finalized' ? 0 : tag.startsWith('0x') ? Number(tag) : blocks.length
  async function answer(method: string, params: unknown[]): Promise<unknown> {
    switch (method) {
      case 'eth_chainId':
        return toHex(chainId)
      case 'eth_getBlockByNumber': {
        const number = numberOf(params[0] as string)
        if (number > blocks.length) return null
        return {
          number: toHex(number),
          hash: hashOf(number),
          parentHash: zeroHash,
          stateRoot: keccak256('0x01'),
          withdrawalsRoot: bytesToHex(trie.root()),
          timestamp: toHex(number),
          gasLimit: '0x1',
          gasUsed: '0x0',
          transactions: [],
        }
      }
      case 'eth_getLogs': {
        const { fromBlock, toBlock, address } = params[0] as { fromBlock: Hex; toBlock: Hex; address: Hex }
        const found = []
        for (let number = Number(fromBlock); number <= Math.min(Number(toBlock), blocks.length); number++)
          found.push(...logs(number).filter((log) => log.address.toLowerCase() === address.toLowerCase()))
        return found
      }
      case 'eth_getTransactionReceipt': {
        const number = blocks.findIndex((_, i) => transactionOf(i + 1) === params[0]) + 1
        if (number === 0) return null
        return {
          blockHash: hashOf(number),
          blockNumber: toHex(number),
          transactionHash: params[0],
          transactionIndex: '0x0',
          from: blocks[number - 1]!.from,
          to: zeroAddress,
          status: '0x1',
          type: '0x2',
          gasUsed: '0x1',
          cumulativeGasUsed: '0x1',
          effectiveGasPrice: '0x1',
          contractAddress: null,
          logsBloom: `0x${'00'.repeat(256)}`,
          logs: logs(number),
        }
      }
      case 'eth_getProof': {
        const key = (params[1] as Hex[])[0]!
        const proof = await createMerkleProof(trie, hexToBytes(keccak256(key)))
        return {
          address: params[0],
          balance: '0x0',
          codeHash: zeroHash,
          nonce: '0x0',
          storageHash: bytesToHex(trie.root()),
          accountProof: [],
          storageProof: [
            { key, value: '0x1', proof: garble ? ['0xc0'] : proof.map((node) => bytesToHex(node)) },
          ],
        }
      }
    }
    throw new Error(`not pretended: ${method}`)
  }

  let garble = false
  const server: Server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const { id, method, params } = JSON.parse(text)
    const body = await answer(method, params).then(
      (result) => ({ result }),
      (error: Error) => ({ error: { code: -32_000, message: error.message } }),
    )
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
  })

  return {
    server,
    withdrawal,
    /** Adds a block with one transaction and these withdrawals; those of another emitter are lies. */
    async block(withdrawals: Withdrawal[], lies: Withdrawal[] = [], from = account(3).address) {
      const emitter = (address: Address) => (one: Withdrawal) => ({ address, withdrawal: one })
      blocks.push({
        seed: String(Math.random()),
        from,
        logs: [
          ...lies.map(emitter(account(8).address)),
          ...withdrawals.map(emitter(predeploys.l2ToL1MessagePasser)),
        ],
      })
      for (const { withdrawalHash } of withdrawals)
        await trie.put(hexToBytes(keccak256(slot(withdrawalHash))), Uint8Array.of(1))
    },
    /** Gives proofs that the portal does not take. */
    set garble(wrong: boolean) {
      garble = wrong
    },
    /** As after an L1 reorg: the newest blocks are gone. */
    drop: (count: number) => void blocks.splice(-count),
    /** The transaction of a block. */
    receipt: (number: number) => ({ transactionHash: transactionOf(number) }),
    get number() {
      return BigInt(blocks.length)
    },
    get outputRoot() {
      return keccak256(
        concatHex([zeroHash, keccak256('0x01'), bytesToHex(trie.root()), hashOf(blocks.length)]),
      )
    },
    async proof(withdrawal: Withdrawal) {
      const nodes = await createMerkleProof(trie, hexToBytes(keccak256(slot(withdrawal.withdrawalHash))))
      return {
        outputRootProof: {
          version: zeroHash,
          stateRoot: keccak256('0x01'),
          messagePasserStorageRoot: bytesToHex(trie.root()),
          latestBlockhash: hashOf(blocks.length),
        },
        nodes: nodes.map((node) => bytesToHex(node)),
      }
    },
    reset: () => {
      blocks.length = 0
      trie = new MerklePatriciaTrie()
    },
  }
}
