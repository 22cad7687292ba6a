package views

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// The kinds of what is due.
const (
	DueFirstAttempt  = "first-attempt"  // since the referral, in working days
	DueContact       = "contact"        // contacts have their interval
	DueNextContact   = "next-contact"   // as agreed at the last
	DueNextTry       = "next-try"       // after an attempt or a missed appointment
	DueAppointment   = "appointment"    // is over, and nothing says what became of it
	DueRiskReview    = "risk-review"    // at once after an incident, else at its interval
	DueSafeContact   = "safe-contact"   // expires, or was never set
	DuePlanAction    = "plan-action"    // of the safety plan
	DueFeedback      = "feedback"       // the client is told what the Marac decided, in working days
	DueMarac         = "marac"          // the meeting
	DueMaracAction   = "marac-action"   // as agreed there
	DueMeeting       = "meeting"        // the next of another kind
	DueMeetingAction = "meeting-action" // of another meeting
	DueOrder         = "order"          // expires
	DueRelease       = "release"        // of a perpetrator
	DueStatus        = "bail"           // bail, remand or licence ends
	DueCourt         = "court"          // the next hearing
	DueChase         = "chase"          // an agency is asked again
	DueAccommodation = "accommodation"  // an offer lapses, a stay ends
	DueProgramme     = "programme"      // the next session
	DueClip          = "clip"           // a clip is overwritten
	DueAgreement     = "agreement"      // expires
	DueSafeguarding  = "safeguarding"   // to be looked at again
	DueHandover      = "handover"       // to the helpline ends; never overdue
	DueCover         = "cover"          // ends; never overdue

	// For managers.
	DueOverride   = "override"    // to be reviewed, in working days
	DueCaseReview = "case-review" // of an open case, at its interval
	DueHold       = "hold"        // to be looked at again
	DueDisclosure = "disclosure"  // a request is to be answered
)

// Subject is a case as a line of a list shows it.
type Subject struct {
	Case     events.Chain `json:"case"`
	Initials string       `json:"initials"`
	Adviser  string       `json:"adviser"` // "": not allocated
	Risk     string       `json:"risk"`    // as judged last; "": not reviewed
}

func subject(f *casefile.File) Subject {
	s := Subject{Case: f.Chain, Adviser: f.Adviser()}
	if c := f.Client(); c != nil {
		s.Initials = c.Data.Initials
	}
	if r := f.Risk(); r != nil {
		s.Risk = r.Data.Judgement.Level
	}
	return s
}

// levels are the risks, the highest last.
var levels = []string{"", "standard", "medium", "high"}

func (s *Subject) compare(o *Subject) int {
	return cmp.Or(slices.Index(levels, o.Risk)-slices.Index(levels, s.Risk), slices.Compare(s.Case[:], o.Case[:]))
}

// Item is something that a case needs by a date.
type Item struct {
	Subject
	Kind    string `json:"kind"`    // one of the Due constants
	Manager bool   `json:"manager"` // it is for a manager to do
	Reason  string `json:"reason"`
	// Due by its end when it is a date. From is the day from which it can be
	// done, when that is earlier than the day by which it must.
	Due     clock.When `json:"due"`
	From    clock.Date `json:"from"`
	Overdue bool       `json:"overdue"`
	Days    int        `json:"days"` // of the calendar over; 0 on the day itself
	Seq     uint64     `json:"seq"`  // the event it rests on
}

// enters is the day from which an item is in a list.
func (i *Item) enters() clock.Date {
	if !i.From.IsZero() {
		return i.From
	}
	return i.Due.Date()
}

// Policy names the set of figures that was used.
type Policy struct {
	Version uint64     `json:"version"` // 0: all defaults
	Seq     uint64     `json:"seq"`
	From    clock.When `json:"from"`
}

func policyOf(p *policy.Set) Policy { return Policy{p.Version, p.Seq, p.From} }

// Missing is a case that cannot be read: it must not vanish from a view.
type Missing struct {
	Case events.Chain `json:"case"`
	Why  string       `json:"why"`
}

// Whom says for whom a view is. The zero Whom is everybody.
type Whom struct {
	Staff string `json:"staff"`
	Role  string `json:"role"` // as of staff.recorded; "": not recorded
}

// sees reports whether a case may be shown at all.
func (w Whom) sees(f *casefile.File) bool {
	return f.Stage != casefile.StageErased && (w.Staff == "" || !f.IsExcluded(w.Staff))
}

// has reports whether a case is hers or his now, to keep or to cover.
func (w Whom) has(f *casefile.File, now time.Time) bool {
	return w.Staff == "" || f.Adviser() == w.Staff || w.covers(f, now) != nil
}

func (w Whom) covers(f *casefile.File, now time.Time) *casefile.Item[schemas.CaseCovered] {
	for _, c := range f.Covering(now) {
		if c.Data.Adviser == w.Staff {
			return c
		}
	}
	return nil
}

// manages reports whether what is for managers is shown.
func (w Whom) manages() bool { return w.Staff == "" || w.Role == "manager" }

// DueList is what cases need by a day, the most urgent first.
type DueList struct {
	At      clock.When `json:"at"`
	Whom    Whom       `json:"whom"`
	By      clock.Date `json:"by"` // what is due, or can be done, by the end of this day
	Policy  Policy     `json:"policy"`
	Items   []Item     `json:"items"`
	Missing []Missing  `json:"missing"`
}

// Due lists what is due by the end of a day: of the cases that somebody has or
// covers, of all for the zero Whom, and for a manager what managers do in
// every case.
func Due(cases Cases, p *policy.Set, now time.Time, whom Whom, by clock.Date) DueList {
	list := DueList{At: clock.AtTime(now), Whom: whom, By: by, Policy: policyOf(p), Items: []Item{}, Missing: []Missing{}}
	for f := range cases {
		for _, i := range itemsFor(f, p, now, whom) {
			if i.enters() <= by {
				list.Items = append(list.Items, i)
			}
		}
	}
	sortItems(list.Items)
	return list
}

func sortItems(list []Item) {
	slices.SortStableFunc(list, func(a, b Item) int {
		return cmp.Or(a.Due.Compare(b.Due), a.Subject.compare(&b.Subject), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Seq, b.Seq))
	})
}

// itemsFor is what of a case is for somebody.
func itemsFor(f *casefile.File, p *policy.Set, now time.Time, whom Whom) []Item {
	if !whom.sees(f) {
		return nil
	}
	mine, manages := whom.has(f, now), whom.manages()
	if !mine && !manages {
		return nil
	}
	return slices.DeleteFunc(items(f, p, now), func(i Item) bool { return i.Manager && !manages || !i.Manager && !mine })
}

// lister collects what a case needs.
type lister struct {
	f    *casefile.File
	p    *policy.Set
	now  time.Time
	line Subject
	list []Item
}

// items is everything that a case needs, whenever it is due.
func items(f *casefile.File, p *policy.Set, now time.Time) []Item {
	l := &lister{f: f, p: p, now: now, line: subject(f)}
	switch f.Stage {
	case casefile.StageErased:
		return nil
	case casefile.StageOpen, casefile.StageNone:
		l.contact()
		l.risk()
		l.plan()
		l.marac()
		l.law()
		l.help()
		l.ends()
		l.reviews()
	}
	l.record()
	return l.list
}

func (l *lister) add(i Item) {
	if i.Due.IsZero() {
		return
	}
	i.Subject = l.line
	never := i.Kind == DueHandover || i.Kind == DueCover
	if i.Overdue = i.Due.Past(l.now); i.Overdue && never {
		return
	}
	if i.Overdue {
		i.Days = int(clock.DateOf(l.now) - i.Due.Date())
	}
	l.list = append(l.list, i)
}

func (l *lister) put(kind string, due clock.When, seq uint64, reason string, args ...any) {
	l.add(Item{Kind: kind, Due: due, Seq: seq, Reason: fmt.Sprintf(reason, args...)})
}

// working is the day n working days after another. Where bank holidays are not
// known nothing is guessed: it is due at once, and why says so.
func working(from clock.When, n int) (due clock.When, why string) {
	day, err := clock.AddWorkingDays(from.Date(), n)
	var beyond *clock.RangeError
	if errors.As(err, &beyond) {
		return clock.OnDate(from.Date()), "; the bank holidays of that time are not known, so it counts as due at once"
	}
	return clock.OnDate(day), ""
}

func when(s *string) clock.When {
	if s == nil {
		return clock.When{}
	}
	w, err := clock.ParseWhen(*s)
	if err != nil {
		return clock.When{} // no moment: the schemas refuse it
	}
	return w
}

func say(w clock.When) string { return clock.OnDate(w.Date()).Say() }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// later is the later of two moments of a case.
func later(a, b casefile.Moment) casefile.Moment {
	if a.When.Before(b.When) {
		return b
	}
	return a
}

func (l *lister) contact() {
	t := &l.f.Times
	first := t.FirstAttempt.IsZero() && !t.Referral.IsZero()
	if first {
		due, why := working(t.Referral.When, l.p.FirstAttemptWithin())
		l.put(DueFirstAttempt, due, t.Referral.Seq, "first attempt within %s of the referral of %s%s", plural(l.p.FirstAttemptWithin(), "working day"), say(t.Referral.When), why)
	}
	every := l.p.ContactEvery()
	if base := later(t.LastContact, t.Referral); !first && !base.IsZero() {
		due := base.When.AddDays(every)
		reason := fmt.Sprintf("last contact %s; every %s", say(base.When), plural(every, "day"))
		if base.Seq != t.LastContact.Seq || t.LastContact.IsZero() {
			reason = fmt.Sprintf("no contact yet since the referral of %s; every %s", say(base.When), plural(every, "day"))
		}
		if t.NextContact.IsZero() || due.Before(t.NextContact.When) {
			l.put(DueContact, due, base.Seq, "%s", reason)
		}
	}
	l.put(DueNextContact, t.NextContact.When, t.NextContact.Seq, "next contact, agreed at the contact of %s", say(t.LastContact.When))
	l.put(DueNextTry, t.NextTry.When, t.NextTry.Seq, "next try, after the attempt of %s", say(t.LastAttempt.When))
	for i := range l.f.Appointments {
		a := &l.f.Appointments[i]
		end := a.End()
		if end.IsZero() {
			end = a.Start()
		}
		switch {
		case a.State == casefile.AppointmentPlanned && end.Past(l.now):
			l.put(DueAppointment, end, a.Seq, "appointment (%s) is over; nothing says what became of it", casefile.Code(a.Data.Purpose))
		case a.State == casefile.AppointmentMissed && len(a.Missed) > 0:
			if m := a.Missed[len(a.Missed)-1]; t.LastContact.When.Before(m.When()) {
				l.put(DueNextTry, when(m.Data.NextTry), m.Seq, "next try, after the missed appointment of %s", say(a.Start()))
			}
		}
	}
	switch set := l.f.SafeContact(); {
	case set == nil:
		l.put(DueSafeContact, t.Referral.When, t.Referral.Seq, "safe contact was never set")
	default:
		expires := when(set.Data.Expires)
		l.put(DueSafeContact, expires, set.Seq, "the safe-contact setting expires %s", say(expires))
	}
}

func (l *lister) risk() {
	if open := l.f.OpenIncidents(); len(open) > 0 {
		first := open[0]
		for _, i := range open[1:] {
			if i.When().Before(first.When()) {
				first = i
			}
		}
		if len(open) == 1 {
			l.put(DueRiskReview, first.When(), first.Seq, "incident disclosed %s: risk review at once", say(first.When()))
		} else {
			l.put(DueRiskReview, first.When(), first.Seq, "%d incidents disclosed since %s: risk review at once", len(open), say(first.When()))
		}
		return
	}
	last := l.f.Risk()
	if last == nil {
		r := l.f.Times.Referral
		l.put(DueRiskReview, r.When, r.Seq, "no risk review yet since the referral of %s", say(r.When))
		return
	}
	from, to := l.p.RiskReviewEvery()
	l.add(Item{
		Kind: DueRiskReview, From: last.When().AddDays(from).Date(), Due: last.When().AddDays(to), Seq: last.Seq,
		Reason: fmt.Sprintf("last risk review %s; due from %s, overdue after %s", say(last.When()), say(last.When().AddDays(from)), say(last.When().AddDays(to))),
	})
}

func (l *lister) plan() {
	for i := range l.f.Plan {
		if a := &l.f.Plan[i]; !a.Ended {
			l.put(DuePlanAction, when(a.Due), a.Changed.Seq, "plan action %s (%s)", casefile.Code(a.ID), casefile.Code(a.Area))
		}
	}
}

func (l *lister) marac() {
	for i := range l.f.MaracReferrals {
		r := &l.f.MaracReferrals[i]
		heard := slices.ContainsFunc(l.f.Hearings, func(h casefile.Hearing) bool {
			return h.Data.Referral != nil && *h.Data.Referral == r.Seq || h.Data.Marac == r.Data.Marac && h.Seq > r.Seq
		})
		again := slices.ContainsFunc(l.f.MaracReferrals[i+1:], func(n casefile.Item[schemas.MaracReferred]) bool { return n.Data.Marac == r.Data.Marac })
		if !heard && !again {
			l.put(DueMarac, when(r.Data.Meeting), r.Seq, "Marac meeting")
		}
	}
	for i := range l.f.Hearings {
		h := &l.f.Hearings[i]
		// What was heard before the case came here was for others to tell.
		if h.Data.Outcome != "heard" || !h.Feedback.IsZero() || when(&h.Data.Meeting).Date() < l.came() {
			continue
		}
		n := l.p.FeedbackWithin(h.Data.Marac)
		met := when(&h.Data.Meeting)
		due, why := working(met, n)
		l.put(DueFeedback, due, h.Seq, "feedback to the client within %s of the Marac of %s%s", plural(n, "working day"), say(met), why)
	}
	for i := range l.f.MeetingActions {
		a := &l.f.MeetingActions[i]
		if a.Status != "open" {
			continue
		}
		kind, of := DueMaracAction, "the Marac"
		if a.Kind != "marac" {
			kind, of = DueMeetingAction, "the meeting ("+casefile.Code(a.Kind)+")"
		}
		l.put(kind, a.DueNow, a.Meeting.Seq, "action %s of %s of %s", casefile.Code(a.ID), of, say(a.Meeting.When()))
	}
	for _, m := range latest(l.f.Meetings, func(m *schemas.MeetingRecorded) string { return m.Kind }) {
		l.put(DueMeeting, when(m.Data.Next), m.Seq, "meeting (%s)", casefile.Code(m.Data.Kind))
	}
}

// came is the day of the first referral; none when nothing says.
func (l *lister) came() clock.Date {
	var first clock.Date
	for _, r := range l.f.Referrals {
		if day := when(&r.Data.Received).Date(); first.IsZero() || day < first {
			first = day
		}
	}
	return first
}

// latest is of each key the item that happened last, of two at one moment the
// one recorded last.
func latest[T any](list []casefile.Item[T], key func(*T) string) []*casefile.Item[T] {
	var out []*casefile.Item[T]
	at := map[string]int{}
	for i := range list {
		k := key(&list[i].Data)
		n, ok := at[k]
		switch {
		case !ok:
			at[k] = len(out)
			out = append(out, &list[i])
		case !list[i].When().Before(out[n].When()):
			out[n] = &list[i]
		}
	}
	return out
}

func (l *lister) law() {
	for _, o := range l.f.CurrentOrders() {
		switch o.Data.Status {
		case "applied", "refused", "discharged", "expired":
		default:
			l.put(DueOrder, when(o.Data.Expires), o.Seq, "order %s (%s) expires", casefile.Code(o.Data.Order), casefile.Code(o.Data.Kind))
		}
	}
	for _, s := range l.f.CurrentStatus() {
		l.put(DueRelease, when(s.Data.Release), s.Seq, "a perpetrator is due for release")
		l.put(DueStatus, when(s.Data.Until), s.Seq, "a perpetrator's bail, remand or licence ends")
	}
	for _, c := range latest(l.f.Courts, func(c *schemas.CourtRecorded) string { return c.Kind + " " + c.Court }) {
		l.put(DueCourt, when(c.Data.Next), c.Seq, "court hearing (%s)", casefile.Code(c.Data.Kind))
	}
}

func (l *lister) help() {
	for i := range l.f.Agencies {
		switch a := l.f.Agencies[i].Last(); a.Data.Answer {
		case "waiting", "no-answer":
			l.put(DueChase, when(a.Data.Chase), a.Seq, "an agency (%s) has not answered: ask again", casefile.Code(a.Data.Kind))
		}
	}
	for i := range l.f.Sought {
		s := &l.f.Sought[i]
		over := slices.ContainsFunc(l.f.Sought, func(n casefile.Item[schemas.AccommodationSought]) bool {
			return n.Data.AskedIn != nil && *n.Data.AskedIn == s.Seq
		}) || slices.ContainsFunc(l.f.Placed, func(n casefile.Item[schemas.AccommodationPlaced]) bool { return n.Seq > s.Seq })
		if s.Data.Answer == "offered" && !over {
			l.put(DueAccommodation, when(s.Data.Until), s.Seq, "an offer of accommodation (%s) lapses", casefile.Code(s.Data.Kind))
		}
	}
	for _, a := range latest(l.f.Placed, func(*schemas.AccommodationPlaced) string { return "" }) {
		l.put(DueAccommodation, when(a.Data.To), a.Seq, "the stay (%s) ends", casefile.Code(a.Data.Kind))
	}
	for _, g := range latest(l.f.Programmes, func(g *schemas.ProgrammeAttended) string {
		if g.Who == nil {
			return g.Programme
		}
		return g.Programme + "\n" + *g.Who
	}) {
		if g.Data.Status != "completed" && g.Data.Status != "left" {
			l.put(DueProgramme, when(g.Data.Next), g.Seq, "next session (%s)", casefile.Code(g.Data.Kind))
		}
	}
	for _, e := range l.f.CurrentEquipment() {
		saved := e.Data.SavedIn != nil || slices.ContainsFunc(l.f.Attachments, func(a casefile.Item[schemas.AttachmentAddedV2]) bool {
			return a.Seq > e.Seq && a.Data.Equipment != nil && *a.Data.Equipment == e.Data.Equipment
		})
		if !saved {
			l.put(DueClip, when(e.Data.SaveBy), e.Seq, "a clip of %s is overwritten: save it before", casefile.Code(e.Data.Equipment))
		}
	}
}

// ends are things that hold until a date.
func (l *lister) ends() {
	for i := range l.f.Agreements {
		a := &l.f.Agreements[i]
		for _, answer := range a.Data.Answers {
			// The answer that holds: nothing later was said of this purpose.
			said := func(answers []schemas.Agreement) bool {
				return slices.ContainsFunc(answers, func(x schemas.Agreement) bool { return x.Purpose == answer.Purpose })
			}
			again := slices.ContainsFunc(l.f.Agreements[i+1:], func(n casefile.Item[schemas.AgreementRecorded]) bool { return said(n.Data.Answers) })
			withdrawn := slices.ContainsFunc(l.f.Withdrawals, func(w casefile.Item[schemas.AgreementWithdrawn]) bool {
				return w.Seq > a.Seq && len(w.Data.With) == 0 && slices.Contains(w.Data.Purposes, answer.Purpose)
			})
			if answer.Agreed && !again && !withdrawn {
				l.put(DueAgreement, when(a.Data.Expires), a.Seq, "the agreement to %s expires", casefile.Code(answer.Purpose))
			}
		}
	}
	for _, s := range latest(l.f.Safeguarding, func(s *schemas.SafeguardingDecided) string {
		if s.Person == nil {
			return s.About
		}
		return s.About + "\n" + *s.Person
	}) {
		l.put(DueSafeguarding, when(s.Data.Review), s.Seq, "the safeguarding decision (%s) is to be looked at again", casefile.Code(s.Data.Concern))
	}
	if n := len(l.f.Handovers); n > 0 {
		h := &l.f.Handovers[n-1]
		l.put(DueHandover, when(&h.Data.To), h.Seq, "the handover of %s ends", say(h.When()))
	}
	for _, c := range l.f.Covering(l.now) {
		l.put(DueCover, when(c.Data.To), c.Seq, "the cover by %s ends", c.Data.Adviser)
	}
}

// reviews are what a manager does in an open case.
func (l *lister) reviews() {
	base := l.f.Times.Referral
	what := fmt.Sprintf("no case review yet since the referral of %s", say(base.When))
	for _, m := range l.f.Meetings {
		if m.Data.Kind == "case-review" && !m.When().Before(base.When) {
			base = casefile.Moment{When: m.When(), Seq: m.Seq}
			what = "last case review " + say(base.When)
		}
	}
	every := l.p.CaseReviewEvery()
	l.add(Item{Kind: DueCaseReview, Manager: true, Due: base.When.AddDays(every), Seq: base.Seq, Reason: fmt.Sprintf("%s; every %s", what, plural(every, "day"))})
}

// record is what is due of a closed case too.
func (l *lister) record() {
	for i := range l.f.Overrides {
		o := &l.f.Overrides[i]
		if o.Review != nil {
			continue
		}
		n := l.p.OverrideReviewWithin()
		due, why := working(o.When(), n)
		l.add(Item{Kind: DueOverride, Manager: true, Due: due, Seq: o.Seq,
			Reason: fmt.Sprintf("an override (%s) by %s is to be reviewed within %s of %s%s", casefile.Code(o.Kind), o.By, plural(n, "working day"), say(o.When()), why)})
	}
	for _, h := range l.f.Held() {
		l.add(Item{Kind: DueHold, Manager: true, Due: when(h.Data.Review), Seq: h.Seq, Reason: "the hold (" + casefile.Code(h.Data.Reason) + ") is to be looked at again"})
	}
	for i := range l.f.Requests {
		r := &l.f.Requests[i]
		answered := slices.ContainsFunc(l.f.Exports, func(e casefile.Item[schemas.DisclosureExportedV2]) bool {
			return e.Data.Request != nil && *e.Data.Request == r.Seq
		}) || slices.ContainsFunc(l.f.Decisions, func(d casefile.Item[schemas.DisclosureDecidedV2]) bool {
			return d.Data.Request == r.Seq && d.Data.Decision == "refused"
		})
		if !answered {
			l.add(Item{Kind: DueDisclosure, Manager: true, Due: when(r.Data.Due), Seq: r.Seq, Reason: "the request for disclosure (" + casefile.Code(r.Data.Kind) + ") is to be answered"})
		}
	}
}
