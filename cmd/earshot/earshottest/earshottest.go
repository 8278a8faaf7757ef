// Package earshottest builds the command for tests that drive it from outside.
package earshottest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Main builds the command, says in binary where it lies, runs the tests of a
// package and gives the code to exit with. It is all that a TestMain does.
func Main(m *testing.M, binary *string) int {
	dir, err := os.MkdirTemp("", "earshot")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system clears what is left
	*binary = filepath.Join(dir, "earshot")
	if out, err := exec.Command("go", "build", "-o", *binary, "earshot/cmd/earshot").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the command: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
