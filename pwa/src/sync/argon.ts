/** Argon2id alone, as a chunk of its own: a page that asks for no PIN does without. */
export { argon2id } from 'hash-wasm'
