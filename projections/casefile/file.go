package casefile

import (
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/schemas"
)

// File is a case as far as it is known and has happened. Lists are in the
// order of the chain, and hold neither misfiled entries nor what a Cut leaves
// out. A File is not changed once made, and safe for concurrent use. It holds
// a client's words, names and addresses: it is never logged, and never stored
// in the clear.
type File struct {
	Chain events.Chain `json:"chain"` // filled in by who reads the events
	Cut   Cut          `json:"-"`

	Entries []Entry `json:"entries"` // every event, misfiled ones too
	Flags   []Flag  `json:"flags"`   // what needs somebody's look, in the order of Seq

	// Stage is where the case stands: "" before a referral, open, closed, or
	// erased.
	Stage string `json:"stage"`
	Times Times  `json:"times"`

	Referrals    []Item[schemas.ReferralReceivedV2]  `json:"referrals"`
	Intake       []Item[schemas.IntakeChecked]       `json:"intake"`
	Clients      []Item[schemas.ClientRecorded]      `json:"clients"`  // every version
	Children     []Item[schemas.ChildRecorded]       `json:"children"` // every version
	People       []Item[schemas.PersonRecorded]      `json:"people"`   // every version
	Agreements   []Item[schemas.AgreementRecorded]   `json:"agreements"`
	Withdrawals  []Item[schemas.AgreementWithdrawn]  `json:"withdrawals"`
	SafeContacts []Item[schemas.SafeContactSetV2]    `json:"safe_contacts"` // every version
	Allocations  []Item[schemas.CaseAllocated]       `json:"allocations"`
	Covers       []Item[schemas.CaseCovered]         `json:"covers"`
	Transfers    []Item[schemas.CaseTransferred]     `json:"transfers"`
	Exclusions   []Item[schemas.StaffExcluded]       `json:"exclusions"` // every version
	Appointments []Appointment                       `json:"appointments"`
	Contacts     []Contact                           `json:"contacts"`
	Attempts     []Item[schemas.ContactAttempted]    `json:"attempts"`
	Corrections  []Item[schemas.ContactCorrected]    `json:"corrections"`
	Disputes     []Item[schemas.ContactDisputed]     `json:"disputes"`
	Misfiled     []Item[schemas.EntryMisfiled]       `json:"misfiled"`
	Incidents    []Incident                          `json:"incidents"`
	RiskReviews  []Item[schemas.RiskReviewedV2]      `json:"risk_reviews"`
	Plan         []PlanAction                        `json:"plan"` // in the order in which they were first planned
	Safeguarding []Item[schemas.SafeguardingDecided] `json:"safeguarding"`

	MaracReferrals []Item[schemas.MaracReferred]   `json:"marac_referrals"`
	Hearings       []Hearing                       `json:"hearings"`
	Meetings       []Item[schemas.MeetingRecorded] `json:"meetings"`
	MeetingActions []MeetingAction                 `json:"meeting_actions"` // of Maracs and other meetings

	Perpetrators  []Item[schemas.PerpetratorStatus]    `json:"perpetrators"` // every status
	Orders        []Item[schemas.OrderRecorded]        `json:"orders"`       // every version
	Courts        []Item[schemas.CourtRecorded]        `json:"courts"`
	Sought        []Item[schemas.AccommodationSought]  `json:"sought"`
	Placed        []Item[schemas.AccommodationPlaced]  `json:"placed"`
	Agencies      []Agency                             `json:"agencies"`
	Programmes    []Item[schemas.ProgrammeAttended]    `json:"programmes"`
	Equipment     []Item[schemas.EquipmentProvided]    `json:"equipment"` // every version
	Helpline      []Item[schemas.HelplineContact]      `json:"helpline"`
	Handovers     []Item[schemas.HandoverGiven]        `json:"handovers"`
	Attachments   []Item[schemas.AttachmentAddedV2]    `json:"attachments"`
	Shared        []Item[schemas.InformationShared]    `json:"shared"`
	Overrides     []Override                           `json:"overrides"`
	Requests      []Item[schemas.DisclosureRequested]  `json:"requests"`
	Decisions     []Item[schemas.DisclosureDecidedV2]  `json:"decisions"`
	Approvals     []Item[schemas.DisclosureApprovedV2] `json:"approvals"`
	Exports       []Item[schemas.DisclosureExportedV2] `json:"exports"`
	Receipts      []Item[schemas.DisclosureReceipted]  `json:"receipts"`
	Closings      []Item[schemas.CaseClosed]           `json:"closings"`
	Reopenings    []Item[schemas.CaseReopened]         `json:"reopenings"`
	Holds         []Hold                               `json:"holds"`
	ErasuresBegun []Item[schemas.ErasureBegun]         `json:"erasures_begun"`
	Erased        []Item[schemas.CaseErased]           `json:"erased"`
}

// The stages of a case.
const (
	StageNone   = ""
	StageOpen   = "open"
	StageClosed = "closed"
	StageErased = "erased"
)

// Entry is an event in the list of all of them.
type Entry struct {
	Meta
	Type string `json:"type"`
	V    uint64 `json:"v"`    // as recorded
	Line string `json:"line"` // codes, counts and dates; no words, names, numbers or addresses
	// Reason: the author gave a reason for a late entry. LateBy is how long
	// after the end of what it tells it was recorded; 0 when that is not known.
	Reason bool          `json:"reason"`
	LateBy time.Duration `json:"late_by"`

	Misfiled  *Mark  `json:"misfiled"`  // it belongs to another case
	Corrected []Mark `json:"corrected"` // its statements, and what corrects them
	Disputed  []Mark `json:"disputed"`
	About     *Mark  `json:"about"` // of a correction, dispute or misfiled mark: what it is about

	Unreadable bool   `json:"unreadable"` // nothing but its place is known
	Erased     uint64 `json:"erased"`     // the case.erased after which it cannot be read; 0: it was not erased
}

// Late reports whether an entry is late by a policy's figure, or says itself
// that it is.
func (e *Entry) Late(after time.Duration) bool { return e.Reason || e.LateBy > after }

// Mark is a reference between entries.
type Mark struct {
	Seq       uint64    `json:"seq"` // of the other entry
	At        time.Time `json:"at"`
	Actor     string    `json:"actor"`
	Statement *int      `json:"statement"` // from 0; nil: all of it
}

// Times are the moments that run a case's clocks.
type Times struct {
	Referral     Moment `json:"referral"`      // received; of the newest
	FirstAttempt Moment `json:"first_attempt"` // attempt or contact with the client since that referral
	LastContact  Moment `json:"last_contact"`  // with the client
	LastAttempt  Moment `json:"last_attempt"`
	NextContact  Moment `json:"next_contact"` // as agreed at the last contact
	NextTry      Moment `json:"next_try"`     // as planned at the last attempt, if nobody was reached since
}

// Moment is a moment and the event that says so.
type Moment struct {
	When clock.When `json:"when"`
	Seq  uint64     `json:"seq"`
}

// IsZero reports whether there is no moment.
func (m Moment) IsZero() bool { return m.When.IsZero() }

// Contact is a contact with anybody.
type Contact struct {
	Item[schemas.ContactRecordedV2]
	WithClient bool     `json:"with_client"`
	Unsafe     []Unsafe `json:"unsafe"` // why the channel was not safe then, as far as it can be told
}

// Incident is an incident that came to be known.
type Incident struct {
	Item[schemas.IncidentDisclosedV2]
	Happened Span `json:"happened"`
	// Reviewed is the risk review that followed, 0 none: recorded after it,
	// and held no earlier than it was disclosed.
	Reviewed uint64 `json:"reviewed"`
}

// Appointment is a planned meeting or call and what became of it.
type Appointment struct {
	Item[schemas.AppointmentPlanned]
	Arranged schemas.Arranged                  `json:"arranged"` // as last arranged
	State    string                            `json:"state"`    // planned, called-off, missed, took-place
	Moves    []Item[schemas.AppointmentMoved]  `json:"moves"`
	Missed   []Item[schemas.AppointmentMissed] `json:"missed"`
	Contact  uint64                            `json:"contact"` // the contact.recorded; 0 none
}

// What became of an appointment.
const (
	AppointmentPlanned   = "planned"
	AppointmentCalledOff = "called-off"
	AppointmentMissed    = "missed"
	AppointmentTookPlace = "took-place"
)

// Start is when it begins as last arranged.
func (a *Appointment) Start() clock.When { return when(&a.Arranged.Start) }

// End is when it ends as last arranged; none when that was not said.
func (a *Appointment) End() clock.When { return when(a.Arranged.End) }

// PlanAction is an action of the safety plan with its whole history.
type PlanAction struct {
	schemas.Action
	Ended   bool                   `json:"ended"`   // done, not done or impossible
	Changed Meta                   `json:"changed"` // by the newest of History
	History []Item[schemas.Action] `json:"history"` // as planned first, and every change
}

// Hearing is what a Marac made of the case, and whether the client was told.
type Hearing struct {
	Item[schemas.MaracHeard]
	Feedback Moment `json:"feedback"` // the contact at which the client was told; the first
}

// MeetingAction is an action agreed at a Marac or another meeting.
type MeetingAction struct {
	Meeting Meta   `json:"meeting"`
	Kind    string `json:"kind"`  // marac, or the kind of the meeting
	Marac   string `json:"marac"` // which; "" for another meeting
	schemas.AgreedAction
	Status  string                             `json:"status"` // open, done, not-done, impossible
	DueNow  clock.When                         `json:"due_now"`
	Ended   clock.When                         `json:"ended"` // when it was done or given up; that day, or when we were told
	Updates []Item[schemas.MaracActionUpdated] `json:"updates"`
}

// Agency is what an agency was asked, and whether it answered.
type Agency struct {
	Item[schemas.AgencyInvolved]                                // as asked first
	Later                        []Item[schemas.AgencyInvolved] `json:"later"` // what answers it
}

// Last is what was said last: its answer is answered, refused, no-answer or
// waiting, its chase when to ask again.
func (a *Agency) Last() *Item[schemas.AgencyInvolved] {
	if n := len(a.Later); n > 0 {
		return &a.Later[n-1]
	}
	return &a.Item
}

// Override is a plan or a sharing that went ahead where the rule says no, or
// did not wait for it. A manager looks at it afterwards.
type Override struct {
	Meta
	Kind   string                          `json:"kind"` // appointment, sharing
	By     string                          `json:"by"`
	Review *Item[schemas.OverrideReviewed] `json:"review"` // the newest; nil: not yet
}

// The kinds of overrides.
const (
	OverrideAppointment = "appointment"
	OverrideSharing     = "sharing"
)

// Hold keeps the case whatever the policy says, until it is lifted.
type Hold struct {
	Item[schemas.HoldPlaced]
	Lifted *Item[schemas.HoldLifted] `json:"lifted"`
}

// Flag is something about the record that needs somebody's look. It never
// stopped an entry.
type Flag struct {
	Seq  uint64 `json:"seq"`  // of the entry that it is about
	Code string `json:"code"` // one of the Flag constants
	Why  string `json:"why"`  // in words; no words of a client, names, numbers or addresses
	Ref  uint64 `json:"ref"`  // another entry that it has to do with; 0 none
}

// The codes of flags.
const (
	FlagUnreadable   = "unreadable"    // its key is gone, or it is of a shape that this build does not know
	FlagNotFound     = "not-found"     // it names an entry or an item that is not there
	FlagFuture       = "future"        // it happened after it was recorded
	FlagClockBack    = "clock-back"    // it was recorded before the entry in front of it
	FlagAfterClosing = "after-closing" // it happened while the case was closed
	FlagExcluded     = "excluded"      // somebody on the exclusion list recorded it, or is given the case
	FlagUnsafe       = "unsafe"        // the channel was not safe then
	FlagEnded        = "ended"         // it changes a plan action that had ended
)

// Entry returns the entry of a seq, nil when there is none.
func (f *File) Entry(seq uint64) *Entry {
	i, ok := slices.BinarySearchFunc(f.Entries, seq, func(e Entry, seq uint64) int {
		switch {
		case e.Seq < seq:
			return -1
		case e.Seq > seq:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &f.Entries[i]
}

// Head is the seq of the newest entry, 0 of none.
func (f *File) Head() uint64 {
	if len(f.Entries) == 0 {
		return 0
	}
	return f.Entries[len(f.Entries)-1].Seq
}

// newest returns the last item, nil of none.
func newest[T any](list []Item[T]) *Item[T] {
	if len(list) == 0 {
		return nil
	}
	return &list[len(list)-1]
}

// newestOf returns the last item of each key, in the order in which the keys
// came first.
func newestOf[T any](list []Item[T], key func(*T) string) []*Item[T] {
	var out []*Item[T]
	place := make(map[string]int, len(list))
	for i := range list {
		k := key(&list[i].Data)
		if at, ok := place[k]; ok {
			out[at] = &list[i]
			continue
		}
		place[k] = len(out)
		out = append(out, &list[i])
	}
	return out
}

// Client is the client's details as last recorded, nil before.
func (f *File) Client() *Item[schemas.ClientRecorded] { return newest(f.Clients) }

// CurrentChildren are the children as last recorded.
func (f *File) CurrentChildren() []*Item[schemas.ChildRecorded] {
	return newestOf(f.Children, func(c *schemas.ChildRecorded) string { return c.Child })
}

// CurrentPeople are the people of the case as last recorded.
func (f *File) CurrentPeople() []*Item[schemas.PersonRecorded] {
	return newestOf(f.People, func(p *schemas.PersonRecorded) string { return p.Person })
}

// CurrentPerpetrators are the people whose role is perpetrator.
func (f *File) CurrentPerpetrators() []*Item[schemas.PersonRecorded] {
	return slices.DeleteFunc(f.CurrentPeople(), func(p *Item[schemas.PersonRecorded]) bool { return p.Data.Role != "perpetrator" })
}

// CurrentOrders are the orders as they stand.
func (f *File) CurrentOrders() []*Item[schemas.OrderRecorded] {
	return newestOf(f.Orders, func(o *schemas.OrderRecorded) string { return o.Order })
}

// CurrentEquipment is the equipment as it stands.
func (f *File) CurrentEquipment() []*Item[schemas.EquipmentProvided] {
	return newestOf(f.Equipment, func(e *schemas.EquipmentProvided) string { return e.Equipment })
}

// CurrentStatus is where each perpetrator stands: for each the status that
// came last to be so, of two at one moment the one recorded last.
func (f *File) CurrentStatus() []*Item[schemas.PerpetratorStatus] {
	sorted := slices.Clone(f.Perpetrators)
	slices.SortStableFunc(sorted, func(a, b Item[schemas.PerpetratorStatus]) int { return a.When().Compare(b.When()) })
	return newestOf(sorted, func(p *schemas.PerpetratorStatus) string { return p.Person })
}

// Excluded are the staff who may not have to do with the case, as last said.
func (f *File) Excluded() []*Item[schemas.StaffExcluded] {
	return slices.DeleteFunc(newestOf(f.Exclusions, func(s *schemas.StaffExcluded) string { return s.Staff }),
		func(s *Item[schemas.StaffExcluded]) bool { return !s.Data.Excluded })
}

// IsExcluded reports whether a member of staff is on the exclusion list.
func (f *File) IsExcluded(staff string) bool {
	return slices.ContainsFunc(f.Excluded(), func(s *Item[schemas.StaffExcluded]) bool { return s.Data.Staff == staff })
}

// Adviser is to whom the case is allocated, "" nobody.
func (f *File) Adviser() string {
	if a := newest(f.Allocations); a != nil {
		return a.Data.Adviser
	}
	return ""
}

// AdviserAt is to whom the case was allocated at a time.
func (f *File) AdviserAt(t time.Time) string {
	for _, a := range slices.Backward(f.Allocations) {
		if !a.Since().After(t) {
			return a.Data.Adviser
		}
	}
	return ""
}

// Covering are those who cover the case at a time, as last said for each adviser
// and start. A cover holds from its start to its end, a date to the end of the
// day.
func (f *File) Covering(t time.Time) []*Item[schemas.CaseCovered] {
	return slices.DeleteFunc(newestOf(f.Covers, func(c *schemas.CaseCovered) string { return c.Adviser + " " + c.From }),
		func(c *Item[schemas.CaseCovered]) bool {
			to := when(c.Data.To)
			return when(&c.Data.From).Start().After(t) || !to.IsZero() && to.Past(t)
		})
}

// SafeContact is how the client can be reached as last recorded, nil when
// nothing was.
func (f *File) SafeContact() *Item[schemas.SafeContactSetV2] { return newest(f.SafeContacts) }

// SafeContactAt is the setting that held at a time: the one recorded last of
// those that had come to be so by then.
func (f *File) SafeContactAt(t time.Time) *Item[schemas.SafeContactSetV2] {
	for i := range slices.Backward(f.SafeContacts) {
		if !f.SafeContacts[i].Since().After(t) {
			return &f.SafeContacts[i]
		}
	}
	return nil
}

// Risk is the risk review that was held last, nil before the first. Of two at
// one moment it is the one recorded last.
func (f *File) Risk() *Item[schemas.RiskReviewedV2] {
	var last *Item[schemas.RiskReviewedV2]
	for i := range f.RiskReviews {
		if r := &f.RiskReviews[i]; last == nil || !r.When().Before(last.When()) {
			last = r
		}
	}
	return last
}

// OpenIncidents are those that no risk review has followed.
func (f *File) OpenIncidents() []*Incident {
	var open []*Incident
	for i := range f.Incidents {
		if f.Incidents[i].Reviewed == 0 {
			open = append(open, &f.Incidents[i])
		}
	}
	return open
}

// Action is the plan action of an id, nil when there is none.
func (f *File) Action(id string) *PlanAction {
	if i := slices.IndexFunc(f.Plan, func(a PlanAction) bool { return a.ID == id }); i >= 0 {
		return &f.Plan[i]
	}
	return nil
}

// Area are the plan actions of an area: money, life, time, safety, health.
func (f *File) Area(area string) []*PlanAction {
	var list []*PlanAction
	for i := range f.Plan {
		if f.Plan[i].Area == area {
			list = append(list, &f.Plan[i])
		}
	}
	return list
}

// Held are the holds that nobody has lifted.
func (f *File) Held() []*Hold {
	var list []*Hold
	for i := range f.Holds {
		if f.Holds[i].Lifted == nil {
			list = append(list, &f.Holds[i])
		}
	}
	return list
}

// Marks are what all referrals flagged: honour-based, language, under-18,
// later-life, mental-health, substance-use, self-harm. In the order in which
// they came.
func (f *File) Marks() []string {
	list := []string{}
	for _, r := range f.Referrals {
		for _, m := range r.Data.Flags {
			if !slices.Contains(list, m) {
				list = append(list, m)
			}
		}
	}
	return list
}

// Age is the client's age on a day, in whole years; ok is false when the date
// of birth is not known.
func (f *File) Age(on clock.Date) (years int, ok bool) {
	c := f.Client()
	if c == nil || c.Data.Born == nil {
		return 0, false
	}
	return when(c.Data.Born).Date().Age(on), true
}

// Under18 reports whether the client is under 18 on a day: by the date of birth
// when it is known, else as the referrals flagged. Source of the age: Children
// Act 1989, section 105.
func (f *File) Under18(on clock.Date) bool {
	if years, ok := f.Age(on); ok {
		return years < 18
	}
	return slices.Contains(f.Marks(), "under-18")
}

// Agreed is the answer for a purpose (support, sharing, statistics) at a time,
// nil when it was not asked: the one recorded last of those that had come to be
// so, unless it has expired or was withdrawn for everybody since; then asked is
// true and the answer nil.
func (f *File) Agreed(purpose string, t time.Time) (answer *schemas.Agreement, asked bool) {
	seq := uint64(0)
	for _, a := range slices.Backward(f.Agreements) {
		if a.Since().After(t) {
			continue
		}
		i := slices.IndexFunc(a.Data.Answers, func(x schemas.Agreement) bool { return x.Purpose == purpose })
		if i < 0 {
			continue
		}
		if when(a.Data.Expires).Past(t) {
			return nil, true
		}
		answer, seq = &a.Data.Answers[i], a.Seq
		break
	}
	if answer == nil {
		return nil, false
	}
	for _, w := range f.Withdrawals {
		if w.Seq > seq && !w.Since().After(t) && len(w.Data.With) == 0 && slices.Contains(w.Data.Purposes, purpose) {
			return nil, true
		}
	}
	return answer, true
}
