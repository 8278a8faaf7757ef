package programme

import (
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"strings"
	"sync"

	"earshot/sync/record"
)

// What a new DAT starts with. Numbers that are the same everywhere in England
// stand here; the others are left open, and say who must set them.

//go:embed themes_default.csv
var themesCSV string

//go:embed hints_default.csv
var hintsCSV string

//go:embed script_default.txt
var scriptText string

// A Theme is one of the themes that a new DAT starts with.
type Theme struct {
	Code, Name, Parent string // Parent is a code; "" for the twelve
	Short, Sign        string // of the twelve: a tile's word and Lucide icon
	Definition         string
	// Label is the subcategory of the NHS Patient Experience framework that means
	// the same, or "". Several themes may carry one.
	Label string
}

// tiles are the twelve as a phone shows them.
var tiles = map[string]struct{ short, sign, definition string }{
	"T01": {"Staff", "heart-handshake", "How staff spoke to me, treated me, and knew their job"},
	"T02": {"Getting help", "hourglass", "Getting in touch, waiting, appointments, being turned away"},
	"T03": {"Where, when", "map-pin", "Place, opening times, the van, getting there"},
	"T04": {"Equipment", "syringe", "Needles, other equipment, bins, naloxone, safer use"},
	"T05": {"Script", "pill", "Dose, collection, the chemist, detox, pain"},
	"T06": {"Groups", "messages-square", "Groups, talking, things to do, peers"},
	"T07": {"Having a say", "megaphone", "Being told, being listened to, hearing what came of it"},
	"T08": {"Moving on", "route", "Services working together, housing, money, work, leaving"},
	"T09": {"The place", "house", "The building, food, feeling safe, not being overheard"},
	"T10": {"Missing", "puzzle", "What is not there, or not for people like me"},
	"T11": {"Rules", "scale", "Rules, bans, fairness, the police"},
	"T12": {"In general", "circle-ellipsis", "All good, all bad, or hard to place"},
}

var defaultThemes = sync.OnceValue(func() []Theme {
	rows, err := csv.NewReader(strings.NewReader(themesCSV)).ReadAll()
	if err != nil {
		panic("programme: the embedded themes can't be read: " + err.Error())
	}
	var parents, all []Theme
	for _, row := range rows[1:] {
		code, name := row[0], row[1]
		if len(parents) == 0 || parents[len(parents)-1].Code != code {
			tile := tiles[code]
			parents = append(parents, Theme{Code: code, Name: name, Short: tile.short, Sign: tile.sign, Definition: tile.definition})
		}
		all = append(all, Theme{Code: row[2], Name: row[3], Parent: code, Definition: row[4], Label: row[6]})
	}
	return append(parents, all...)
})

// DefaultThemes gives the twelve themes, then those below them, in the order of
// their codes.
func DefaultThemes() []Theme { return append([]Theme(nil), defaultThemes()...) }

// ThemeHints gives, by the code of a default theme, words that people use when they
// speak of it. Suggestions start from them; they are shown to nobody and leave the
// server with no record, so a theme's own hint goes before.
var ThemeHints = sync.OnceValue(func() map[string]string {
	rows, err := csv.NewReader(strings.NewReader(hintsCSV)).ReadAll()
	if err != nil {
		panic("programme: the embedded hints can't be read: " + err.Error())
	}
	hints := map[string]string{}
	for _, row := range rows[1:] {
		hints[row[0]] = row[1]
	}
	return hints
})

// A line is whom to call, and what to say.
type line struct {
	Number string `json:"number"`
	Say    string `json:"say"`
	Way    string `json:"way"` // an escalation's kind
	Who    string `json:"who"`
}

// defaultLines are the numbers that hold everywhere, and for each other way out a
// place that says who must fill it. What to say stands in the words of whoever
// calls; where there is no number, it says what to do instead. A way is never
// left out: the screen that shows it must always have something true to say.
var defaultLines = canonical([]line{
	{Way: "risk", Who: "Ambulance, police", Number: "999", Say: "I'm with somebody who needs help now. I am at …"},
	{Way: "risk", Who: "Samaritans, day and night", Number: "116 123", Say: "I'd like to talk to somebody."},
	{Way: "young", Who: "No number is set here yet", Number: "", Say: "Tell the duty worker of the service now. A coordinator must set the number of the young people's lead under Settings."},
	{Way: "alert", Who: "No number is set here yet", Number: "", Say: "Tell the duty worker of the service now. A coordinator must set the number of the local drug information system under Settings."},
	{Way: "complaint", Who: "No number is set here yet", Number: "", Say: "Every service has a complaints procedure: ask at its desk. A coordinator must set whom to call under Settings."},
})

// defaultScript is what is read out before anything is written down, version 1.
var defaultScript = canonical(struct {
	Text    string `json:"text"`
	Version int    `json:"version"`
}{strings.TrimSpace(scriptText), 1})

// NewDAT gives the ops that make the first records of a DAT: its settings, whose
// id is the first that is asked for, and its themes. They are for the server's
// own device, in this order.
func NewDAT(name string, id func() string, now record.Time) []record.Op {
	make := func(c *record.Collection, id string, values ...value) record.Op {
		op := record.Op{At: now, Collection: c, ID: id, Schema: Version}
		for i := range c.Fields {
			for _, v := range values {
				if v.field == c.Fields[i].Name && !v.Absent() && v.Value != `""` {
					op.Changes = append(op.Changes, record.Change{Field: i, Verb: record.SetTo, Value: v.Value})
				}
			}
		}
		return op
	}
	ops := []record.Op{make(dat, id(), value{"name", record.Text(name)})}
	ids := map[string]string{}
	for _, t := range defaultThemes() {
		ids[t.Code] = id()
		var parent record.Value
		if t.Parent != "" {
			parent = record.Text(ids[t.Parent])
		}
		ops = append(ops, make(theme, ids[t.Code],
			value{"code", record.Text(t.Code)}, value{"name", record.Text(t.Name)},
			value{"short", record.Text(t.Short)}, value{"sign", record.Text(t.Sign)},
			value{"parent", parent}, value{"definition", record.Text(t.Definition)},
		))
	}
	return ops
}

// A value of a field, by its name.
type value struct {
	field string
	record.Value
}

// canonical gives a constant as a canonical value. Its struct's fields stand in
// the order of their keys, and its strings hold nothing that JSON would escape in
// two ways.
func canonical(v any) record.Value {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("programme: a default can't be written: " + err.Error())
	}
	return record.Value(strings.TrimSpace(b.String()))
}
