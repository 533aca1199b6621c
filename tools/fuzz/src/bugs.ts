/** A bug put into an engine on purpose, to see that the fuzzer finds it. */
export interface Bug {
  name: string
  engine: 'wasm' | 'ethereumjs'
  /** below the engine's sources */
  file: string
  from: string
  to: string
}

const planted =
  (engine: Bug['engine']) =>
  (name: string, file: string, from: string, to: string): Bug => ({ engine, name, file, from, to })
const wasm = planted('wasm')
const reference = planted('ethereumjs')

/** Bugs that somebody could make: limits off by one, gas of another opcode, a check left out. */
export const bugs: readonly Bug[] = [
  wasm(
    'DUP stack limit 1025',
    'evm/interpreter.ts',
    `if (sp >= limit) return f.STACK_OVERFLOW
        u256.copy(sp + 32, sp - depth)`,
    `if (sp >= limit + 32) return f.STACK_OVERFLOW
        u256.copy(sp + 32, sp - depth)`,
  ),
  wasm(
    'DUP9 as DUP8',
    'evm/interpreter.ts',
    'const depth: usize = (<usize>op - 0x80) << 5',
    'const depth: usize = (<usize>op - (op == 0x88 ? 0x81 : 0x80)) << 5',
  ),
  wasm(
    'SWAP11 as SWAP10',
    'evm/interpreter.ts',
    'const depth: usize = (<usize>op - 0x8f) << 5',
    'const depth: usize = (<usize>op - (op == 0x9a ? 0x90 : 0x8f)) << 5',
  ),
  wasm(
    'JUMPDEST 2 gas',
    'evm/interpreter.ts',
    `case 0x5b: {
        if ((gas -= 1)`,
    `case 0x5b: {
        if ((gas -= 2)`,
  ),
  wasm(
    'BLOBHASH out of bounds',
    'evm/interpreter.ts',
    'if (i < <u64>blobHashCount)',
    'if (i <= <u64>blobHashCount)',
  ),
  wasm('BLOCKHASH 255', 'evm/interpreter.ts', 'present - n > 256', 'present - n > 255'),
  wasm(
    'MCOPY expands for target only',
    'evm/interpreter.ts',
    'const end = (to > from ? to : from) + n',
    'const end = to + n',
  ),
  wasm(
    'RETURNDATACOPY one too many',
    'evm/interpreter.ts',
    'if (from + n > <u64>returnDataLen)',
    'if (from + n > <u64>returnDataLen + 1)',
  ),
  wasm(
    'CLZ off by one',
    'evm/interpreter.ts',
    'u256.set(sp, <u64>(256 - u256.bitLength(sp)))',
    'u256.set(sp, <u64>(255 - u256.bitLength(sp)))',
  ),
  wasm('CLZ before Osaka', 'evm/interpreter.ts', 'if (fork() < OSAKA) return f.INVALID_OPCODE', ''),
  wasm(
    'TSTORE in static',
    'evm/interpreter.ts',
    `if (load<u32>(frame, f.FRAME_STATIC)) return f.STATIC_VIOLATION
        if ((gas -= 100) < 0)`,
    'if ((gas -= 100) < 0)',
  ),
  wasm(
    'SSTORE sentry off by one',
    'evm/interpreter.ts',
    'if (gas <= 2300) return -1',
    'if (gas < 2300) return -1',
  ),
  wasm(
    'refund back',
    'evm/interpreter.ts',
    'if (u256.isZero(current)) state.addRefund(-4800)',
    'if (u256.isZero(current)) state.addRefund(-4700)',
  ),
  wasm(
    'SELFDESTRUCT new account without balance',
    'evm/interpreter.ts',
    'if (!u256.isZero(balance) && state.isEmpty(heir)) gas -= 25000',
    'if (state.isEmpty(heir)) gas -= 25000',
  ),
  wasm(
    'SELFDESTRUCT to itself burns always',
    'evm/interpreter.ts',
    'else if (state.isCreated(acc)) {',
    'else {',
  ),
  wasm(
    'LOG data gas',
    'evm/interpreter.ts',
    '375 + 375 * <i64>topics + 8 * <i64>n',
    '375 + 375 * <i64>topics + 7 * <i64>n',
  ),
  wasm('MSIZE', 'evm/interpreter.ts', 'u256.set(sp, <u64>msize)', 'u256.set(sp, <u64>msize + 32)'),
  wasm(
    'CALLDATALOAD one byte beyond',
    'evm/interpreter.ts',
    'if (at + 32 <= <u64>length) {',
    'if (at + 31 <= <u64>length) {',
  ),
  wasm(
    'MSTORE8',
    'evm/interpreter.ts',
    'store<u8>(mem + <usize>at, load<u8>(sp - 32))',
    'store<u8>(mem + <usize>at, load<u8>(sp - 31))',
  ),
  wasm(
    'EXTCODECOPY of nothing expands',
    'evm/interpreter.ts',
    `if (n) {
          const end = f.offset(sp - 32) + n`,
    `{
          const end = f.offset(sp - 32) + n`,
  ),
  wasm(
    'code size',
    'evm/calls.ts',
    'export const MAX_CODE_SIZE: usize = 24576',
    'export const MAX_CODE_SIZE: usize = 24577',
  ),
  wasm(
    'init code size',
    'evm/calls.ts',
    'export const MAX_INIT_CODE_SIZE: usize = 49152',
    'export const MAX_INIT_CODE_SIZE: usize = 49153',
  ),
  wasm('EF code', 'evm/calls.ts', 'if (length && load<u8>(outputPtr) == 0xef) return f.INVALID_CODE', ''),
  wasm(
    'CALLCODE static',
    'evm/calls.ts',
    'if (op == 0xf1 && load<u32>(frame, f.FRAME_STATIC) && hasValue) return f.STATIC_VIOLATION',
    'if (takesValue && load<u32>(frame, f.FRAME_STATIC) && hasValue) return f.STATIC_VIOLATION',
  ),
  wasm('stipend', 'evm/calls.ts', 'if (hasValue) callGas += 2300', 'if (hasValue) callGas += 2200'),
  wasm(
    'CALLCODE pays new account',
    'evm/calls.ts',
    'if (op == 0xf1 && state.isEmpty(target) && (gas -= 25000) < 0) return -1',
    'if (state.isEmpty(target) && (gas -= 25000) < 0) return -1',
  ),
  wasm(
    'warm delegate free',
    'evm/calls.ts',
    '(gas -= state.warmAccount(codeOwner) ? COLD_ACCOUNT : 100) < 0) return -1',
    '(gas -= state.warmAccount(codeOwner) ? COLD_ACCOUNT : 0) < 0) return -1',
  ),
  wasm(
    'delegation to precompile runs it',
    'evm/calls.ts',
    'let left = calleeIsDelegated ? gas : runPrecompile',
    'let left = runPrecompile',
  ),
  wasm(
    'static not inherited',
    'evm/calls.ts',
    'op == 0xfa ? 1 : isStatic, sp + 32',
    'op == 0xfa ? 1 : 0, sp + 32',
  ),
  wasm('CREATE init gas', 'evm/calls.ts', '(op == 0xf5 ? 8 : 2) * words', '(op == 0xf5 ? 8 : 3) * words'),
  wasm(
    'CREATE onto an occupied address',
    'evm/calls.ts',
    `if (state.isOccupied(created)) {
    // @ts-ignore: set by the build
    if (BUILD_TRACE) onExit(f.ADDRESS_COLLISION, 0, 0, 0)
    answer(frame, newSp, 0)
    return RESUME
  }
  const child`,
    'const child',
  ),
  wasm(
    'code deposit',
    'evm/calls.ts',
    'const gas = load<i64>(frame, f.FRAME_GAS) - 200 * <i64>length',
    'const gas = load<i64>(frame, f.FRAME_GAS) - 199 * <i64>length',
  ),
  wasm(
    'create address with long nonce',
    'evm/calls.ts',
    'const bytes = (71 - <u32>clz(nonce)) >> 3',
    'const bytes = (72 - <u32>clz(nonce)) >> 3',
  ),
  wasm(
    'refund cap',
    'evm/process.ts',
    'if (refund > used / 5) refund = used / 5',
    'if (refund > used / 4) refund = used / 4',
  ),
  wasm(
    'calldata floor too low',
    'evm/process.ts',
    'fork() >= PRAGUE ? 21000 + 10 * tokens : 0',
    'fork() >= PRAGUE ? 21000 + 9 * tokens : 0',
  ),
  wasm('no calldata floor', 'evm/process.ts', 'if (used < floor) used = floor', ''),
  wasm('authorization high s', 'evm/process.ts', 'if (u256.less(HALF_ORDER, TMP)) continue', ''),
  wasm(
    'redelegation refused',
    'evm/process.ts',
    'if (state.hasCode(authority) && !state.delegation(authority)) continue',
    'if (state.hasCode(authority)) continue',
  ),
  wasm('authorization max nonce', 'evm/process.ts', 'if (nonce == u64.MAX_VALUE) continue', ''),
  wasm(
    'beneficiary is cold',
    'evm/process.ts',
    `  state.warmAccount(beneficiary)
`,
    '',
  ),
  wasm('access list keys', 'evm/process.ts', 'gas += 2400 + 1900 *', 'gas += 2400 + 1800 *'),
  wasm(
    'L1 gas',
    'evm/process.ts',
    'const gas = 4 * zeros + 16 * nonZeros',
    'const gas = 4 * zeros + 15 * nonZeros',
  ),
  wasm(
    'L1 fee divisor',
    'evm/process.ts',
    `u256.set(TMP, 16_000_000)
`,
    `u256.set(TMP, 16_000_001)
`,
  ),
  wasm('nonce gaps', 'evm/process.ts', 'if (nonce > expected) return NONCE_TOO_HIGH', ''),
  wasm('gas cap before Osaka', 'evm/process.ts', 'fork() >= OSAKA && gas > GAS_CAP', 'gas > GAS_CAP'),
  wasm(
    'blob version',
    'evm/process.ts',
    'for (let i: u32 = 0; i < count; i++) if (load<u8>(hashes + ((<usize>i) << 5)) != 1) return false',
    '',
  ),
  wasm('ripemd gas', 'evm/precompiles.ts', 'return 600 + 120 * words', 'return 600 + 119 * words'),
  wasm(
    'modexp factor before Osaka',
    'evm/precompiles.ts',
    'const factor: u64 = osaka ? 16 : 8',
    'const factor: u64 = osaka ? 16 : 9',
  ),
  wasm(
    'modexp floor',
    'evm/precompiles.ts',
    'return <i64>(gas < 500 ? 500 : gas)',
    'return <i64>(gas < 499 ? 499 : gas)',
  ),
  wasm(
    'kzg gas',
    'evm/precompiles.ts',
    'return length == 192 ? 50000 : -1',
    'return length == 192 ? 49999 : -1',
  ),
  wasm(
    'bls add gas',
    'evm/precompiles.ts',
    'return length == 256 ? 375 : -1',
    'return length == 256 ? 376 : -1',
  ),
  wasm('map gas', 'evm/precompiles.ts', 'return length == 64 ? 5500 : -1', 'return length == 64 ? 5501 : -1'),
  wasm(
    'ecrecover sees 127',
    'evm/precompiles.ts',
    'const seen: u32 = n == 1 || n == 6 ? 128 :',
    'const seen: u32 = n == 1 ? 127 : n == 6 ? 128 :',
  ),
  wasm(
    'withdrawal gwei',
    'evm/system.ts',
    'u256.mulSmall(TMP, TMP, 1_000_000_000)',
    'u256.mulSmall(TMP, TMP, 1_000_000_001)',
  ),
  wasm(
    'system gas',
    'evm/system.ts',
    'const SYSTEM_GAS: i64 = 30_000_000',
    'const SYSTEM_GAS: i64 = 29_999_999',
  ),
  wasm(
    'storage does not occupy an address',
    'state.ts',
    '  return load<u64>(acc, ACC_NONCE) != 0 || hasCode(acc) || !u256.equal(acc + ACC_STORAGE_ROOT, EMPTY_ROOT)',
    '  return load<u64>(acc, ACC_NONCE) != 0 || hasCode(acc)',
  ),
  wasm(
    'cold precompiles',
    'state.ts',
    '  if (precompileNumber(record)) store<u32>(record, u32.MAX_VALUE, ACC_WARM)',
    '',
  ),
  wasm(
    'division add back without q--',
    'u256.ts',
    `q--
        addBack(base, den, d)`,
    'addBack(base, den, d)',
  ),
  reference(
    'clearing refunds less',
    'interpreter.ts',
    'SSTORE_CLEAR_REFUND = 4_800n',
    'SSTORE_CLEAR_REFUND = 4_700n',
  ),
  reference('cold SLOAD is cheap', 'interpreter.ts', 'COLD_SLOAD = 2_100n', 'COLD_SLOAD = 2_099n'),
  reference('sentry of SSTORE', 'interpreter.ts', 'SSTORE_SENTRY = 2_300n', 'SSTORE_SENTRY = 2_301n'),
  reference('refund quotient', 'process.ts', 'MAX_REFUND_QUOTIENT = 5n', 'MAX_REFUND_QUOTIENT = 6n'),
  reference(
    'floor left out of gas used',
    'process.ts',
    'if (gasUsed < prepared.floorGas) gasUsed = prepared.floorGas',
    '',
  ),
  reference('delegated senders refused', 'validate.ts', '!(rules.isPrague && isDelegation(code))', 'true'),
  wasm('refund too high', 'evm/interpreter.ts', '? 19900 : 2800', '? 19900 : 2900'),
  wasm(
    'a call keeps a 32nd',
    'evm/calls.ts',
    'let callGas = gas - (gas >> 6)',
    'let callGas = gas - (gas >> 5)',
  ),
  wasm('EXP too cheap', 'evm/interpreter.ts', 'gas -= 10 + 50 *', 'gas -= 10 + 49 *'),
  reference(
    'authority refund',
    'process.ts',
    'AUTHORITY_EXISTS_REFUND = 12_500n',
    'AUTHORITY_EXISTS_REFUND = 12_400n',
  ),
  reference(
    'destroyed contract stays',
    'process.ts',
    'if (created?.has(address)) state.deleteNow',
    'if (!created?.has(address)) state.deleteNow',
  ),
  wasm(
    'a branch that collapses keeps its leaf apart',
    'trie.ts',
    'return prepend(nibble, 1, sibling)',
    'return newExtension(nibble, 1, sibling)',
  ),
  wasm(
    'the last topic is not in the bloom',
    'receipt.ts',
    'for (let i: u32 = 0; i < count; i++) addToBloom',
    'for (let i: u32 = 0; i + 1 < count; i++) addToBloom',
  ),
  wasm(
    'SIGNEXTEND of byte 30',
    'u256.ts',
    'load<u64>(k) > 30) return copy',
    'load<u64>(k) > 29) return copy',
  ),
  wasm('BYTE 31', 'u256.ts', 'if (n < 32) r =', 'if (n < 31) r ='),
  wasm('SHL by 256', 'u256.ts', '!= 0 || n > 255) return set(out, 0)', '!= 0 || n > 256) return set(out, 0)'),
  wasm('SHR and SAR by 256', 'u256.ts', '== 0 && n <= 255) {', '== 0 && n <= 256) {'),
  wasm(
    'SMOD without the sign',
    'u256.ts',
    `mod(out, TMP_A, TMP_B)
  if (negA) negate(out, out)`,
    'mod(out, TMP_A, TMP_B)',
  ),
  wasm('ADDMOD loses the carry', 'u256.ts', 'reduce(out, 5, m)', 'reduce(out, 4, m)'),
  wasm('MUL loses a carry', 'u256.ts', 'r3 += mulHigh(a0, b2) + u64(r2 < t)', 'r3 += mulHigh(a0, b2)'),
  wasm('EXP of bit 255', 'u256.ts', 'const bits = bitLength(TMP_B)', 'const bits = bitLength(TMP_B) & 255'),
  wasm(
    'a creation that reverts takes all gas',
    'evm/calls.ts',
    'if (status <= f.REVERTED) gasLeft =',
    'if (status < f.REVERTED) gasLeft =',
  ),
  wasm(
    'the authority stays cold',
    'evm/process.ts',
    `state.warmAccount(authority)
`,
    '',
  ),
  wasm('authorizations for chain 0', 'evm/process.ts', '!u256.isZero(auth + l.AUTH_CHAIN_ID) && ', ''),
  wasm(
    'the delegation is not undone by zero',
    'evm/process.ts',
    'state.setCode(authority, 0, 0)',
    'state.setCode(authority, DESIGNATOR, 23)',
  ),
  wasm(
    'the priority fee is not capped',
    'evm/process.ts',
    '|| u256.less(tx + l.TX_MAX_FEE, GAS_PRICE))',
    ')',
  ),
  wasm(
    'the sender pays no refund back to the beneficiary',
    'evm/process.ts',
    `u256.mulSmall(FEE, FEE, used)
`,
    `u256.mulSmall(FEE, FEE, used + refund)
`,
  ),
  wasm(
    'a deposit without mint',
    'evm/process.ts',
    'if (!u256.isZero(tx + l.TX_MINT)) state.addBalance',
    'if (false) state.addBalance',
  ),
  wasm(
    'a deposit gives gas back',
    'evm/process.ts',
    'used = status <= REVERTED ? intrinsic + countable - <u64>gasLeft : gasLimit',
    'used = status < REVERTED ? intrinsic + countable - <u64>gasLeft : gasLimit',
  ),
  wasm(
    'transient storage outlives its transaction',
    'state.ts',
    `store<u32>(record, stamp, SLOT_TRANSIENT_STAMP)
  u256.set(record + SLOT_TRANSIENT, 0)`,
    'store<u32>(record, stamp, SLOT_TRANSIENT_STAMP)',
  ),
  wasm(
    'original value of the block before',
    'state.ts',
    'if (load<u32>(record, SLOT_TX_STAMP) != stamp) {',
    'if (!load<u32>(record, SLOT_TX_STAMP)) {',
  ),
  wasm(
    'storage is warm for the rest of the block',
    'state.ts',
    'if (load<u32>(record, SLOT_WARM) == stamp) return false',
    'if (load<u32>(record, SLOT_WARM) != 0) return false',
  ),
  wasm(
    'an undone nonce stays',
    'state.ts',
    'store<u64>(push(UNDO_NONCE, acc), load<u64>(acc, ACC_NONCE))',
    'store<u64>(push(UNDO_NONCE, acc), nonce)',
  ),
  wasm('SHA-256 of 56 bytes', 'crypto/sha256.ts', 'len < 56 ? 64 : 128', 'len < 57 ? 64 : 128'),
  wasm(
    'KECCAK256 of 135 bytes',
    'crypto/keccak.ts',
    'store<u8>(BUFFER, load<u8>(BUFFER, 135) | 0x80, 135)',
    'store<u8>(BUFFER, len == 135 ? 0x80 : load<u8>(BUFFER, 135) | 0x80, 135)',
  ),
  wasm(
    'BLAKE2 of more than ten rounds',
    'crypto/blake2f.ts',
    'if (s == SIGMA + 160) s = SIGMA',
    'if (s == SIGMA + 144) s = SIGMA',
  ),
  wasm(
    'BLAKE2 without the final flag',
    'crypto/blake2f.ts',
    'if (final) store<u64>',
    'if (!final) store<u64>',
  ),
  wasm(
    'MODEXP modulo 1',
    'evm/modexp.ts',
    'if (size == 0 || (size == 1 && load<u64>(modulus) == 1)) return',
    'if (size == 0) return',
  ),
  wasm(
    'MSM discount of one pair more',
    'evm/precompiles.ts',
    'load<u16>(discounts + ((<usize>(i - 1)) << 1))',
    'load<u16>(discounts + ((<usize>i) << 1))',
  ),
  wasm(
    'the salt of CREATE2',
    'evm/calls.ts',
    'u256.toBytes(BUFFER + 21, salt)',
    'memory.copy(BUFFER + 21, salt, 32)',
  ),
  wasm(
    'a failed creation keeps the nonce',
    'evm/calls.ts',
    `state.setNonce(self, nonce + 1)
`,
    `if (!state.isOccupied(created)) state.setNonce(self, nonce + 1)
`,
  ),
  wasm(
    'DELEGATECALL takes the value of the call',
    'evm/calls.ts',
    'u256.copy(child + f.FRAME_VALUE, frame + f.FRAME_VALUE)',
    'u256.set(child + f.FRAME_VALUE, 0)',
  ),
  wasm(
    'old return data after a creation',
    'evm/calls.ts',
    'if (status == f.REVERTED && outputLen) keepReturnData',
    'if (status != f.STOPPED && outputLen) keepReturnData',
  ),
  reference(
    'refund of a reset slot',
    'interpreter.ts',
    'original === 0n ? SSTORE_SET - WARM_READ : SSTORE_RESET - WARM_READ',
    'original === 0n ? SSTORE_SET - WARM_READ : SSTORE_RESET',
  ),
  reference(
    'L1 fee burnt',
    'process.ts',
    'credit(state, chain.rollup.l1FeeVault.slice(2), fee?.l1Fee ?? 0n)',
    '',
  ),
  reference(
    'deposit with too little ether reverts without gas',
    'process.ts',
    `done = failed('insufficient balance')`,
    `done = { ...failed('insufficient balance'), gasUsed: intrinsic }`,
  ),
  reference('excess of a full block', 'rules.ts', 'return sum - target', 'return sum'),
  wasm(
    'MODEXP of exponents that begin with zeros',
    'evm/precompiles.ts',
    'bits = ((<u64>(headLen - i)) << 3)',
    'bits = ((<u64>headLen) << 3)',
  ),
]
