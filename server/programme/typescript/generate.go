package main

import (
	_ "embed"
	"fmt"
	"slices"
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
  /** What it is in a new record that does not name it; else a set or a log is empty, and steps are at their first value. */
  starts?: string | number | boolean
  /** What the server fills in where the op that makes a record does not name it. */
  fill?: 'time' | 'member'
  /** It always has a value: null does not clear it. */
  stays?: boolean
  redactable?: boolean
  /** Who it decides the sight of: a change of it may narrow that. */
  deciding?: boolean
  /** Further keys of a log's entries. */
  entry?: readonly string[]
}

export type Collections = Readonly<Record<string, Readonly<Record<string, Field>> | undefined>>
`

// Generate gives the text of pwa/src/schema/schema.ts.
func Generate() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, head, programme.Version)
	var names []string
	for _, c := range programme.Schema().Collections {
		writeFields(&b, c)
		names = append(names, c.Name)
	}
	b.WriteString("\n/** Every kind of record. Whoever needs one alone imports that one. */\n")
	fmt.Fprintf(&b, "export const collections = { %s } as const\n", strings.Join(names, ", "))
	b.WriteString(checks)
	return []byte(b.String())
}

// writeFields writes what a device knows of a kind of record.
func writeFields(b *strings.Builder, c *record.Collection) {
	// What the server alone makes starts on no device, and its defaults are long.
	byServer := slices.Equal(c.MadeBy, []string{record.Server})
	fmt.Fprintf(b, "\nexport const %s = {\n", c.Name)
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
		if f.Default != "" && f.Kind != record.Steps && !byServer {
			says = append(says, "starts: "+literal(f.Default))
		}
		if f.Fill != "" {
			says = append(says, "fill: '"+f.Fill+"'")
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

// literal gives a text, a number or a truth as TypeScript writes it.
func literal(v record.Value) string {
	if text := v.Text(); text != "" {
		return "'" + text + "'"
	}
	return string(v)
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
