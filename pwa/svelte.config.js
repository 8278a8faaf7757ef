import { vitePreprocess } from '@sveltejs/vite-plugin-svelte'

/** Which styles a short scope stands for: two that differ must not share one. */
const scopes = new Map()

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // As short as can be: the name of a scope stands at every element and in every rule.
    cssHash({ hash, css }) {
      const scope = `s${hash(css).slice(0, 4)}`
      if ((scopes.get(scope) ?? css) !== css) throw new Error(`two components have the scope ${scope}: lengthen it in svelte.config.js`)
      scopes.set(scope, css)
      return scope
    },
  },
}
