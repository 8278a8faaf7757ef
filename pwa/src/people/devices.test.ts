import { describe, expect, it } from 'vitest'
import { inOrder, isStuck, mayInvite, openInvitation, readDevices, readInvitations } from './devices'

const now = new Date('2026-11-26T09:00:00Z')
const device = (id: string, rest: object): { [key: string]: never } => ({ id, member: 'ash', name: id, last_seen: null, holds: null, revoked: false, ...rest }) as never

describe('phones as the server knows them', () => {
  it('reads one that has never been in touch', () => {
    expect(readDevices({ devices: [device('new', {})] })).toEqual([
      { id: 'new', member: 'ash', name: 'new', seen: null, holds: 0, since: null, persisted: null, trouble: '', off: false },
    ])
  })

  it('tells one that is stuck from one that was without signal this morning', () => {
    const [stuck, morning, off] = readDevices({
      devices: [
        device('stuck', { last_seen: '2026-11-20T09:00:00Z', holds: { ops: 3, oldest: '2026-11-19T10:00:00Z', persisted: false, trouble: 'storage_full' } }),
        device('morning', { last_seen: '2026-11-26T08:50:00Z', holds: { ops: 1, oldest: '2026-11-26T08:00:00Z', persisted: true, trouble: null } }),
        device('off', { revoked: true, last_seen: '2026-11-26T08:59:00Z', holds: { ops: 9, oldest: '2026-01-01T00:00:00Z' } }),
      ],
    })
    if (!stuck || !morning || !off) throw new Error('not read')
    expect([stuck, morning, off].map((it) => isStuck(it, now))).toEqual([true, false, false])
    expect(stuck.trouble).toBe('storage_full')
    expect(inOrder([off, morning, stuck], now).map((it) => it.id)).toEqual(['stuck', 'morning', 'off'])
  })

  it('finds the invitation that is still open, not one that was used', () => {
    const invitations = readInvitations({
      invitations: [
        { member: 'ash', made: '2026-11-01T00:00:00Z', expires: '2026-11-08T00:00:00Z', used: '2026-11-02T00:00:00Z' },
        { member: 'bo', made: '2026-11-01T00:00:00Z', expires: '2026-11-08T00:00:00Z' },
        { member: 'bo', made: '2026-11-25T00:00:00Z', expires: '2026-12-02T00:00:00Z' },
      ],
    })
    expect(openInvitation(invitations, 'ash')).toBeUndefined()
    expect(openInvitation(invitations, 'bo')?.expires?.toISOString()).toBe('2026-12-02T00:00:00.000Z')
  })

  it('offers each role whom it may invite', () => {
    expect(mayInvite('coordinator')).not.toContain('coordinator')
    expect(mayInvite('admin')).toContain('admin')
    expect(mayInvite('lead')).toEqual([])
  })
})
