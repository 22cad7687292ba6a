package story

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/schemas"
)

// decode returns the data of an event at the newest version of its type.
func decode[T any](t *testing.T, e Event) T {
	t.Helper()
	v, err := newest(e)
	if err != nil {
		t.Fatalf("%s %d: %v", e.Case, e.Seq, err)
	}
	return v.(T)
}

func occurred(t *testing.T, e Event) schemas.Occurred {
	t.Helper()
	o, err := schemas.DecodeData[schemas.Occurred](e.Occurred)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func body(t *testing.T, e Event) []byte {
	t.Helper()
	b, err := events.EncodeBody(e.Type, e.V, e.Actor, e.Occurred, e.Data)
	if err != nil {
		t.Fatalf("%s %d: %v", e.Case, e.Seq, err)
	}
	return b
}

// of returns the events of a case and type in order.
func of(label, typ string) []Event {
	return slices.DeleteFunc(Events(), func(e Event) bool { return e.Case != label || e.Type != typ })
}

func TestEveryEventIsValid(t *testing.T) {
	all := Events()
	if len(all) < 120 || len(all) > 400 {
		t.Errorf("%d events", len(all))
	}
	ids, seqs := map[string]bool{}, map[string]uint64{}
	var last time.Time
	for _, e := range all {
		if err := schemas.Default().Validate(body(t, e)); err != nil {
			t.Errorf("%s %d %s: %v", e.Case, e.Seq, e.Type, err)
		}
		if e.At.Before(last) {
			t.Errorf("%s %d is out of order", e.Case, e.Seq)
		}
		last = e.At
		if e.At != e.At.UTC().Truncate(time.Microsecond) {
			t.Errorf("%s %d: recorded at %v", e.Case, e.Seq, e.At)
		}
		if seqs[e.Case]++; seqs[e.Case] != e.Seq {
			t.Errorf("%s: event %d is in place %d", e.Case, e.Seq, seqs[e.Case])
		}
		if ids[e.ID.String()] {
			t.Errorf("%s %d: an id twice", e.Case, e.Seq)
		}
		ids[e.ID.String()] = true
		if got := e.ID.Timestamp(); !got.Equal(e.At.Truncate(time.Millisecond)) {
			t.Errorf("%s %d: id of %v, recorded at %v", e.Case, e.Seq, got, e.At)
		}
		if e.Chain != Chain(e.Case) {
			t.Errorf("%s %d: another case's chain", e.Case, e.Seq)
		}
		// Nothing is recorded before it happened.
		o := occurred(t, e)
		for _, s := range []*string{o.From, o.To} {
			if s == nil {
				continue
			}
			if at, _, err := schemas.ParseTime(*s); err != nil || at.After(e.At) {
				t.Errorf("%s %d: happened at %s, recorded at %v (%v)", e.Case, e.Seq, *s, e.At, err)
			}
		}
	}
	if len(seqs) != len(cases())+1 || seqs[Service] == 0 {
		t.Errorf("%d cases", len(seqs))
	}
	if !slices.EqualFunc(all, Events(), func(a, b Event) bool { return a.ID == b.ID && a.At.Equal(b.At) && bytes.Equal(a.Data, b.Data) }) {
		t.Error("the story differs between two calls")
	}
}

// TestOffsets: every time in the story bears the offset that clocks in London
// showed then.
func TestOffsets(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("no time zone data")
	}
	form := regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+\d\d:\d\d`)
	for _, e := range Events() {
		for _, s := range form.FindAllString(string(body(t, e)), -1) {
			at, err := time.Parse(time.RFC3339, s)
			if err != nil {
				t.Fatal(err)
			}
			if got := at.In(london).Format(time.RFC3339); strings.Replace(got, "Z", "+00:00", 1) != s {
				t.Errorf("%s %d: %s, in London %s", e.Case, e.Seq, s, got)
			}
		}
	}
}

// TestFictional: numbers and mail addresses are from ranges that belong to
// nobody.
func TestFictional(t *testing.T) {
	number := regexp.MustCompile(`\b0\d{4} ?\d{3} ?\d{3}\b`)
	mail := regexp.MustCompile(`[^\s"]+@[^\s"]+`)
	for _, e := range Events() {
		b := string(body(t, e))
		for _, n := range number.FindAllString(b, -1) {
			if !strings.HasPrefix(n, "07700 900") && !strings.HasPrefix(n, "01632 960") {
				t.Errorf("%s %d: the number %s", e.Case, e.Seq, n)
			}
		}
		for _, m := range mail.FindAllString(b, -1) {
			if !strings.HasSuffix(m, "@example.org") {
				t.Errorf("%s %d: the address %s", e.Case, e.Seq, m)
			}
		}
	}
}

func TestCourt(t *testing.T) {
	contacts := of("court", "contact.recorded")
	if len(contacts) < 12 {
		t.Errorf("%d contacts", len(contacts))
	}
	for _, e := range contacts {
		if c := decode[schemas.ContactRecordedV2](t, e); len(c.Statements) < 3 {
			t.Errorf("contact %d has %d statements", e.Seq, len(c.Statements))
		}
	}
	// Sixteen yes at the referral.
	dash, _ := schemas.FindInstrument("dash", 1)
	if n := dash.Count(decode[schemas.RiskReviewedV2](t, of("court", "risk.reviewed")[0]).Answers); n.Yes != 16 {
		t.Errorf("%d yes at first", n.Yes)
	}
	// The helpline call in the repeated hour, the second time round.
	calls := of("court", "helpline.contact")
	if len(calls) != 1 || calls[0].Actor != "staff-31" {
		t.Fatalf("%d helpline calls", len(calls))
	}
	if o := occurred(t, calls[0]); *o.From != "2026-10-25T01:30:00+00:00" || o.Precision != "exact" {
		t.Errorf("the helpline call was at %s", *o.From)
	}
	// Court on Tuesday, corrected on Wednesday.
	fix := of("court", "contact.corrected")[0]
	of := decode[schemas.ContactCorrected](t, fix).Corrects
	hearing := slices.IndexFunc(contacts, func(e Event) bool { return e.Seq == of.Seq })
	if hearing < 0 || contacts[hearing].At.Weekday() != time.Tuesday || fix.At.Weekday() != time.Wednesday {
		t.Fatalf("event %d corrects %d", fix.Seq, of.Seq)
	}
	if s := decode[schemas.ContactRecordedV2](t, contacts[hearing]).Statements; of.Statement >= len(s) || !strings.Contains(s[of.Statement].Text, "adjourned") {
		t.Error("the correction is of another statement")
	}
	// One entry is late and says why.
	late := 0
	for _, e := range contacts {
		start, _, err := schemas.ParseTime(*occurred(t, e).From)
		if err != nil {
			t.Fatal(err)
		}
		reason := decode[schemas.ContactRecordedV2](t, e).Made.Late
		if (e.At.Sub(start) > 24*time.Hour) != (reason != nil) {
			t.Errorf("contact %d was recorded after %v", e.Seq, e.At.Sub(start))
		}
		if reason != nil {
			late++
		}
	}
	if late != 1 {
		t.Errorf("%d late entries", late)
	}
	// Friday: the second call of the week, and what the doorbell recorded.
	friday := contacts[len(contacts)-1]
	text := string(friday.Data)
	if friday.At.Weekday() != time.Friday || !strings.Contains(text, strings.TrimSpace(courtAddress)) || !strings.Contains(text, strings.TrimSpace(courtSchool)) {
		t.Error("Friday's call lacks a sentence")
	}
}

func TestReleased(t *testing.T) {
	e := of("released", "referral.received")[0]
	if decode[schemas.ReferralReceivedV2](t, e).Source != "police" {
		t.Error("not from the police")
	}
	first := of("released", "contact.recorded")[0]
	if d := first.At.Sub(e.At); d > time.Hour {
		t.Errorf("first contact after %v", d)
	}
	texts := slices.DeleteFunc(of("released", "contact.attempted"), func(e Event) bool { return decode[schemas.ContactAttempted](t, e).Channel != "text" })
	if len(texts) != 1 {
		t.Errorf("%d texts", len(texts))
	}
	safe := decode[schemas.SafeContactSetV2](t, of("released", "safe-contact.set")[0])
	if safe.CodeWord == nil {
		t.Fatal("no code word")
	}
	if !slices.ContainsFunc(of("released", "contact.recorded"), func(e Event) bool {
		c := decode[schemas.ContactRecordedV2](t, e)
		return c.Channel == "text" && c.Statements[0].Text == *safe.CodeWord
	}) {
		t.Error("nobody answers with the code word alone")
	}
}

func TestSilence(t *testing.T) {
	if n := len(of("silence", "contact.attempted")); n < 4 {
		t.Errorf("%d attempts", n)
	}
	incidents := of("silence", "incident.disclosed")
	for i, e := range incidents {
		if reported := decode[schemas.IncidentDisclosedV2](t, e).Reported; (reported == "no") != (i < 3) {
			t.Errorf("incident %d: reported %s", e.Seq, reported)
		}
	}
	reviews := of("silence", "risk.reviewed")
	last := decode[schemas.RiskReviewedV2](t, reviews[len(reviews)-1])
	if len(incidents) != 4 || !slices.Contains(last.Criteria, "repeat") {
		t.Errorf("%d incidents, criteria %v", len(incidents), last.Criteria)
	}
	referred := of("silence", "referral.received")[0].At
	if at := reviews[len(reviews)-1].At; at.Before(referred.AddDate(0, 10, 0)) || at.After(referred.AddDate(0, 12, 0)) {
		t.Errorf("reviewed on %v", at)
	}
	// The same aims planned twice; every outcome before the call was nothing.
	planned, checked := map[string]int{}, false
	for _, e := range of("silence", "plan.changed") {
		for _, a := range decode[schemas.PlanChanged](t, e).Actions {
			if e.At.Before(incidents[0].At) {
				checked = checked || a.Outcome != nil
				planned[a.Aim.Text]++
			}
		}
	}
	for aim, n := range planned {
		if n != 2 {
			t.Errorf("%q planned %d times", aim, n)
		}
	}
	if len(planned) != 2 || checked {
		t.Errorf("%d aims, checked %v", len(planned), checked)
	}
}

func TestInterpreter(t *testing.T) {
	var message []schemas.StatementV2
	through := 0
	for _, e := range of("interpreter", "contact.recorded") {
		c := decode[schemas.ContactRecordedV2](t, e)
		if c.Interpreter != nil && c.Interpreter.Language == "pa" && c.Interpreter.Mode == "telephone" {
			through++
		}
		if c.Channel == "text" {
			message = c.Statements
		}
	}
	if through < 3 || len(message) < 2 {
		t.Fatalf("%d through the interpreter, %d statements in the message", through, len(message))
	}
	original := message[0]
	if original.Text != gurmukhi || original.Translation == nil {
		t.Error("the message is not as written, with its translation")
	}
	for name, want := range map[string]string{
		"Gurmukhi": "ਮੈਂ ਪਰਦੇ ਬੰਦ ਕਰ ਦਿੱਤੇ ਹਨ।", "an emoji with joiners": "\U0001F469\u200D\U0001F467\u200D\U0001F466",
		"spaces before a line break": "।  \n", "an empty line": "\n\n",
	} {
		if !strings.Contains(original.Text, want) {
			t.Errorf("the message lacks %s", name)
		}
	}
	if !strings.HasSuffix(original.Text, "।  ") || strings.Contains(original.Text, "\r") {
		t.Error("the message does not end in spaces, or has CR")
	}
	if !strings.Contains(message[1].Text, "لستِ") || message[1].Language != "ar" {
		t.Error("no Arabic")
	}
	// Two advisers reviewed the risk.
	actors := map[string]bool{}
	for _, e := range of("interpreter", "risk.reviewed") {
		actors[e.Actor] = true
	}
	if len(actors) != 2 {
		t.Errorf("%d advisers reviewed", len(actors))
	}
}

func TestWork(t *testing.T) {
	var safe []string
	for _, c := range decode[schemas.SafeContactSetV2](t, of("work", "safe-contact.set")[0]).Channels {
		if c.Allowed {
			safe = append(safe, c.Channel+" "+*c.Address)
		}
	}
	if !slices.Equal(safe, []string{"email l.carraway@example.org"}) {
		t.Errorf("safe: %v", safe)
	}
	if !slices.ContainsFunc(of("work", "contact.recorded"), func(e Event) bool { return bytes.Contains(e.Data, []byte("non-molestation order")) }) {
		t.Error("no order")
	}
}

// TestScalars: an address, a telephone number and a code word stand in members
// of their own, where one closing closes them, and in no text. The story has
// two exceptions, both of which it is about.
func TestScalars(t *testing.T) {
	private := map[string][]string{}
	for _, e := range Events() {
		switch e.Type {
		case "client.recorded":
			c := decode[schemas.ClientRecorded](t, e)
			var lines []string
			if c.Address != nil {
				lines = append(slices.Clone(c.Address.Lines), *c.Address.Postcode)
			}
			if c.Phone != nil {
				lines = append(lines, *c.Phone)
			}
			for _, line := range lines {
				if strings.ContainsAny(line, "0123456789") { // not the town
					private[e.Case] = append(private[e.Case], line)
				}
			}
		case "safe-contact.set":
			if c := decode[schemas.SafeContactSetV2](t, e); c.CodeWord != nil {
				private[e.Case] = append(private[e.Case], *c.CodeWord)
			}
		}
	}
	for _, e := range Events() {
		parts, err := events.Flatten(body(t, e))
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, p := range parts {
			var word string
			if p.Kind == events.KindWord && !p.Decoy {
				if err := json.Unmarshal([]byte(p.Value), &word); err != nil {
					t.Fatal(err)
				}
				text.WriteString(word)
			}
		}
		shown := strings.Replace(text.String(), courtAddress, "", 1)
		if e.Case == "released" {
			shown = strings.TrimPrefix(shown, "tomatoes") // her message is the word and nothing else
		}
		for _, p := range private[e.Case] {
			if strings.Contains(shown, p) {
				t.Errorf("%s %d has %q in a text", e.Case, e.Seq, p)
			}
		}
	}
}

// TestExport: the closings cover exactly the two sentences and every number
// in the period.
func TestExport(t *testing.T) {
	request, closings := Export()
	var asked map[string]string
	if err := json.Unmarshal(request, &asked); err != nil || len(asked) != 5 || asked["from"] > asked["to"] {
		t.Fatal(asked, err)
	}
	var list []struct {
		Seq      uint64
		Path     string
		From, To *int
		Code     string
	}
	if err := json.Unmarshal(closings, &list); err != nil {
		t.Fatal(err)
	}
	story := court().events
	var sentences []string
	numbers := map[uint64]bool{}
	for _, c := range list {
		e := story[c.Seq-1]
		if c.Path == "/data/number" {
			if !bytes.Contains(e.Data, []byte(`"number":"07700 900`)) {
				t.Errorf("event %d has no number", c.Seq)
			}
			numbers[c.Seq] = true
			continue
		}
		parts, err := events.Flatten(body(t, e))
		if err != nil {
			t.Fatal(err)
		}
		var s strings.Builder
		for _, p := range parts {
			k, ok := strings.CutPrefix(p.Path, c.Path+"/")
			if !ok || p.Decoy {
				continue
			}
			var n int
			var word string
			if json.Unmarshal([]byte(k), &n) != nil || json.Unmarshal([]byte(p.Value), &word) != nil {
				t.Fatal("not a word")
			}
			if n >= *c.From && n <= *c.To {
				s.WriteString(word)
			}
		}
		sentences = append(sentences, s.String())
	}
	if !slices.Equal(sentences, []string{courtAddress, courtSchool}) {
		t.Errorf("closed: %q", sentences)
	}
	// Nothing in the period that is exported shows a number, the street or the
	// school.
	for _, e := range story {
		if !strings.HasPrefix(e.Type, "contact.") {
			continue
		}
		day := (*occurred(t, e).From)[:10]
		if day < exportFrom || day > exportTo {
			continue
		}
		open := string(e.Data)
		if numbers[e.Seq] {
			open = regexp.MustCompile(`"number":"[^"]*"`).ReplaceAllString(open, "")
		}
		open = strings.NewReplacer(courtAddress, "", courtSchool, "").Replace(open)
		for _, private := range []string{"07700 900412", "07700 900587", "Tallow", "Saltby", "Lighthouse"} {
			if strings.Contains(open, private) {
				t.Errorf("event %d shows %s", e.Seq, private)
			}
		}
	}
}
