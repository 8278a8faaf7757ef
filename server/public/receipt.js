// The QR on a card is /r#CODE: the code stands in the fragment, which is sent to
// nobody, and is taken out of the address before anything is asked.
'use strict'
const code = decodeURIComponent(location.hash.slice(1))
if (code) {
  history.replaceState(null, '', location.pathname)
  document.getElementById('code').value = code
  document.getElementById('look').focus()
}
