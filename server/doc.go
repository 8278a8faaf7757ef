// Package server is Earshot's server put together: which routes there are, who
// answers them, in what order things start and stop. What they do is in the
// packages below it.
package server
