import { describe, expect, test } from 'vitest'
import { Chain, hashOf, type Link } from './chain'

const ZERO = 'A'.repeat(43)
/** Five links, newest first. */
const made = async (): Promise<Link[]> => {
  const links: Link[] = []
  const base = { device: 'k3D0', member: '019aa000-0000-7000-8000-000000000001', collection: 'view', record: '019aa000-0000-7000-8000-0000000000ff', fields: ['words', 'themes'], withheld: false }
  for (let num = 1; num <= 5; num++) {
    const link = { ...base, fields: [...base.fields], num, at: `2026-11-2${num}T09:00:00.12345${num}Z`, what: 'made', seq: num * 7, before: links[0]?.hash ?? ZERO, hash: '' }
    links.unshift({ ...link, hash: await hashOf(link) })
  }
  return links
}

const follow = async (links: Link[]): Promise<Chain> => {
  const chain = new Chain()
  await chain.follow(links.slice(0, 2))
  await chain.follow(links.slice(2))
  chain.end()
  return chain
}

test('a hash is over the bytes that the server’s rule names', async () => {
  // Go: sha256 over appendLink(nil, [32]byte{}, 1, 1764061200123456 µs, 42, "k3D0", "m", "made view words,themes", 16 bytes 00…ff).
  const link = { num: 1, at: '2025-11-25T09:00:00.123456Z', device: 'k3D0', member: 'm', what: 'made', collection: 'view', record: '00000000-0000-0000-0000-0000000000ff', fields: ['words', 'themes'], seq: 42, withheld: false, before: ZERO, hash: '' }
  expect(await hashOf(link)).toBe('v7_Lb33d4DeUzNvpJcv_3bBqH7VcHvJurkEffq8ApDE')
})

describe('a chain', () => {
  test('that is whole', async () => {
    const links = await made()
    expect(await follow(links)).toMatchObject({ links: 5, read: 5, broken: 0, head: links[0]?.hash })
  })
  test.each<[string, (links: Link[]) => void, number]>([
    ['a member is another', (links) => (links[2]!.member = 'else'), 3],
    ['a field is added', (links) => links[2]!.fields.push('words'), 3],
    ['a moment is a microsecond off', (links) => (links[4]!.at = '2026-11-21T09:00:00.123452Z'), 1],
    ['a link is out', (links) => links.splice(2, 1), 4],
    ['the first is out', (links) => links.pop(), 2],
    ['one that is withheld has another hash', (links) => Object.assign(links[2]!, { withheld: true, hash: ZERO }), 4],
  ])('where %s breaks there', async (_, change, broken) => {
    const links = await made()
    change(links)
    expect((await follow(links)).broken).toBe(broken)
  })
  test('goes on through links that the reader is not shown', async () => {
    const links = await made()
    Object.assign(links[1]!, { withheld: true, at: '', what: '', member: '', record: '', collection: '', fields: [] })
    expect(await follow(links)).toMatchObject({ links: 5, read: 4, broken: 0 })
  })
})
