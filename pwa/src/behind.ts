/** What a first view does without. It comes as one file right behind the page (App.svelte), so that all of it is here
 * before anybody needs it where there is no signal. */
export { default as Answers } from './answers/Answers.svelte'
export { default as Risk } from './capture/Risk.svelte'
export { default as Sealed } from './capture/Sealed.svelte'
export { default as Ended } from './enrol/Ended.svelte'
export { default as HandedIn } from './handed-in/HandedIn.svelte'
export { default as Start } from './home/Start.svelte'
export { identifyingDetails, replaced } from './details/identifying'
