import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { devnetNetwork, productionNetwork } from '@animechain/contracts/config'
import { curves } from '../src/simulator/curves.js'
import { ETHER, productionRules as rules } from '../src/simulator/rules.js'
import { attack, capacity, inputs, leastPenalty, mixed } from '../src/simulator/scenarios.js'
import { ether, page, type Page } from '../src/simulator/tables.js'
import { filled } from '../src/simulate.js'

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8')
const cell = (table: readonly (readonly string[])[], row: string, column: string) =>
  table.find(([name]) => name === row)![table[0]!.indexOf(column)]!

describe('section 12 of the specification', () => {
  let result: Page
  beforeAll(() => {
    result = page(rules, { epochs: 10_000, seed: 1 })
  }, 120_000)

  test('has the numbers and curves of a run', () => {
    const text = read('docs/spec/network.md')
    expect(filled(text, result)).toBe(text)
    expect(curves(result.leads, rules)).toBe(read('docs/spec/network.svg'))
  })

  test('every lazy strategy earns less than an honest one over 10,000 epochs', () => {
    const table = result.tables['strategies']!
    const earns = (name: string) => Number(cell(table, name, 'ETH a day'))
    const lazy = table.slice(1).filter(([name]) => name!.startsWith('lazy'))
    expect(lazy).toHaveLength(5)
    for (const [name] of [...lazy, ["copying the operator's outputs"]])
      expect([name, earns(name!) < earns('honest')]).toEqual([name, true])
    for (const [name] of lazy.slice(0, -1)) expect([name, earns(name!) < 0]).toEqual([name, true])
    // What nothing can see: it is right in all it says.
    expect(earns("copying an honest node's outputs")).toBeGreaterThan(earns('honest'))
    expect(result.lazyWins).toEqual([])
  })

  test('never checking in pays nowhere; it would where draws met only who checked in and the pot is small', () => {
    const [first, ...more] = result.leads
    for (const { unmet, following, freeloading, penalty } of more) {
      expect(unmet).toBe(first!.unmet)
      if (penalty < rules.penalty) continue
      expect(following).toBeGreaterThan(0)
      expect(freeloading).toBeGreaterThan(0)
    }
    for (const [pot, met, unmet] of result.tables['pots']!.slice(1)) {
      expect([pot, Number(unmet) > 0]).toEqual([pot, Number(pot) * 1e18 > Number(result.leastPot)])
      expect(Number(met)).toBeGreaterThan(0)
    }
    expect(ether(result.leastPot, 3)).toBe('0.041')
    expect(ether(inputs.vaults, 3)).toBe('0.060')
  })

  test('P is above what every assumed day asks for at p', () => {
    for (const [, ...cells] of result.tables['penalty']!.slice(1))
      expect(Number(cells[result.tables['penalty']![0]!.indexOf('P, p = 1/16') - 1])).toBeLessThan(
        Number(rules.penalty) / Number(ETHER),
      )
    expect(leastPenalty(ETHER / 10_000n, ETHER / 1_000n, 16)).toBe((176n * ETHER) / 10_000n)
  })
})

test('other seeds say the same, and lose no wei', () => {
  for (const seed of [2, 3]) {
    const { outcomes, lost } = mixed(rules, { epochs: 1_000, seed })
    expect(lost).toBe(0n)
    const [honest] = outcomes
    for (const { strategy, earnings } of outcomes)
      if (strategy.derives === 'nowhere') expect(earnings).toBeLessThan(honest!.earnings)
  }
})

test('a coalition of any size loses twice what it can gain, and the bridge nothing', () => {
  for (const stake of [5n, 7n * ETHER + 1n, 1_376n * ETHER, 10n ** 7n * ETHER + 12_345n])
    for (const minutes of [0, 1, 59, 240]) {
      const { gain, bridgeLoss, net } = attack(rules, stake, minutes)
      expect(2n * gain).toBeLessThanOrEqual(stake)
      expect(bridgeLoss).toBe(0n)
      expect(net).toBeLessThan(0n)
    }
  // Half of the stake less a little for rounding, and no more.
  expect(attack(rules, 1_376n * ETHER, 240).gain).toBe(688n * ETHER)
  expect(attack(rules, 1_376n * ETHER, 0).gain).toBe(172n * ETHER)
})

test('the simulator has the rules of the contracts, and the deployment has what it recommends', () => {
  const source = read('libs/contracts/src-sol/network/FastExits.sol')
  const constant = (name: string) => {
    const [, value] = new RegExp(`constant ${name} = ([^;]+);`).exec(source)!
    return value!.replace('5 ether', `${5n * ETHER}`).replaceAll('_', '')
  }
  expect(constant('COVER_DIVISOR')).toBe(`${rules.coverDivisor}`)
  expect(constant('SINGLE_DIVISOR')).toBe(`${rules.singleDivisor}`)
  expect(constant('HOUR_DIVISOR')).toBe(`${rules.hourDivisor}`)
  expect(constant('FEE_DIVISOR')).toBe(`${rules.feeDivisor}`)
  expect(constant('REWARD_DIVISOR')).toBe(`${rules.rewardDivisor}`)
  expect(constant('MAX_REWARD')).toBe(`${rules.maxReward}`)
  expect(constant('BURN_DIVISOR')).toBe(`${rules.burnDivisor}`)
  expect(constant('TENTH')).toBe(`${1_000_000n / rules.tenthDivisor}`)
  const gas = JSON.parse(read('libs/contracts/snapshots/gas.json')) as Record<string, string>
  expect([gas['diligence, check in'], gas['diligence, reveal']]).toEqual([
    `${inputs.checkInGas}`,
    `${inputs.revealGas}`,
  ])
  const { minStake, maxActive, cap, minVerifiers, diligence } = productionNetwork
  expect(diligence).toMatchObject({ oneIn: 16, penalty: ETHER / 10n })
  expect({ minStake, maxActive, cap, minVerifiers }).toEqual({
    ...{ minStake: 32n * ETHER, maxActive: 64, cap: 125_000, minVerifiers: 5 },
  })
  expect(capacity(rules, maxActive)).toMatchObject({ signers: 43, perDay: 85_333_333_333_333_333_333n })
  expect(devnetNetwork).toMatchObject({ minStake: ETHER, maxActive: 16, cap: 1_000_000 })
})
