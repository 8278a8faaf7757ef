/**
 * What stands close before or after somebody who is named, and how names and other words are built. All are for text in
 * small letters; what comes before is looked at from its end, what comes after from its start.
 */

const whose = 'my|me|our|his|her|their|your'
const role =
  '(?:(?:\\w+ ?)?worker|(?:\\w+ )?officer|nurse|counsell?or|doctor|receptionist|pharmacist|chemist|manager|volunteer|mentor|solicitor|' +
  'therapist|sponsor|landlord|security)'
const kin =
  '(?:mum|mam|dad|brother|sister|son|daughter|lad|partner|boyfriend|girlfriend|wife|husband|missus|ex|mate|pal|friend|cousin|uncle|aunt|' +
  'auntie|nan|grandad|niece|nephew|dealer|neighbour)'

// Before.

/** "my name is", "a bloke called", "they call me" */
export const introduced = new RegExp(
  "(?:\\bname(?:'?s| is| was|,)|\\b(?:he|she|i|who)(?:'s| am|'m| is| was) called|" +
    `\\b(?:im|hes|shes|man|woman|bloke|guy|lad|lass|girl|lady|one|someone|${role}|${kin}) (?:called|named)|` +
    '\\bcalls? (?:me|him|her)|\\bknow[ns]? (?:me |him |her )?as|\\bgoe?s? by|\\bsigned,?)[ "“\']+$',
)
/** "my key worker is", "our mate" */
export const related = new RegExp(`\\b(?:(?:${whose}|the|an?|new|old) ${role}(?:[,:]? | is | was )|(?:${whose}|a) ${kin},? )$`)
export const asked = /\b(?:our|me and|ask(?:ed)?(?: for)?|(?:speak|spoke|spoken|talk|talked|listens?) (?:to|with)|tell|told by|thanks to|ta to) $/
/** Only somebody can be spoken to. */
export const spokenTo = /\b(?:(?:spoke|speak|spoken|talk|talked) (?:to|with)|told by|thanks to|ta to) $/
export const dealtWith = /\b(?:by|like|since|when|if|because|unless|see|saw|met|miss|trust|blame|had) $/
export const iAm = /(?:^|[^\p{L}'])(?:i'm|im|i am|this is) $/u
export const title = /\b(?:mr|mrs|ms|mx|dr|sgt|prof)\.? $/
/** Titles that are words by themselves too. */
export const calling = /\b(?:miss|doctor|nurse|sister|officer|pc|dc|father|matron|professor) $/
/** Nobody is "the Dave". */
export const determined = /\b(?:an?|the|this|that|my|me|your|his|her|our|their|its|some|any|no|every|each|these|those|more|much|very|of|so|too) $/
export const saint = /\b(?:st|saint)\.? $/
/** What a name takes with it. */
export const lead = /\b(?:(?:mr|mrs|ms|miss|mx|dr|doctor|nurse|pc|dc|sgt|officer|prof|professor)\.?|big|little|fat|scouse|scottish|irish|geordie|old|young) $/

// After.

/** "at the desk" */
export const somewhere = new RegExp(
  '^ (?:is |was |works )?(?:at|on|in|from|behind) (?:the |our )?(?:front |needle |outreach )?' +
    '(?:desk|door|reception|counter|exchange|van|pharmacy|chemist|hatch|office|kitchen|security|probation|flats|hostel)\\b',
)
/** "who runs the group" */
export const who = /^,? (?:who|that) (?:runs|ran|does|did|works|gives|gave|is|was|has|helps|helped|sorted|says|said|told|got|makes|takes|always|never)\b/
/** "my key worker" */
export const inRole = new RegExp(`^,? (?:is |was |as )?(?:${whose}|the|a) ${role}\\b`)
export const says = /^ (?:said|says|told|reckons|rang|sorted|runs|does)\b/
export const acts = /^ (?:said|says|told|reckons|rang|sorted|is|was|has|had|does|did|helped|gave|gives|always|never|used|came|left|retired|died|would)\b/
export const doing = /^ \w+(?:s|ed)\b/
export const seen = /^ (?:on|at|next|today|again|every|tomorrow|as|for) /
export const addressed = /^(?:,| here\b)/
export const ends = /^(?:$|[.,!?"”]| (?:and|but|from|btw|again|here|i)\b)/
export const place = new RegExp(
  '^,? (?:road|rd|street|st|lane|avenue|ave|house|cent(?:re|er)|clinic|hospital|park|court|ward|unit|hostel|surgery|practice|school|' +
    'college|church|hotel|hall|lodge|station|wing|terrace|infirmary|gardens|way|grove|square)\\b',
)

/** What sounds like somebody and is a shop, a drug or a saying. */
export const idioms = /\b(?:john lewis|jack (?:up|daniels)|mary jane|sally army|the mick)\b/gi

/** Families of names that are too large for a list: Sikh, Muslim, Yoruba, Igbo, Polish, Hindu and English ones. */
export const nameForm = new RegExp(
  '^(?:am[ar]+|bal|dal|gur|har|jag|jas|ka[mr]al|kul|man|nav|pa?ram|ran|raj|rup|sat|sukh|sur|tej)' +
    '(?:bir|dee?p|dev|jee?t|jot|meet|pal|preet|want|[jvw]?inder)$|^abd(?:i|ul)|^m[ou]h?amm?[aeou]d$|^olu\\w|^chukwu|ullah$|uddin$|' +
    'slawa?$|[aeu][ou]?sz$|\\w\\w[crtmwsz]i?ek$|..[jnkvtgm]esh$|lynn?e?$|anne$|[^p]leen$|\\w[blrtz]ina$|[tkn]isha$|bert$',
)
export const surnameForm = /\w{3}(?:son|ton|ley|ford|field|worth|ham|well|wood|shaw)$|(?:sk[iay]|wicz|escu|ov[aá]|ovic)$|^(?:mc|o['’]|fitz)\w{3}/
export const wordForm = /(?:s|ed|ing|ly|ment|tion|ness|able|ful|ish|er|one|body|thing|ice|ity|ion|ive|ous|al|ance|ence)$/
