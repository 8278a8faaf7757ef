// Package public is what anybody may see, without an account and without a
// name: a DAT's page "You said, we did" (/s/SLUG), and what became of a view by
// the code on its card (/r, and for members the JSON twin /v1/receipt).
//
// The pages work without JavaScript and print well. They never show what
// somebody said in their own words, a count of 1 to 4 people, or how often
// something was looked at. The page for codes does not say what kind of service
// it belongs to: somebody else may be looking at the same screen.
package public
