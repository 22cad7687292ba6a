package projections

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"caseledger/internal/clock"
	"caseledger/schemas"
)

// dated is a date that the case waits for.
type dated struct {
	kind dateKind
	id   string     // tells those of a kind apart
	when clock.When // none: nothing is waited for any more
	// since is when it came to be so, where that decides which of two entries
	// holds; none where it is the one recorded last.
	since clock.When
}

type dateKind uint8

const (
	dateOrder    dateKind = iota // an order expires; by order
	dateRelease                  // a perpetrator's release; by person
	dateStatus                   // bail, remand or licence ends; by person
	dateCourt                    // the next hearing; by kind and court
	dateMarac                    // the meeting that a Marac referral is for; by Marac
	dateMeeting                  // the next meeting; by kind
	dateFeedback                 // a Marac was heard that the client was not told of; by event and Marac
	dateAction                   // an action of a Marac or meeting; by event and action
	dateHandover                 // the newest handover to the helpline ends
	lastDateKind = dateHandover
)

func seqID(seq uint64) string { return strconv.FormatUint(seq, 10) }

func actionID(meeting uint64, id string) string { return seqID(meeting) + "/" + id }

// datesOf are the dates that an event of a rarer type sets or ends. What it
// cannot read sets none: the schema has accepted it, and lists that lack a
// date are better than no list.
func datesOf(e *event) []dated {
	when := func(s *string) clock.When {
		if s == nil {
			return clock.When{}
		}
		w, _ := clock.ParseWhen(*s) // none where it cannot be read
		return w
	}
	since := e.occurred.end()
	if since.IsZero() {
		since = clock.AtTime(e.recorded)
	}
	switch e.typ {
	case "order.recorded":
		d, err := schemas.DecodeData[schemas.OrderRecorded](e.data)
		if err != nil {
			return nil
		}
		expires := when(d.Expires)
		switch d.Status {
		case "applied", "refused", "discharged", "expired":
			expires = clock.When{}
		}
		return []dated{{kind: dateOrder, id: d.Order, when: expires}}
	case "perpetrator.status":
		d, err := schemas.DecodeData[schemas.PerpetratorStatus](e.data)
		if err != nil {
			return nil
		}
		return []dated{{dateRelease, d.Person, when(d.Release), since}, {dateStatus, d.Person, when(d.Until), since}}
	case "court.recorded":
		d, err := schemas.DecodeData[schemas.CourtRecorded](e.data)
		if err != nil {
			return nil
		}
		return []dated{{dateCourt, d.Kind + "/" + d.Court, when(d.Next), since}}
	case "marac.referred":
		d, err := schemas.DecodeData[schemas.MaracReferred](e.data)
		if err != nil {
			return nil
		}
		return []dated{{dateMarac, d.Marac, when(d.Meeting), since}}
	case "marac.heard":
		d, err := schemas.DecodeData[schemas.MaracHeard](e.data)
		if err != nil {
			return nil
		}
		list := append([]dated{{dateMarac, d.Marac, clock.When{}, since}}, agreed(e.seq, d.Actions, when)...)
		if d.Outcome == "heard" {
			list = append(list, dated{kind: dateFeedback, id: actionID(e.seq, d.Marac), when: when(&d.Meeting)})
		}
		return list
	case "meeting.recorded":
		d, err := schemas.DecodeData[schemas.MeetingRecorded](e.data)
		if err != nil {
			return nil
		}
		return append([]dated{{dateMeeting, d.Kind, when(d.Next), since}}, agreed(e.seq, d.Actions, when)...)
	case "marac.action.updated":
		d, err := schemas.DecodeData[schemas.MaracActionUpdated](e.data)
		if err != nil || d.Status == "open" && d.Due == nil {
			return nil // its date stands
		}
		due := when(d.Due)
		if d.Status != "open" {
			due = clock.When{}
		}
		return []dated{{kind: dateAction, id: actionID(d.Meeting, d.Action), when: due}}
	case "handover.given":
		d, err := schemas.DecodeData[schemas.HandoverGiven](e.data)
		if err != nil {
			return nil
		}
		return []dated{{kind: dateHandover, when: when(&d.To)}}
	}
	return nil
}

func agreed(seq uint64, actions []schemas.AgreedAction, when func(*string) clock.When) []dated {
	var list []dated
	for _, a := range actions {
		list = append(list, dated{kind: dateAction, id: actionID(seq, a.ID), when: when(a.Due)})
	}
	return list
}

// setDate makes a date what an event says of it. An earlier one that was
// entered later changes nothing.
func (s *state) setDate(d dated) {
	at, found := slices.BinarySearchFunc(s.dates, d, func(a, b dated) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
	})
	drop := d.when.IsZero() && d.since.IsZero()
	switch {
	case found && d.since.Before(s.dates[at].since):
	case found && drop:
		s.dates = slices.Delete(s.dates, at, at+1)
	case found:
		s.dates[at] = d
	case !drop:
		s.dates = slices.Insert(s.dates, at, d)
	}
}

// marac is the one that heard the case, of a date by which the client is told.
func (d *dated) marac() string {
	_, marac, _ := strings.Cut(d.id, "/")
	return marac
}

// told: the client was told of the Marac that an event records.
func (s *state) told(heard uint64) {
	s.dates = slices.DeleteFunc(s.dates, func(d dated) bool {
		return d.kind == dateFeedback && strings.HasPrefix(d.id, seqID(heard)+"/")
	})
}
