/** Words that more than one screen says. The words of one screen alone stand in its own folder. */
export const words = {
  app: 'Earshot',
  term: 'Drug Action Team',
  server: 'Earshot',
  someone: 'Someone',
  unknownService: 'A service',

  today: 'Today',
  handedIn: 'Handed in',
  answers: 'Answers',
  mainMenu: 'Main',
  write: 'Write down a view',
  risk: 'At risk?',
  back: 'Back',
  close: 'Close',
  skip: 'Skip to the page',

  youSaid: 'You said',
  weDid: 'We did',

  loading: 'Opening what is kept here',
  stuck: 'Earshot cannot open its store here',
  stuckMeans: 'The browser does not let it keep anything now. Close other tabs, leave private browsing, and try again. What was kept before is not touched.',
  notFetched: 'This part is not on this device yet. It takes one moment of signal.',
  tryAgain: 'Try again',
  firstRead: 'Fetching what you need. It takes one moment of signal.',

  kinds: { praise: 'Praise', concern: 'Concern', idea: 'Idea', gap: 'Gap', question: 'Question' } as Record<string, string>,
  view: 'View',
  escalations: {
    risk: 'Someone may be in danger',
    young: 'Someone under 18',
    alert: 'Drug alert',
    complaint: 'Formal complaint',
    talk: 'Would like a call',
  } as Record<string, string>,
  methods: {
    conv: 'in conversation',
    nxc: 'at the needle exchange',
    kw: 'passed on by a key worker',
    door: 'open door',
    front: 'at the front line',
    box: 'from the suggestion box',
    meet: 'at a meeting',
    event: 'at an open event',
    surv: 'in a survey',
    grp: 'in a user group',
    comm: 'at a committee',
    hr: 'on a recruitment panel',
    comp: 'beside a formal complaint',
    advoc: 'through an advocate',
    dir: 'from the person directly',
  } as Record<string, string>,

  fates: {
    here: 'On this phone',
    going: 'On its way',
    team: 'With the team',
    safe: 'Safe',
    look: 'Needs a look',
  },

  line: {
    together: 'In touch',
    'handing-in': 'Handing in',
    'no-signal': 'No signal',
    elsewhere: 'Open in another tab',
    'not-known': 'New code needed',
    ended: 'Switched off',
  },
  lineSays: {
    together: 'In touch with the team.',
    'handing-in': (n: number): string => `Handing in ${n}.`,
    'no-signal': (n: number): string => (n === 0 ? 'No signal. Everything here works without it.' : `No signal. ${n} safe on this phone, they go by themselves.`),
    elsewhere: 'Earshot is open in another tab or window; that one has the line.',
    'not-known': 'A new code is needed. Nothing is lost.',
    ended: 'This phone was switched off.',
  },

  takeBack: 'Take it back',
  takeBackSure: 'Take it back for good?',
  takeBackMeans: 'It is erased here and everywhere. This cannot be undone.',
  takeBackYes: 'Yes, take it back',
  takeBackNo: 'Keep it',
  takenBack: 'It is taken back. Nothing of it is kept.',

  notSaved: {
    storage_full: 'This phone is full, so it could not be kept. Leave this page open, free some space, and press again.',
    storage_gone: 'The browser closed its store. Leave this page open and press again in a moment.',
    storage_cleared: 'The browser has cleared what was kept here. Copy these words down, then start Earshot again.',
    otherwise: 'It could not be kept yet. Leave this page open and press again.',
  },

  marks: {
    phone: 'That looks like a phone number.',
    email: 'That looks like an email address.',
    postcode: 'That looks like a postcode.',
    nhs: 'That looks like an NHS number.',
    ni: 'That looks like a National Insurance number.',
    birth: 'That looks like a date of birth.',
    address: 'That looks like an address.',
    name: 'That looks like somebody’s name.',
  },
  inItsPlace: {
    phone: 'phone number',
    email: 'email',
    postcode: 'postcode',
    nhs: 'NHS number',
    ni: 'NI number',
    birth: 'date of birth',
    address: 'address',
    name: 'name',
  },
  replaceBy: (what: string): string => `Make it [${what}]`,
} as const

/** The words for a save that did not reach the phone's own store. */
export function whyNotSaved(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return code in words.notSaved ? words.notSaved[code as keyof typeof words.notSaved] : words.notSaved.otherwise
}
