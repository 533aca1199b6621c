// Places of batches for `npm run bench -- da`: one entry each. A new backend is an entry here.
import { altda, altDaServer, announcing, memoryStore } from '@animechain/da-altda'
import { blob } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { cheapest } from '@animechain/da-cheapest'
import { failover } from '@animechain/da-failover'
import { memoryDa } from '@animechain/da-memory'
import { s3Da } from '@animechain/da-s3'
import { s3Server } from '@animechain/testing'
import { openPrivate, vaultOf } from './daPrivate.mjs'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { numberToHex, parseGwei } from 'viem'

/**
 * @typedef {object} Context
 * @property {{ onClose(closer: () => unknown): void, folder(): string }} scope
 * @property {{ url: string }} l1
 * @property {object} addresses of the contracts
 * @property {bigint} startBlock
 * @property {object} batcher account that pays
 * @property {object} operator account that forms committees
 * @property {number} l2ChainId
 * @property {number} l1ChainId
 *
 * @typedef {object} Entry
 * @property {string} name
 * @property {string} trust who must be honest so that everybody can read
 * @property {string} [retention] where the capabilities say nothing
 * @property {() => Promise<object>} [config] what the deployment needs besides
 * @property {(context: Context) => Promise<{ da: object, reader?: () => object }>} open `reader`: another node, which has nothing but addresses; absent: there can be none
 */

/** A server of our own on loopback; gives its URL. */
async function altDaUrl({ scope }) {
  const server = altDaServer({ store: memoryStore(), port: 0, rate: { perSecond: 10_000, burst: 10_000 } })
  await server.start()
  scope.onClose(() => server.stop())
  return server.url
}

/** As an inbox on L1 takes commitments of kind 3. */
const announced = (da, { l1, addresses, startBlock, batcher }) =>
  announcing(da, {
    rpcUrl: l1.url,
    contract: addresses.altDa,
    startBlock,
    account: batcher,
    pollMs: 100,
  })

/** What the inbox burns for a batch besides its data, as a node assumes it when it compares prices. */
const callGas = { blob: 78_000n, calldata: 99_000n }

const watched = 'one watcher with a bond while the window is open, then one that keeps the bytes'

/** @type {Entry[]} */
export const entries = [
  {
    name: 'memory',
    trust: 'the process of the sequencer (for tests)',
    retention: 'until the process ends',
    open: async () => ({ da: memoryDa() }),
  },
  {
    name: 'calldata',
    trust: 'nobody but L1',
    retention: 'for ever',
    open: async ({ l1, batcher }) => ({
      da: calldata({ rpcUrl: l1.url, account: batcher }),
      reader: () => calldata({ rpcUrl: l1.url }),
    }),
  },
  {
    name: 'blob',
    trust: 'nobody but L1, then one that keeps an archive',
    open: async ({ l1, batcher }) => ({
      da: blob({ rpcUrl: l1.url, account: batcher }),
      reader: () => blob({ rpcUrl: l1.url }),
    }),
  },
  {
    name: 'auto',
    trust:
      'that of the place that a batch went to, blob or calldata: here what costs less at a base fee of 1 gwei',
    async open({ l1, batcher }) {
      // anvil's base fee falls with every block that is almost empty.
      await l1.request('anvil_setNextBlockBaseFeePerGas', [numberToHex(parseGwei('1'))])
      const at = { rpcUrl: l1.url }
      const writing = { ...at, account: batcher }
      return {
        da: cheapest({
          of: [
            blob({ ...writing, callGas: callGas.blob }),
            calldata({ ...writing, callGas: callGas.calldata }),
          ],
        }),
        reader: () => cheapest({ of: [blob(at), calldata(at)] }),
      }
    },
  },
  {
    name: 'altda',
    trust: watched,
    retention: 'as the server says',
    async open(context) {
      const url = await altDaUrl(context)
      return { da: announced(altda({ url }), context), reader: () => altda({ url }) }
    },
  },
  {
    name: 's3',
    trust: watched,
    retention: 'as the bucket says',
    async open(context) {
      const { endpoint, region, accessKeyId, secretAccessKey, stop } = await s3Server()
      context.scope.onClose(stop)
      const place = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
      const client = new S3Client({ ...place, forcePathStyle: true })
      await client.send(new CreateBucketCommand({ Bucket: 'batches' }))
      client.destroy()
      const bucket = { bucket: 'batches', ...place }
      return { da: announced(s3Da(bucket), context), reader: () => s3Da(bucket) }
    },
  },
  {
    name: 'private',
    trust:
      'for reading three of five storage nodes with stake, for secrecy nobody but holders of the view key',
    retention: 'as the committee says',
    config: async () => ({ vault: await vaultOf() }),
    open: openPrivate,
  },
  {
    name: 'failover',
    trust: 'that of the place that a batch went to: here a server that is away, so calldata',
    retention: 'that of the place',
    async open({ l1, batcher, ...context }) {
      const away = announced(altda({ url: 'http://127.0.0.1:1' }), { l1, batcher, ...context })
      return {
        da: failover({ backends: [away, calldata({ rpcUrl: l1.url, account: batcher })], tries: 1 }),
        reader: () => calldata({ rpcUrl: l1.url }),
      }
    },
  },
]
