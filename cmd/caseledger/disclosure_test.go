package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/evidence"
	"caseledger/evidence/whereabouts"
	"caseledger/internal/cases"
	"caseledger/internal/story"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// flat is an event of a case as evidence.ReadCase gives it.
func flat(t *testing.T, seq uint64, typ, data string) evidence.CaseEvent {
	t.Helper()
	canonical, err := events.Canonicalize([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	body, err := events.EncodeBody(typ, 1, "staff-07", []byte(`{"from":null,"precision":"unknown","to":null}`), canonical)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := events.Flatten(body)
	if err != nil {
		t.Fatal(err)
	}
	return evidence.CaseEvent{Seq: seq, Type: typ, Parts: parts, InScope: true}
}

func two(t *testing.T) *reading {
	r := &reading{head: 3, all: []evidence.CaseEvent{
		flat(t, 1, "contact.recorded", `{"number":"07700 900001","statements":[{"kind":"client-words","speaker":"client","text":"We live at Tallow Street now"},{"kind":"observed","speaker":"me","text":"Nothing"}]}`),
		flat(t, 2, "contact.corrected", `{"corrects":{"seq":1,"statement":0},"text":"We live at Tallow Street"}`),
		flat(t, 3, "referral.received", `{"source":"self"}`),
	}}
	r.scope.Events = []uint64{1, 2}
	return r
}

// TestCloser: what a person names becomes closings of single values or words,
// none twice.
func TestCloser(t *testing.T) {
	at := func(i int) *int { return &i }
	r := two(t)
	words := func(seq uint64, leaf, n uint64) string {
		if n == 0 {
			return "all of it"
		}
		var list []string
		for _, p := range r.all[seq-1].Parts[leaf : leaf+n] {
			switch {
			case p.Decoy:
				if n := len(list); list[n-1] != "~" {
					list = append(list, "~")
				}
			case p.Kind == events.KindWord:
				var w string
				_ = json.Unmarshal([]byte(p.Value), &w)
				list = append(list, strings.TrimSpace(w))
			default:
				list = append(list, p.Path)
			}
		}
		return strings.Join(list, " ")
	}
	tests := []struct {
		name string
		do   []closingLine
		want []string
		err  string
	}{
		{"words", []closingLine{{1, "/data/statements/0/text", at(3), at(4), "A"}}, []string{"1 A Tallow Street"}, ""},
		{"a value", []closingLine{{1, "/data/number", nil, nil, "A"}}, []string{"1 A /data/number"}, ""},
		{"a text, with what fills it up", []closingLine{{2, "/data/text", nil, nil, "A"}}, []string{"2 A We live at Tallow Street"}, ""},
		{"a statement, value by value", []closingLine{{1, "/data/statements/1", nil, nil, "P"}},
			[]string{"1 P /data/statements/1/kind", "1 P /data/statements/1/speaker", "1 P Nothing ~"}, ""},
		{"what is closed already stays as it is", []closingLine{{1, "/data/statements/0/text", at(3), at(3), "P"}, {1, "/data/statements/0/text", at(2), at(5), "A"}},
			[]string{"1 A at", "1 P Tallow", "1 A Street now ~"}, ""},
		{"the same twice", []closingLine{{1, "/data/number", nil, nil, "A"}, {1, "/data/number", nil, nil, "P"}}, []string{"1 A /data/number"}, ""},
		{"an event, and its correction with it", []closingLine{{1, "/data/number", nil, nil, "A"}, {1, "", nil, nil, "L"}}, []string{"1 L all of it", "2 L all of it"}, ""},
		{"out of scope", []closingLine{{3, "", nil, nil, "A"}}, nil, "event 3 is not in scope"},
		{"no code", []closingLine{{1, "/data/number", nil, nil, "AP"}}, nil, "none of A, P"},
		{"what always stays open", []closingLine{{1, "/type", nil, nil, "A"}}, nil, "always stays open"},
		{"nothing there", []closingLine{{1, "/data/nothing", nil, nil, "A"}}, nil, "names nothing"},
		{"words that are not there", []closingLine{{1, "/data/statements/0/text", at(3), at(40), "A"}}, nil, "the words 0 to 5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := closer{r: r}
			var err error
			for _, c := range tt.do {
				if err = x.close(c); err != nil {
					break
				}
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("got %v, want …%s…", err, tt.err)
			}
			if err != nil {
				return
			}
			x.follow()
			var got []string
			for _, c := range x.sorted() {
				got = append(got, fmt.Sprintf("%d %s %s", c.Seq, c.Code, words(c.Seq, c.Leaf, c.Leaves)))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestOthers: what a Marac or another agency said is proposed as a whole, once.
func TestOthers(t *testing.T) {
	r := two(t)
	r.all = append(r.all, flat(t, 4, "marac.heard", `{"marac":"Harrowmere"}`), flat(t, 5, "meeting.recorded", `{"kind":"team"}`), flat(t, 6, "meeting.recorded", `{"kind":"team"}`))
	r.scope.Events = []uint64{1, 4, 6}
	r.proposals = []whereabouts.Proposal{{Seq: 6, Code: "P", Match: whereabouts.MatchCarried}}
	got := r.others()
	if len(got) != 1 || got[0].Seq != 4 || got[0].Code != "M" || got[0].Leaves != 0 {
		t.Errorf("%+v", got)
	}
}

// TestWithheldFile: a file stays here when its event, its hash or where it is
// kept is closed.
func TestWithheldFile(t *testing.T) {
	e := flat(t, 1, "attachment.added", `{"name":"clip.mp4","sha256":"5e8f","stored":"9c1d"}`)
	leaf := func(path string) uint64 {
		return uint64(slices.IndexFunc(e.Parts, func(p events.Part) bool { return p.Path == path }))
	}
	r := &reading{all: []evidence.CaseEvent{e}, scope: cases.Scope{Events: []uint64{1}}}
	for name, tt := range map[string]struct {
		closing schemas.Closing
		goes    bool
	}{
		"the name":  {schemas.Closing{Seq: 1, Leaf: leaf("/data/name"), Leaves: 1}, true},
		"the hash":  {schemas.Closing{Seq: 1, Leaf: leaf("/data/sha256"), Leaves: 1}, false},
		"its place": {schemas.Closing{Seq: 1, Leaf: leaf("/data/stored"), Leaves: 1}, false},
		"all of it": {schemas.Closing{Seq: 1}, false},
		"another":   {schemas.Closing{Seq: 2}, true},
	} {
		r.decision = &casefile.Item[schemas.DisclosureDecidedV2]{Data: schemas.DisclosureDecidedV2{Closings: []schemas.Closing{tt.closing}}}
		if got := len(r.attachments()) == 1; got != tt.goes {
			t.Errorf("%s closed: goes out: %t", name, got)
		}
	}
}

// FuzzReadStep: a file of a step is read or refused, and never quoted.
func FuzzReadStep(f *testing.F) {
	for _, file := range story.Path() {
		f.Add(file.Data)
	}
	f.Add([]byte(`{"occurred":{"from":1},"made":null}`))
	f.Add([]byte(`{"proposals":[{"seq":1,"leaf":-1}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > evidence.MaxInput {
			t.Skip()
		}
		refused := func(err error) bool {
			if err != nil && !strings.HasPrefix(err.Error(), "--file: ") {
				t.Errorf("%v", err)
			}
			return err != nil
		}
		_, _, err := readStep[schemas.DisclosureRequested](in)
		refused(err)
		_, _, err = readStep[decideFile](in)
		refused(err)
		_, _, err = readStep[schemas.ClientTold](in)
		refused(err)
		_, _, err = readStep[approveFile](in)
		refused(err)
		_, _, err = readStep[handOverFile](in)
		refused(err)
		c, _, err := readStep[closeFile](in)
		if refused(err) {
			return
		}
		x := closer{r: two(t)}
		for _, line := range c.Closings {
			if x.close(line) != nil {
				return
			}
		}
		for i := range c.Proposals {
			if p := &c.Proposals[i].Proposal; p.Leaf < 1<<20 && p.Leaves < 1<<20 {
				x.accept(p)
			}
		}
		seen := map[[2]uint64]bool{}
		for _, cl := range x.sorted() {
			for k := cl.Leaf; k < cl.Leaf+min(cl.Leaves, 1<<12); k++ {
				if seen[[2]uint64{cl.Seq, k}] {
					t.Fatalf("leaf %d of event %d is closed twice", k, cl.Seq)
				}
				seen[[2]uint64{cl.Seq, k}] = true
			}
		}
	})
}
