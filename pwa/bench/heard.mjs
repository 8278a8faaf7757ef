/** Views as an older spreadsheet has them, made up: each says something else, over three years, at a dozen services. */
import { writeFileSync } from 'node:fs'

const places = ['Station Road', 'Riverside', 'Bridge Street', 'The Maltings', 'Harbour', 'Northgate', 'Castle Hill', 'Elm Grove', 'Market Place', 'The Orchard', 'Kiln Lane', 'St Mary’s']
const openings = ['They were kind at the desk and I was not made to wait', 'The door was shut when I got there, and nobody had said', 'I waited three weeks to be seen, and then it was for ten minutes', 'My key worker changed again and I had to tell it all from the start', 'The van came late, but it came', 'I was talked to like somebody who matters', 'The chemist made me stand in front of everybody', 'The group on Thursday is the only thing that I come out for']
const middles = ['the bus there runs once an hour and the last one back is at five', 'there is nothing for women alone, so I do not go any more', 'the packs had no filters in them all month', 'nobody could tell me how long it takes until somebody answers', 'the letter used words that I had to look up', 'they let my brother wait inside, since it rained', 'I had to say it all where others could hear', 'the number on the card rings and rings']
const endings = ['If one evening could be open, people would use it', 'A box at the hostel would save the walk into town', 'Somebody who has been there themselves would help most', 'Please come back and say what they make of it', 'I would not go again, and I tell others so', 'It kept me going that week', 'Ask the people who use it before it is changed', 'A sign on the door would have done']
const pick = (list, n) => list[n % list.length]

/** Writes a CSV of so many views; `now` is the day of the newest. */
export function writeViews(file, views, now) {
  const rows = ['date,service,words']
  for (let n = 0; n < views; n++) {
    const day = new Date(now - Math.floor((n / views) * 3 * 365) * 86_400_000).toISOString().slice(0, 10)
    // Steps without a common divisor, so that no two say the same for long.
    const words = `${pick(openings, n)}, but ${pick(middles, Math.floor(n / 8))}. ${pick(endings, Math.floor(n / 64))}. ${pick(middles, n * 5 + 3)[0].toUpperCase()}${pick(middles, n * 5 + 3).slice(1)}, said by somebody who had been ${n} times.`
    rows.push(`${day},"${pick(places, n * 7)}","${words}"`)
  }
  writeFileSync(file, rows.join('\n'))
}
