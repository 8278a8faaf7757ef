/** What has to be so before an op goes, whoever sends it: the tab that has the line, or the service worker alone. */
import type { Row, Store } from './store'
import type { Welcome } from './wire'

/** A row without its body; `empty` where it has none. */
type Bare = Pick<Row, 'n' | 'sent' | 'aside' | 'hash'> & { empty: boolean }

/** Whether the server holds, under a device's numbers, something that this device never put there. */
export function isCopied(rows: Bare[], next: number, { acked, tip }: Pick<Welcome, 'acked' | 'tip'>): boolean {
  if (next - 1 < acked) return true
  if (rows.some((row) => row.n <= acked && !row.sent && !row.empty && !row.aside)) return true
  const last = rows.find((row) => row.n === acked)
  return Boolean(tip && last?.sent && last.hash && last.hash !== tip)
}

/**
 * Before the first byte leaves it stands on disk that it left: only so can taking back know. Gives the rows as they
 * stand then; null where one of them was taken back meanwhile, and nothing is marked.
 */
export async function markSent(store: Store, life: number, numbers: number[]): Promise<Row[] | null> {
  return store.write(['outbox'], 'strict', async (tx) => {
    const all = await Promise.all(numbers.map((n) => tx.get('outbox', [life, n])))
    if (!all.every((row) => row?.body)) return null
    const marked = all.filter((row) => row !== undefined).map((row) => ({ ...row, sent: true, held: 0, latest: 0 }))
    for (const row of marked) await tx.put('outbox', row)
    return marked
  })
}
