/**
 * Counts what really runs while a test's own clock stands: WebCrypto, the database, messages on their way. The clock
 * moves on only when there is none, so that on a busy machine no time runs out that on an idle one would not.
 */
let running = 0

const ended = (): void => void running--

/** Runs something in the next turn, counted until it has run. */
export function soon(run: () => unknown): void {
  running++
  setTimeout(() => {
    try {
      run()
    } finally {
      ended()
    }
  }, 0)
}

/** Counts a promise until it is settled. */
export function counted<T>(work: Promise<T>): Promise<T> {
  running++
  work.then(ended, ended)
  return work
}

/** Resolves when nothing has run for some turns of the event loop. */
export async function settled(): Promise<void> {
  for (let still = 0; still < 4; ) {
    await new Promise((resolve) => setImmediate(resolve))
    still = running > 0 ? 0 : still + 1
  }
}

const subtle = crypto.subtle as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
for (const name of ['encrypt', 'decrypt', 'sign', 'verify', 'digest', 'generateKey', 'importKey', 'exportKey', 'deriveBits', 'deriveKey']) {
  const real = subtle[name]
  if (real) Object.defineProperty(subtle, name, { configurable: true, value: (...args: unknown[]) => counted(real.apply(subtle, args)) })
}

const begin = IDBDatabase.prototype.transaction
IDBDatabase.prototype.transaction = function (...args: Parameters<typeof begin>): IDBTransaction {
  const tx = begin.apply(this, args)
  running++
  tx.addEventListener('complete', ended)
  tx.addEventListener('abort', ended)
  return tx
}
