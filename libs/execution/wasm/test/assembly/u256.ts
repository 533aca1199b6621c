export { alloc, reset } from '../../assembly/memory'
export * from '../../assembly/u256'
export { modexp } from '../../assembly/evm/modexp'
