import { describe, expect, test } from 'vitest'
import { lastWord, readPocket, toKeep, withNext, withoutCard, withSheet } from './pocket'

const cards = ['PINE-RIVER-LAMP-42', 'ABBEY-ABOUT-ABOVE-07', 'OAK-STONE-CLOUD-11']
const pocket = { cards, lookUps: [] }

describe('a pocket of cards', () => {
  test('comes back as it was kept', () => expect(readPocket(toKeep({ cards, lookUps: ['A-B-C-12'] }))).toEqual({ cards, lookUps: ['A-B-C-12'] }))
  test('that is empty is not kept', () => expect(toKeep({ cards: [], lookUps: [] })).toBeNull())
  test.each([null, 'cards', [1], { cards: 'one' }, { cards: [1, null] }])('of %j is empty', (value) => expect(readPocket(value)).toEqual({ cards: [], lookUps: [] }))
  test('takes a sheet twice as once', () => expect(withSheet(withSheet(pocket, ['NEW-SHEET-CARD-01']), cards).cards).toEqual([...cards, 'NEW-SHEET-CARD-01']))
  test('gives the card that was picked next, then goes on from there', () =>
    expect(withNext(pocket, cards[1] ?? '').cards).toEqual([cards[1], cards[2], cards[0]]))
  test('keeps its order where a card is picked that is not in it', () => expect(withNext(pocket, 'OF-ANOTHER-SHEET-01')).toEqual(pocket))
  test('never gives a card twice', () => expect(withoutCard(pocket, cards[0] ?? '').cards).toEqual(cards.slice(1)))
  test('tells cards apart by the word before the number', () => expect(cards.map(lastWord)).toEqual(['LAMP', 'ABOVE', 'CLOUD']))
})
