package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"caseledger/schemas"
)

// Roster is who works for a service, as its chain records it, oldest first. The
// zero Roster is empty. It is safe for concurrent use while nobody adds to it.
type Roster struct{ entries []enrolled }

type enrolled struct {
	at    time.Time
	staff schemas.StaffRecordedV2
}

// Add takes an event of the service chain, in the order of the chain. It passes
// over types other than staff.recorded. The error is as of History.Add.
func (r *Roster) Add(e Event) error {
	if e.Body.Type != "staff.recorded" {
		return nil
	}
	body, err := schemas.Upcast(e.Body)
	if err != nil {
		return fmt.Errorf("staff at seq %d of the service chain: %w", e.Seq, err)
	}
	in, err := schemas.DecodeData[schemas.StaffRecordedV2](body.Data)
	if err != nil {
		return fmt.Errorf("staff at seq %d of the service chain: %w", e.Seq, err)
	}
	r.entries = append(r.entries, enrolled{e.At, in})
	return nil
}

// Find returns a member of staff as last recorded, as if nothing had been
// recorded after knownBy; the zero knownBy knows all.
func (r *Roster) Find(staff string, knownBy time.Time) (schemas.StaffRecordedV2, bool) {
	for _, e := range slices.Backward(r.entries) {
		if e.staff.Staff == staff && (knownBy.IsZero() || !e.at.After(knownBy)) {
			return e.staff, true
		}
	}
	return schemas.StaffRecordedV2{}, false
}

// All returns everybody as last recorded by knownBy, those who left too, by
// their numbers.
func (r *Roster) All(knownBy time.Time) []schemas.StaffRecordedV2 {
	var list []schemas.StaffRecordedV2
	for _, e := range slices.Backward(r.entries) {
		known := knownBy.IsZero() || !e.at.After(knownBy)
		if known && !slices.ContainsFunc(list, func(s schemas.StaffRecordedV2) bool { return s.Staff == e.staff.Staff }) {
			list = append(list, e.staff)
		}
	}
	slices.SortFunc(list, func(a, b schemas.StaffRecordedV2) int { return strings.Compare(a.Staff, b.Staff) })
	return list
}

// CapOf is Cap for a member of staff: a person's own cap takes the place of
// cap-most, and cap-high is never above it. own tells which it was.
func (s *Set) CapOf(staff schemas.StaffRecordedV2) (high, most int, own bool) {
	high, most = s.Cap()
	if staff.Cap != nil {
		most, own = *staff.Cap, true
	}
	return min(high, most), most, own
}
