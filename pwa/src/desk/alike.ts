/** Which words two texts have in common that carry what is said: plain enough to be shown as the reason. */

/** Words of three letters and more that stand in anything that anybody says. */
const COMMON = new Set(
  ('all,and,any,are,but,can,did,for,get,got,had,has,her,him,his,how,its,let,lot,may,new,not,now,off,one,our,out,own,put,say,see,she,the,they,too,two,use,was,way,who,why,yes,yet,you,about,after,again,against,always,another,anybody,anyone,anything,around,because,been,before,being,cant,come,comes,could,didnt,does,doesnt,doing,done,dont,down,each,even,ever,every,everybody,everyone,everything,from,gave,gets,getting,gets,give,goes,going,good,have,havent,having,hear,here,into,isnt,just,keep,kept,know,last,like,little,long,look,made,make,makes,many,more,most,much,need,needs,never,next,nobody,none,nothing,once,only,other,others,over,people,place,really,said,same,says,seen,should,somebody,someone,something,sometimes,somewhere,still,such,sure,take,takes,tell,than,thank,thanks,that,thats,their,them,then,there,theres,these,they,theyre,thing,things,think,this,those,though,through,time,times,told,took,until,used,very,want,wanted,wants,wasnt,well,went,were,what,when,where,which,while,will,with,without,wont,would,your,youre'
  ).split(','),
)

/** Endings that change what a word does, not what it is about. */
const ENDING = /(?:ings?|ed|es|s)$/

const held = new Map<string, Map<string, string>>()
/** So many texts are remembered; a desk looks at the same ones again and again. */
const MOST = 5000

/** The carrying words of a text, each under its stem. */
export function carrying(said: string): Map<string, string> {
  const known = held.get(said)
  if (known) return known
  const words = new Map<string, string>()
  for (const word of said.toLowerCase().replace(/[’']/g, '').match(/\p{L}{3,}/gu) ?? []) {
    if (COMMON.has(word)) continue
    const stem = word.replace(ENDING, '')
    words.set(stem.length < 3 ? word : stem, word)
  }
  if (held.size >= MOST) held.clear()
  held.set(said, words)
  return words
}

/** The words that both have, as the first says them. */
export function shared(one: string, other: string): string[] {
  const theirs = carrying(other)
  return [...carrying(one)].filter(([stem]) => theirs.has(stem)).map(([, word]) => word)
}
