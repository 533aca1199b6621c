export { maxObjectDaBytes, objectDa, type ObjectDaOptions } from './objectDa.js'
export { s3Da, type S3DaOptions } from './s3.js'
