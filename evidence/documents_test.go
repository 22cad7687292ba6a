package evidence_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/sheet"
	"caseledger/evidence/tlog"
)

// anything takes every body for valid: the types of this test have no schema.
type anything struct{}

func (anything) Validate([]byte) error { return nil }

const video = "the bytes of a video"

// disclose makes a bundle that shows events 1…3 in full and names the request
// in event 1; files are added to data/.
func disclose(t *testing.T, request string, files map[string]string) ([]byte, *tlog.Policy) {
	t.Helper()
	ctx := context.Background()
	c := eventstest.NewChain("documents").
		Add("some.request", `{"officer":"DC 4471 Ferris","line":"the doorbell"}`).
		Add("some.attachment", `{"name":"Doorbell 3.MP4","sha256":"`+hashOf([]byte(video))+`"}`).
		Add("some.attachment", `{"name":"no extension","sha256":"`+hashOf([]byte("plain"))+`"}`)
	l := evidencetest.New(c)
	const m = 4
	data := `{"closings":[],"copy":1,"decision":null,"exhibit":"X/4","force":"F","from":"2026-10-01","kinds":[],"manifest":"MANIFEST","officer":"O","recipient":null,"reference":"R","request":` + request + `,"to":"2026-10-31"}`
	body := func(manifest string) []byte { return []byte(strings.Replace(data, "MANIFEST", manifest, 1)) }
	occurred := []byte(happened("2026-10-30T16:04:00+00:00"))
	export, err := events.EncodeBody("disclosure.exported", 1, "staff-02", occurred, body(strings.Repeat("0", 64)))
	if err != nil {
		t.Fatal(err)
	}
	in := sheet.Input{Origin: eventstest.Origin, Chain: c.ID(), Seq: m, Previous: c.Tip().Hash}
	if in.Export, err = events.Flatten(export); err != nil {
		t.Fatal(err)
	}
	open := func(r events.Record) evidence.Parts {
		key := eventstest.KeyOf(r.Detail.Key)
		parts, err := events.OpenParts(&r, &key, anything{})
		if err != nil {
			t.Fatal(err)
		}
		return evidence.Parts{Size: uint64(len(parts)), Open: parts}
	}
	for _, r := range c.Records() {
		p := open(r)
		in.Events = append(in.Events, sheet.Event{Seq: r.Link.Seq, Hash: r.Link.Hash(), At: r.Detail.At, Size: p.Size, Parts: p.Open})
	}
	s, err := sheet.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	list := []evidence.File{{Name: "data/README.txt", Data: s.Readme()}, {Name: "data/contact-sheets.html", Data: s.HTML()},
		{Name: "data/contact-sheets.json", Data: s.JSON()}, {Name: "data/schedule.csv", Data: s.Schedule()}}
	for name, f := range files {
		list = append(list, evidence.File{Name: "data/" + name, Data: []byte(f)})
	}
	manifest := ""
	for _, f := range evidence.SealBag(list[:len(list):len(list)], "2026-10-26", eventstest.Origin, c.ID(), m) {
		if f.Name == "manifest-sha256.txt" {
			manifest = hashOf(f.Data)
		}
	}
	if _, _, err := l.Append(ctx, c.ID(), "disclosure.exported", "staff-02", occurred, body(manifest), 3); err != nil {
		t.Fatal(err)
	}
	note, tree, err := l.Checkpoint(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	var links []byte
	for i, r := range c.Records() {
		hashes, err := tree.Prove(ctx, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		p, proof := open(r), tlog.Proof{Index: uint64(i), Hashes: hashes, Checkpoint: note}
		links = r.Link.Append(links)
		list = append(list,
			evidence.File{Name: fmt.Sprintf("proof/details/%d.txt", i+1), Data: r.Detail.Append(nil)},
			evidence.File{Name: fmt.Sprintf("proof/parts/%d.json", i+1), Data: p.Append(nil)},
			evidence.File{Name: fmt.Sprintf("proof/events/%d.tlog-proof", i+1), Data: proof.Append(nil)})
	}
	list = append(list, evidence.File{Name: "proof/links.txt", Data: links}, evidence.File{Name: "proof/checkpoint.txt", Data: note},
		evidence.File{Name: "proof/policy.txt", Data: l.Policy()})
	var out bytes.Buffer
	if err := evidence.WriteZIP(&out, "X-4", evidence.SealBag(list, "2026-10-26", eventstest.Origin, c.ID(), m)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), policy(t, l)
}

// request.json is the data of the event that event m names; an attachment is
// one that a disclosed event names by its hash, under that name's extension.
func TestDocuments(t *testing.T) {
	const requested = `{"line":"the doorbell","officer":"DC 4471 Ferris"}` + "\n"
	tests := []struct {
		name    string
		request string
		files   map[string]string
		exit    int
	}{
		{"none", "null", nil, evidence.ExitValid},
		{"the request", "1", map[string]string{"request.json": requested}, evidence.ExitValid},
		{"an attachment", "null", map[string]string{"attachments/X-1.mp4": video}, evidence.ExitValid},
		{"an attachment without extension", "null", map[string]string{"attachments/X-2.bin": "plain"}, evidence.ExitValid},
		{"the request is missing", "1", nil, evidence.ExitInvalid},
		{"the request of no event", "null", map[string]string{"request.json": requested}, evidence.ExitInvalid},
		{"another request", "1", map[string]string{"request.json": strings.Replace(requested, "doorbell", "telephone", 1)}, evidence.ExitInvalid},
		{"the request without its LF", "1", map[string]string{"request.json": strings.TrimSpace(requested)}, evidence.ExitInvalid},
		{"the data of another event", "2", map[string]string{"request.json": requested}, evidence.ExitInvalid},
		{"the request for a decision", "null", map[string]string{"decision.json": requested}, evidence.ExitInvalid},
		{"another attachment", "null", map[string]string{"attachments/X-1.mp4": video + "."}, evidence.ExitInvalid},
		{"another extension", "null", map[string]string{"attachments/X-1.exe": video}, evidence.ExitInvalid},
		{"an extension where there is none", "null", map[string]string{"attachments/X-2.txt": "plain"}, evidence.ExitInvalid},
		{"capitals in the extension", "null", map[string]string{"attachments/X-1.MP4": video}, evidence.ExitInvalid},
		{"a directory in attachments", "null", map[string]string{"attachments/a/X-1.mp4": video}, evidence.ExitInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, p := disclose(t, tt.request, tt.files)
			v := evidence.Verify(bytes.NewReader(b), int64(len(b)), p, anything{})
			if v.Exit != tt.exit {
				t.Errorf("exit %d, want %d: %s", v.Exit, tt.exit, v.FirstFailure())
			}
		})
	}
}

// A type that this program has no schema for is a version it does not know.
func TestUnknownType(t *testing.T) {
	b, p := disclose(t, "null", nil)
	if v := verify(b, p); v.Exit != evidence.ExitVersion {
		t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
	}
}
