// Package suggest works out what a view may be about, which matter it may belong
// to and which earlier view it may repeat, from what one DAT's desk has decided
// itself. It decides nothing: it ranks, and says which of the view's own words it
// goes by.
//
// Themes come from one linear model for all of them, one against the rest, over
// words, pairs of words and groups of letters; each part of a theme's hint counts
// like one decision, so that a desk without history has suggestions, and one with
// history forgets them. Repeats are found by rare words and judged by how much of
// the shorter text stands in the longer one. Matters are found by the views that
// were linked to them.
//
// Everything here is a pure function over values: no records, no I/O, no clock,
// no dice. The same views give the same suggestions, in whichever order they come.
//
// What is learnt holds no words, only their hashes and weights. That is no
// protection by itself (a hash of a word can be guessed): whoever erases a view
// learns anew, and nothing of this is written to disk.
package suggest
