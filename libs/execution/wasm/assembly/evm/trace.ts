// Hooks of the `trace` build (BUILD_TRACE = 1). The `node` and `proof` builds compile to code without them.

/** Before every opcode. `frame` is a frame record (frame.ts) whose pc, sp, gas and memory size are the ones given here. */
// @ts-ignore: decorator
@external('host', 'onStep')
export declare function onStep(frame: usize, op: u32, pc: usize, sp: usize, gas: i64, memorySize: usize): void

/**
 * A call or creation begins. `kind` is the opcode that asks for it (0xf1 or 0xf0 for the transaction itself). `to` is the address
 * called or created; `value` a u256, 0 when the call has none.
 */
// @ts-ignore: decorator
@external('host', 'onEnter')
export declare function onEnter(
  kind: u32,
  from: usize,
  to: usize,
  value: usize,
  gas: i64,
  input: usize,
  length: usize,
): void

/** It ends with a status of frame.ts and gas left. */
// @ts-ignore: decorator
@external('host', 'onExit')
export declare function onExit(status: i32, gasLeft: i64, output: usize, length: usize): void
