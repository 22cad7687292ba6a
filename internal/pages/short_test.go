package pages

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"

	"caseledger/internal/access"
	"caseledger/internal/story"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// words are kept byte for byte.
const foreign = "  „Nie śpię” – powiedziała. ਮੈਨੂੰ ਡਰ ਹੈ، مجھے ڈر ہے 😟 \n\ttwice  "

// one is a form of the table, filled in.
type filledIn struct {
	name  string
	label string // of the case in the story
	path  string
	typed []string // names and values in turn
	want  func(f *casefile.File) any
	wrong []mistake
}

// mistake is what is typed instead, and the field at which the page says so.
type mistake struct {
	typed []string
	at    string
}

func perpetratorIn(f *casefile.File) string {
	for _, p := range f.People {
		if p.Data.Role == "perpetrator" {
			return p.Data.Person
		}
	}
	return ""
}

func proseOf(lines ...string) []schemas.Prose {
	list := []schemas.Prose{}
	for _, l := range lines {
		list = append(list, schemas.Prose{Text: l})
	}
	return list
}

var (
	perpetrator = "{perpetrator}" // of the case, in what is typed
	child       = "{child}"
)

var filledForms = []filledIn{
	{
		"an incident", "court", "/incident/new",
		[]string{
			"happened-date", "2026-10-20", "happened-time", "23:10", "happened-end", "00:05", "happened-precision", "about", "what", foreign, "kinds", "threat", "kinds", "stalking",
			"person", perpetrator, "who", "his cousin", "through", "relative", "children-present", "yes", "reported", "yes", "reference", "44 of 21 October",
		},
		func(f *casefile.File) any {
			return schemas.IncidentDisclosedV2{
				Made: live, Happened: schemas.Occurred{From: ptr("2026-10-20T23:10:00+01:00"), To: ptr("2026-10-21T00:05:00+01:00"), Precision: "about"}, What: schemas.Prose{Text: foreign},
				Kinds: []string{"threat", "stalking"}, Perpetrators: []schemas.Doer{{Person: ptr(perpetratorIn(f))}, {Who: ptr("his cousin")}}, Through: "relative", ChildrenPresent: "yes",
				Reported: "yes", Reference: ptr("44 of 21 October"),
			}
		},
		[]mistake{
			{[]string{"what", " "}, "what"}, {[]string{"reported", ""}, "reported"}, {[]string{"through", ""}, "through"}, {[]string{"children-present", "maybe"}, "children-present"},
			{[]string{"reported", "no"}, "reference"}, {[]string{"happened-date", ""}, "happened-date"}, {[]string{"happened-precision", "unknown"}, "happened-date"},
			{[]string{"happened-date", "2026-10-29"}, "happened-date"}, {[]string{"happened-date", "2026-10-25", "happened-time", "01:30"}, "happened-which"},
			{[]string{"kinds", "arson"}, "kinds"}, {[]string{"person", "00000000000000000000000000000000"}, "person"}, {[]string{"disclosed-in", "1"}, "disclosed-in"},
			{[]string{"when-date", "2026-10-20"}, "late"}, {[]string{"when-date", "2026-10-29"}, "when-date"}, {[]string{"made", ""}, "made"},
		},
	},
	{
		"an incident of which nobody knows when", "court", "/incident/new",
		[]string{"happened-precision", "unknown", "what", "A window.", "through", "not-known", "children-present", "not-known", "reported", "not-known"},
		func(*casefile.File) any {
			return schemas.IncidentDisclosedV2{Made: live, Happened: schemas.Occurred{Precision: "unknown"}, What: schemas.Prose{Text: "A window."}, Kinds: []string{}, Perpetrators: []schemas.Doer{},
				Through: "not-known", ChildrenPresent: "not-known", Reported: "not-known"}
		},
		nil,
	},
	{
		"a perpetrator's status", "court", "/perpetrator/new",
		[]string{
			"person", perpetrator, "status", "bailed", "conditions", "Not to contact her.\n\n  Not to go to ਘਰ.  ", "until-date", "2026-11-20", "release-date", "2026-10-28", "release-time", "15:00",
			"source", "Harrowmere Police", "client-told-date", "2026-10-28", "client-told-time", "08:10", "custody", "Harrowmere", "court", "Crown Court", "reference", "R 1", "sentence", "None.", "note", foreign,
		},
		func(f *casefile.File) any {
			return schemas.PerpetratorStatus{
				Made: live, Person: perpetratorIn(f), Status: "bailed", Conditions: proseOf("Not to contact her.", "  Not to go to ਘਰ.  "), Until: ptr("2026-11-20"), Release: ptr("2026-10-28T15:00:00+00:00"),
				Custody: ptr("Harrowmere"), Court: ptr("Crown Court"), Sentence: &schemas.Prose{Text: "None."}, Reference: ptr("R 1"), Source: "Harrowmere Police", ClientTold: ptr("2026-10-28T08:10:00+00:00"),
				Note: &schemas.Prose{Text: foreign},
			}
		},
		[]mistake{
			{[]string{"person", ""}, "person"}, {[]string{"status", ""}, "status"}, {[]string{"source", ""}, "source"}, {[]string{"release-date", ""}, "release-date"},
			{[]string{"until-date", "tomorrow"}, "until-date"}, {[]string{"until-time", "25:00"}, "until-time"}, {[]string{"conditions", strings.Repeat("x\n", 51)}, "conditions"},
		},
	},
	{
		"a perpetrator who stands elsewhere now", "court", "/perpetrator/" + perpetrator,
		[]string{"status", "remanded", "source", "Court list"},
		func(f *casefile.File) any {
			return schemas.PerpetratorStatus{Made: live, Person: perpetratorIn(f), Status: "remanded", Conditions: []schemas.Prose{}, Source: "Court list"}
		},
		[]mistake{{[]string{"status", ""}, "status"}},
	},
	{
		"an order", "court", "/order/new",
		[]string{
			"kind", "restraining", "status", "served", "name", "Schedule B", "against", perpetrator, "protects", "the client\n her son ", "terms", "Not to come near.\nNot to write ਘਰ.", "granted", "2026-10-20",
			"expires", "2027-10-20", "served-date", "2026-10-21", "served-time", "10:00", "power-of-arrest", "yes", "police-told", "no", "court", "Family Court", "reference", "FC 12",
		},
		func(f *casefile.File) any {
			return schemas.OrderRecorded{
				Made: live, Order: "order-" + strconv.Itoa(len(f.Entries)+1), Kind: "restraining", Name: ptr("Schedule B"), Against: []string{perpetratorIn(f)}, Protects: []string{"the client", "her son"}, Status: "served",
				Court: ptr("Family Court"), Reference: ptr("FC 12"), Terms: proseOf("Not to come near.", "Not to write ਘਰ."), Granted: ptr("2026-10-20"), Served: ptr("2026-10-21T10:00:00+01:00"), Expires: ptr("2027-10-20"),
				PowerOfArrest: "yes", PoliceTold: "no",
			}
		},
		[]mistake{
			{[]string{"kind", ""}, "kind"}, {[]string{"status", ""}, "status"}, {[]string{"expires", "2026-10-19"}, "expires"}, {[]string{"granted", "20 October"}, "granted"}, {[]string{"power-of-arrest", ""}, "power-of-arrest"},
			{[]string{"police-told", ""}, "police-told"}, {[]string{"protects", strings.Repeat("x\n", 21)}, "protects"}, {[]string{"against", "nobody"}, "against"},
		},
	},
	{
		"an order as it is now", "work", "/order/{order}",
		[]string{"kind", "non-molestation", "status", "discharged", "power-of-arrest", "not-known", "police-told", "yes"},
		func(f *casefile.File) any {
			return schemas.OrderRecorded{Made: live, Order: f.Orders[0].Data.Order, Kind: "non-molestation", Against: []string{}, Protects: []string{}, Terms: []schemas.Prose{}, Status: "discharged", PowerOfArrest: "not-known", PoliceTold: "yes"}
		},
		[]mistake{{[]string{"kind", "will"}, "kind"}},
	},
	{
		"a hearing", "court", "/court/new",
		[]string{
			"court", "Harrowmere Crown Court", "kind", "criminal", "hearing", "trial", "outcome", "adjourned", "next-date", "2026-10-30", "next-time", "10:00", "perpetrators", perpetrator, "attended", "yes",
			"represented", "not-a-party", "adviser", "staff-07", "special-measures", "screen", "special-measures", "other", "told", foreign, "reference", "T 7", "note", "Cold room.",
		},
		func(f *casefile.File) any {
			return schemas.CourtRecorded{
				Made: live, Court: "Harrowmere Crown Court", Kind: "criminal", Hearing: "trial", Outcome: "adjourned", Perpetrators: []string{perpetratorIn(f)}, Represented: "not-a-party", Attended: true, Adviser: ptr("staff-07"),
				SpecialMeasures: []string{"screen", "other"}, Next: ptr("2026-10-30T10:00:00+00:00"), Told: &schemas.Prose{Text: foreign}, Reference: ptr("T 7"), Note: &schemas.Prose{Text: "Cold room."},
			}
		},
		[]mistake{
			{[]string{"court", ""}, "court"}, {[]string{"kind", ""}, "kind"}, {[]string{"hearing", ""}, "hearing"}, {[]string{"outcome", ""}, "outcome"}, {[]string{"attended", ""}, "attended"}, {[]string{"represented", ""}, "represented"},
			{[]string{"adviser", "Dana K."}, "adviser"}, {[]string{"next-date", ""}, "next-date"}, {[]string{"order", "order-9"}, "order"},
		},
	},
	{
		"a meeting", "court", "/meeting/new",
		[]string{
			"kind", "darim", "title", "October", "chair", "Police", "place", "Town hall", "agency-1", "Police", "agency-name-1", "Sgt Oake", "agency-role-1", "public protection", "agency-attended-1", "yes", "agency-spoke-1", "yes",
			"agency-3", "Housing", "agency-staff-3", "staff-08", "agency-attended-3", "no", "decisions", "Listed again.\nLetter ਘਰ.", "action-what-2", foreign, "action-agency-2", "Housing", "action-owner-2", "Ms Fell", "action-risk-2", "He waits there",
			"action-due-2", "2026-11-04", "client-views", "She wants quiet.", "next-date", "2026-11-25", "reference", "D 10", "note", "Short.",
		},
		func(*casefile.File) any {
			return schemas.MeetingRecorded{
				Made: live, Kind: "darim", Title: ptr("October"), Place: ptr("Town hall"), Chair: ptr("Police"),
				Agencies: []schemas.Attendee{
					{Agency: "Police", Name: ptr("Sgt Oake"), Role: ptr("public protection"), Attended: true, Spoke: "yes"}, {Agency: "Housing", Staff: ptr("staff-08"), Spoke: "not-known"},
				},
				Decisions: proseOf("Listed again.", "Letter ਘਰ."), Actions: []schemas.AgreedAction{{ID: "m1", Agency: "Housing", Owner: ptr("Ms Fell"), What: schemas.Prose{Text: foreign}, Risk: ptr("He waits there"), Due: ptr("2026-11-04")}},
				ClientViews: &schemas.Prose{Text: "She wants quiet."}, Next: ptr("2026-11-25"), Reference: ptr("D 10"), Note: &schemas.Prose{Text: "Short."},
			}
		},
		[]mistake{
			{[]string{"kind", ""}, "kind"}, {[]string{"agency-1", ""}, "agency-1"}, {[]string{"agency-attended-3", ""}, "agency-attended-3"}, {[]string{"agency-staff-3", "Dana K."}, "agency-staff-3"},
			{[]string{"action-what-2", ""}, "action-what-2"}, {[]string{"action-agency-2", ""}, "action-agency-2"}, {[]string{"action-due-2", "soon"}, "action-due-2"},
		},
	},
	{
		"what a Marac made of it", "court", "/marac/heard",
		[]string{
			"marac", "Harrowmere Marac", "meeting", "2026-10-28", "perpetrators", perpetrator, "outcome", "heard", "adviser", "staff-07", "agency-1", "Police", "agency-attended-1", "yes",
			"action-what-1", "Bail to be looked at.", "action-agency-1", "Police", "client-views", foreign, "reference", "HM26/1", "note", "Short.",
		},
		func(f *casefile.File) any {
			return schemas.MaracHeard{
				Made: live, Marac: "Harrowmere Marac", Meeting: "2026-10-28", Perpetrators: []string{perpetratorIn(f)}, Outcome: "heard", Adviser: ptr("staff-07"),
				Agencies:    []schemas.Attendee{{Agency: "Police", Attended: true, Spoke: "not-known"}},
				Actions:     []schemas.AgreedAction{{ID: "m1", Agency: "Police", What: schemas.Prose{Text: "Bail to be looked at."}}},
				ClientViews: &schemas.Prose{Text: foreign}, Reference: ptr("HM26/1"), Note: &schemas.Prose{Text: "Short."},
			}
		},
		[]mistake{{[]string{"marac", ""}, "marac"}, {[]string{"meeting", ""}, "meeting"}, {[]string{"meeting", "2026-02-30"}, "meeting"}, {[]string{"outcome", ""}, "outcome"}, {[]string{"referral", "2"}, "referral"}},
	},
	{
		"accommodation asked for", "court", "/accommodation/sought",
		[]string{
			"kind", "refuge", "provider", "A refuge", "asked-date", "2026-10-27", "asked-time", "16:00", "answer", "offered", "answered-date", "2026-10-28", "answered-time", "08:00", "until-date", "2026-10-28", "until-time", "18:00",
			"reason", foreign, "reference", "RF 1",
		},
		func(*casefile.File) any {
			return schemas.AccommodationSought{Made: live, Kind: "refuge", Provider: "A refuge", Asked: "2026-10-27T16:00:00+00:00", Answer: "offered", Answered: ptr("2026-10-28T08:00:00+00:00"), Until: ptr("2026-10-28T18:00:00+00:00"),
				Reason: &schemas.Prose{Text: foreign}, Reference: ptr("RF 1")}
		},
		[]mistake{
			{[]string{"kind", ""}, "kind"}, {[]string{"provider", ""}, "provider"}, {[]string{"asked-date", "", "asked-time", ""}, "asked-date"}, {[]string{"answer", ""}, "answer"}, {[]string{"answer", "waiting"}, "answered-date"},
			{[]string{"asked-in", "3"}, "asked-in"},
		},
	},
	{
		"a place found", "court", "/accommodation/placed",
		[]string{
			"kind", "hotel", "provider", "Council", "lines", "4 Elm Road\nHarrowmere", "postcode", "HM1 1AA", "secret", "yes", "from-date", "2026-10-28", "to-date", "2026-11-04", "with", "her son", "funding", "Council", "reference", "H 1", "note", foreign,
		},
		func(*casefile.File) any {
			return schemas.AccommodationPlaced{Made: live, Kind: "hotel", Provider: "Council", Address: &schemas.Address{Lines: []string{"4 Elm Road", "Harrowmere"}, Postcode: ptr("HM1 1AA"), Secret: true}, From: "2026-10-28", To: ptr("2026-11-04"),
				With: []string{"her son"}, Funding: ptr("Council"), Reference: ptr("H 1"), Note: &schemas.Prose{Text: foreign}}
		},
		[]mistake{
			{[]string{"kind", ""}, "kind"}, {[]string{"provider", ""}, "provider"}, {[]string{"lines", ""}, "lines"}, {[]string{"secret", ""}, "secret"}, {[]string{"from-date", ""}, "from-date"}, {[]string{"to-date", "2026-10-27"}, "to-date"},
			{[]string{"lines", strings.Repeat("x\n", 11)}, "lines"},
		},
	},
	{
		"equipment", "court", "/equipment/new",
		[]string{
			"kind", "camera", "status", "fitted", "description", "At the back", "serial", "SN-1", "fitted-date", "2026-10-27", "fitted-by", "Mr Latch", "funding", "Safer Homes", "pence", "£1,139.50", "save-by-date", "2026-11-01",
			"clock", "behind", "clock-minutes", "2", "clock-seconds", "5", "clock-checked-date", "2026-10-27", "clock-checked-time", "15:00", "note", foreign,
		},
		func(f *casefile.File) any {
			return schemas.EquipmentProvided{Made: live, Equipment: "e-" + strconv.Itoa(len(f.Entries)+1), Kind: "camera", Description: ptr("At the back"), Status: "fitted", Fitted: ptr("2026-10-27"), FittedBy: ptr("Mr Latch"), Serial: ptr("SN-1"),
				Funding: &schemas.Funding{From: "Safer Homes", Pence: ptr(113950)}, SaveBy: ptr("2026-11-01"), Clock: &schemas.DeviceClock{OffsetSeconds: -125, Checked: "2026-10-27T15:00:00+00:00"}, Note: &schemas.Prose{Text: foreign}}
		},
		[]mistake{
			{[]string{"kind", ""}, "kind"}, {[]string{"status", ""}, "status"}, {[]string{"pence", "a lot"}, "pence"}, {[]string{"pence", "1000000.01"}, "pence"}, {[]string{"funding", ""}, "funding"}, {[]string{"clock", ""}, "clock"}, {[]string{"clock", "right"}, "clock"},
			{[]string{"clock-minutes", "", "clock-seconds", ""}, "clock-minutes"}, {[]string{"clock-seconds", "-5"}, "clock-seconds"}, {[]string{"clock-checked-date", "", "clock-checked-time", ""}, "clock-checked-date"}, {[]string{"saved-in", "5"}, "saved-in"},
		},
	},
	{
		"equipment as it is now", "court", "/equipment/e1",
		[]string{"kind", "doorbell", "status", "failed"},
		func(*casefile.File) any {
			return schemas.EquipmentProvided{Made: live, Equipment: "e1", Kind: "doorbell", Status: "failed"}
		},
		[]mistake{{[]string{"status", ""}, "status"}},
	},
	{
		"another agency", "court", "/agency/new",
		[]string{
			"agency", "Harrowmere surgery", "kind", "health", "worker", "Dr Ley", "phone", "01632 960001", "email", "desk@example.org", "asked-date", "2026-10-27", "asked-time", "15:00", "about", "Her throat.", "answer", "answered",
			"answered-date", "2026-10-28", "said", foreign, "chase", "2026-11-02", "reference", "S 1",
		},
		func(*casefile.File) any {
			return schemas.AgencyInvolved{Made: live, Agency: "Harrowmere surgery", Kind: "health", Worker: ptr("Dr Ley"), Phone: ptr("01632 960001"), Email: ptr("desk@example.org"), Asked: ptr("2026-10-27T15:00:00+00:00"),
				About: &schemas.Prose{Text: "Her throat."}, Answer: "answered", Answered: ptr("2026-10-28"), Said: &schemas.Prose{Text: foreign}, Chase: ptr("2026-11-02"), Reference: ptr("S 1")}
		},
		[]mistake{
			{[]string{"agency", ""}, "agency"}, {[]string{"kind", ""}, "kind"}, {[]string{"answer", ""}, "answer"}, {[]string{"answer", "no-answer", "said", ""}, "answered-date"}, {[]string{"answer", "waiting", "answered-date", ""}, "said"},
			{[]string{"email", "desk"}, "email"}, {[]string{"chase", "soon"}, "chase"},
		},
	},
	{
		"a session", "court", "/programme/new",
		[]string{"programme", "Own my life", "kind", "group", "group", "own-3", "who", child, "status", "attended", "session", "4", "next-date", "2026-11-03", "next-time", "15:30", "note", foreign},
		func(f *casefile.File) any {
			return schemas.ProgrammeAttended{Made: live, Programme: "Own my life", Kind: "group", Group: ptr("own-3"), Who: ptr(f.CurrentChildren()[0].Data.Child), Status: "attended", Session: ptr(4), Next: ptr("2026-11-03T15:30:00+00:00"),
				Note: &schemas.Prose{Text: foreign}}
		},
		[]mistake{
			{[]string{"programme", ""}, "programme"}, {[]string{"kind", ""}, "kind"}, {[]string{"kind", "one-to-one"}, "group"}, {[]string{"group", "Own my life"}, "group"}, {[]string{"status", ""}, "status"}, {[]string{"session", "0"}, "session"},
			{[]string{"session", "four"}, "session"}, {[]string{"who", "nobody"}, "who"},
		},
	},
	{
		"information shared", "court", "/information/new",
		[]string{
			"agency", "Harrowmere Police", "name", "Insp Wray", "role", "duty inspector", "what", foreign, "basis", "threat-to-life", "reason", "He may kill her.", "how", "phone", "client-told", "not-safe", "reference", "31",
		},
		func(*casefile.File) any {
			return schemas.InformationShared{Made: live, To: schemas.Outside{Agency: "Harrowmere Police", Name: ptr("Insp Wray"), Role: ptr("duty inspector")}, What: schemas.Prose{Text: foreign}, Basis: "threat-to-life",
				Reason: &schemas.Prose{Text: "He may kill her."}, How: "phone", ClientTold: "not-safe", Reference: ptr("31")}
		},
		[]mistake{
			{[]string{"agency", ""}, "agency"}, {[]string{"what", ""}, "what"}, {[]string{"basis", ""}, "basis"}, {[]string{"reason", ""}, "reason"}, {[]string{"how", ""}, "how"}, {[]string{"client-told", ""}, "client-told"},
			{[]string{"agreed-by", "The manager"}, "agreed-by"}, {[]string{"agreement", "{agreement}"}, "agreement"},
		},
	},
	{
		"a safeguarding decision", "court", "/safeguarding/new",
		[]string{"concern", "child", "about", "child", "person", child, "decision", "referred", "reasons", foreign, "agency", "Children's services", "reference", "CS 1", "consulted", "staff-02", "agreed", "not-asked", "by", "staff-02", "review", "2026-11-11"},
		func(f *casefile.File) any {
			return schemas.SafeguardingDecided{Made: live, About: "child", Person: ptr(f.CurrentChildren()[0].Data.Child), Concern: "child", Decision: "referred", Agency: ptr("Children's services"), Reference: ptr("CS 1"), Consulted: ptr("staff-02"),
				Agreed: "not-asked", By: "staff-02", Reasons: schemas.Prose{Text: foreign}, Review: ptr("2026-11-11")}
		},
		[]mistake{
			{[]string{"concern", ""}, "concern"}, {[]string{"about", ""}, "about"}, {[]string{"about", "client"}, "person"}, {[]string{"concern", "under-18"}, "about"}, {[]string{"decision", ""}, "decision"}, {[]string{"reasons", ""}, "reasons"},
			{[]string{"agreed", ""}, "agreed"}, {[]string{"by", ""}, "by"}, {[]string{"by", "The manager"}, "by"}, {[]string{"review", "never"}, "review"},
		},
	},
}

// in puts what a case holds into what is typed.
func in(f *casefile.File, text string) string {
	r := []string{perpetrator, perpetratorIn(f)}
	if list := f.CurrentChildren(); len(list) > 0 {
		r = append(r, child, list[0].Data.Child)
	}
	if len(f.Orders) > 0 {
		r = append(r, "{order}", f.Orders[0].Data.Order)
	}
	if len(f.Agreements) > 0 {
		r = append(r, "{agreement}", strconv.FormatUint(f.Agreements[0].Seq, 10))
	}
	return strings.NewReplacer(r...).Replace(text)
}

func typed(f *casefile.File, v url.Values, pairs ...string) url.Values {
	fresh := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		fresh.Add(pairs[i], in(f, pairs[i+1]))
	}
	for name, values := range fresh {
		v[name] = values
	}
	return v
}

var (
	controls = regexp.MustCompile(`(?s)<textarea[^>]*? name="([^"]+)"[^>]*>\n(.*?)</textarea>|<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>|<input([^>]*)>`)
	chosenIn = regexp.MustCompile(`<option value="([^"]*)" selected>`)
	partOf   = regexp.MustCompile(` (name|type|value)="([^"]*)"`)
)

// standsIn is what a browser would send of a form as a page has it.
func standsIn(page string) url.Values {
	v := url.Values{}
	for _, m := range controls.FindAllStringSubmatch(page, -1) {
		switch {
		case m[1] != "":
			v.Add(m[1], html.UnescapeString(m[2]))
		case m[3] != "":
			for _, o := range chosenIn.FindAllStringSubmatch(m[4], -1) {
				v.Add(m[3], html.UnescapeString(o[1]))
			}
		default:
			part := map[string]string{}
			for _, p := range partOf.FindAllStringSubmatch(m[5], -1) {
				part[p[1]] = html.UnescapeString(p[2])
			}
			if t := part["type"]; (t == "radio" || t == "checkbox") && !strings.HasSuffix(m[5], " checked") {
				continue
			}
			v.Add(part["name"], part["value"])
		}
	}
	return v
}

// Every short form records exactly what was typed; what is wrong is said at its
// field, and nothing that was typed is lost; sent twice it stands once; and
// what was recorded meanwhile is shown first.
func TestShortForms(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range slices.Concat(filledForms, filledPeople, filledAgreed) {
		tested[pattern(c.path)] = true
		t.Run(c.name, func(t *testing.T) {
			w := storyAt(t, access.Who{Staff: "staff-01", Role: access.Manager}, wednesday)
			s := serveLedger(t, byRole{w}, w)
			chain := story.Chain(c.label)
			f, err := w.fold(chain)
			if err != nil {
				t.Fatal(err)
			}
			path := "/case/" + chain.String() + in(f, c.path)
			first := ask(s, "GET", path)
			if first.Code != 200 {
				t.Fatal(first.Code, first.Body)
			}
			base := func() url.Values {
				v := fields(t, first.Body.String())
				for _, name := range []string{"from", "somebody"} {
					if text := standsIn(first.Body.String()).Get(name); text != "" {
						v.Set(name, text)
					}
				}
				return typed(f, v, append([]string{"when-date", "2026-10-28", "when-time", "08:30", "made", "live"}, c.typed...)...)
			}
			head := uint64(len(f.Entries))
			for _, m := range c.wrong {
				v := typed(f, base(), m.typed...)
				got := post(s, path, v)
				page := got.Body.String()
				if got.Code != 422 || !strings.Contains(page, `href="#`+m.at+`"`) || !strings.Contains(page, `id="`+m.at+`-error"`) && !strings.Contains(page, `id="`+m.at+`-0-error"`) {
					t.Errorf("%q: %d, nothing is said at %s", m.typed, got.Code, m.at)
				}
				kept(t, v, standsIn(page), m.typed)
			}
			if last, _ := w.Last(t.Context(), chain); last != head {
				t.Fatalf("%d entries, were %d", last, head)
			}

			// What was begun stands in the form when it is opened again, and is none
			// any more once it is recorded.
			id := ulid.Make().String()
			begun := base()
			begun.Set("id", id)
			if got := post(s, path+"/draft", begun); got.Code != 204 || len(w.kept) != 1 {
				t.Fatalf("the draft: %d, %d kept", got.Code, len(w.kept))
			}
			again := ask(s, "GET", path).Body.String()
			kept(t, begun, standsIn(again), nil)
			if !strings.Contains(again, "You began this before") {
				t.Error("the page does not say that it is a draft")
			}

			var done url.Values
			for _, code := range []int{303, 303} {
				done = base()
				done.Set("id", id)
				if got := post(s, path, done); got.Code != code || got.Header().Get("Location") != "/case/"+chain.String()+"?recorded="+strconv.FormatUint(head+1, 10) {
					t.Fatal(got.Code, got.Header(), got.Body)
				}
			}
			if len(w.kept) != 0 {
				t.Error("the draft is still there")
			}
			if got := post(s, path+"/draft", done); got.Code != 204 || len(w.kept) != 0 {
				t.Errorf("a draft of what is recorded: %d, %d kept", got.Code, len(w.kept))
			}
			want, err := schemas.EncodeData(c.want(f))
			if err != nil {
				t.Fatal(err)
			}
			e := w.upTo(chain, w.now)[head]
			if got := string(e.Body.Data); got != string(want) {
				t.Errorf("recorded\n%s\nwant\n%s", got, want)
			}
			if e.Body.Actor != "staff-01" || !strings.Contains(string(e.Body.Occurred), "2026-10-28T08:30:00+00:00") {
				t.Errorf("by %s, %s", e.Body.Actor, e.Body.Occurred)
			}
			if page := ask(s, "GET", "/case/"+chain.String()).Body.String(); !strings.Contains(page, "/entry/"+strconv.FormatUint(head+1, 10)+`"`) {
				t.Error("it is not in the timeline")
			}

			// Somebody else was quicker: hers is there still, and goes through after.
			late := base()
			got := post(s, path, late)
			if page := got.Body.String(); got.Code != 409 || !strings.Contains(page, "here since you began") {
				t.Errorf("a conflict: %d", got.Code)
			} else {
				if of := pattern(c.path); of == "/client" || of == "/child/*" || of == "/person/*" { // begins now from what the other recorded
					late.Set("from", strconv.FormatUint(head+1, 10))
				}
				kept(t, late, standsIn(page), []string{"seq", ""})
				late.Set("seq", standsIn(page).Get("seq"))
			}
			if got = post(s, path, late); got.Code != 303 {
				t.Errorf("after the conflict: %d", got.Code)
			}
		})
	}
	for _, of := range shorts() {
		if !tested[pattern(of.path)] {
			t.Errorf("%s is not tested", of.path)
		}
	}
}

// pattern is a path without what it names.
func pattern(path string) string {
	parts := strings.Split(path, "/")
	if last := parts[len(parts)-1]; last != "new" && len(parts) == 3 && !slices.Contains([]string{"sought", "placed", "heard"}, last) {
		parts[len(parts)-1] = "*"
	}
	return strings.Join(parts, "/")
}

// kept holds a page that came back to everything that was sent, but for values
// that no browser sends.
func kept(t *testing.T, sent, page url.Values, changed []string) {
	t.Helper()
	for name, values := range sent {
		if i := slices.Index(changed, name); i >= 0 && i%2 == 0 {
			if slices.Contains([]string{"kinds", "person", "children-present", "disclosed-in", "kind", "against", "order", "referral", "asked-in", "saved-in", "who", "seq", "language", "exposure", "at-risk-from"}, name) {
				continue // what is none of the choices cannot be shown among them
			}
		}
		got := slices.DeleteFunc(slices.Clone(page[name]), func(v string) bool { return v == "" })
		want := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
		if !slices.Equal(got, want) {
			t.Errorf("%s: sent %q, the page has %q", name, want, got)
		}
	}
}

// A form of something that stands begins with all of it.
func TestShortFormBegins(t *testing.T) {
	w := storyAt(t, access.Who{Staff: "staff-01", Role: access.Manager}, wednesday)
	s := serveLedger(t, byRole{w}, w)
	again := func(label, path, typ string) {
		t.Helper()
		chain := story.Chain(label)
		f, err := w.fold(chain)
		if err != nil {
			t.Fatal(err)
		}
		path = "/case/" + chain.String() + in(f, path)
		was := w.of(chain, typ)
		page := ask(s, "GET", path)
		v := standsIn(page.Body.String())
		v.Del("more")
		if got := post(s, path, v); got.Code != 303 {
			t.Fatal(path, got.Code, got.Body)
		}
		now := w.of(chain, typ)
		before, after := string(was[len(was)-1].Body.Data), string(now[len(now)-1].Body.Data)
		made := regexp.MustCompile(`"made":\{[^}]*\}`)
		if made.ReplaceAllString(before, "") != made.ReplaceAllString(after, "") {
			t.Errorf("%s: as it was\n%s\nunchanged\n%s", path, before, after)
		}
	}
	again("court", "/perpetrator/"+perpetrator, "perpetrator.status")
	again("court", "/equipment/e1", "equipment.provided")
	again("work", "/order/{order}", "order.recorded")
	for _, label := range []string{"court", "work", "interpreter", "silence", "sixteen", "child"} {
		again(label, "/client", "client.recorded")
	}
	again("court", "/child/"+child, "child.recorded")
	again("court", "/person/"+perpetrator, "person.recorded")
	if got := ask(s, "GET", "/case/"+courtCase.String()+"/equipment/e9"); got.Code != 404 {
		t.Errorf("equipment that is not there: %d", got.Code)
	}
}

// A form with more agencies than it has room for grows, and keeps what was
// typed.
func TestShortFormGrows(t *testing.T) {
	w, s := atDesk(t, "staff-07", access.Adviser)
	path := "/case/" + courtCase.String() + "/meeting/new"
	v := fields(t, ask(s, "GET", path).Body.String())
	v.Set("agency-2", "Housing")
	v.Set("more", "agency")
	page := post(s, path, v).Body.String()
	wants(t, page, `name="agency-4"`, `value="Housing"`)
	if strings.Contains(page, `name="agency-5"`) || strings.Contains(page, "govuk-error-summary") {
		t.Error("more room than was asked for, or an error before anything is sent")
	}
	if n := len(w.of(courtCase, "meeting.recorded")); n != len(w.lists[courtCase]) && n > 0 && w.of(courtCase, "meeting.recorded")[n-1].Stream == 1<<20 {
		t.Error("asking for room recorded it")
	}
}

// What follows an incident is offered to whoever recorded it: the review that
// is due at once, and the Marac.
func TestAfterIncident(t *testing.T) {
	w, s := atDesk(t, "staff-07", access.Adviser)
	path := "/case/" + courtCase.String()
	f, err := w.fold(courtCase)
	if err != nil {
		t.Fatal(err)
	}
	v := typed(f, fields(t, ask(s, "GET", path+"/incident/new").Body.String()), append([]string{"when-date", "2026-10-28", "when-time", "08:30", "made", "live"}, filledForms[0].typed...)...)
	got := post(s, path+"/incident/new", v)
	page := ask(s, "GET", got.Header().Get("Location")).Body.String()
	wants(t, page, "review it now", path+"/risk/new", path+"/marac/refer", "By the rules this is a repeat")
	if strings.Contains(page, "Was a new incident told") {
		t.Error("after an incident it is asked whether there was one")
	}
	wants(t, page, "isk review at once")
	contact := w.of(courtCase, "contact.recorded")
	seq := strconv.FormatUint(contact[len(contact)-1].Seq, 10)
	wants(t, ask(s, "GET", path+"?recorded="+seq).Body.String(), path+"/incident/new?in="+seq)
	wants(t, ask(s, "GET", path+"/incident/new?in="+seq).Body.String(), `<option value="`+seq+`" selected>`)
}
