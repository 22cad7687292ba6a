package cases

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"caseledger/events"
)

// ref is an entry that an event names.
type ref struct {
	pointer string   // of the number
	types   []string // that it can be of; none: any
}

// refs are the members that name one entry, by type.
var refs = map[string][]ref{
	"appointment.planned":  {{"/data/arranged/safe_contact", []string{"safe-contact.set"}}},
	"appointment.moved":    {{"/data/appointment", []string{"appointment.planned"}}, {"/data/arranged/safe_contact", []string{"safe-contact.set"}}},
	"appointment.missed":   {{"/data/appointment", []string{"appointment.planned"}}},
	"contact.recorded":     {{"/data/appointment", []string{"appointment.planned"}}, {"/data/feedback_on", []string{"marac.heard"}}},
	"contact.corrected":    {{"/data/corrects/seq", []string{"contact.recorded", "helpline.contact"}}},
	"contact.disputed":     {{"/data/disputes/seq", nil}, {"/data/told_in", []string{"contact.recorded", "helpline.contact"}}},
	"entry.misfiled":       {{"/data/entry", nil}},
	"override.reviewed":    {{"/data/override", []string{"appointment.planned", "appointment.moved", "information.shared"}}},
	"incident.disclosed":   {{"/data/disclosed_in", []string{"contact.recorded", "helpline.contact"}}},
	"risk.reviewed":        {{"/data/incidents", []string{"incident.disclosed"}}},
	"marac.referred":       {{"/data/review", []string{"risk.reviewed"}}, {"/data/repeat_of", []string{"marac.referred", "referral.received"}}, {"/data/incidents", []string{"incident.disclosed"}}},
	"marac.heard":          {{"/data/referral", []string{"marac.referred", "referral.received"}}},
	"marac.action.updated": {{"/data/meeting", []string{"marac.heard", "meeting.recorded"}}},
	"accommodation.sought": {{"/data/asked_in", []string{"accommodation.sought"}}},
	"accommodation.placed": {{"/data/sought", []string{"accommodation.sought"}}},
	"agency.involved":      {{"/data/asked_in", []string{"agency.involved"}}},
	"equipment.provided":   {{"/data/saved_in", []string{"attachment.added"}}},
	"helpline.contact":     {{"/data/handover", []string{"handover.given"}}},
	"attachment.added":     {{"/data/derived_from", []string{"attachment.added"}}},
	"information.shared":   {{"/data/agreement", []string{"agreement.recorded"}}},
	"disclosure.requested": {{"/data/form", []string{"attachment.added"}}},
	"disclosure.decided":   {{"/data/request", []string{"disclosure.requested"}}, {"/data/replaces", []string{"disclosure.decided"}}, {"/data/client_told/safe_contact", []string{"safe-contact.set"}}},
	"disclosure.approved":  {{"/data/decision", []string{"disclosure.decided"}}},
	"disclosure.exported":  {{"/data/request", []string{"disclosure.requested"}}, {"/data/decision", []string{"disclosure.decided"}}, {"/data/approval", []string{"disclosure.approved"}}},
	"disclosure.receipted": {{"/data/export", []string{"disclosure.exported"}}},
	"case.reopened":        {{"/data/referral", []string{"referral.received"}}},
	"hold.lifted":          {{"/data/hold", []string{"hold.placed"}}},
}

// namesNothing are the members of refs, as they stand in a body when they name
// nothing: most contacts do.
var namesNothing = [][]byte{[]byte(`"appointment":null`), []byte(`"feedback_on":null`)}

// refer: an event names only entries that are there, of a type that it can
// speak of, and statements and actions that they hold.
func (d *decision) refer(ctx context.Context, head Head) error {
	list := refs[d.body.Type]
	if list == nil {
		return nil
	}
	if d.body.Type == "contact.recorded" && (d.body.V < 2 || !slices.ContainsFunc(namesNothing, func(n []byte) bool { return !bytes.Contains(d.body.Data, n) })) {
		return nil
	}
	var data map[string]json.RawMessage
	if err := d.read(&data); err != nil {
		return err
	}
	for _, r := range list {
		for pointer, seq := range named(data, r.pointer) {
			entry, err := d.entry(ctx, head, pointer, seq, r.types)
			if err != nil {
				return err
			}
			if err := d.holds(data, r.pointer, &entry); err != nil {
				return err
			}
		}
	}
	return nil
}

// named yields the numbers at a pointer, one or a list of them. A member that
// an older version lacks names nothing.
func named(data map[string]json.RawMessage, pointer string) func(yield func(string, uint64) bool) {
	return func(yield func(string, uint64) bool) {
		names := strings.Split(strings.TrimPrefix(pointer, "/data/"), "/")
		value := data[names[0]]
		for _, name := range names[1:] {
			var inner map[string]json.RawMessage
			if json.Unmarshal(value, &inner) != nil {
				return
			}
			value = inner[name]
		}
		var one *uint64
		if json.Unmarshal(value, &one) == nil {
			if one != nil {
				yield(pointer, *one)
			}
			return
		}
		var many []uint64
		if json.Unmarshal(value, &many) != nil {
			return
		}
		for i, n := range many {
			if !yield(fmt.Sprintf("%s/%d", pointer, i), n) {
				return
			}
		}
	}
}

// entry returns the body of an entry of the case; a zero Body for one that
// cannot be opened any more.
func (d *decision) entry(ctx context.Context, head Head, pointer string, seq uint64, types []string) (events.Body, error) {
	missing := &RuleError{Pointer: pointer, Rule: "no such event in this case"}
	if seq < 1 || seq > head.Seq {
		return events.Body{}, missing
	}
	for entry, err := range d.s.cfg.Archive.Chain(ctx, d.c.Case, seq) {
		if err != nil {
			return events.Body{}, fmt.Errorf("read the event named at %s: %w", pointer, err)
		}
		b, err := d.s.open(ctx, &entry.Record)
		if errors.Is(err, events.ErrNotFound) {
			return events.Body{}, nil
		}
		if err != nil {
			return events.Body{}, fmt.Errorf("read the event named at %s: %w", pointer, err)
		}
		if len(types) > 0 && !slices.Contains(types, b.Type) {
			return events.Body{}, &RuleError{Pointer: pointer, Rule: "that event is no " + strings.Join(types, " and no ")}
		}
		return b, nil
	}
	return events.Body{}, missing
}

// holds looks for what an event names within an entry.
func (d *decision) holds(data map[string]json.RawMessage, pointer string, entry *events.Body) error {
	var of struct {
		Statements []json.RawMessage `json:"statements"`
		Actions    []struct {
			ID string `json:"id"`
		} `json:"actions"`
		Override json.RawMessage `json:"override"`
		AgreedBy json.RawMessage `json:"agreed_by"`
		Basis    string          `json:"basis"`
	}
	switch pointer {
	case "/data/corrects/seq", "/data/disputes/seq", "/data/meeting", "/data/override":
	default:
		return nil
	}
	if entry.Type == "" {
		return nil
	}
	if err := json.Unmarshal(entry.Data, &of); err != nil {
		return fmt.Errorf("read the event named at %s: %w", pointer, events.ErrSyntax)
	}
	null := func(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }
	switch pointer {
	case "/data/corrects/seq", "/data/disputes/seq":
		at := strings.TrimSuffix(pointer, "/seq") + "/statement"
		for _, s := range named(data, at) {
			if s >= uint64(len(of.Statements)) {
				return &RuleError{Pointer: at, Rule: "that event has no such statement"}
			}
		}
	case "/data/meeting":
		id := ""
		if err := json.Unmarshal(data["action"], &id); err != nil {
			return &RuleError{Pointer: "/data/action", Rule: "is of another shape"}
		}
		for _, a := range of.Actions {
			if a.ID == id {
				return nil
			}
		}
		return &RuleError{Pointer: "/data/action", Rule: "that meeting has no such action"}
	case "/data/override":
		if shared := entry.Type == "information.shared"; shared && (!null(of.AgreedBy) || of.Basis == "agreement") || !shared && null(of.Override) {
			return &RuleError{Pointer: "/data/override", Rule: "that event overrode nothing"}
		}
	}
	return nil
}
