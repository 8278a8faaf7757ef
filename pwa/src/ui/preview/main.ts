/** Puts one scene on: `preview.html?scene=home-running`. Served by `npm run dev`, never built. */
import '../tokens.css'
import '../base.css'
import { mount } from 'svelte'
import App from '../../App.svelte'
import { FakeEarshot } from './fake'
import { plays, sceneOf } from './scenes'

const target = document.getElementById('app')
const name = new URLSearchParams(location.search).get('scene') ?? 'home-running'
const play = plays[name]
if (target && play) {
  const scene = sceneOf(play)
  location.hash = `#/${play.at ?? ''}`
  mount(App, { target, props: { earshot: new FakeEarshot(scene), now: () => scene.now, code: scene.me === null && name !== 'enrol-owed' ? 'K7QF3-MXP2D' : '' } })
} else if (target) {
  const list = document.createElement('ul')
  for (const it of Object.keys(plays)) {
    const link = document.createElement('a')
    link.href = `?scene=${it}`
    link.textContent = it
    const line = document.createElement('li')
    line.append(link)
    list.append(line)
  }
  target.append(list)
}
