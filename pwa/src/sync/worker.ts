/** What the service worker takes in so that it can hand in by itself: a script of its own, since few browsers wake it. */
import { handInAlone } from './alone'
import { workerWorld } from './world'

Object.assign(self, { handInAlone: () => handInAlone(workerWorld()) })
