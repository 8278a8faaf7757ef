// Package web serves the built app out of the binary, compressed as the browser
// takes it, and says with each answer of the server what a browser may do with it.
// Nothing is ever loaded from another host.
package web
