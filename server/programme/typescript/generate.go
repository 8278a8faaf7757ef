package main

import (
	_ "embed"
	"fmt"
	"strings"

	"earshot/server/programme"
	"earshot/sync/record"
)

//go:embed checks.ts.txt
var checks string

const head = `// Made from the server's declarations by server/programme/typescript. Do not edit it: make generate does.

/** What ops name as their "schema". */
export const schema = %d

export type Kind = 'register' | 'narrow' | 'set' | 'log' | 'once' | 'steps'
export type Type = 'string' | 'integer' | 'boolean' | 'date' | 'time' | 'enum' | 'id' | 'object'

/** One field of a collection, as far as a device needs to know it. */
export interface Field {
  kind: Kind
  type: Type
  /** Of an enum; for narrow from the widest to the narrowest; for steps in their usual order. */
  values?: readonly string[]
  min?: number
  /** Code points of a text, the greatest whole number. */
  max?: number
  /** The op that makes a record must name it. */
  required?: boolean
  /** It always has a value: null does not clear it. */
  stays?: boolean
  redactable?: boolean
  /** Who it decides the sight of: a change of it may narrow that. */
  deciding?: boolean
  /** Further keys of a log's entries. */
  entry?: readonly string[]
}

export type Collections = Readonly<Record<string, Readonly<Record<string, Field>> | undefined>>

/** Whom to call; way is an escalation's kind. */
export interface Line {
  way: string
  service?: string
  who: string
  number: string
  days?: (string | number)[] | string
  from?: string
  to?: string
  say: string
}

/** An entry of a log; by and at are the server's. */
export interface Entry {
  id: string
  text: string
  by?: string
  at?: string
}
`

// objects are the types of fields that hold an object.
var objects = map[string]string{
	"dat.lines":               "Line[]",
	"dat.script":              "{ version: number; text: string }",
	"dat.targets":             "{ visits?: number; hours?: number; spoken?: number; views?: number }",
	"dat.paths":               "{ [method: string]: { owner?: string; days?: number } }",
	"dat.signed":              "{ [paper: string]: { who: string; post: string; date: string } }",
	"escalation.acknowledged": "{ by: string; at: string }",
	"matter.decided_by":       "{ body: string; on: string }",
	"ask.promise":             "{ what: string; by?: string; who?: string }",
	"sheet.figures":           "{ [name: string]: unknown }",
	"paper.content":           "{ [name: string]: unknown }",
}

// Generate gives the text of pwa/src/schema/schema.ts.
func Generate() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, head, programme.Version)
	var names []string
	for _, c := range programme.Schema().Collections {
		writeType(&b, c)
		writeFields(&b, c)
		names = append(names, c.Name)
	}
	b.WriteString("\n/** Every kind of record. Whoever needs one alone imports that one. */\n")
	fmt.Fprintf(&b, "export const collections = { %s } as const\n", strings.Join(names, ", "))
	b.WriteString(checks)
	return []byte(b.String())
}

// writeType writes the record as its readers find it: any field may be kept back.
func writeType(b *strings.Builder, c *record.Collection) {
	fmt.Fprintf(b, "\nexport interface %s {\n", strings.ToUpper(c.Name[:1])+c.Name[1:])
	for i := range c.Fields {
		if f := &c.Fields[i]; !f.Private {
			fmt.Fprintf(b, "  %s?: %s\n", f.Name, typeOf(c, f))
		}
	}
	b.WriteString("}\n")
}

func typeOf(c *record.Collection, f *record.Field) string {
	one := "string"
	switch f.Type {
	case record.Integer:
		one = "number"
	case record.Boolean:
		one = "boolean"
	case record.Enum:
		one = quoted(f.Values, " | ")
	case record.Object:
		one = objects[c.Name+"."+f.Name]
		if one == "" {
			panic("typescript: no type is given for the object " + c.Name + "." + f.Name)
		}
	}
	switch f.Kind {
	case record.Set:
		return one + "[]"
	case record.Log:
		var keys []string
		for _, k := range f.Entry {
			keys = append(keys, k.Name+"?: string")
		}
		if keys == nil {
			return "Entry[]"
		}
		return "(Entry & { " + strings.Join(keys, "; ") + " })[]"
	}
	return one
}

func writeFields(b *strings.Builder, c *record.Collection) {
	fmt.Fprintf(b, "export const %s = {\n", c.Name)
	for i := range c.Fields {
		f := &c.Fields[i]
		says := []string{"kind: '" + f.Kind.String() + "'", "type: '" + f.Type.String() + "'"}
		if f.Values != nil {
			says = append(says, "values: ["+quoted(f.Values, ", ")+"]")
		}
		if f.Min != 0 {
			says = append(says, fmt.Sprintf("min: %d", f.Min))
		}
		if most := programme.MaxOf(f); most != 0 {
			says = append(says, fmt.Sprintf("max: %d", most))
		}
		if programme.MustName(f) {
			says = append(says, "required: true")
		}
		if f.Kind == record.Register && (f.Required || f.Default != "") {
			says = append(says, "stays: true")
		}
		if f.Redactable {
			says = append(says, "redactable: true")
		}
		if f.Deciding {
			says = append(says, "deciding: true")
		}
		var keys []string
		for _, k := range f.Entry {
			keys = append(keys, k.Name)
		}
		if keys != nil {
			says = append(says, "entry: ["+quoted(keys, ", ")+"]")
		}
		fmt.Fprintf(b, "  %s: { %s },\n", f.Name, strings.Join(says, ", "))
	}
	b.WriteString("} as const satisfies Record<string, Field>\n")
}

func quoted(values []string, between string) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString("'" + v + "'")
	}
	return b.String()
}
