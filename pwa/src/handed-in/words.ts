export const words = {
  lead: 'What was said is never kept here, only that you brought it, and what came of it.',
  none: 'Nothing handed in yet',
  noneMeans: 'Each view that you write down shows here, from this phone to the answer.',
  look: (n: number): string => (n === 1 ? '1 needs a look' : `${n} need a look`),
  open: 'Open',
  shut: 'Close',
  became: {
    accepted: 'gone through by the team',
    matter: 'now in a matter, looked into',
    answered: 'answered',
    set_aside: 'read, and set aside by the team',
  },
  acknowledged: 'in hand',
  takeItBack: 'take it back',
  pointer: 'Nothing of what was said is kept, only that you told someone. The team follows it up.',
  held: (left: string): string => `Goes in ${left}`,
  more: 'Show older ones',

  /** What a thing that needs a look means, in the server's stable codes. Nothing in this list is lost. */
  problems: {
    early: 'It came before something that it belongs to. The team has it, and it finds its place by itself. You need do nothing.',
    gone: 'It had been taken back already. Nothing of it is kept.',
    copied: 'This phone’s store was copied or set back once. The team has it and looks at it.',
    not_permitted: 'The team has it, but you may not hand in this kind. They decide what becomes of it.',
    unreadable: 'The team could not open it. They have it whole; tell your coordinator, or take it back.',
    too_large: 'It was too long to be sent. Take it back and write it as two.',
    not_sent: 'It could not be sent as it is. Tell your coordinator; it is still on this phone.',
    otherwise: 'The team could not read this one. They have it whole, and can mend it; you may take it back.',
  } as Record<string, string>,
  cause: 'What they call it',
}
