export { folderObjects, type FolderObjectsOptions } from './folder.js'
export { isObjectKey } from './keys.js'
export { memoryObjects, type MemoryObjectsOptions } from './memory.js'
export { objectsAt } from './place.js'
export type {
  ObjectBody,
  ObjectCallOptions,
  ObjectDeleteResult,
  ObjectFailure,
  ObjectGetOptions,
  ObjectGetResult,
  ObjectHeadResult,
  ObjectListOptions,
  ObjectListResult,
  ObjectMissing,
  ObjectOpenResult,
  ObjectPutOptions,
  ObjectPutResult,
  ObjectRange,
  ObjectReadOptions,
  ObjectStore,
} from './store.js'
