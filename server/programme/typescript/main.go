// Command typescript writes what the phone's app knows of the programme: the
// declaration of each field, and a small check of a change's form. From the root of the repository:
//
//	go run ./server/programme/typescript > pwa/src/schema/schema.ts
//
// A test compares the two, so the file is never edited and never stale.
package main

import "os"

func main() {
	if _, err := os.Stdout.Write(Generate()); err != nil {
		os.Exit(1)
	}
}
