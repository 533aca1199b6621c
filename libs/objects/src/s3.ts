export { s3Objects, type S3Credentials, type S3ObjectsOptions } from './s3/s3.js'
