import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Listed } from './listed'
import type { Rec } from './types'

const rec = (r: string, v: number): Rec => ({ c: 'view', r, v, f: {}, k: {} })

test('whatever comes, changes and goes, in whatever steps: the list is what a sort of all would give', () => {
  const change = fc.record({ r: fc.constantFrom(...'abcdefgh'), gone: fc.boolean() })
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 12 }), (steps) => {
      const listed = new Listed()
      const held = new Map<string, Rec>()
      let v = 0
      for (const step of steps) {
        const changed = new Map(step.map(({ r, gone }) => [r, gone ? undefined : rec(r, (v += r === 'a' ? 3 : 1))]))
        for (const [r, it] of changed) if (it) held.set(r, it)
        else held.delete(r)
        listed.put(changed.keys(), (r) => changed.get(r))
        const made = [rec('made', 0)]
        expect(listed.all(made)).toEqual([...[...held.values()].sort((a, b) => a.v - b.v), ...made])
      }
    }),
  )
})
