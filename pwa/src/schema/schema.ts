// Made from the server's declarations by server/programme/typescript. Do not edit it: make generate does.

/** What ops name as their "schema". */
export const schema = 1

export type Kind = 'register' | 'narrow' | 'set' | 'log' | 'once' | 'steps'
export type Type = 'string' | 'integer' | 'boolean' | 'date' | 'time' | 'enum' | 'id' | 'object'

/** One field of a collection, as far as a device needs to know it. */
export interface Field {
  kind: Kind
  type: Type
  /** Of an enum; for narrow from the widest to the narrowest; for steps in their usual order. */
  values?: readonly string[]
  min?: number
  /** Code points of a text, the greatest whole number. */
  max?: number
  /** The op that makes a record must name it. */
  required?: boolean
  /** What it is in a new record that does not name it; else a set or a log is empty, and steps are at their first value. */
  starts?: string | number | boolean
  /** What the server fills in where the op that makes a record does not name it. */
  fill?: 'time' | 'member'
  /** It always has a value: null does not clear it. */
  stays?: boolean
  redactable?: boolean
  /** Who it decides the sight of: a change of it may narrow that. */
  deciding?: boolean
  /** Further keys of a log's entries. */
  entry?: readonly string[]
}

export type Collections = Readonly<Record<string, Readonly<Record<string, Field>> | undefined>>

export const dat = {
  name: { kind: 'register', type: 'string', max: 200, required: true, stays: true, redactable: true },
  term: { kind: 'register', type: 'string', max: 200, stays: true, redactable: true },
  lines: { kind: 'register', type: 'object', max: 65536, stays: true },
  script: { kind: 'register', type: 'object', max: 65536, stays: true },
  capture_locked: { kind: 'register', type: 'boolean', stays: true },
  hold_minutes: { kind: 'register', type: 'integer', max: 1440, stays: true },
  keep_months: { kind: 'register', type: 'integer', min: 1, max: 120, stays: true },
  lease_days: { kind: 'register', type: 'integer', min: 1, max: 365, stays: true },
  escalate_minutes: { kind: 'register', type: 'integer', min: 1, max: 10080, stays: true },
  cover: { kind: 'register', type: 'id' },
  ui_lead: { kind: 'register', type: 'string', max: 2000, redactable: true },
  training_blocks: { kind: 'register', type: 'boolean', stays: true },
  targets: { kind: 'register', type: 'object' },
  paths: { kind: 'register', type: 'object' },
  publishes: { kind: 'register', type: 'boolean' },
  signed: { kind: 'register', type: 'object' },
} as const satisfies Record<string, Field>

export const service = {
  name: { kind: 'register', type: 'string', max: 200, required: true, stays: true, redactable: true },
  kind: { kind: 'register', type: 'enum', values: ['needle_exchange', 'prescribing', 'pharmacy', 'day_programme', 'residential', 'hostel', 'outreach', 'primary_care', 'criminal_justice', 'group', 'peer_led', 'other'], required: true, stays: true },
  sector: { kind: 'register', type: 'enum', values: ['nhs', 'voluntary', 'council', 'pharmacy', 'private', 'peer_led', 'unsaid'], required: true, stays: true },
  area: { kind: 'register', type: 'string', max: 2000, redactable: true },
  opening: { kind: 'register', type: 'string', max: 2000, redactable: true },
  ui_lead: { kind: 'register', type: 'string', max: 2000, redactable: true },
  active: { kind: 'register', type: 'boolean', starts: true, stays: true },
} as const satisfies Record<string, Field>

export const theme = {
  code: { kind: 'register', type: 'string', max: 2000, required: true, stays: true },
  name: { kind: 'register', type: 'string', max: 200, required: true, stays: true, redactable: true },
  short: { kind: 'register', type: 'string', max: 2000, redactable: true },
  sign: { kind: 'register', type: 'string', max: 2000 },
  parent: { kind: 'register', type: 'id' },
  definition: { kind: 'register', type: 'string', max: 2000, redactable: true },
  hint: { kind: 'register', type: 'string', max: 2000, redactable: true },
  active: { kind: 'register', type: 'boolean', starts: true, stays: true },
} as const satisfies Record<string, Field>

export const member = {
  name: { kind: 'register', type: 'string', max: 200, required: true, stays: true, redactable: true },
  role: { kind: 'register', type: 'enum', values: ['volunteer', 'outreach', 'coordinator', 'manager', 'lead', 'admin'], required: true, stays: true },
  services: { kind: 'set', type: 'id' },
  joined: { kind: 'register', type: 'date' },
  came_by: { kind: 'register', type: 'enum', values: ['spoke', 'group', 'staff', 'other'] },
  goal: { kind: 'register', type: 'string', max: 2000, redactable: true },
  next_step: { kind: 'register', type: 'string', max: 2000, redactable: true },
  status: { kind: 'register', type: 'enum', values: ['invited', 'active', 'resting', 'left'], starts: 'invited', stays: true },
  contact: { kind: 'register', type: 'string', max: 2000, redactable: true },
  email: { kind: 'register', type: 'string', max: 2000, redactable: true },
} as const satisfies Record<string, Field>

export const matter = {
  title: { kind: 'register', type: 'string', max: 2000, required: true, stays: true, redactable: true },
  level: { kind: 'register', type: 'enum', values: ['service', 'dat'], required: true, stays: true },
  handling: { kind: 'register', type: 'enum', values: ['open', 'closed', 'sensitive'], starts: 'open', stays: true, deciding: true },
  services: { kind: 'set', type: 'id' },
  themes: { kind: 'set', type: 'id' },
  status: { kind: 'steps', type: 'enum', values: ['raised', 'looking', 'with_service', 'with_dat', 'decided', 'done', 'parked'] },
  owner: { kind: 'register', type: 'id' },
  due: { kind: 'register', type: 'date' },
  decision: { kind: 'register', type: 'enum', values: ['yes', 'partly', 'no', 'later'] },
  again: { kind: 'register', type: 'date' },
  decided_by: { kind: 'register', type: 'object' },
  reason: { kind: 'register', type: 'string', max: 2000, redactable: true },
  said: { kind: 'log', type: 'string', max: 8000, entry: ['view'] },
  outcome: { kind: 'register', type: 'enum', values: ['location', 'opening', 'equipment', 'attitude', 'new_service', 'information', 'place', 'policy', 'staffing', 'process', 'involvement', 'none'] },
  changed: { kind: 'register', type: 'string', max: 2000, redactable: true },
  claimed: { kind: 'register', type: 'date' },
  confirmed: { kind: 'register', type: 'date' },
  anyway: { kind: 'register', type: 'enum', values: ['no', 'hastened', 'yes'] },
  notes: { kind: 'log', type: 'string', max: 2000 },
  merged_into: { kind: 'register', type: 'id' },
} as const satisfies Record<string, Field>

export const answer = {
  matter: { kind: 'once', type: 'id', required: true },
  said: { kind: 'register', type: 'string', max: 2000, required: true, stays: true, redactable: true },
  did: { kind: 'register', type: 'string', max: 2000, required: true, stays: true, redactable: true },
  services: { kind: 'set', type: 'id' },
  status: { kind: 'steps', type: 'enum', values: ['draft', 'published', 'withdrawn'], deciding: true },
  published: { kind: 'register', type: 'time' },
  handling: { kind: 'register', type: 'enum', values: ['open', 'closed', 'sensitive'], starts: 'open', stays: true, deciding: true },
} as const satisfies Record<string, Field>

export const visit = {
  service: { kind: 'once', type: 'id', required: true },
  by: { kind: 'once', type: 'id', fill: 'member' },
  method: { kind: 'register', type: 'enum', values: ['conv', 'nxc', 'kw', 'door', 'front', 'box', 'meet', 'event', 'surv', 'grp', 'comm', 'hr', 'comp', 'advoc', 'dir'], required: true, stays: true },
  planned: { kind: 'register', type: 'time' },
  started: { kind: 'register', type: 'time' },
  ended: { kind: 'register', type: 'time' },
  purpose: { kind: 'register', type: 'enum', values: ['listen', 'check'], starts: 'listen', stays: true },
  matter: { kind: 'register', type: 'id' },
  spoken: { kind: 'register', type: 'integer', max: 10000, starts: 0, stays: true },
  declined: { kind: 'register', type: 'integer', max: 10000, starts: 0, stays: true },
  fare: { kind: 'register', type: 'integer', max: 1000000 },
  fare_paid: { kind: 'register', type: 'date' },
  note: { kind: 'register', type: 'string', max: 2000, redactable: true },
  status: { kind: 'steps', type: 'enum', values: ['planned', 'running', 'done', 'missed'] },
} as const satisfies Record<string, Field>

export const view = {
  visit: { kind: 'once', type: 'id' },
  service: { kind: 'register', type: 'id', required: true, stays: true },
  by: { kind: 'once', type: 'id', fill: 'member' },
  at: { kind: 'once', type: 'time', fill: 'time' },
  week: { kind: 'register', type: 'date' },
  method: { kind: 'once', type: 'enum', values: ['conv', 'nxc', 'kw', 'door', 'front', 'box', 'meet', 'event', 'surv', 'grp', 'comm', 'hr', 'comp', 'advoc', 'dir'], required: true },
  kind: { kind: 'register', type: 'enum', values: ['praise', 'concern', 'idea', 'gap', 'question'] },
  words: { kind: 'register', type: 'string', max: 8000, redactable: true },
  summary: { kind: 'register', type: 'string', max: 2000, redactable: true },
  themes: { kind: 'set', type: 'id' },
  feeling: { kind: 'register', type: 'integer', min: -2, max: 2 },
  times: { kind: 'register', type: 'integer', min: 1, max: 10000, starts: 1, stays: true },
  share: { kind: 'narrow', type: 'enum', values: ['words', 'summary', 'team'], required: true },
  speaker: { kind: 'register', type: 'enum', values: ['user', 'former_user', 'carer', 'staff', 'unsaid'], starts: 'unsaid', stays: true },
  consent: { kind: 'once', type: 'integer', min: 1 },
  asked: { kind: 'register', type: 'enum', values: ['yes', 'no'] },
  next: { kind: 'register', type: 'enum', values: ['none', 'hear', 'part'] },
  aware: { kind: 'register', type: 'enum', values: ['yes', 'no'] },
  handling: { kind: 'register', type: 'enum', values: ['open', 'closed', 'sensitive'], starts: 'open', stays: true, deciding: true },
  weight: { kind: 'register', type: 'integer', max: 5 },
  receipt: { kind: 'once', type: 'string', max: 2000 },
  review: { kind: 'steps', type: 'enum', values: ['new', 'accepted', 'set_aside'], deciding: true },
  released: { kind: 'register', type: 'date' },
  cleared: { kind: 'set', type: 'string', max: 2000 },
  same_as: { kind: 'register', type: 'id' },
  matters: { kind: 'set', type: 'id' },
} as const satisfies Record<string, Field>

export const escalation = {
  kind: { kind: 'register', type: 'enum', values: ['risk', 'young', 'alert', 'complaint', 'talk'], required: true, stays: true },
  service: { kind: 'once', type: 'id' },
  by: { kind: 'once', type: 'id', fill: 'member' },
  at: { kind: 'once', type: 'time', fill: 'time' },
  told: { kind: 'register', type: 'string', max: 2000, required: true, stays: true, redactable: true },
  acknowledged: { kind: 'register', type: 'object' },
  knew: { kind: 'register', type: 'enum', values: ['yes', 'no'] },
} as const satisfies Record<string, Field>

export const ask = {
  matter: { kind: 'once', type: 'id', required: true },
  service: { kind: 'once', type: 'id', required: true },
  question: { kind: 'register', type: 'string', max: 2000, required: true, stays: true, redactable: true },
  due: { kind: 'register', type: 'date' },
  status: { kind: 'steps', type: 'enum', values: ['asked', 'answered', 'withdrawn'] },
  reply: { kind: 'register', type: 'string', max: 2000, redactable: true },
  known: { kind: 'register', type: 'string', max: 2000, redactable: true },
  promise: { kind: 'register', type: 'object' },
  handling: { kind: 'register', type: 'enum', values: ['open', 'closed', 'sensitive'], starts: 'open', stays: true, deciding: true },
} as const satisfies Record<string, Field>

export const telling = {
  answer: { kind: 'once', type: 'id', required: true },
  service: { kind: 'once', type: 'id', required: true },
  by: { kind: 'once', type: 'id', fill: 'member' },
  at: { kind: 'once', type: 'time', fill: 'time' },
  way: { kind: 'register', type: 'enum', values: ['said', 'poster', 'receipt', 'group'], required: true, stays: true },
  verdict: { kind: 'register', type: 'enum', values: ['fair', 'unfair', 'not_true'] },
} as const satisfies Record<string, Field>

export const training = {
  member: { kind: 'once', type: 'id', required: true },
  module: { kind: 'register', type: 'string', max: 2000, required: true, stays: true, redactable: true },
  done: { kind: 'register', type: 'date', required: true, stays: true },
  expires: { kind: 'register', type: 'date' },
  note: { kind: 'register', type: 'string', max: 2000, redactable: true },
} as const satisfies Record<string, Field>

export const sheet = {
  year: { kind: 'once', type: 'integer', min: 1990, max: 2999, required: true },
  figures: { kind: 'register', type: 'object', required: true, stays: true },
} as const satisfies Record<string, Field>

export const paper = {
  made: { kind: 'once', type: 'time', fill: 'time' },
  from: { kind: 'register', type: 'date', required: true, stays: true },
  to: { kind: 'register', type: 'date', required: true, stays: true },
  content: { kind: 'register', type: 'object', max: 196608, required: true, stays: true },
} as const satisfies Record<string, Field>

/** Every kind of record. Whoever needs one alone imports that one. */
export const collections = { dat, service, theme, member, matter, answer, visit, view, escalation, ask, telling, training, sheet, paper } as const

/** What is wrong with a change before it gets a number; the codes are the server's own. */
export interface Unfit {
  code: 'unknown_collection' | 'unknown_field' | 'wrong_kind' | 'wrong_type' | 'too_long' | 'too_many' | 'missing_field'
  field?: string
}

const verbs: Record<Kind, string> = { register: 'set settle redact', narrow: 'set', set: 'add remove', log: 'add', once: 'set', steps: 'set settle' }

const isText = (it: unknown): it is string => typeof it === 'string'

/** Characters as people count them, after the trimming and joining (NFC) that the server does too. */
export const lengthOf = (text: string): number => [...text.trim().normalize('NFC')].length

const forms: Partial<Record<Type, RegExp>> = {
  id: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
}

function unfitValue(spec: Field, value: unknown): Unfit['code'] | null {
  const { type } = spec
  if (type === 'boolean') return typeof value === 'boolean' ? null : 'wrong_type'
  if (type === 'object') return typeof value === 'object' && value !== null ? null : 'wrong_type'
  if (type === 'integer')
    return Number.isSafeInteger(value) && Number(value) >= (spec.min ?? 0) && Number(value) <= (spec.max ?? Infinity) ? null : 'wrong_type'
  if (!isText(value)) return 'wrong_type'
  if (type === 'enum') return spec.values?.includes(value) ? null : 'wrong_type'
  const form = forms[type]
  if (form) return form.test(value) && (type === 'id' || !Number.isNaN(Date.parse(value))) ? null : 'wrong_type'
  return lengthOf(value) > (spec.max ?? Infinity) ? 'too_long' : null
}

function unfitEntry(spec: Field, entry: unknown): Unfit['code'] | null {
  if (typeof entry !== 'object' || entry === null) return 'wrong_type'
  for (const [key, value] of Object.entries(entry)) {
    if (key === 'text' ? !isText(value) : !(key === 'id' || spec.entry?.includes(key)) || unfitValue({ kind: 'once', type: 'id' }, value)) return 'wrong_type'
    if (key === 'text' && lengthOf(String(value)) > (spec.max ?? Infinity)) return 'too_long'
  }
  return 'id' in entry && 'text' in entry ? null : 'wrong_type'
}

/** A change as a screen makes it. */
export interface Changes {
  c: string
  set?: { readonly [field: string]: unknown }
  add?: { readonly [field: string]: readonly unknown[] }
  remove?: { readonly [field: string]: readonly unknown[] }
  settle?: { readonly [field: string]: unknown }
  redact?: { readonly [field: string]: unknown }
}

/**
 * Whether the server can take a change as far as its form goes, so that nothing unfit gets a number. Who may make it,
 * and rules between fields, are judged by the server.
 */
export function unfit(change: Changes, making: boolean): Unfit | null {
  const specs = (collections as Collections)[change.c]
  if (!specs) return { code: 'unknown_collection' }
  for (const verb of ['set', 'add', 'remove', 'settle', 'redact'] as const) {
    for (const [field, value] of Object.entries(change[verb] ?? {})) {
      const spec = Object.hasOwn(specs, field) ? specs[field] : undefined
      const code = !spec ? 'unknown_field' : unfitVerb(spec, verb, value)
      if (code) return { code, field }
    }
  }
  if (making)
    for (const [field, spec] of Object.entries(specs)) if (spec.required && change.set?.[field] == null) return { code: 'missing_field', field }
  return null
}

function unfitVerb(spec: Field, verb: 'set' | 'add' | 'remove' | 'settle' | 'redact', value: unknown): Unfit['code'] | null {
  if (!verbs[spec.kind].includes(verb) || (verb === 'redact' && !spec.redactable)) return 'wrong_kind'
  if (verb === 'add' || verb === 'remove') {
    const values = value as readonly unknown[]
    if (values.length > (spec.kind === 'log' ? 1000 : 200)) return 'too_many'
    for (const it of values) {
      const code = spec.kind === 'log' ? unfitEntry(spec, it) : unfitValue(spec, it)
      if (code) return code
    }
    return null
  }
  if (value === null) return spec.kind === 'register' && !spec.stays ? null : 'wrong_type'
  return unfitValue(spec, value)
}
