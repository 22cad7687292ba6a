package casefile

import (
	"slices"
	"strings"
	"unicode"

	"caseledger/events"
	"caseledger/schemas"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Handle is something that a case is found by.
type Handle struct {
	Kind string // one of the Handle constants
	Role string // whose: client, child, the role of a person or who rang the helpline; dialled; "" of a reference
	Text string // as recorded
}

// The kinds of handles.
const (
	HandleName      = "name"
	HandleAlias     = "alias"
	HandlePhone     = "phone"
	HandleReference = "reference"
	HandlePerson    = "person" // a person's id, the same in every case
)

// HandlesOf are the handles of an event, none of a type that has none. The
// error is that of reading its data.
func HandlesOf(b events.Body) ([]Handle, error) {
	if !findable[b.Type] {
		return nil, nil
	}
	data, err := decode(b)
	if err != nil {
		return nil, err
	}
	return handles(data), nil
}

// findable are the types whose events have handles.
var findable = map[string]bool{
	"referral.received": true, "client.recorded": true, "child.recorded": true, "person.recorded": true,
	"incident.disclosed": true, "marac.referred": true, "marac.heard": true, "meeting.recorded": true,
	"perpetrator.status": true, "order.recorded": true, "court.recorded": true, "safeguarding.decided": true,
	"intake.checked": true, "agency.involved": true, "accommodation.sought": true, "accommodation.placed": true,
	"helpline.contact": true, "handover.given": true, "information.shared": true, "disclosure.requested": true,
	"contact.attempted": true, "contact.recorded": true, "risk.reviewed": true,
}

// RoleDialled is the role of a number that a contact or an attempt used: it may
// be anybody's, and makes no case its client's own.
const RoleDialled = "dialled"

// Dialled are the handles of a number used on a channel: of a telephone.
func Dialled(channel, number string) []Handle {
	switch channel {
	case "phone", "text", "video":
		return []Handle{{HandlePhone, RoleDialled, number}}
	}
	return nil
}

func handles(data any) []Handle {
	var list []Handle
	add := func(kind, role string, texts ...string) {
		for _, t := range texts {
			list = append(list, Handle{kind, role, t})
		}
	}
	some := func(kind, role string, text *string) {
		if text != nil {
			add(kind, role, *text)
		}
	}
	dialled := func(channel string, number *string) {
		if number != nil {
			list = append(list, Dialled(channel, *number)...)
		}
	}
	switch d := data.(type) {
	case *schemas.ContactAttempted:
		dialled(d.Channel, d.Number)
	case *schemas.ContactRecordedV2:
		dialled(d.Channel, d.Number)
	case *schemas.RiskReviewedV2:
		add(HandlePerson, "perpetrator", d.About...)
	case *schemas.ClientRecorded:
		add(HandleName, "client", d.Name)
		some(HandleAlias, "client", d.Alias)
		some(HandlePhone, "client", d.Phone)
	case *schemas.ChildRecorded:
		add(HandleName, "child", d.Name)
		add(HandlePerson, "child", d.Child)
	case *schemas.PersonRecorded:
		some(HandleName, d.Role, d.Name)
		add(HandleAlias, d.Role, d.Aliases...)
		add(HandlePhone, d.Role, d.Phones...)
		add(HandleReference, d.Role, d.References...)
		add(HandlePerson, d.Role, d.Person)
	case *schemas.ReferralReceivedV2:
		some(HandleReference, "", d.Reference)
		add(HandlePerson, "perpetrator", d.Perpetrators...)
	case *schemas.IncidentDisclosedV2:
		some(HandleReference, "", d.Reference)
		for i := range d.Perpetrators {
			some(HandlePerson, "perpetrator", d.Perpetrators[i].Person)
		}
	case *schemas.MaracReferred:
		some(HandleReference, "", d.Reference)
		add(HandlePerson, "perpetrator", d.Perpetrators...)
	case *schemas.MaracHeard:
		some(HandleReference, "", d.Reference)
		add(HandlePerson, "perpetrator", d.Perpetrators...)
	case *schemas.MeetingRecorded:
		some(HandleReference, "", d.Reference)
	case *schemas.PerpetratorStatus:
		some(HandleReference, "", d.Reference)
		add(HandlePerson, "perpetrator", d.Person)
	case *schemas.OrderRecorded:
		some(HandleReference, "", d.Reference)
		add(HandlePerson, "perpetrator", d.Against...)
	case *schemas.CourtRecorded:
		some(HandleReference, "", d.Reference)
		add(HandlePerson, "perpetrator", d.Perpetrators...)
	case *schemas.SafeguardingDecided:
		some(HandleReference, "", d.Reference)
	case *schemas.IntakeChecked:
		for i := range d.Asked {
			some(HandleReference, "", d.Asked[i].Reference)
		}
	case *schemas.AgencyInvolved:
		some(HandleReference, "", d.Reference)
	case *schemas.AccommodationSought:
		some(HandleReference, "", d.Reference)
	case *schemas.AccommodationPlaced:
		some(HandleReference, "", d.Reference)
	case *schemas.HelplineContact:
		some(HandleName, d.Caller, d.Name)
		some(HandlePhone, d.Caller, d.Number)
	case *schemas.HandoverGiven:
		some(HandleAlias, "client", d.Alias)
	case *schemas.InformationShared:
		some(HandleReference, "", d.Reference)
	case *schemas.DisclosureRequested:
		add(HandleReference, "", d.Reference)
	}
	return list
}

// Handles are those of a case, of earlier versions too: somebody may ring under
// the name that she had. What is misfiled or cut off has none.
func (f *File) Handles() []Handle {
	var list []Handle
	list = handlesOf(list, f.Clients)
	list = handlesOf(list, f.Children)
	list = handlesOf(list, f.People)
	list = handlesOf(list, f.Referrals)
	for i := range f.Incidents {
		list = append(list, handles(&f.Incidents[i].Data)...)
	}
	for i := range f.Contacts {
		list = append(list, handles(&f.Contacts[i].Data)...)
	}
	list = handlesOf(list, f.Attempts)
	list = handlesOf(list, f.RiskReviews)
	list = handlesOf(list, f.MaracReferrals)
	for i := range f.Hearings {
		list = append(list, handles(&f.Hearings[i].Data)...)
	}
	list = handlesOf(list, f.Meetings)
	list = handlesOf(list, f.Perpetrators)
	list = handlesOf(list, f.Orders)
	list = handlesOf(list, f.Courts)
	list = handlesOf(list, f.Safeguarding)
	list = handlesOf(list, f.Intake)
	for i := range f.Agencies {
		a := &f.Agencies[i]
		list = handlesOf(append(list, handles(&a.Data)...), a.Later)
	}
	list = handlesOf(list, f.Sought)
	list = handlesOf(list, f.Placed)
	list = handlesOf(list, f.Helpline)
	list = handlesOf(list, f.Handovers)
	list = handlesOf(list, f.Shared)
	return handlesOf(list, f.Requests)
}

// Named is somebody whom a case names by number.
type Named struct {
	Person   string
	Initials string // "": not known
	// Role is that of person.recorded, child, or perpetrator of somebody whom
	// only other events name.
	Role     string
	Relation string // to the client; "": not recorded
}

// Named are the people whom a case names by number: as last recorded, then the
// children, then whoever other events name without that they were recorded.
func (f *File) Named() []Named {
	var list []Named
	has := func(person string) bool {
		return slices.ContainsFunc(list, func(n Named) bool { return n.Person == person })
	}
	for _, p := range f.CurrentPeople() {
		n := Named{Person: p.Data.Person, Role: p.Data.Role, Relation: p.Data.Relation}
		if p.Data.Initials != nil {
			n.Initials = *p.Data.Initials
		}
		list = append(list, n)
	}
	for _, c := range f.CurrentChildren() {
		if !has(c.Data.Child) {
			list = append(list, Named{Person: c.Data.Child, Initials: c.Data.Initials, Role: "child", Relation: "child"})
		}
	}
	for _, h := range f.Handles() {
		if h.Kind == HandlePerson && !has(h.Text) {
			list = append(list, Named{Person: h.Text, Role: h.Role})
		}
	}
	return list
}

func handlesOf[T any](list []Handle, items []Item[T]) []Handle {
	for i := range items {
		list = append(list, handles(&items[i].Data)...)
	}
	return list
}

// Term is a normalised token and what it is a token of. Terms are compared for
// equality and nothing else.
type Term struct {
	Class string // word, phone, phone-end, reference or person
	Token string
}

// The classes of terms. A name and an alias are found alike.
const (
	TermWord      = "word"
	TermPhone     = "phone"
	TermPhoneEnd  = "phone-end" // its last digits
	TermReference = "reference"
	TermPerson    = "person"
)

// Terms are those under which a handle is found: each word of a name, the
// digits of a phone number and its end, the letters and digits of a reference.
func (h Handle) Terms() []Term {
	switch h.Kind {
	case HandleName, HandleAlias:
		var list []Term
		for _, w := range wordsOf(h.Text) {
			list = append(list, Term{TermWord, w})
		}
		return list
	case HandlePhone:
		n := numberOf(h.Text)
		list := one(TermPhone, n)
		if len(n) >= wholeNumber {
			list = append(list, Term{TermPhoneEnd, n[len(n)-endDigits:]})
		}
		return list
	case HandleReference:
		return one(TermReference, referenceOf(h.Text))
	case HandlePerson:
		return one(TermPerson, h.Text)
	}
	return nil
}

func one(class, token string) []Term {
	if token == "" {
		return nil
	}
	return []Term{{class, token}}
}

// Asked are the ways in which what somebody looks for can be meant: as the
// words of one name, as a phone number or the last six digits of one, as a
// reference. A case is found by any
// of them of which it has all terms in one handle. None when there is nothing
// to look for.
func Asked(text string) [][]Term {
	var ways [][]Term
	for _, kind := range []string{HandleName, HandlePhone, HandleReference} {
		if kind == HandlePhone && strings.ContainsFunc(text, unicode.IsLetter) {
			continue
		}
		if t := (Handle{Kind: kind, Text: text}).Terms(); len(t) > 0 {
			ways = append(ways, t)
		}
	}
	if end := digitsOf(text); len(end) == endDigits && !strings.ContainsFunc(text, unicode.IsLetter) {
		ways = append(ways, []Term{{TermPhoneEnd, end}})
	}
	return ways
}

// Has reports whether a handle has all of these terms.
func (h Handle) Has(terms []Term) bool {
	have := h.Terms()
	for _, t := range terms {
		if !slices.Contains(have, t) {
			return false
		}
	}
	return len(terms) > 0
}

// foldText takes away what the same name is written with and without: case,
// accents, width, and letters with a stroke, which no decomposition reaches.
func foldText(s string) string {
	s = norm.NFKD.String(cases.Fold().String(norm.NFKC.String(s)))
	return strokes.Replace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, s))
}

var strokes = strings.NewReplacer("ł", "l", "ø", "o", "đ", "d", "ð", "d", "ħ", "h", "ı", "i", "æ", "ae", "œ", "oe", "þ", "th")

// wordsOf are those of a name. An apostrophe joins, everything else that is
// neither letter nor digit parts.
func wordsOf(s string) []string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("'’ʼ‘`´", r) {
			return -1
		}
		return r
	}, s)
	return strings.FieldsFunc(foldText(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mc, r) })
}

// fewestDigits is what a number must have to be looked for: 999 and 101 are
// nobody's.
const fewestDigits = 5

const (
	// endDigits is how many of its last digits a number is also found by: all
	// six, no fewer and no more. Four would be shared by one number in ten
	// thousand, so that whoever tried them one after the other would be shown
	// every case there is; six are shared by one in a million.
	endDigits = 6
	// wholeNumber is what a number must have to be found by its end, without
	// the 0 or +44 before it: the shortest of the United Kingdom have nine.
	wholeNumber = 9
)

// numberOf is the number without what it is dialled with: spaces, +44 or 0.
func numberOf(s string) string {
	n := strings.TrimLeft(digitsOf(s), "0")
	if strings.HasPrefix(n, "44") && len(n) > 10 {
		n = strings.TrimLeft(n[2:], "0")
	}
	if len(n) < fewestDigits {
		return ""
	}
	return n
}

// digitsOf are the digits of a text, of any script, as those of ASCII.
func digitsOf(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		if d, ok := digit(r); ok {
			b.WriteByte('0' + d)
		}
	}
	return b.String()
}

// digit is the value of a decimal digit of any script. The digits of each
// script stand together, zero first.
func digit(r rune) (byte, bool) {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	return 0, false
}

// referenceOf is its letters and digits: people write the rest as they like.
func referenceOf(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, foldText(s))
	if len(s) < 3 {
		return ""
	}
	return s
}
