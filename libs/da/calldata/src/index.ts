export { calldata, maxCalldataBytes, type CalldataOptions } from './calldata.js'
