import fc from 'fast-check'

// A gate that is red by chance teaches nobody anything: the same cases every time, others on request (FAST_CHECK_SEED=7 npm test).
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FAST_CHECK_SEED ?? 1) })
