/** A client of the protocol that only reads, over HTTP: what a desk is sent, for a peer to be given the same. */
import { createHash, randomUUID, webcrypto } from 'node:crypto'

const EC = { name: 'ECDSA', namedCurve: 'P-256' }
const part = (it) => Buffer.from(JSON.stringify(it)).toString('base64url')

async function post(origin, path, body, bearer) {
  const headers = { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) }
  const answer = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/** Joins with a code, and gives every record that this member may read. */
export async function readAll(origin, code) {
  const keys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const { crv, kty, x, y } = await webcrypto.subtle.exportKey('jwk', keys.publicKey)
  const device = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  const { epoch } = await post(origin, '/v1/enrol', { code, key: { crv, kty, x, y }, name: 'Bench' })
  const iat = Math.floor(Date.now() / 1000)
  const signed = `${part({ alg: 'ES256', typ: 'JWT' })}.${part({ iss: device, sub: device, aud: 'earshot', iat, exp: iat + 240, jti: randomUUID() })}`
  const signature = await webcrypto.subtle.sign({ ...EC, hash: 'SHA-256' }, keys.privateKey, Buffer.from(signed))
  const { access } = await post(origin, '/v1/token', { assertion: `${signed}.${Buffer.from(signature).toString('base64url')}` })
  const records = new Map()
  for (let cursor = null, more = true; more; ) {
    const holds = { ops: 0, oldest: null, persisted: false, trouble: null }
    const hello = { app: 'bench', schema: 1, epoch: cursor && epoch, cursor, now: new Date().toISOString(), holds }
    const { changes } = await post(origin, '/v1/sync', { hello }, access)
    for (const it of changes.records) records.set(`${it.c}/${it.r}`, it)
    ;({ cursor, more } = changes)
  }
  return [...records.values()]
}
