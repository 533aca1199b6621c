/** One bound of the server. */
export interface Limit<T extends number | bigint = number | bigint> {
  readonly default: T
  /** of the value, as people read it */
  readonly unit: string
  readonly help: string
}

const MB = 2 ** 20
const count = (value: number, help: string): Limit<number> => ({ default: value, unit: 'count', help })
const bytes = (value: number, help: string): Limit<number> => ({ default: value, unit: 'bytes', help })
const ms = (value: number, help: string): Limit<number> => ({ default: value, unit: 'ms', help })
const big = (value: bigint, unit: string, help: string): Limit<bigint> => ({ default: value, unit, help })

/**
 * Every bound of the server, generous for a node of one's own and small enough for two cores. Where clients share something, a client is an address;
 * when all of it is taken, the client that holds most gives way.
 */
export const limitTable = {
  bodyBytes: bytes(10 * MB, 'Request body or WebSocket message.'),
  bodyValues: count(200_000, 'JSON values in one request body; it is not parsed when it has more.'),
  bodiesBytes: bytes(64 * MB, 'Request bodies of all clients that are being received or answered.'),
  clientBodiesBytes: bytes(32 * MB, 'The same of one client.'),
  transferRate: {
    default: 10_000,
    unit: 'bytes/s',
    help: 'A request body that comes slower, or an answer that is read slower, is cut off.',
  } as Limit<number>,
  transferGraceMs: ms(5_000, 'Time over which that rate is measured.'),
  batchItems: count(1_000, 'Requests in one batch.'),
  responseBytes: bytes(25 * MB, 'Answer to a batch: entries after it get an error.'),
  answerBytes: bytes(64 * MB, 'Answer to one request.'),
  answersBytes: bytes(96 * MB, 'Long answers of all clients that are being made or sent.'),
  clientAnswersBytes: bytes(64 * MB, 'The same of one client.'),
  answerTimeoutMs: ms(30_000, 'Time for a request or a batch as a whole; what is not done gets an error.'),
  inFlight: count(
    512,
    'Requests worked on at once, all clients together. One of each connection is always taken.',
  ),
  heavy: count(
    4,
    'Calls, estimates, traces, proofs and searches of logs and receipts worked on at once. One client has all places but one.',
  ),
  heavyQueue: count(1_000, 'The same that wait; a place goes to the client that was served least.'),
  clientHeavyQueue: count(500, 'The same that wait of one client.'),
  connections: count(1_024, 'Open connections, HTTP and WebSocket together. The longest idle gives way.'),
  clientConnections: count(512, 'The same of one client.'),
  logBlocks: big(0n, 'blocks', 'Range that one eth_getLogs may search; 0 for any, within its time.'),
  logResults: count(10_000, 'Logs in one answer about several blocks; one block is answered whole.'),
  logTimeoutMs: ms(5_000, 'Time of one eth_getLogs, eth_getFilterLogs or eth_getFilterChanges.'),
  callGas: big(50_000_000n, 'gas', 'Gas of eth_call and its kin.'),
  callTimeoutMs: ms(5_000, 'Time of eth_call, eth_estimateGas and eth_createAccessList.'),
  traceTimeoutMs: ms(5_000, 'Time of one trace.'),
  feeHistoryBlocks: count(1_024, 'Blocks in eth_feeHistory.'),
  filters: count(1_000, 'Filters of all clients. The one that was not asked for longest gives way.'),
  clientFilters: count(200, 'Filters of one client.'),
  filterLifetimeMs: ms(300_000, 'A filter that nobody asks for is gone after this time.'),
  filterItems: count(
    50_000,
    'Hashes of waiting transactions that are kept for all filters; one that falls behind is dropped.',
  ),
  subscriptions: count(100, 'Subscriptions of one connection.'),
  clientSubscriptions: count(1_000, 'Subscriptions of one client.'),
  allSubscriptions: count(5_000, 'Subscriptions of all clients.'),
  noticesBytes: bytes(64 * MB, 'Notices of subscriptions that wait, all clients together.'),
  clientNoticesBytes: bytes(32 * MB, 'The same of one client.'),
  clientNoticeRate: {
    default: 16 * MB,
    unit: 'bytes/s',
    help: 'Notices sent to one client; more wait.',
  } as Limit<number>,
  socketBufferBytes: bytes(16 * MB, 'What may wait for one WebSocket before it is closed.'),
  socketInFlight: count(16, 'Requests of one connection worked on at once; more are left in the socket.'),
  proofKeys: count(1_024, 'Storage keys of one eth_getProof.'),
  syncWaiters: count(1_000, 'Calls of eth_sendRawTransactionSync that wait.'),
  syncTimeoutMs: ms(10_000, 'Time that eth_sendRawTransactionSync waits unless told otherwise.'),
  syncMaxTimeoutMs: ms(60_000, 'Time that it waits at most.'),
  requestTimeoutMs: ms(30_000, "Time in which a request's bytes must have come."),
  stopGraceMs: ms(2_000, 'Time that a stop gives to requests under way.'),
}

/** Values of {@link limitTable}. */
export type RpcLimits = { [K in keyof typeof limitTable]: (typeof limitTable)[K]['default'] }

/** The bounds of a server that is told nothing else. */
export const defaultLimits = Object.fromEntries(
  Object.entries(limitTable).map(([name, limit]) => [name, limit.default]),
) as RpcLimits
