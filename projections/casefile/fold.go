package casefile

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"sync"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/schemas"
)

// Fold makes the file of a case of its events, which must be in the order of
// the chain. The file is the same whether or not what the cut leaves out is
// among them. The only error wraps events.ErrBroken: the events are not in the
// order of one chain.
func Fold(list []Event, cut Cut) (*File, error) {
	for i := 1; i < len(list); i++ {
		if list[i].Seq <= list[i-1].Seq {
			return nil, fmt.Errorf("casefile: event %d follows event %d: %w", list[i].Seq, list[i-1].Seq, events.ErrBroken)
		}
	}
	room := entries.Get().(*[]entry)
	defer func() {
		clear(*room)
		*room = (*room)[:0]
		entries.Put(room)
	}()
	*room = slices.Grow(*room, len(list))
	all := *room
	for i := range list {
		ev := &list[i]
		if !cut.KnownBy.IsZero() && ev.At.After(cut.KnownBy) {
			continue
		}
		all = append(all, read(ev))
	}
	*room = all
	f := &folder{File: &File{Cut: cut}, known: all, recorded: map[string]bool{}}
	happened := func(e *entry) bool { return cut.HappenedBy.IsZero() || !e.begun.After(cut.HappenedBy) }
	misfiled := misfiledBy(all)
	contacts := 0
	for i := range all {
		if e := &all[i]; misfiled[e.Seq] == nil {
			f.record(e)
			if _, ok := e.data.(*schemas.ContactRecordedV2); ok && happened(e) {
				contacts++
			}
		}
	}
	f.Entries, f.Contacts = slices.Grow(f.Entries, len(all)), slices.Grow(f.Contacts, contacts)
	for i := range all {
		if e := &all[i]; happened(e) {
			f.add(e, misfiled[e.Seq])
		}
	}
	f.finish()
	return f.File, nil
}

// entries are lists for one fold at a time, with nothing in them.
var entries = sync.Pool{New: func() any { return new([]entry) }}

// entry is an event taken apart.
type entry struct {
	Meta
	typ   string
	v     uint64
	data  any       // pointer to a type of package schemas; nil: not readable
	begun time.Time // the first instant at which it can have happened; zero: always
}

func read(ev *Event) entry {
	e := entry{Meta: Meta{Seq: ev.Seq, Stream: ev.Stream, ID: ev.ID, At: ev.At, Actor: ev.Body.Actor}, typ: ev.Body.Type, v: ev.Body.V}
	e.Occurred, e.data = ev.Occurred, ev.Data
	if e.data == nil && len(ev.Body.Occurred) > 0 {
		if o, err := decodeData[schemas.Occurred](ev.Body.Occurred); err == nil {
			e.Occurred = ReadSpan(*o)
		}
	}
	if e.data == nil {
		e.data, _ = decode(ev.Body)
	}
	e.begun = e.Occurred.Earliest()
	switch d := e.data.(type) {
	case *schemas.IncidentDisclosedV2:
		if happened := ReadSpan(d.Happened).Earliest(); happened.Before(e.begun) {
			e.begun = happened
		}
	case *schemas.ContactCorrected, *schemas.ContactDisputed, *schemas.EntryMisfiled, *schemas.ErasureBegun, *schemas.CaseErased:
		e.begun = time.Time{} // about the record
	}
	return e
}

// misfiledBy finds what is misfiled, and the first mark that says so. A mark
// that is itself misfiled says nothing, and none speaks of what comes after it.
func misfiledBy(all []entry) map[uint64]*entry {
	by := map[uint64]*entry{}
	for i := range slices.Backward(all) {
		e := &all[i]
		m, ok := e.data.(*schemas.EntryMisfiled)
		if ok && by[e.Seq] == nil && m.Entry < e.Seq {
			by[m.Entry] = e
		}
	}
	return by
}

// folder is a file in the making.
type folder struct {
	*File
	known []entry // in the order of their seqs, whenever they happened

	words    words
	recorded map[string]bool // people by number and orders by code, whenever they were
}

// An order's code is its own within the case; a person's number is longer than
// any code.
func orderKey(code string) string { return "order " + code }

// record notes whom and what an entry records.
func (f *folder) record(e *entry) {
	switch d := e.data.(type) {
	case *schemas.PersonRecorded:
		f.recorded[d.Person] = true
	case *schemas.ChildRecorded:
		f.recorded[d.Child] = true
	case *schemas.OrderRecorded:
		f.recorded[orderKey(d.Order)] = true
	}
}

// names flags people and orders that an entry names and no entry records. They
// may be recorded before or after it.
func (f *folder) names(e *entry) {
	var told []string
	for _, h := range handles(e.data) {
		if h.Kind == HandlePerson && !f.recorded[h.Text] && !slices.Contains(told, h.Text) {
			told = append(told, h.Text)
			f.flag(e, FlagNotFound, 0, "names a person by number whom no entry of the case records")
		}
	}
	if d, ok := e.data.(*schemas.CourtRecorded); ok && d.Order != nil && !f.recorded[orderKey(*d.Order)] {
		f.flag(e, FlagNotFound, 0, "names an order that no entry of the case records")
	}
}

func (f *folder) flag(e *entry, code string, ref uint64, why string) {
	f.Flags = append(f.Flags, Flag{Seq: e.Seq, Code: code, Why: why, Ref: ref})
}

// refers checks that an entry is there, in front of e and of one of these
// types.
func (f *folder) refers(e *entry, seq uint64, types ...string) bool {
	i := sort.Search(len(f.known), func(i int) bool { return f.known[i].Seq >= seq })
	if i < len(f.known) && f.known[i].Seq == seq && seq < e.Seq && (slices.Contains(types, f.known[i].typ) || f.known[i].typ == "" || len(types) == 0) {
		return true
	}
	why := fmt.Sprintf("names entry %d, which is not there", seq)
	if len(types) > 0 {
		why = fmt.Sprintf("names entry %d, which is no earlier %s", seq, types[0])
	}
	f.flag(e, FlagNotFound, seq, why)
	return false
}

func (f *folder) mayRefer(e *entry, seq *uint64, types ...string) {
	if seq != nil {
		f.refers(e, *seq, types...)
	}
}

// whileClosed are types that have their place in a closed case.
var whileClosed = []string{
	"contact.corrected", "contact.disputed", "entry.misfiled", "override.reviewed", "case.closed", "case.reopened", "referral.received",
	"disclosure.requested", "disclosure.decided", "disclosure.approved", "disclosure.exported", "disclosure.receipted",
	"information.shared", "attachment.added", "hold.placed", "hold.lifted", "erasure.begun", "case.erased", "helpline.contact",
	"staff.excluded", "marac.action.updated", "agreement.withdrawn",
}

// line is the line of an entry.
func (f *folder) line(e *entry) string {
	f.words = f.words[:0]
	f.words.line(e)
	return string(f.words)
}

// add puts an entry into the file.
func (f *folder) add(e *entry, mark *entry) {
	row := Entry{Meta: e.Meta, Type: e.typ, V: e.v, Line: f.line(e), Unreadable: e.data == nil, Reason: lateReason(e.data)}
	if end := e.Occurred.End(); !end.IsZero() {
		row.LateBy = max(0, e.At.Sub(end.End()))
	}
	if mark != nil {
		row.Misfiled = &Mark{Seq: mark.Seq, At: mark.At, Actor: mark.Actor}
	}
	f.Entries = append(f.Entries, row)
	if e.data == nil {
		why := "is of a type or version that this build does not know, or of another shape"
		if e.typ == "" {
			why = "cannot be opened: its key is gone"
		}
		f.flag(e, FlagUnreadable, 0, why)
	}
	if n := len(f.Entries); n > 1 && e.At.Before(f.Entries[n-2].At) {
		f.flag(e, FlagClockBack, f.Entries[n-2].Seq, "was recorded at an earlier time than the entry in front of it")
	}
	if e.Occurred.From.Start().After(e.At) || e.Occurred.To.Start().After(e.At) {
		f.flag(e, FlagFuture, 0, "happened after it was recorded, by what it says")
	}
	if mark != nil || e.data == nil {
		return
	}
	if c := newest(f.Closings); f.Stage == StageClosed && !slices.Contains(whileClosed, e.typ) && c.When().Before(e.When()) {
		f.flag(e, FlagAfterClosing, c.Seq, "happened while the case was closed")
	}
	if len(f.Exclusions) > 0 && f.IsExcluded(e.Actor) {
		f.flag(e, FlagExcluded, 0, "was recorded by somebody on the exclusion list")
	}
	f.names(e)
	f.fold(e)
}

// lateReason reports whether the author gave a reason for a late entry.
func lateReason(data any) bool {
	if data == nil {
		return false
	}
	made := reflect.ValueOf(data).Elem().FieldByName("Made")
	if !made.IsValid() {
		return false
	}
	m, ok := made.Addr().Interface().(*schemas.Made)
	return ok && m.Late != nil
}

func item[T any](e *entry, data *T) Item[T] { return Item[T]{Meta: e.Meta, Data: *data} }

func put[T any](list *[]Item[T], e *entry, data *T) { *list = append(*list, item(e, data)) }

// fold puts what an entry says in its place.
func (f *folder) fold(e *entry) {
	switch d := e.data.(type) {
	case *schemas.ReferralReceivedV2:
		put(&f.Referrals, e, d)
		f.Stage = StageOpen
	case *schemas.IntakeChecked:
		put(&f.Intake, e, d)
	case *schemas.ClientRecorded:
		put(&f.Clients, e, d)
	case *schemas.ChildRecorded:
		put(&f.Children, e, d)
	case *schemas.PersonRecorded:
		put(&f.People, e, d)
	case *schemas.AgreementRecorded:
		put(&f.Agreements, e, d)
	case *schemas.AgreementWithdrawn:
		put(&f.Withdrawals, e, d)
	case *schemas.SafeContactSetV2:
		put(&f.SafeContacts, e, d)
	case *schemas.CaseAllocated:
		f.given(e, d.Adviser)
		put(&f.Allocations, e, d)
	case *schemas.CaseCovered:
		f.given(e, d.Adviser)
		put(&f.Covers, e, d)
	case *schemas.CaseTransferred:
		put(&f.Transfers, e, d)
	case *schemas.StaffExcluded:
		put(&f.Exclusions, e, d)
	case *schemas.AppointmentPlanned:
		f.mayRefer(e, d.Arranged.SafeContact, "safe-contact.set")
		f.Appointments = append(f.Appointments, Appointment{Item: item(e, d), Arranged: d.Arranged, State: AppointmentPlanned})
		if d.Override != nil {
			f.overridden(e, OverrideAppointment, d.Override.By)
		}
	case *schemas.AppointmentMoved:
		f.moved(e, d)
	case *schemas.AppointmentMissed:
		if a := f.appointment(e, d.Appointment); a != nil {
			a.Missed = append(a.Missed, item(e, d))
			a.State = AppointmentMissed
		}
	case *schemas.ContactAttempted:
		put(&f.Attempts, e, d)
		f.used(e, attempt(e, d)...)
	case *schemas.ContactRecordedV2:
		f.contact(e, d)
	case *schemas.ContactCorrected:
		put(&f.Corrections, e, d)
		f.about(e, d.Corrects.Seq, &d.Corrects.Statement, func(to *Entry) *[]Mark { return &to.Corrected }, "contact.recorded", "helpline.contact")
	case *schemas.ContactDisputed:
		put(&f.Disputes, e, d)
		f.mayRefer(e, d.ToldIn, "contact.recorded", "helpline.contact")
		f.about(e, d.Disputes.Seq, d.Disputes.Statement, func(to *Entry) *[]Mark { return &to.Disputed })
	case *schemas.EntryMisfiled:
		put(&f.Misfiled, e, d)
		f.about(e, d.Entry, nil, nil)
	case *schemas.IncidentDisclosedV2:
		f.mayRefer(e, d.DisclosedIn, "contact.recorded", "helpline.contact")
		f.Incidents = append(f.Incidents, Incident{Item: item(e, d), Happened: ReadSpan(d.Happened)})
	case *schemas.RiskReviewedV2:
		for _, seq := range d.Incidents {
			f.refers(e, seq, "incident.disclosed")
		}
		put(&f.RiskReviews, e, d)
	case *schemas.PlanChanged:
		for i := range d.Actions {
			f.planned(e, &d.Actions[i])
		}
	case *schemas.SafeguardingDecided:
		put(&f.Safeguarding, e, d)
	case *schemas.MaracReferred:
		f.mayRefer(e, d.Review, "risk.reviewed")
		f.mayRefer(e, d.RepeatOf, "marac.referred", "referral.received")
		for _, seq := range d.Incidents {
			f.refers(e, seq, "incident.disclosed")
		}
		put(&f.MaracReferrals, e, d)
	case *schemas.MaracHeard:
		f.mayRefer(e, d.Referral, "marac.referred", "referral.received")
		f.Hearings = append(f.Hearings, Hearing{Item: item(e, d)})
		f.agreed(e, "marac", d.Marac, d.Actions)
	case *schemas.MaracActionUpdated:
		f.updated(e, d)
	case *schemas.MeetingRecorded:
		put(&f.Meetings, e, d)
		f.agreed(e, d.Kind, "", d.Actions)
	case *schemas.PerpetratorStatus:
		put(&f.Perpetrators, e, d)
	case *schemas.OrderRecorded:
		put(&f.Orders, e, d)
	case *schemas.CourtRecorded:
		put(&f.Courts, e, d)
	case *schemas.AccommodationSought:
		f.mayRefer(e, d.AskedIn, "accommodation.sought")
		put(&f.Sought, e, d)
	case *schemas.AccommodationPlaced:
		f.mayRefer(e, d.Sought, "accommodation.sought")
		put(&f.Placed, e, d)
	case *schemas.AgencyInvolved:
		f.agency(e, d)
	case *schemas.ProgrammeAttended:
		put(&f.Programmes, e, d)
	case *schemas.EquipmentProvided:
		f.mayRefer(e, d.SavedIn, "attachment.added")
		put(&f.Equipment, e, d)
	case *schemas.HelplineContact:
		f.mayRefer(e, d.Handover, "handover.given")
		put(&f.Helpline, e, d)
	case *schemas.HandoverGiven:
		put(&f.Handovers, e, d)
	case *schemas.AttachmentAddedV2:
		f.mayRefer(e, d.DerivedFrom, "attachment.added")
		put(&f.Attachments, e, d)
	case *schemas.InformationShared:
		f.mayRefer(e, d.Agreement, "agreement.recorded")
		put(&f.Shared, e, d)
		if d.AgreedBy == nil && d.Basis != "agreement" {
			f.overridden(e, OverrideSharing, e.Actor)
		}
	case *schemas.OverrideReviewed:
		f.reviewed(e, d)
	case *schemas.DisclosureRequested:
		f.mayRefer(e, d.Form, "attachment.added")
		put(&f.Requests, e, d)
	case *schemas.DisclosureDecidedV2:
		f.refers(e, d.Request, "disclosure.requested")
		put(&f.Decisions, e, d)
	case *schemas.DisclosureApprovedV2:
		f.refers(e, d.Decision, "disclosure.decided")
		put(&f.Approvals, e, d)
	case *schemas.DisclosureExportedV2:
		f.mayRefer(e, d.Request, "disclosure.requested")
		f.mayRefer(e, d.Decision, "disclosure.decided")
		put(&f.Exports, e, d)
	case *schemas.DisclosureReceipted:
		f.refers(e, d.Export, "disclosure.exported")
		put(&f.Receipts, e, d)
	case *schemas.CaseClosed:
		put(&f.Closings, e, d)
		f.Stage = StageClosed
	case *schemas.CaseReopened:
		f.mayRefer(e, d.Referral, "referral.received")
		put(&f.Reopenings, e, d)
		f.Stage = StageOpen
	case *schemas.HoldPlaced:
		f.Holds = append(f.Holds, Hold{Item: item(e, d)})
	case *schemas.HoldLifted:
		if !f.refers(e, d.Hold, "hold.placed") {
			break
		}
		if i := slices.IndexFunc(f.Holds, func(h Hold) bool { return h.Seq == d.Hold }); i >= 0 {
			lifted := item(e, d)
			f.Holds[i].Lifted = &lifted
		}
	case *schemas.ErasureBegun:
		put(&f.ErasuresBegun, e, d)
	case *schemas.CaseErased:
		f.erased(e, d)
	default:
		// A type of the service chain: it has no place in a case.
		f.flag(e, FlagNotFound, 0, "is an event of the service, not of a case")
	}
}

// given flags a case that is given to somebody who is excluded from it.
func (f *folder) given(e *entry, adviser string) {
	if len(f.Exclusions) > 0 && f.IsExcluded(adviser) {
		f.flag(e, FlagExcluded, 0, "gives the case to somebody on the exclusion list")
	}
}

// appointment finds the plan that an entry is about.
func (f *folder) appointment(e *entry, seq uint64) *Appointment {
	if !f.refers(e, seq, "appointment.planned") {
		return nil
	}
	if i := slices.IndexFunc(f.Appointments, func(a Appointment) bool { return a.Seq == seq }); i >= 0 {
		return &f.Appointments[i]
	}
	return nil // misfiled, or not yet happened
}

func (f *folder) moved(e *entry, d *schemas.AppointmentMoved) {
	if d.Override != nil {
		f.overridden(e, OverrideAppointment, d.Override.By)
	}
	a := f.appointment(e, d.Appointment)
	if a == nil {
		return
	}
	a.Moves = append(a.Moves, item(e, d))
	if d.Arranged == nil {
		a.State = AppointmentCalledOff
		return
	}
	f.mayRefer(e, d.Arranged.SafeContact, "safe-contact.set")
	a.Arranged, a.State = *d.Arranged, AppointmentPlanned
}

func (f *folder) contact(e *entry, d *schemas.ContactRecordedV2) {
	c := Contact{Item: item(e, d), WithClient: slices.ContainsFunc(d.With, func(p schemas.Party) bool { return p.Kind == "client" })}
	if c.WithClient && d.Direction != "in" && d.Channel != "in-person" {
		number := ""
		if d.Number != nil {
			number = *d.Number
		}
		c.Unsafe = f.used(e, Use{Channel: d.Channel, Address: number, At: start(e.Meta)})
	}
	f.Contacts = append(f.Contacts, c)
	if d.Appointment != nil {
		if a := f.appointment(e, *d.Appointment); a != nil {
			a.Contact, a.State = e.Seq, AppointmentTookPlace
		}
	}
	if d.FeedbackOn == nil || !f.refers(e, *d.FeedbackOn, "marac.heard") || !c.WithClient {
		return
	}
	for i := range f.Hearings {
		h := &f.Hearings[i]
		if told := c.When(); h.Seq == *d.FeedbackOn && (h.Feedback.IsZero() || told.Before(h.Feedback.When)) {
			h.Feedback = Moment{told, e.Seq}
		}
	}
}

// start is the first moment that an entry gives, or when it was recorded.
func start(m Meta) clock.When {
	if m.Occurred.From.IsZero() {
		return clock.AtTime(m.At)
	}
	return m.Occurred.From
}

// attempt is how somebody tried to reach the client.
func attempt(e *entry, d *schemas.ContactAttempted) []Use {
	u := Use{Channel: d.Channel, At: start(e.Meta)}
	if d.Number != nil {
		u.Address = *d.Number
	}
	if !d.Voicemail || d.Channel == "voicemail" {
		return []Use{u}
	}
	left := u
	left.Channel = "voicemail"
	return []Use{u, left}
}

// used flags what was not safe, by the setting of that time as it was recorded
// then.
func (f *folder) used(e *entry, uses ...Use) []Unsafe {
	var all []Unsafe
	for _, u := range uses {
		var set *schemas.SafeContactSetV2
		if s := f.SafeContactAt(u.At.Start()); s != nil {
			set = &s.Data
		}
		all = append(all, Check(set, u, true)...)
	}
	for _, u := range all {
		f.flag(e, FlagUnsafe, 0, u.Why)
	}
	return all
}

// about marks the entry that a correction, dispute or misfiled mark is about.
func (f *folder) about(e *entry, seq uint64, statement *int, list func(*Entry) *[]Mark, types ...string) {
	f.Entries[len(f.Entries)-1].About = &Mark{Seq: seq, Statement: statement}
	if !f.refers(e, seq, types...) {
		return
	}
	to := f.Entry(seq)
	if to == nil {
		return // it has not happened yet
	}
	f.Entries[len(f.Entries)-1].About.At = to.At
	f.Entries[len(f.Entries)-1].About.Actor = to.Actor
	if list != nil {
		*list(to) = append(*list(to), Mark{Seq: e.Seq, At: e.At, Actor: e.Actor, Statement: statement})
	}
}

// planned adds a change to the history of a plan action.
func (f *folder) planned(e *entry, d *schemas.Action) {
	i := slices.IndexFunc(f.Plan, func(a PlanAction) bool { return a.ID == d.ID })
	if i < 0 {
		f.Plan = append(f.Plan, PlanAction{})
		i = len(f.Plan) - 1
	}
	a := &f.Plan[i]
	if a.Ended && a.Status != d.Status {
		f.flag(e, FlagEnded, a.Changed.Seq, "changes a plan action that had ended")
	}
	a.Action, a.Changed, a.Ended = *d, e.Meta, d.Status != "planned" && d.Status != "doing"
	a.History = append(a.History, item(e, d))
}

// agreed adds the actions of a meeting.
func (f *folder) agreed(e *entry, kind, marac string, actions []schemas.AgreedAction) {
	for i := range actions {
		a := MeetingAction{Meeting: e.Meta, Kind: kind, Marac: marac, AgreedAction: actions[i], Status: "open", DueNow: when(actions[i].Due)}
		f.MeetingActions = append(f.MeetingActions, a)
	}
}

func (f *folder) updated(e *entry, d *schemas.MaracActionUpdated) {
	if !f.refers(e, d.Meeting, "marac.heard", "meeting.recorded") {
		return
	}
	i := slices.IndexFunc(f.MeetingActions, func(a MeetingAction) bool { return a.Meeting.Seq == d.Meeting && a.ID == d.Action })
	if i < 0 {
		if f.live(d.Meeting) {
			f.flag(e, FlagNotFound, d.Meeting, "names an action that the meeting does not have")
		}
		return
	}
	a := &f.MeetingActions[i]
	a.Updates = append(a.Updates, item(e, d))
	a.Status, a.Ended = d.Status, clock.When{}
	if due := when(d.Due); !due.IsZero() {
		a.DueNow = due
	}
	if d.Status != "open" {
		if a.Ended = when(d.Ended); a.Ended.IsZero() {
			a.Ended = e.When()
		}
	}
}

// live reports whether an entry is there and counts.
func (f *folder) live(seq uint64) bool {
	e := f.Entry(seq)
	return e != nil && e.Misfiled == nil && !e.Unreadable
}

func (f *folder) agency(e *entry, d *schemas.AgencyInvolved) {
	if d.AskedIn != nil && f.refers(e, *d.AskedIn, "agency.involved") {
		for i := range f.Agencies {
			a := &f.Agencies[i]
			if a.Seq == *d.AskedIn || slices.ContainsFunc(a.Later, func(l Item[schemas.AgencyInvolved]) bool { return l.Seq == *d.AskedIn }) {
				a.Later = append(a.Later, item(e, d))
				return
			}
		}
	}
	f.Agencies = append(f.Agencies, Agency{Item: item(e, d)})
}

func (f *folder) overridden(e *entry, kind, by string) {
	f.Overrides = append(f.Overrides, Override{Meta: e.Meta, Kind: kind, By: by})
}

func (f *folder) reviewed(e *entry, d *schemas.OverrideReviewed) {
	if !f.refers(e, d.Override) {
		return
	}
	i := slices.IndexFunc(f.Overrides, func(o Override) bool { return o.Seq == d.Override })
	if i < 0 {
		if f.live(d.Override) {
			f.flag(e, FlagNotFound, d.Override, "reviews an entry that overrode nothing")
		}
		return
	}
	review := item(e, d)
	f.Overrides[i].Review = &review
}

// erased says of what cannot be opened that it was erased.
func (f *folder) erased(e *entry, d *schemas.CaseErased) {
	f.refers(e, d.Begun, "erasure.begun")
	f.Erased = append(f.Erased, item(e, d))
	if d.Scope == "case" {
		f.Stage = StageErased
	}
	for _, b := range f.ErasuresBegun {
		if b.Seq != d.Begun {
			continue
		}
		for i := range f.Entries {
			if x := &f.Entries[i]; x.Unreadable && x.Type == "" && (b.Data.Entry == nil || *b.Data.Entry == x.Seq) {
				x.Erased = e.Seq
			}
		}
	}
}

// finish works out what depends on everything.
func (f *folder) finish() {
	// What was erased needs nobody's look.
	f.Flags = slices.DeleteFunc(f.Flags, func(x Flag) bool {
		return x.Code == FlagUnreadable && f.Entry(x.Seq).Erased != 0
	})
	for i := range f.Incidents {
		for _, r := range f.RiskReviews {
			if inc := &f.Incidents[i]; inc.Reviewed == 0 && r.Seq > inc.Seq && !r.When().Before(inc.When()) {
				inc.Reviewed = r.Seq
			}
		}
	}
	f.times()
	slices.SortStableFunc(f.Flags, func(a, b Flag) int { return cmp.Compare(a.Seq, b.Seq) })
}

// times works out the moments that run the clocks. Source of the rules: DOMAIN,
// Marac rule 4, and "an attempt is not a contact".
func (f *folder) times() {
	t := &f.Times
	for _, r := range f.Referrals {
		if received := when(&r.Data.Received); !received.Before(t.Referral.When) {
			t.Referral = Moment{received, r.Seq}
		}
	}
	tried := func(m Meta) {
		w := m.When()
		if w.Before(t.Referral.When) {
			return
		}
		if t.FirstAttempt.IsZero() || w.Before(t.FirstAttempt.When) {
			t.FirstAttempt = Moment{w, m.Seq}
		}
	}
	for _, a := range f.Attempts {
		tried(a.Meta)
		if !a.When().Before(t.LastAttempt.When) {
			t.LastAttempt = Moment{a.When(), a.Seq}
			t.NextTry = Moment{when(a.Data.NextTry), a.Seq}
		}
	}
	for _, c := range f.Contacts {
		if !c.WithClient {
			continue
		}
		tried(c.Meta)
		if !c.When().Before(t.LastContact.When) {
			t.LastContact = Moment{c.When(), c.Seq}
			t.NextContact = Moment{when(c.Data.NextContact), c.Seq}
		}
	}
	if !t.LastContact.IsZero() && !t.LastContact.When.Before(t.LastAttempt.When) {
		t.NextTry = Moment{} // reached: nothing left to try
	}
	for _, m := range []*Moment{&t.NextTry, &t.NextContact} {
		if m.IsZero() {
			*m = Moment{}
		}
	}
}
