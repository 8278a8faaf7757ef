package programme

import "earshot/sync/record"

// A service is a place, or a van, where people who use drugs are helped: a needle
// exchange, a clinic, a hostel, a group. Views are heard at services and said
// about them. Coordinators and administrators keep the list and everybody in the
// DAT reads it; a service that closes is made inactive and keeps its past.
var service = &record.Collection{
	Name:       "service",
	Small:      true,
	MadeBy:     []string{coordinator, admin},
	ChangedBy:  []string{coordinator, admin},
	WithdrawBy: []string{coordinator, admin},
	Fields: []record.Field{
		{Name: "name", Max: NameMax, Required: true, Redactable: true},
		{Name: "kind", Type: record.Enum, Required: true, Values: serviceKinds},
		{Name: "sector", Type: record.Enum, Required: true, Values: sectors},
		{Name: "area", Redactable: true},
		{Name: "opening", Redactable: true},
		{Name: "ui_lead", Redactable: true},
		{Name: "active", Type: record.Boolean, Required: true, Default: record.Bool(true)},
	},
	Rules: []record.Rule{everything("team")},
}

// serviceKinds are what a service may be, and sectors whose it may be.
var (
	serviceKinds = []string{
		"needle_exchange", "prescribing", "pharmacy", "day_programme", "residential", "hostel",
		"outreach", "primary_care", "criminal_justice", "group", "peer_led", "other",
	}
	sectors = []string{"nhs", "voluntary", "council", "pharmacy", "private", "peer_led", "unsaid"}
)
