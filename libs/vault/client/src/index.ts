export * from './audit/index.js'
export { denialText, NotReleasedError, type LyingNode, type NodeRefusal } from './errors.js'
