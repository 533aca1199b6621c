export {
  exchangeProblems,
  formatExchange,
  parseExchange,
  type Decimal,
  type ExchangeDocument,
  type ExchangedLicence,
  type ExchangedWork,
  type Extensions,
} from './document.js'
export { exchangeLimits, exchangeSchema, workKinds } from './schema.js'
export type { ExchangeProblem } from './schemaProblems.js'
