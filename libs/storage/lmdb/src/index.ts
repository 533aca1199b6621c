export { lmdb, type LmdbOptions } from './lmdb.js'
