import type { ConfigTable } from '@animechain/observability'

/** Rows that every long-running program has. */
export const serviceTable = {
  logLevel: {
    type: 'string',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    help: 'Least level that is logged.',
  },
  logFormat: {
    type: 'string',
    default: 'json',
    choices: ['json', 'text'],
    help: 'One JSON object a line, or text for people.',
  },
  metricsHost: {
    type: 'string',
    default: '127.0.0.1',
    help: 'Address that serves /healthz, /readyz and /metrics.',
  },
  metricsPort: { type: 'integer', default: 9571, min: 0, max: 65_535, help: 'Its port; 0 takes a free one.' },
  metricsHosts: {
    type: 'list',
    default: [],
    help: 'Host names besides localhost under which it may be called; * for any.',
  },
} as const satisfies ConfigTable
