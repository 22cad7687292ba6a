package evidence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/sheet"
	"caseledger/schemas"
)

// exampleData is the data of a schema's example, with changes.
func exampleData(t testing.TB, name string, changes map[string]any) string {
	t.Helper()
	b, err := os.ReadFile("../schemas/examples/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var e struct {
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	maps.Copy(e.Data, changes)
	data, err := json.Marshal(e.Data)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const clip = "the bytes of a clip"

// The places of the path in the chain of pathChain, behind those of
// fixtureChain.
const (
	atClip      = 9
	atLetter    = 10
	atRequest   = 11
	atDecision  = 12
	atApproval  = 13
	exportedSeq = 14
)

type closingJSON struct {
	Seq    uint64 `json:"seq"`
	Leaf   uint64 `json:"leaf"`
	Leaves uint64 `json:"leaves"`
	Code   string `json:"code"`
}

// pathChain is the fixture with two attachments and the steps of a disclosure.
// The decision closes what usual closes, and more; edit changes its data.
func pathChain(t testing.TB, seed string, edit map[string]any, more ...closingJSON) *eventstest.Chain {
	t.Helper()
	c := fixtureChain(seed)
	closings := more
	for _, u := range usual {
		leaf, leaves, err := evidence.Leaves(partsOf(t, c, u.Seq), u)
		if err != nil {
			t.Fatal(err)
		}
		closings = append(closings, closingJSON{u.Seq, leaf, leaves, string(u.Code)})
	}
	attachment := func(name, exhibit, content string, stored any) string {
		return exampleData(t, "attachment.added.v2", map[string]any{
			"name": name, "exhibit": exhibit, "size": len(content), "sha256": hashOf([]byte(content)), "stored": stored, "derived_from": nil,
			"produced": map[string]any{"from": "2026-10-29T21:14:00+00:00", "to": nil, "precision": "exact"}})
	}
	c.Version(2).Occurred(happened("2026-11-03T09:00:00+00:00")).
		Add("attachment.added", attachment("Doorbell 3.MP4", "KP/2", clip, strings.Repeat("41", 32))).
		Add("attachment.added", attachment("letter.pdf", "KP/3", "a letter", nil))
	c.Version(1).Actor("staff-02").Add("disclosure.requested", exampleData(t, "disclosure.requested.v1", map[string]any{
		"officer": request.Officer, "force": request.Force, "reference": request.Reference, "form": nil}))
	decision := map[string]any{
		"request": atRequest, "from": request.From, "to": request.To, "closings": closings, "replaces": nil,
		"kinds": []string{"attachment.added", "contact.attempted", "contact.corrected", "contact.recorded"},
	}
	maps.Copy(decision, edit)
	c.Version(2).Add("disclosure.decided", exampleData(t, "disclosure.decided.v2", decision))
	c.Actor("staff-01").Add("disclosure.approved", exampleData(t, "disclosure.approved.v2", map[string]any{"decision": atDecision}))
	c.Version(1)
	return c
}

func partsOf(t testing.TB, c *eventstest.Chain, seq uint64) []events.Part {
	t.Helper()
	r := c.Record(seq)
	key := eventstest.KeyOf(r.Detail.Key)
	parts, err := events.OpenParts(&r, &key, schemas.Default())
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func pathInput(l *evidencetest.Ledger, c *eventstest.Chain) evidence.Input {
	return evidence.Input{Chain: c.ID(), Actor: "staff-07", Now: now, Exhibit: "KP/4", Policy: l.Policy(),
		Path: evidence.Path{Request: atRequest, Decision: atDecision, Approval: atApproval},
		Attachments: func(_ context.Context, seq uint64) (io.ReadCloser, error) {
			if seq != atClip {
				return nil, fmt.Errorf("event %d: %w", seq, events.ErrNotFound)
			}
			return io.NopCloser(strings.NewReader(clip)), nil
		}}
}

func TestExportPath(t *testing.T) {
	c := pathChain(t, "path", nil)
	l := evidencetest.New(c)
	in := pathInput(l, c)
	var sheets []*sheet.Sheet
	in.Render = func(_ context.Context, s *sheet.Sheet) ([]evidence.File, error) {
		sheets = append(sheets, s)
		return []evidence.File{{Name: "data/contact-sheets.pdf", Data: []byte("pages")}, {Name: "data/statements/07.pdf", Data: []byte("statement")}}, nil
	}
	var stamped []byte
	in.Stamp = func(_ context.Context, checkpoint []byte) ([]evidence.File, error) {
		stamped = checkpoint
		return []evidence.File{{Name: "proof/timestamps/authority.tsr", Data: []byte("token")}}, nil
	}
	var out bytes.Buffer
	r, err := evidence.Export(t.Context(), l, schemas.Default(), in, &out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Seq != exportedSeq || r.Exhibit != "KP/4" || r.Attachments != 1 || len(sheets) != 1 {
		t.Errorf("result %+v, rendered %d times", r, len(sheets))
	}
	if v := verify(out.Bytes(), policy(t, l)); v.Exit != evidence.ExitValid || v.Exhibit != "KP/4" {
		t.Errorf("verdict %d: %s", v.Exit, v.FirstFailure())
	}
	top, files := unzip(t, out.Bytes())
	if top != "KP-4" || string(files["data/attachments/KP-2.mp4"]) != clip || string(files["data/contact-sheets.pdf"]) != "pages" ||
		!bytes.Equal(files["proof/checkpoint.txt"], stamped) || string(files["proof/timestamps/authority.tsr"]) != "token" {
		t.Errorf("%s: %v", top, slices.Sorted(maps.Keys(files)))
	}
	if !bytes.Equal(files["tagmanifest-sha256.txt"], r.TagManifest) {
		t.Error("the tag manifest of the result is another")
	}
	for seq, name := range map[uint64]string{atRequest: "data/request.json", atDecision: "data/decision.json"} {
		body, err := events.ParseBody(c.Bodies()[seq-1])
		if err != nil || string(files[name]) != string(body.Data)+"\n" {
			t.Errorf("%s is not the data of event %d (%v)", name, seq, err)
		}
	}
	var m struct {
		Export struct {
			Data struct {
				Approval, Decision, Request uint64
				Kinds                       []string
			} `json:"data"`
		} `json:"export"`
	}
	if err := json.Unmarshal(files["data/contact-sheets.json"], &m); err != nil {
		t.Fatal(err)
	}
	if d := m.Export.Data; d.Request != atRequest || d.Decision != atDecision || d.Approval != atApproval || len(d.Kinds) != 4 {
		t.Errorf("event m names %+v", d)
	}
	for name, b := range files {
		if bytes.Contains(b, []byte("Aldercourt")) {
			t.Errorf("%s holds a closed word", name)
		}
	}
	// The same again is the same but for event m's own facts.
	var again bytes.Buffer
	if _, err := evidence.Export(t.Context(), evidencetest.New(pathChain(t, "path", nil)), schemas.Default(), in, &again); err != nil || !bytes.Equal(again.Bytes(), out.Bytes()) {
		t.Errorf("two productions of one input are not byte-equal: %v", err)
	}
}

// What was opened before is taken for what it is, and for no other event.
func TestExportOpened(t *testing.T) {
	produce := func(opened func([]evidence.CaseEvent)) []byte {
		c := pathChain(t, "opened", nil)
		l := evidencetest.New(c)
		in := pathInput(l, c)
		if opened != nil {
			var err error
			if in.Opened, err = evidence.ReadCase(t.Context(), l, schemas.Default(), c.ID(), evidence.Request{From: request.From, To: request.To}); err != nil {
				t.Fatal(err)
			}
			opened(in.Opened)
		}
		var out bytes.Buffer
		if _, err := evidence.Export(t.Context(), l, schemas.Default(), in, &out); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	want := produce(nil)
	for name, opened := range map[string]func([]evidence.CaseEvent){
		"all":         func([]evidence.CaseEvent) {},
		"other hash":  func(list []evidence.CaseEvent) { list[2].Hash[0] ^= 1; list[2].Parts = nil },
		"other order": func(list []evidence.CaseEvent) { list[2], list[4] = list[4], list[2] },
	} {
		if !bytes.Equal(produce(opened), want) {
			t.Errorf("%s: the bundle is another", name)
		}
	}
}

// Closing the hash withholds the file and shows the rest.
func TestWithheldFile(t *testing.T) {
	fixed := pathChain(t, "withheld", nil)
	leaf, _, err := evidence.Leaves(partsOf(t, fixed, atClip), evidence.Closing{Path: "/data/sha256"})
	if err != nil {
		t.Fatal(err)
	}
	c := pathChain(t, "withheld", nil, closingJSON{atClip, leaf, 1, "P"})
	l := evidencetest.New(c)
	in := pathInput(l, c)
	in.Attachments = nil // none is read
	var out bytes.Buffer
	if _, err := evidence.Export(t.Context(), l, schemas.Default(), in, &out); err != nil {
		t.Fatal(err)
	}
	_, files := unzip(t, out.Bytes())
	for name, b := range files {
		if strings.HasPrefix(name, "data/attachments/") || bytes.Contains(b, []byte(hashOf([]byte(clip)))) {
			t.Errorf("%s gives the file away", name)
		}
	}
	if !bytes.Contains(files["data/contact-sheets.json"], []byte("Doorbell 3.MP4")) {
		t.Error("the rest of the entry is not shown")
	}
}

func TestDraft(t *testing.T) {
	c := pathChain(t, "draft", nil)
	l := evidencetest.New(c)
	in := pathInput(l, c)
	in.Path.Approval = 0
	rendered := false
	in.Render = func(context.Context, *sheet.Sheet) ([]evidence.File, error) {
		rendered = true
		return []evidence.File{{Name: "data/labels.pdf", Data: []byte("labels")}}, nil
	}
	files, r, err := evidence.Draft(t.Context(), l, schemas.Default(), in)
	if err != nil {
		t.Fatal(err)
	}
	if c.Tip().Seq != atApproval || r.Seq != 0 || r.Exhibit != evidence.DraftExhibit || r.Attachments != 1 || !rendered {
		t.Errorf("result %+v, the case ends at %d", r, c.Tip().Seq)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name, "data/") || strings.HasPrefix(f.Name, "data/attachments/") {
			t.Errorf("a draft has %s", f.Name)
		}
		if bytes.Contains(f.Data, []byte("KP/4")) || bytes.Contains(f.Data, []byte("Aldercourt")) {
			t.Errorf("%s uses up the reference, or shows a closed word", f.Name)
		}
	}
}

// A path whose events do not belong together is not followed, and nothing is
// recorded.
func TestBrokenPath(t *testing.T) {
	errHook := errors.New("the hook gave up")
	leaf, _, err := evidence.Leaves(partsOf(t, fixtureChain("broken path"), 5), usual[0])
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		edit map[string]any
		in   func(*evidence.Input)
		want error
	}{
		{"a request of another type", nil, func(in *evidence.Input) { in.Path.Request = 3 }, evidence.ErrInput},
		{"a decision that is none", nil, func(in *evidence.Input) { in.Path.Decision = atApproval }, evidence.ErrInput},
		{"no decision", nil, func(in *evidence.Input) { in.Path.Decision = 0 }, evidence.ErrInput},
		{"a decision beyond the case", nil, func(in *evidence.Input) { in.Path.Decision = 99 }, evidence.ErrInput},
		{"a decision on another request", map[string]any{"request": 4}, nil, evidence.ErrInput},
		{"a refusal", map[string]any{"decision": "refused"}, nil, evidence.ErrInput},
		{"an approval that is none", nil, func(in *evidence.Input) { in.Path.Approval = atDecision }, evidence.ErrInput},
		{"a closing of the request", map[string]any{"closings": []closingJSON{{atRequest, 4, 1, "P"}}}, nil, evidence.ErrInput},
		{"a closing outside the scope", map[string]any{"closings": []closingJSON{{4, 4, 1, "P"}}}, nil, evidence.ErrInput},
		{"a closing of many values", map[string]any{"closings": []closingJSON{{5, 1, 9, "P"}}}, nil, evidence.ErrInput},
		{"a closing beyond the event", map[string]any{"closings": []closingJSON{{5, 9_999, 1, "P"}}}, nil, evidence.ErrInput},
		{"the same leaf twice", map[string]any{"closings": []closingJSON{{5, leaf, 3, "P"}, {5, leaf + 1, 1, "A"}}}, nil, evidence.ErrInput},
		{"an exhibit that makes no directory", nil, func(in *evidence.Input) { in.Exhibit = "../KP" }, evidence.ErrInput},
		{"an attachment that nobody has", nil, func(in *evidence.Input) { in.Attachments = nil }, events.ErrNotFound},
		{"another attachment", nil, func(in *evidence.Input) {
			in.Attachments = func(context.Context, uint64) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader(clip + ".")), nil
			}
		}, events.ErrBroken},
		{"an engine that fails", nil, func(in *evidence.Input) {
			in.Render = func(context.Context, *sheet.Sheet) ([]evidence.File, error) { return nil, errHook }
		}, errHook},
		{"an engine that writes elsewhere", nil, func(in *evidence.Input) {
			in.Render = func(context.Context, *sheet.Sheet) ([]evidence.File, error) {
				return []evidence.File{{Name: "data/README.txt"}}, nil
			}
		}, evidence.ErrBundle},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := pathChain(t, "broken path", tt.edit)
			l := evidencetest.New(c)
			in := pathInput(l, c)
			if tt.in != nil {
				tt.in(&in)
			}
			var out bytes.Buffer
			_, err := evidence.Export(t.Context(), l, schemas.Default(), in, &out)
			if !errors.Is(err, tt.want) || out.Len() > 0 || c.Tip().Seq != atApproval {
				t.Errorf("%v; %d bytes written, the case ends at %d", err, out.Len(), c.Tip().Seq)
			}
		})
	}
}

// An attachment that is another when it is read again is not written into a
// bundle that was checked with the first.
func TestAttachmentChanges(t *testing.T) {
	c := pathChain(t, "changes", nil)
	l := evidencetest.New(c)
	in := pathInput(l, c)
	reads := 0
	in.Attachments = func(context.Context, uint64) (io.ReadCloser, error) {
		if reads++; reads == 3 {
			return io.NopCloser(strings.NewReader(strings.ToUpper(clip))), nil
		}
		return io.NopCloser(strings.NewReader(clip)), nil
	}
	if _, err := evidence.Export(t.Context(), l, schemas.Default(), in, io.Discard); err == nil || reads != 3 {
		t.Errorf("read %d times: %v", reads, err)
	}
}

func TestReadCase(t *testing.T) {
	c := pathChain(t, "read case", nil)
	l := evidencetest.New(c)
	list, err := evidence.ReadCase(t.Context(), l, schemas.Default(), c.ID(), evidence.Request{From: request.From, To: request.To, Kinds: []string{"attachment.added", "contact.recorded"}})
	if err != nil {
		t.Fatal(err)
	}
	var in []uint64
	for _, e := range list {
		if len(e.Parts) == 0 {
			t.Errorf("event %d is not open", e.Seq)
		}
		if e.InScope {
			in = append(in, e.Seq)
		}
	}
	if want := []uint64{3, 5, atClip, atLetter}; !slices.Equal(in, want) {
		t.Errorf("in scope %v, want %v", in, want)
	}
}

// What was misfiled is withheld under X, with what corrects it, whatever the
// closings say; a part of it cannot be closed.
func TestMisfiled(t *testing.T) {
	c := fixtureChain("misfiled")
	c.Add("entry.misfiled", exampleData(t, "entry.misfiled.v1", map[string]any{"entry": 5}))
	l := evidencetest.New(c)
	raw, r := export(t, l, c)
	_, files := unzip(t, raw)
	for _, row := range readSheet(t, files).Schedule {
		if (row.Seq == 5 || row.Seq == 6) && (row.Status != "withheld" || len(row.Codes) != 1 || row.Codes[0] != "X") {
			t.Errorf("event %d is %s under %v", row.Seq, row.Status, row.Codes)
		}
	}
	if v := verify(raw, policy(t, l)); v.Exit != evidence.ExitValid || r.Full != 3 {
		t.Errorf("verdict %d: %s; %d in full", v.Exit, v.FirstFailure(), r.Full)
	}
	in := input(l, c, usual...)
	if _, err := evidence.Export(t.Context(), l, schemas.Default(), in, io.Discard); !errors.Is(err, evidence.ErrInput) {
		t.Errorf("closing a part of it: %v", err)
	}
}
