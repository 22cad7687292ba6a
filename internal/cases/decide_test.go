package cases_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/schemas"
)

// real is the schemas as the ledger has them.
type real struct{ *schemas.Set }

func (r real) Validate(body []byte) error {
	err := r.Set.Validate(body)
	var s *schemas.Error
	if errors.As(err, &s) {
		return &cases.RuleError{Pointer: s.Pointer, Rule: s.Rule, Kind: s.Unwrap()}
	}
	return err
}

// desk is a ledger with the real schemas and one case, read through its
// examples.
type desk struct {
	t *testing.T
	m *memory
	s *cases.Service
	c events.Chain
	n uint64 // the case's last event
}

func newDesk(t *testing.T) *desk {
	m := newMemory()
	m.set(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)) // a Monday
	d := &desk{t: t, m: m}
	d.s = cases.New(cases.Config{
		Origin: origin, Service: events.Chain{0xff}, Log: m, Archive: m, Applier: m, Keys: m, Schemas: real{schemas.Default()},
		Clock: m.clock, Rand: rand.Reader,
	})
	d.c = d.add("referral.received").Case
	return d
}

// edit sets a member of a JSON value, at a path of names and indexes.
func edit(v any, path string, to string) any {
	name, rest, more := strings.Cut(path, "/")
	var value any
	set := func(old any) any {
		if more {
			return edit(old, rest, to)
		}
		dec := json.NewDecoder(strings.NewReader(to))
		dec.UseNumber()
		if err := dec.Decode(&value); err != nil {
			panic(err)
		}
		return value
	}
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v[name]; !ok {
			panic("no member " + name)
		}
		v[name] = set(v[name])
	case []any:
		var i int
		if _, err := fmt.Sscan(name, &i); err != nil {
			panic(err)
		}
		v[i] = set(v[i])
	default:
		panic("nothing at " + path)
	}
	return v
}

// of is the newest example of a type, as if it had happened on 26 October, with
// changes in pairs of path and value.
func (d *desk) of(typ string, changes ...string) cases.Command {
	d.t.Helper()
	v, _ := schemas.Default().Latest(typ)
	raw, err := os.ReadFile(filepath.Join("..", "..", "schemas", "examples", fmt.Sprintf("%s.v%d.json", typ, v)))
	if err != nil {
		d.t.Fatal(err)
	}
	var body any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&body); err != nil {
		d.t.Fatal(err)
	}
	body = edit(body, "occurred", `{"from":"2026-10-26T09:00:00+00:00","precision":"exact","to":null}`)
	for i := 0; i < len(changes); i += 2 {
		body = edit(body, changes[i], changes[i+1])
	}
	m := body.(map[string]any)
	enc := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			d.t.Fatal(err)
		}
		return b
	}
	return cases.Command{Case: d.c, Type: typ, V: v, Actor: m["actor"].(string), Occurred: enc(m["occurred"]), Data: enc(m["data"])}
}

func (d *desk) try(typ string, changes ...string) (cases.Result, error) {
	d.t.Helper()
	return d.s.Append(d.t.Context(), d.of(typ, changes...))
}

func (d *desk) add(typ string, changes ...string) cases.Result {
	d.t.Helper()
	r, err := d.try(typ, changes...)
	if err != nil {
		d.t.Fatalf("%s: %v", typ, err)
	}
	d.n = r.Seq
	return r
}

const client = `[{"agency":null,"kind":"client","name":null,"role":null}]`

// appointment is a plan to ring the client on Tuesday at 10, unsafe unless the
// setting says otherwise.
func (d *desk) appointment(changes ...string) []string {
	return append([]string{
		"occurred/from", `"2026-11-02T08:50:00+00:00"`, "occurred/to", "null",
		"data/arranged", `{"adviser":"staff-07","away_until":null,"channel":"phone","end":"2026-11-03T10:30:00+00:00","number":"07700 900142","place":null,"place_kind":null,"safe_contact":null,"start":"2026-11-03T10:00:00+00:00"}`,
		"data/with", client, "data/override", "null",
	}, changes...)
}

// handover is one until Friday with the client's number to ring back.
func (d *desk) handover(changes ...string) []string {
	return append([]string{
		"occurred/from", `"2026-11-02T08:50:00+00:00"`, "occurred/to", "null", "data/from", `"2026-11-02T09:00:00+00:00"`, "data/to", `"2026-11-06T09:00:00+00:00"`,
		"data/call_back", `{"channel":"phone","code_word":null,"number":"07700 900142","times":null}`,
	}, changes...)
}

func (d *desk) safe(channels, places, expires string) {
	d.t.Helper()
	d.add("safe-contact.set", "occurred/from", `"2026-11-01T09:00:00+00:00"`, "occurred/to", "null",
		"data/channels", channels, "data/places", places, "data/expires", expires)
}

// late sets safe contact as it came to be the day before safe does.
func (d *desk) late(channels string) {
	d.t.Helper()
	d.add("safe-contact.set", "occurred/from", `"2026-10-31T09:00:00+00:00"`, "occurred/to", "null",
		"data/channels", channels, "data/places", "[]", "data/expires", "null")
}

func (d *desk) home(changes ...string) []string {
	return d.appointment(append([]string{
		"data/arranged", `{"adviser":"staff-07","away_until":null,"channel":"in-person","end":"2026-11-03T10:30:00+00:00","number":null,"place":null,"place_kind":"home","safe_contact":null,"start":"2026-11-03T10:00:00+00:00"}`,
	}, changes...)...)
}

func channel(name string, allowed bool, more string) string {
	m := `"address":null,"hours":[]`
	if more != "" {
		m = more
	}
	return fmt.Sprintf(`[{%s,"allowed":%v,"channel":%q,"reason":null,"times":null}]`, m, allowed, name)
}

func plan(id, aim, risk, status string) string {
	outcome, r := "null", "null"
	if status != "planned" && status != "doing" {
		outcome = `{"text":"It is done."}`
	}
	if risk != "" {
		r = fmt.Sprintf("%q", risk)
	}
	return fmt.Sprintf(`{"aim":{"text":%q},"area":"safety","due":null,"funding":null,"id":%q,"outcome":%s,"owner":"staff-07","risk":%s,"status":%q}`, aim, id, outcome, r, status)
}

// TestDecisions: each refusal names the field, and what is next to it is
// recorded.
func TestDecisions(t *testing.T) {
	const monday = `"2026-11-02T08:30:00+00:00"`
	quiet := []string{"data/feedback_on", "null", "data/appointment", "null", "occurred/from", monday, "occurred/to", "null"}
	closed := func(d *desk) {
		d.add("case.closed", "occurred/from", `"2026-11-01T09:00:00+00:00"`, "occurred/to", "null")
	}
	exclude := func(staff string) func(*desk) {
		return func(d *desk) {
			d.add("staff.excluded", "data/staff", fmt.Sprintf("%q", staff), "data/excluded", "true")
		}
	}
	repeat := func(d *desk) {
		d.add("plan.changed", "data/actions", "["+plan("a1", "Change the lock.", "he has a key", "doing")+"]")
		d.add("incident.disclosed", "data/disclosed_in", "null")
	}
	planned := func(actions ...string) []string {
		return []string{"data/actions", "[" + strings.Join(actions, ",") + "]"}
	}
	tests := []struct {
		name    string
		before  func(*desk)
		typ     string
		changes func(*desk) []string
		pointer string // "" is recorded
		rule    string
	}{
		{"a plan with nothing set", nil, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/data/arranged/channel", "safe contact was not set"},
		{"in an emergency", nil, "appointment.planned", func(d *desk) []string {
			return d.appointment("data/override", `{"by":"staff-02","text":"She asked for the police to come along."}`)
		}, "", ""},
		{"with a professional", nil, "appointment.planned", func(d *desk) []string {
			return d.appointment("data/with", `[{"agency":"Police","kind":"professional","name":"DS Alder","role":null}]`)
		}, "", ""},
		{"safe", func(d *desk) { d.safe(channel("phone", true, ""), "[]", "null") }, "appointment.planned", func(d *desk) []string { return d.appointment() }, "", ""},
		{"on a channel that is not safe", func(d *desk) { d.safe(channel("phone", false, ""), "[]", "null") }, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/data/arranged/channel", "telephone is not safe"},
		{"on a channel that is not listed", func(d *desk) { d.safe(channel("text", true, ""), "[]", "null") }, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/data/arranged/channel", "not listed"},
		{"after the setting expires", func(d *desk) { d.safe(channel("phone", true, ""), "[]", `"2026-11-02"`) }, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/data/arranged/start", "expired"},
		{"a handover by a way that is not safe", func(d *desk) { d.safe(channel("phone", false, ""), "[]", "null") }, "handover.given", func(d *desk) []string { return d.handover() }, "/data/call_back/channel", "telephone is not safe"},
		{"a handover with nothing set", nil, "handover.given", func(d *desk) []string { return d.handover() }, "/data/call_back/channel", "safe contact was not set"},
		{"a handover to another number", func(d *desk) { d.safe(channel("phone", true, `"address":"07700 900999","hours":[]`), "[]", "null") }, "handover.given", func(d *desk) []string { return d.handover() }, "/data/call_back/number", "not shown to be"},
		{"a handover beyond the setting", func(d *desk) { d.safe(channel("phone", true, ""), "[]", `"2026-11-04"`) }, "handover.given", func(d *desk) []string { return d.handover() }, "/data/call_back/channel", "expired"},
		{"a handover by a safe way", func(d *desk) { d.safe(channel("phone", true, ""), "[]", "null") }, "handover.given", func(d *desk) []string { return d.handover() }, "", ""},
		{"a handover without a way back", nil, "handover.given", func(d *desk) []string { return d.handover("data/call_back", "null") }, "", ""},
		{"a handover of a weekend that is over", nil, "handover.given", func(d *desk) []string {
			return d.handover("data/from", `"2026-10-30T17:00:00+00:00"`, "data/to", `"2026-11-01T09:00:00+00:00"`)
		}, "", ""},
		{"on the last day of the setting", func(d *desk) { d.safe(channel("phone", true, ""), "[]", `"2026-11-03"`) }, "appointment.planned", func(d *desk) []string { return d.appointment() }, "", ""},
		{"at another number", func(d *desk) { d.safe(channel("phone", true, `"address":"07700 900999","hours":[]`), "[]", "null") }, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/data/arranged/number", "not shown to be"},
		{"outside the hours", func(d *desk) {
			d.safe(channel("phone", true, `"address":null,"hours":[{"days":["tue"],"from":"14:00","to":"15:00"}]`), "[]", "null")
		}, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/data/arranged/start", "at that time"},
		{"at home", func(d *desk) { d.safe(channel("visit", true, ""), "[]", "null") }, "appointment.planned", func(d *desk) []string { return d.home() }, "/data/arranged/place_kind", "home is not safe"},
		{"at home while he is away", func(d *desk) {
			d.safe("[]", `[{"away_until":"2026-11-03T12:00:00+00:00","hours":[],"kind":"home","place":null}]`, "null")
		}, "appointment.planned", func(d *desk) []string { return d.home() }, "", ""},
		{"at home, and when it ends is not said", func(d *desk) {
			d.safe("[]", `[{"away_until":"2026-11-03T12:00:00+00:00","hours":[],"kind":"home","place":null}]`, "null")
		}, "appointment.planned", func(d *desk) []string {
			return d.home("data/arranged/end", "null")
		}, "/data/arranged/end", "away until then"},
		{"not safe since, and the safe setting is a late entry", func(d *desk) {
			d.safe(channel("phone", false, ""), "[]", "null")
			d.late(channel("phone", true, ""))
		}, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/data/arranged/channel", "telephone is not safe"},
		{"safe since, and the late entry says not", func(d *desk) {
			d.safe(channel("phone", true, ""), "[]", "null")
			d.late(channel("phone", false, ""))
		}, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/data/arranged/channel", "telephone is not safe"},
		{"safe by the newest, recorded in order", func(d *desk) {
			d.late(channel("phone", false, ""))
			d.safe(channel("phone", true, ""), "[]", "null")
		}, "appointment.planned", func(d *desk) []string { return d.appointment() }, "", ""},
		{"what was planned, when its time has come", nil, "appointment.planned", func(d *desk) []string {
			return d.appointment("data/arranged/start", `"2026-11-02T08:59:00+00:00"`, "data/arranged/end", "null")
		}, "", ""},
		{"moved to where it is not safe", func(d *desk) {
			d.safe(channel("phone", true, ""), "[]", "null")
			d.add("appointment.planned", d.appointment()...)
		}, "appointment.moved", func(d *desk) []string {
			return []string{"data/appointment", fmt.Sprint(d.n), "data/override", "null", "data/arranged", `{"adviser":"staff-07","away_until":null,"channel":"text","end":null,"number":"07700 900142","place":null,"place_kind":null,"safe_contact":null,"start":"2026-11-03T11:00:00+00:00"}`}
		}, "/data/arranged/channel", "text message is not listed"},
		{"called off", func(d *desk) {
			d.safe(channel("phone", true, ""), "[]", "null")
			d.add("appointment.planned", d.appointment()...)
		}, "appointment.moved", func(d *desk) []string {
			return []string{"data/appointment", fmt.Sprint(d.n), "data/override", "null", "data/arranged", "null"}
		}, "", ""},
		{"a contact where nothing is safe", func(d *desk) { d.safe(channel("phone", false, ""), "[]", "null") }, "contact.recorded", func(d *desk) []string { return quiet }, "", ""},
		{"an attempt with nothing set", nil, "contact.attempted", func(d *desk) []string { return []string{"occurred/from", monday, "occurred/to", "null"} }, "", ""},

		{"an action without its risk", nil, "plan.changed", func(*desk) []string {
			return planned(plan("a1", "Lock", "he has a key", "planned"), plan("a2", "Bell", "", "planned"))
		}, "/data/actions/1/risk", "which risk"},
		{"an ended action without its risk", nil, "plan.changed", func(*desk) []string { return planned(plan("a1", "Lock", "", "done")) }, "", ""},
		{"the same action again, after another incident", repeat, "plan.changed", func(*desk) []string {
			return planned(plan("a2", " change  the lock", "he has a key", "planned"))
		}, "/data/actions/0", "since event 2: enter its outcome first"},
		{"the same action again, after a review that found a repeat", func(d *desk) {
			d.add("plan.changed", planned(plan("a1", "Change the lock.", "he has a key", "doing"))...)
			d.add("risk.reviewed", "data/incidents", "[]", "data/criteria", `["repeat"]`)
		}, "plan.changed", func(*desk) []string {
			return planned(plan("a2", "change the lock", "he has a key", "planned"))
		}, "/data/actions/0", "enter its outcome first"},
		{"the same action again, with nothing new", func(d *desk) {
			d.add("plan.changed", planned(plan("a1", "Change the lock.", "he has a key", "doing"))...)
		}, "plan.changed", func(*desk) []string {
			return planned(plan("a2", "change the lock", "he has a key", "planned"))
		}, "", ""},
		{"another action, after another incident", repeat, "plan.changed", func(*desk) []string {
			return planned(plan("a2", "Change the door", "he has a key", "planned"))
		}, "", ""},
		{"the same action again, with the outcome of the first", repeat, "plan.changed", func(*desk) []string {
			return planned(plan("a2", "change the lock", "he has a key", "planned"), plan("a1", "Change the lock.", "he has a key", "not-done"))
		}, "", ""},
		{"the same action after its outcome", func(d *desk) {
			repeat(d)
			d.add("plan.changed", planned(plan("a1", "Change the lock.", "he has a key", "done"))...)
		}, "plan.changed", func(*desk) []string {
			return planned(plan("a2", "change the lock", "he has a key", "planned"))
		}, "", ""},
		{"the same action twice in one change", nil, "plan.changed", func(*desk) []string {
			return planned(plan("a1", "Lock", "key", "planned"), plan("a2", "lock.", "key", "planned"))
		}, "/data/actions/1", "same as action 1"},
		{"the action itself, changed", func(d *desk) { d.add("plan.changed", planned(plan("a1", "Lock", "key", "planned"))...) }, "plan.changed", func(*desk) []string { return planned(plan("a1", "Lock", "key", "doing")) }, "", ""},

		{"a contact that lies ahead", nil, "contact.recorded", func(*desk) []string {
			return append(quiet[:4:4], "occurred/from", `"2026-11-02T09:02:01+00:00"`, "occurred/to", "null")
		}, "/occurred/from", "lies ahead"},
		{"a contact as far ahead as clocks differ", nil, "contact.recorded", func(*desk) []string {
			return append(quiet[:4:4], "occurred/from", `"2026-11-02T09:02:00+00:00"`, "occurred/to", "null")
		}, "", ""},
		{"an end that lies ahead", nil, "contact.recorded", func(*desk) []string {
			return append(quiet[:4:4], "occurred/from", monday, "occurred/to", `"2026-11-02T10:00:00+00:00"`)
		}, "/occurred/to", "lies ahead"},
		{"today, as a date", nil, "contact.attempted", func(*desk) []string {
			return []string{"occurred", `{"from":"2026-11-02","precision":"date","to":null}`}
		}, "", ""},
		{"tomorrow, as a date", nil, "contact.attempted", func(*desk) []string {
			return []string{"occurred", `{"from":"2026-11-03","precision":"date","to":null}`}
		}, "/occurred/from", "lies ahead"},
		{"an incident that lies ahead", nil, "incident.disclosed", func(*desk) []string {
			return []string{"data/disclosed_in", "null", "data/happened", `{"from":"2026-11-03","precision":"date","to":null}`}
		}, "/data/happened/from", "lies ahead"},
		{"a referral received tomorrow", nil, "referral.received", func(*desk) []string { return []string{"data/received", `"2026-11-03T09:00:00+00:00"`} }, "/data/received", "lies ahead"},

		{"referred to the Marac tomorrow", nil, "referral.received", func(*desk) []string {
			return []string{"data/source", `"marac"`, "data/marac", `{"area":"Northmoor","heard":null,"referred":"2026-11-03","repeat":"no"}`}
		}, "/data/marac/referred", "lies ahead"},
		{"an order served tomorrow", nil, "order.recorded", func(*desk) []string { return []string{"data/served", `"2026-11-03"`} }, "/data/served", "lies ahead"},
		{"an order granted tomorrow", nil, "order.recorded", func(*desk) []string { return []string{"data/granted", `"2026-11-03"`} }, "/data/granted", "lies ahead"},

		{"a plan in a closed case", closed, "appointment.planned", func(d *desk) []string { return d.appointment() }, "/case", "reopen"},
		{"an action in a closed case", closed, "plan.changed", func(*desk) []string { return planned(plan("a1", "Lock", "key", "planned")) }, "", ""},
		{"an action planned after the closing", closed, "plan.changed", func(*desk) []string {
			return append(planned(plan("a1", "Lock", "key", "planned")), "occurred/from", monday, "occurred/to", "null")
		}, "/case", "reopen"},
		{"a contact in a closed case", closed, "contact.recorded", func(*desk) []string { return quiet }, "", ""},
		{"a plan when it is open again", func(d *desk) {
			closed(d)
			d.safe(channel("phone", true, ""), "[]", "null")
			d.add("case.reopened", "data/referral", "null")
		}, "appointment.planned", func(d *desk) []string { return d.appointment() }, "", ""},

		{"an entry by somebody excluded", exclude("staff-07"), "contact.recorded", func(*desk) []string { return quiet }, "/actor", "exclusion list"},
		{"given to somebody excluded", exclude("staff-09"), "case.allocated", func(*desk) []string { return []string{"data/adviser", `"staff-09"`} }, "/data/adviser", "exclusion list"},
		{"covered by somebody excluded", exclude("staff-09"), "case.covered", func(*desk) []string { return []string{"data/adviser", `"staff-09"`} }, "/data/adviser", "exclusion list"},
		{"planned for somebody excluded", exclude("staff-09"), "appointment.planned", func(d *desk) []string {
			return d.appointment("data/arranged/adviser", `"staff-09"`, "data/override", `{"by":"staff-02","text":"No."}`)
		}, "/data/arranged/adviser", "exclusion list"},
		{"an action for somebody excluded", exclude("staff-09"), "plan.changed", func(*desk) []string {
			return append(planned(plan("a1", "Lock", "key", "planned")), "data/actions/0/owner", `"staff-09"`)
		}, "/data/actions/0/owner", "exclusion list"},
		{"what somebody excluded had done", exclude("staff-09"), "plan.changed", func(*desk) []string {
			return append(planned(plan("a1", "Lock", "key", "done")), "data/actions/0/owner", `"staff-09"`)
		}, "", ""},
		{"excluded no longer", func(d *desk) {
			d.add("staff.excluded", "actor", `"staff-02"`, "data/staff", `"staff-07"`, "data/excluded", "true")
			d.add("staff.excluded", "actor", `"staff-02"`, "data/staff", `"staff-07"`, "data/excluded", "false")
		}, "contact.recorded", func(*desk) []string { return quiet }, "", ""},

		{"a type of the service", nil, "policy.set", nil, "/type", "type of the service"},
		{"erasing", nil, "erasure.begun", nil, "/type", "ledger writes"},
		{"erased", nil, "case.erased", nil, "/type", "ledger writes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			if tt.before != nil {
				tt.before(d)
			}
			var changes []string
			if tt.changes != nil {
				changes = tt.changes(d)
			}
			stored := len(d.m.records())
			_, err := d.try(tt.typ, changes...)
			if tt.pointer == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			refused(t, err, tt.pointer, tt.rule)
			if len(d.m.records()) != stored {
				t.Error("something was recorded")
			}
		})
	}
}

func refused(t *testing.T, err error, pointer, part string) {
	t.Helper()
	var rule *cases.RuleError
	if !errors.As(err, &rule) || rule.Pointer != pointer || !strings.Contains(rule.Rule, part) {
		t.Fatalf("got %v, want %q at %s", err, part, pointer)
	}
}

// TestReferences: what an event names is there, is of a type that it can speak
// of, and holds the statement or action that is named.
func TestReferences(t *testing.T) {
	quiet := []string{"data/feedback_on", "null", "data/appointment", "null"}
	contact := func(d *desk) { d.add("contact.recorded", quiet...) }
	helpline := func(d *desk) { d.add("helpline.contact", "data/handover", "null") }
	heard := func(d *desk) { d.add("marac.heard", "data/referral", "1") }
	tests := []struct {
		name    string
		before  func(*desk) // event 2
		typ     string
		changes []string
		pointer string
	}{
		{"corrects a contact", contact, "contact.corrected", []string{"data/corrects", `{"seq":2,"statement":0}`}, ""},
		{"corrects a call to the helpline", helpline, "contact.corrected", []string{"data/corrects", `{"seq":2,"statement":0}`}, ""},
		{"corrects a statement that is not there", helpline, "contact.corrected", []string{"data/corrects", `{"seq":2,"statement":99}`}, "/data/corrects/statement"},
		{"corrects a referral", nil, "contact.corrected", []string{"data/corrects", `{"seq":1,"statement":0}`}, "/data/corrects/seq"},
		{"corrects itself", nil, "contact.corrected", []string{"data/corrects", `{"seq":2,"statement":0}`}, "/data/corrects/seq"},
		{"disputes all of a referral", nil, "contact.disputed", []string{"data/disputes", `{"seq":1,"statement":null}`, "data/told_in", "null"}, ""},
		{"disputes a statement of a referral", nil, "contact.disputed", []string{"data/disputes", `{"seq":1,"statement":0}`, "data/told_in", "null"}, "/data/disputes/statement"},
		{"disputes nothing", nil, "contact.disputed", []string{"data/disputes", `{"seq":5,"statement":null}`, "data/told_in", "null"}, "/data/disputes/seq"},
		{"told in a referral", nil, "contact.disputed", []string{"data/disputes", `{"seq":1,"statement":null}`, "data/told_in", "1"}, "/data/told_in"},
		{"misfiles nothing", nil, "entry.misfiled", []string{"data/entry", "2"}, "/data/entry"},
		{"misfiles the referral", nil, "entry.misfiled", []string{"data/entry", "1"}, ""},
		{"disclosed in a referral", nil, "incident.disclosed", []string{"data/disclosed_in", "1"}, "/data/disclosed_in"},
		{"disclosed in a contact", contact, "incident.disclosed", []string{"data/disclosed_in", "2"}, ""},
		{"reviews a contact as an incident", contact, "risk.reviewed", []string{"data/incidents", "[2]"}, "/data/incidents/0"},
		{"reviews incidents of which one is not there", func(d *desk) { d.add("incident.disclosed", "data/disclosed_in", "null") }, "risk.reviewed", []string{"data/incidents", "[2,7]"}, "/data/incidents/1"},
		{"reviews an incident", func(d *desk) { d.add("incident.disclosed", "data/disclosed_in", "null") }, "risk.reviewed", []string{"data/incidents", "[2]"}, ""},
		{"keeps an appointment that is none", contact, "contact.recorded", []string{"data/feedback_on", "null", "data/appointment", "2"}, "/data/appointment"},
		{"feeds back on no Marac", contact, "contact.recorded", []string{"data/feedback_on", "2", "data/appointment", "null"}, "/data/feedback_on"},
		{"feeds back", heard, "contact.recorded", []string{"data/feedback_on", "2", "data/appointment", "null"}, ""},
		{"updates an action", heard, "marac.action.updated", []string{"data/meeting", "2", "data/action", `"m1"`}, ""},
		{"updates an action that is not there", heard, "marac.action.updated", []string{"data/meeting", "2", "data/action", `"m9"`}, "/data/action"},
		{"updates an action of no meeting", contact, "marac.action.updated", []string{"data/meeting", "2", "data/action", `"m1"`}, "/data/meeting"},
		{"reviews an override that is none", contact, "override.reviewed", []string{"data/override", "2"}, "/data/override"},
		{"reviews an override", func(d *desk) {
			d.add("appointment.planned", d.appointment("data/override", `{"by":"staff-02","text":"Now."}`)...)
		}, "override.reviewed", []string{"data/override", "2"}, ""},
		{"reviews a plan that overrode nothing", func(d *desk) {
			d.add("appointment.planned", d.appointment("data/with", `[{"agency":"Police","kind":"professional","name":null,"role":null}]`)...)
		}, "override.reviewed", []string{"data/override", "2"}, "/data/override"},
		{"lifts a hold that is none", contact, "hold.lifted", []string{"data/hold", "2"}, "/data/hold"},
		{"misses an appointment that is none", contact, "appointment.missed", []string{"data/appointment", "2"}, "/data/appointment"},
		{"approves a decision that is none", contact, "disclosure.approved", []string{"data/decision", "2"}, "/data/decision"},
		{"checked against a setting that is none", contact, "appointment.planned", []string{"data/arranged/safe_contact", "2"}, "/data/arranged/safe_contact"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			if tt.before != nil {
				tt.before(d)
			}
			_, err := d.try(tt.typ, tt.changes...)
			if tt.pointer != "" {
				refused(t, err, tt.pointer, "")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestErased: nothing is recorded in a case that is gone.
func TestErased(t *testing.T) {
	d := newDesk(t)
	for _, typ := range []string{"erasure.begun", "case.erased"} {
		c := d.of(typ)
		if typ == "case.erased" {
			c = d.of(typ, "data/begun", fmt.Sprint(d.n), "data/scope", `"case"`, "data/recipients", "[]")
		}
		r, err := d.s.Record(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		d.n = r.Seq
	}
	_, err := d.try("contact.attempted")
	refused(t, err, "/case", "erased")
}

// TestGovern: the service's own chain takes its own types and nothing else, and
// a policy holds for the next decision.
func TestGovern(t *testing.T) {
	d := newDesk(t)
	govern := func(typ string, changes ...string) error {
		_, err := d.s.Govern(t.Context(), d.of(typ, changes...))
		return err
	}
	refused(t, govern("contact.attempted"), "/type", "of a case")
	refused(t, govern("policy.set", "data/version", "2"), "/data/version", "next version is 1")
	visits := func(n string) string {
		return `[{"code":"home-visits","instrument":null,"marac":null,"unit":"flag","values":[` + n + `]}]`
	}
	first := []string{"data/version", "1", "data/from", `"2026-10-01T00:00:00+01:00"`, "data/settings"}
	refused(t, govern("policy.set", append(first, visits("7"))...), "/data/settings/0", "from 0 to 1")
	d.safe(channel("visit", true, ""), "[]", "null")
	_, err := d.try("appointment.planned", d.home()...)
	refused(t, err, "/data/arranged/place_kind", "home is not safe")
	if err := govern("policy.set", append(first, visits("1"))...); err != nil {
		t.Fatal(err)
	}
	if err := govern("staff.recorded"); err != nil {
		t.Fatal(err)
	}
	d.add("appointment.planned", d.home()...)
	refused(t, govern("policy.set", append(first, visits("0"))...), "/data/version", "next version is 2")
	// How far the access ledger goes is said by the ledger and by nobody else.
	refused(t, govern("access.checkpointed"), "/type", "writes this type itself")
	if _, err := d.s.Record(t.Context(), d.of("access.checkpointed")); err != nil {
		t.Fatal(err)
	}
	var own []events.Record
	for _, rec := range d.m.records() {
		if rec.Link.Chain == (events.Chain{0xff}) {
			own = append(own, rec)
			if !rec.Detail.Key.Service {
				t.Errorf("sealed under %s", rec.Detail.Key)
			}
		}
	}
	if len(own) != 3 {
		t.Errorf("%d events", len(own))
	}
	if err := events.CheckChain(own); err != nil {
		t.Error(err)
	}
}

// TestJudgedBy: who named no version hears which one the body was held to.
func TestJudgedBy(t *testing.T) {
	d := newDesk(t)
	c := d.of("contact.recorded", "data/feedback_on", "null", "data/appointment", "null")
	var data map[string]any
	if err := json.Unmarshal(c.Data, &data); err != nil {
		t.Fatal(err)
	}
	delete(data, "feedback_on")
	delete(data, "appointment")
	for _, s := range data["statements"].([]any) {
		delete(s.(map[string]any), "knew")
	}
	c.Data, _ = json.Marshal(data)
	c.V = 0
	_, err := d.s.Append(t.Context(), c)
	refused(t, err, "/data", "judged by version 2 of contact.recorded")
	c.V = 2
	_, err = d.s.Append(t.Context(), c)
	refused(t, err, "/data", "")
	if strings.Contains(err.Error(), "judged by") {
		t.Errorf("a version that was named: %v", err)
	}
	c.V = 1
	if _, err := d.s.Append(t.Context(), c); err != nil {
		t.Error(err)
	}
}

// TestReadsNoMore: what has nothing to decide reads no event, what names one
// reads that one, and a plan reads the case once until it changes.
func TestReadsNoMore(t *testing.T) {
	d := newDesk(t)
	d.m.standing = &cases.Standing{Excluded: []string{"staff-99"}}
	reads := func(what string, want int, typ string, changes ...string) {
		t.Helper()
		d.m.read = 0
		if _, err := d.try(typ, changes...); err == nil {
			d.n++
		}
		if d.m.read != want {
			t.Errorf("%s: %d events read, want %d", what, d.m.read, want)
		}
	}
	reads("a contact", 0, "contact.recorded", "data/feedback_on", "null", "data/appointment", "null")
	reads("an attempt", 0, "contact.attempted")
	reads("an incident without a contact", 0, "incident.disclosed", "data/disclosed_in", "null")
	reads("an incident", 1, "incident.disclosed", "data/disclosed_in", "2")
	reads("somebody excluded", 0, "contact.attempted", "actor", `"staff-99"`)
	reads("a plan that is refused", 5, "appointment.planned", d.appointment()...)
	reads("and again", 0, "appointment.planned", d.appointment()...)
	reads("an action that ended", 0, "plan.changed", "data/actions", "["+plan("a1", "Lock", "", "done")+"]")
	reads("a plan in the case as it stands now", 6, "appointment.planned", d.appointment()...)
}
