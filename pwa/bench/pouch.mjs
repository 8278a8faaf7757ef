/**
 * The peer: PouchDB, which takes the same records into the same browser by replication. What it replicates from
 * answers out of memory, faster than any database would, so that its time is its own.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { build } from 'vite'

async function bundle() {
  const input = 'virtual:pouch'
  const entry = { name: 'entry', resolveId: (id) => (id === input ? id : null), load: (id) => (id === input ? "import PouchDB from 'pouchdb-browser'; globalThis.PouchDB = PouchDB" : null) }
  const options = { write: false, minify: true, modulePreload: false, rollupOptions: { input, output: { format: 'iife' } } }
  const { output } = await build({ root: import.meta.dirname, configFile: false, logLevel: 'error', plugins: [entry], define: { global: 'globalThis' }, build: options })
  return output[0].code
}

const REVISION = '1-00000000000000000000000000000001'

/** As much of CouchDB as replication asks for: `/` is the page, `/views` the database. Gives its address, and how to end it. */
export async function couch(records) {
  const script = await bundle()
  const ids = records.map(({ c, r }) => `${c}/${r}`)
  const docs = new Map(records.map(({ v, a, f, k, c, r }) => [`${c}/${r}`, JSON.stringify({ _id: `${c}/${r}`, _rev: REVISION, _revisions: { start: 1, ids: [REVISION.slice(2)] }, v, a, f, k })]))
  const changes = ids.map((id, at) => JSON.stringify({ seq: at + 1, id, changes: [{ rev: REVISION }] }))
  const local = new Map()

  async function answer(request) {
    const url = new URL(request.url, 'http://couch')
    const pieces = []
    for await (const piece of request) pieces.push(piece)
    const body = Buffer.concat(pieces).toString()
    if (url.pathname === '/') return { type: 'text/html', text: '<!doctype html><title>PouchDB</title><script src="/pouch.js"></script>' }
    if (url.pathname === '/pouch.js') return { type: 'text/javascript', text: script }
    if (url.pathname === '/views/') return { text: JSON.stringify({ db_name: 'views', update_seq: ids.length, doc_count: ids.length, instance_start_time: '0' }) }
    if (url.pathname.startsWith('/views/_local/')) {
      if (request.method === 'PUT') local.set(url.pathname, body)
      const held = local.get(url.pathname)
      return held ? { text: request.method === 'PUT' ? '{"ok":true}' : held } : { status: 404, text: '{"error":"not_found"}' }
    }
    if (url.pathname === '/views/_changes') {
      const since = Number(url.searchParams.get('since') ?? 0)
      const some = changes.slice(since, since + Number(url.searchParams.get('limit') ?? 25))
      const last = since + some.length
      return { text: `{"results":[${some.join(',')}],"last_seq":${last},"pending":${ids.length - last}}` }
    }
    if (url.pathname === '/views/_bulk_get') {
      const asked = JSON.parse(body).docs.map(({ id }) => `{"id":${JSON.stringify(id)},"docs":[{"ok":${docs.get(id)}}]}`)
      return { text: `{"results":[${asked.join(',')}]}` }
    }
    return { status: 404, text: '{"error":"not_found"}' }
  }

  const server = createServer((request, response) => {
    answer(request).then(({ status = 200, type = 'application/json', text }) => response.writeHead(status, { 'content-type': type }).end(text), (cause) => response.destroy(cause))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { address: `http://127.0.0.1:${server.address().port}`, end: () => server.close() }
}

/** Replicates everything in this page; gives how long that took, in milliseconds, and how many there are then. */
export const replicate = (page) =>
  page.evaluate(async () => {
    const local = new globalThis.PouchDB('views')
    const begun = performance.now()
    await local.replicate.from(`${location.origin}/views`, { batch_size: 1000 })
    const took = performance.now() - begun
    return { took, docs: (await local.info()).doc_count }
  })
