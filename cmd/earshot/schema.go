package main

import (
	"bytes"

	"earshot/server/programme"
)

type schemaCommand struct{}

func (schemaCommand) Help() string {
	return "Example:\n\n  earshot schema | jq .collections.view.fields"
}

// Run prints the same with --json and without: it is for programs.
func (schemaCommand) Run(out *printer) error {
	_, err := out.out.Write(append(bytes.TrimSpace(programme.JSON()), '\n'))
	return err
}
