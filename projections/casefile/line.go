package casefile

import (
	"slices"
	"strconv"
	"strings"

	"caseledger/internal/clock"
	"caseledger/schemas"
)

// Line says in one line what an event is: for timelines, logs of work and
// lists. It is made of codes, counts and dates: never a client's words, a name,
// a number or an address.
func Line(ev Event) string {
	e := read(&ev)
	var w words
	w.line(&e)
	return string(w)
}

// words writes a line.
type words []byte

func (w *words) text(s ...string) {
	for _, s := range s {
		*w = append(*w, s...)
	}
}

func (w *words) line(e *entry) {
	switch {
	case e.data != nil:
		w.say(e.data, e.Occurred)
	case e.typ == "":
		w.text("An event that cannot be opened")
	default:
		w.text("An event of a kind that this version does not know")
	}
}

// Code is a code of a schema or a staff number, and "other" for what could be
// anything else.
func Code(s string) string {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return "other"
		}
	}
	if len(s) > 32 {
		return "other"
	}
	return s
}

// spaced is a code as words.
func spaced(code string) string { return strings.ReplaceAll(Code(code), "-", " ") }

// coded writes a text and a code as words.
func (w *words) coded(text, code string) { w.text(text, spaced(code)) }

// named writes a text and a code as it stands: a staff number.
func (w *words) named(text, code string) { w.text(text, Code(code)) }

// list writes codes, each after a comma.
func (w *words) list(codes []string) {
	for _, c := range codes {
		w.coded(", ", c)
	}
}

func (w *words) count(n int, what string) {
	*w = strconv.AppendInt(*w, int64(n), 10)
	w.text(" ", what)
	if n != 1 {
		w.text("s")
	}
}

func (w *words) entry(text string, seq uint64) {
	w.text(text)
	*w = strconv.AppendUint(*w, seq, 10)
}

// moment writes a text and a date or time, nothing for null.
func (w *words) moment(text string, s *string) {
	if m := when(s); !m.IsZero() {
		w.text(text, m.Say())
	}
}

var channelWords = map[string]string{
	"phone": "telephone", "video": "video call", "text": "text message",
	"email": "email", "post": "letter",
}

// channelWord names a channel at the beginning of a sentence or within one.
func channelWord(channel string) string {
	if word := channelWords[channel]; word != "" {
		return word
	}
	return spaced(channel)
}

var sourceWords = map[string]string{
	"marac": "a Marac", "police": "the police", "self": "the client",
	"agency": "an agency", "helpline": "the helpline",
}

func (w *words) channel(channel string) {
	if channel == "in-person" {
		w.text(" in person")
		return
	}
	w.text(" by ", channelWord(channel))
}

// minutes is how long something took, when it was timed; -1 when it was not.
func minutes(o Span) int {
	if o.Precision != "exact" || o.From.IsZero() || o.To.IsZero() || o.From.IsDate() || o.To.IsDate() || o.To.Before(o.From) {
		return -1
	}
	return int(o.To.Start().Sub(o.From.Start()).Minutes())
}

// Sheet is what the line of a contact is made of. Contacts are most of what a
// ledger holds: who folds a million of them reads no more than this.
type Sheet struct {
	Channel    string
	WithClient bool
	Minutes    int // -1: not timed
	Statements int
	FeedbackOn uint64 // the marac.heard that the client was told of; 0 none
	Checked    bool   // safe contact was
}

// Line is what Line says of the contact.
func (s *Sheet) Line() string {
	w := make(words, 0, 96)
	w.sheet(s)
	return string(w)
}

func (w *words) sheet(s *Sheet) {
	w.text("Contact")
	w.channel(s.Channel)
	if !s.WithClient {
		w.text(", not with the client")
	}
	if s.Minutes >= 0 {
		w.text(", ")
		w.count(s.Minutes, "minute")
	}
	w.text(", ")
	w.count(s.Statements, "statement")
	if s.FeedbackOn != 0 {
		w.entry(", feedback on event ", s.FeedbackOn)
	}
	if !s.Checked {
		w.text(", safe contact not checked")
	}
}

// SafeLine says how the client can be reached, for the strip of a case: which
// channels, whether a code word is set and until when it holds, seen from a
// day. Never the word, a number or an address. nil: nothing is set.
func SafeLine(set *schemas.SafeContactSetV2, today clock.Date) string {
	if set == nil {
		return "SAFE CONTACT NOT SET"
	}
	yes, no := safeChannels(set)
	return SafeWords(yes, no, set.CodeWord != nil, when(set.Expires).Date(), today)
}

// SafeWords is SafeLine for those who have no more than the channels that are
// safe and those that are not, at some address at least, in the order of
// SafeChannels; whether a code word is set; and the day on which the setting
// expires, the zero Date for never.
func SafeWords(yes, no []string, codeWord bool, expires, today clock.Date) string {
	w := words("SAFE: ")
	w.safe(yes, no, codeWord)
	switch {
	case expires.IsZero():
	case expires < today:
		w.text(", EXPIRED ", expires.String())
	case expires == today:
		w.text(", check today")
	default:
		w.text(", until ", expires.String())
	}
	return string(w)
}

// SafeChannels are the channels of a safe-contact setting, in the order in
// which they are listed.
var SafeChannels = [...]string{"phone", "voicemail", "text", "email", "post", "visit", "video"}

// safeChannels lists the channels that are safe, and those that are not, at
// some address at least.
func safeChannels(d *schemas.SafeContactSetV2) (yes, no []string) {
	for _, c := range SafeChannels {
		for _, allowed := range []bool{true, false} {
			if slices.ContainsFunc(d.Channels, func(x schemas.SafeChannelV2) bool { return x.Channel == c && x.Allowed == allowed }) {
				if allowed {
					yes = append(yes, c)
				} else {
					no = append(no, c)
				}
			}
		}
	}
	return yes, no
}

// safe writes which channels are safe, never where. A channel that is safe at
// one number or address and not at another says so beside its own name.
func (w *words) safe(yes, no []string, codeWord bool) {
	if len(yes) == 0 {
		w.text("no channel")
	}
	for i, c := range yes {
		if i > 0 {
			w.text(", ")
		}
		w.text(c)
		if slices.Contains(no, c) {
			switch c {
			case "phone", "voicemail", "text", "video":
				w.text(" (not every number)")
			default:
				w.text(" (not every address)")
			}
		}
	}
	if len(yes) == 1 {
		w.text(" only")
	}
	if codeWord {
		w.text(", code word set")
	}
}

// statuses counts by status, in the order in which they come.
func statuses(actions []schemas.Action) []string {
	var order []string
	n := map[string]int{}
	for _, a := range actions {
		if n[a.Status]++; n[a.Status] == 1 {
			order = append(order, a.Status)
		}
	}
	for i, s := range order {
		order[i] = strconv.Itoa(n[s]) + " " + s
	}
	return order
}

func (w *words) say(data any, o Span) {
	switch d := data.(type) {
	case *schemas.ReferralReceivedV2:
		w.text("Referral from ", sourceWords[d.Source])
		w.list(d.Flags)
	case *schemas.IntakeChecked:
		w.coded("Intake checked, known before: ", d.Known)
		w.text(", ")
		w.count(len(d.Asked), "service")
		w.text(" asked")
		if n := count(d.Asked, func(a schemas.Asked) bool { return a.Answer == "no-answer" }); n > 0 {
			w.text(", ")
			w.count(n, "answer")
			w.text(" missing")
		}
	case *schemas.ClientRecorded:
		w.text("Client's details")
		if d.Interpreter.Needed {
			w.text(", interpreter needed")
		}
	case *schemas.ChildRecorded:
		w.coded("A child's details, status ", d.Status.Kind)
	case *schemas.PersonRecorded:
		w.coded("A person's details, ", d.Role)
		w.coded(", relation ", d.Relation)
	case *schemas.AgreementRecorded:
		w.text("Agreement:")
		for i, a := range d.Answers {
			if i > 0 {
				w.text(",")
			}
			w.coded(" ", a.Purpose)
			w.text(map[bool]string{true: " yes", false: " no"}[a.Agreed])
		}
	case *schemas.AgreementWithdrawn:
		w.text("Agreement withdrawn")
		w.list(d.Purposes)
	case *schemas.SafeContactSetV2:
		w.text("Safe contact set: ")
		yes, no := safeChannels(d)
		w.safe(yes, no, d.CodeWord != nil)
	case *schemas.CaseAllocated:
		w.named("Allocated to ", d.Adviser)
		if d.OverCap != nil {
			w.text(", over the cap, with a reason")
		}
	case *schemas.CaseCovered:
		w.named("Covered by ", d.Adviser)
		w.moment(" from ", &d.From)
		w.moment(" to ", d.To)
		w.coded(", ", d.Reason)
	case *schemas.CaseTransferred:
		w.coded("Transferred ", d.Direction)
		w.text(", ")
		w.count(len(d.HandedOver), "thing")
		w.text(" handed over")
		w.moment(", accepted ", d.Accepted)
	case *schemas.StaffExcluded:
		if d.Excluded {
			w.named("Kept from the case: ", d.Staff)
		} else {
			w.named("No longer kept from the case: ", d.Staff)
		}
		w.coded(", ", d.Reason)
	case *schemas.AppointmentPlanned:
		w.text("Appointment planned")
		w.arranged(&d.Arranged)
		w.coded(", ", d.Purpose)
		if d.Override != nil {
			w.text(", safe contact overridden")
		}
	case *schemas.AppointmentMoved:
		w.entry("Appointment of event ", d.Appointment)
		if d.Arranged == nil {
			w.text(" called off")
		} else {
			w.text(" moved")
			w.arranged(d.Arranged)
		}
		w.coded(", asked by ", d.AskedBy)
		if d.Override != nil {
			w.text(", safe contact overridden")
		}
	case *schemas.AppointmentMissed:
		w.entry("Appointment of event ", d.Appointment)
		w.coded(" missed by ", d.By)
		w.coded(", ", d.Reason)
		if d.FollowedUp == nil {
			w.text(", not followed up")
		}
	case *schemas.ContactAttempted:
		w.text("Attempt")
		w.channel(d.Channel)
		w.coded(", ", d.Outcome)
	case *schemas.ContactRecordedV2:
		sheet := Sheet{
			Channel: d.Channel, Minutes: minutes(o), Statements: len(d.Statements), Checked: d.SafeContactChecked,
			WithClient: slices.ContainsFunc(d.With, func(p schemas.Party) bool { return p.Kind == "client" }),
		}
		if d.FeedbackOn != nil {
			sheet.FeedbackOn = *d.FeedbackOn
		}
		w.sheet(&sheet)
	case *schemas.ContactCorrected:
		w.entry("Correction of event ", d.Corrects.Seq)
		w.entry(", statement ", uint64(d.Corrects.Statement)+1)
	case *schemas.ContactDisputed:
		w.entry("Dispute of event ", d.Disputes.Seq)
		if d.Disputes.Statement != nil {
			w.entry(", statement ", uint64(*d.Disputes.Statement)+1)
		}
	case *schemas.EntryMisfiled:
		w.entry("Misfiled: event ", d.Entry)
		w.text(" belongs to another case")
	case *schemas.IncidentDisclosedV2:
		w.coded("Incident disclosed, reported to the police: ", d.Reported)
		w.list(d.Kinds)
	case *schemas.RiskReviewedV2:
		w.coded("Risk review, judged ", d.Judgement.Level)
		w.list(d.Criteria)
	case *schemas.PlanChanged:
		w.text("Plan changed, ")
		w.count(len(d.Actions), "action")
		w.text(": ", strings.Join(statuses(d.Actions), ", "))
	case *schemas.SafeguardingDecided:
		w.coded("Safeguarding, ", d.Concern)
		w.coded(": ", d.Decision)
	case *schemas.MaracReferred:
		w.text("Referred to Marac")
		w.moment(", meeting ", d.Meeting)
		w.list(d.Criteria)
	case *schemas.MaracHeard:
		w.coded("Marac, ", d.Outcome)
		w.moment(", meeting ", &d.Meeting)
		w.text(", ")
		w.count(len(d.Actions), "action")
	case *schemas.MaracActionUpdated:
		w.entry("Action of the meeting of event ", d.Meeting)
		w.coded(": ", d.Status)
		w.moment(", due ", d.Due)
	case *schemas.MeetingRecorded:
		w.coded("Meeting, ", d.Kind)
		w.text(", ")
		w.count(len(d.Decisions), "decision")
		w.text(", ")
		w.count(len(d.Actions), "action")
		w.moment(", next ", d.Next)
	case *schemas.PerpetratorStatus:
		w.coded("Perpetrator: ", d.Status)
		w.moment(", until ", d.Until)
		w.moment(", release ", d.Release)
		if d.ClientTold == nil {
			w.text(", client not told")
		}
	case *schemas.OrderRecorded:
		w.coded("Order, ", d.Kind)
		w.coded(": ", d.Status)
		w.moment(", expires ", d.Expires)
	case *schemas.CourtRecorded:
		w.coded("Court, ", d.Kind)
		w.coded(", ", d.Hearing)
		w.coded(": ", d.Outcome)
		w.moment(", next ", d.Next)
	case *schemas.AccommodationSought:
		w.coded("Accommodation sought, ", d.Kind)
		w.coded(": ", d.Answer)
		w.moment(", held until ", d.Until)
	case *schemas.AccommodationPlaced:
		w.coded("Accommodation found, ", d.Kind)
		w.moment(", from ", &d.From)
		w.moment(" to ", d.To)
	case *schemas.AgencyInvolved:
		w.coded("Agency, ", d.Kind)
		w.coded(": ", d.Answer)
		w.moment(", ask again ", d.Chase)
	case *schemas.ProgrammeAttended:
		w.coded("Programme, ", d.Kind)
		w.coded(": ", d.Status)
		if d.Session != nil {
			w.text(", session ", strconv.Itoa(*d.Session))
		}
	case *schemas.EquipmentProvided:
		w.coded("Equipment, ", d.Kind)
		w.coded(": ", d.Status)
		if d.SavedIn == nil {
			w.moment(", save the clip before ", d.SaveBy)
		}
	case *schemas.HelplineContact:
		w.coded("Helpline, ", d.Channel)
		w.coded(", caller ", d.Caller)
		w.coded(", danger now: ", d.DangerNow)
		w.coded(", may be rung back: ", d.CallBack.Safe)
	case *schemas.HandoverGiven:
		w.coded("Handover to the helpline, risk ", d.Risk)
		w.moment(", until ", &d.To)
	case *schemas.AttachmentAddedV2:
		w.coded("Attachment, ", d.Kind)
		if d.DerivedFrom != nil {
			w.entry(", a changed copy of event ", *d.DerivedFrom)
		}
	case *schemas.InformationShared:
		w.coded("Information shared, basis ", d.Basis)
		w.coded(", client told: ", d.ClientTold)
	case *schemas.OverrideReviewed:
		w.entry("Override of event ", d.Override)
		w.coded(" reviewed: ", d.Finding)
	case *schemas.DisclosureRequested:
		w.coded("Disclosure asked for, ", d.Kind)
		w.moment(", due ", d.Due)
	case *schemas.DisclosureDecidedV2:
		w.entry("Disclosure of event ", d.Request)
		w.coded(" decided: ", d.Decision)
		switch {
		case d.Words != nil:
			w.entry("; words read and closed up to event ", d.Words.ReadTo)
		case d.ClientTold != nil:
			w.coded("; client told: ", d.ClientTold.Answer)
		}
	case *schemas.DisclosureApprovedV2:
		w.entry("Disclosure of event ", d.Decision)
		w.text(map[bool]string{true: " approved", false: " not approved"}[d.Approved])
	case *schemas.DisclosureExportedV2:
		w.text("Exported for disclosure, ", d.From, " to ", d.To)
		w.entry(", copy ", d.Copy)
	case *schemas.DisclosureReceipted:
		w.entry("Receipt for the export of event ", d.Export)
		w.entry(", copy ", d.Copy)
	case *schemas.CaseClosed:
		w.coded("Case closed, reason: ", d.Reason)
	case *schemas.CaseReopened:
		w.coded("Case reopened, reason: ", d.Reason)
	case *schemas.HoldPlaced:
		w.coded("Held, reason ", d.Reason)
		w.moment(", look again ", d.Review)
	case *schemas.HoldLifted:
		w.entry("Hold of event ", d.Hold)
		w.text(" lifted")
	case *schemas.ErasureBegun:
		w.coded("Erasure begun of the ", d.Scope)
		w.coded(", basis ", d.Basis)
	case *schemas.CaseErased:
		w.coded("Erased: the ", d.Scope)
		w.coded(", basis ", d.Basis)
	case *schemas.AccessCheckpointed:
		w.text("The access ledger was signed at " + strconv.FormatUint(d.Size, 10) + " entries")
	case *schemas.PolicySet:
		w.entry("Policy, version ", d.Version)
		w.moment(", from ", &d.From)
	case *schemas.StaffRecordedV2:
		w.named("Staff: ", d.Staff)
		w.coded(", ", d.Role)
		w.text(map[bool]string{true: "", false: ", not active"}[d.Active])
	}
}

func (w *words) arranged(a *schemas.Arranged) {
	w.channel(a.Channel)
	if a.PlaceKind != nil {
		w.coded(", ", *a.PlaceKind)
	}
	w.moment(" for ", &a.Start)
	w.named(" with ", a.Adviser)
}

func count[T any](list []T, is func(T) bool) (n int) {
	for _, x := range list {
		if is(x) {
			n++
		}
	}
	return n
}
