package evidence_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
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

// disclose makes a bundle of version 1 that shows events 1…3 in full and names
// the request in event 1; files are added to data/ beside the attachment of
// event 2, or take its place; one that is empty is left out. attached is the
// type of events 2 and 3.
func disclose(t *testing.T, request, attached string, files map[string]string) ([]byte, *tlog.Policy) {
	t.Helper()
	c := eventstest.NewChain("documents").
		Add("some.request", `{"officer":"DC 4471 Ferris","line":"the doorbell"}`).
		Add(attached, `{"exhibit":"X/1","name":"Doorbell 3.MP4","sha256":"`+hashOf([]byte(video))+`","stored":"41aa"}`).
		Add(attached, `{"exhibit":null,"name":"no extension","sha256":"`+hashOf([]byte("plain"))+`","stored":null}`)
	all := map[string]string{"attachments/X-1.mp4": video}
	maps.Copy(all, files)
	return handmade(t, c, 1, `{"closings":[],"copy":1,"decision":null,"exhibit":"X/4","force":"F","from":"2026-10-01","kinds":[],"manifest":"MANIFEST","officer":"O","recipient":null,"reference":"R","request":`+request+`,"to":"2026-10-31"}`, all)
}

// handmade makes a bundle without Export: it shows every event of c in full,
// and event m of this version says data, with MANIFEST filled in.
func handmade(t *testing.T, c *eventstest.Chain, version uint64, data string, files map[string]string) ([]byte, *tlog.Policy) {
	t.Helper()
	ctx := context.Background()
	l := evidencetest.New(c)
	l.Version = version
	m := c.Tip().Seq + 1
	body := func(manifest string) []byte { return []byte(strings.Replace(data, "MANIFEST", manifest, 1)) }
	occurred := []byte(happened("2026-10-30T16:04:00+00:00"))
	export, err := events.EncodeBody("disclosure.exported", version, "staff-02", occurred, body(strings.Repeat("0", 64)))
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
		{Name: "data/contact-sheets.json", Data: s.JSON()}, {Name: "data/schedule.csv", Data: s.Schedule()},
		{Name: "data/continuity.csv", Data: s.Continuity()}}
	for name, f := range files {
		if f != "" {
			list = append(list, evidence.File{Name: "data/" + name, Data: []byte(f)})
		}
	}
	manifest := ""
	for _, f := range evidence.SealBag(list[:len(list):len(list)], "2026-10-26", eventstest.Origin, c.ID(), m) {
		if f.Name == "manifest-sha256.txt" {
			manifest = hashOf(f.Data)
		}
	}
	if _, _, err := l.Append(ctx, c.ID(), "disclosure.exported", "staff-02", occurred, body(manifest), m-1); err != nil {
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

// request.json is the data of the event that event m names; the attachments are
// those that disclosed events name, by hash, reference and extension, and no
// other, and none is missing. The export is of version 1.
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
		{"the request is missing", "1", nil, evidence.ExitInvalid},
		{"the request of no event", "null", map[string]string{"request.json": requested}, evidence.ExitInvalid},
		{"another request", "1", map[string]string{"request.json": strings.Replace(requested, "doorbell", "telephone", 1)}, evidence.ExitInvalid},
		{"the request without its LF", "1", map[string]string{"request.json": strings.TrimSpace(requested)}, evidence.ExitInvalid},
		{"the data of another event", "2", map[string]string{"request.json": requested}, evidence.ExitInvalid},
		{"the request for a decision", "null", map[string]string{"decision.json": requested}, evidence.ExitInvalid},
		{"an attachment is missing", "null", map[string]string{"attachments/X-1.mp4": ""}, evidence.ExitInvalid},
		{"another attachment", "null", map[string]string{"attachments/X-1.mp4": video + "."}, evidence.ExitInvalid},
		{"another extension", "null", map[string]string{"attachments/X-1.mp4": "", "attachments/X-1.exe": video}, evidence.ExitInvalid},
		{"another reference", "null", map[string]string{"attachments/X-1.mp4": "", "attachments/X-2.mp4": video}, evidence.ExitInvalid},
		{"the attachment twice", "null", map[string]string{"attachments/X-2.mp4": video}, evidence.ExitInvalid},
		{"an attachment that is not kept", "null", map[string]string{"attachments/X-3.bin": "plain"}, evidence.ExitInvalid},
		{"capitals in the extension", "null", map[string]string{"attachments/X-1.mp4": "", "attachments/X-1.MP4": video}, evidence.ExitInvalid},
		{"a directory in attachments", "null", map[string]string{"attachments/a/X-1.mp4": video}, evidence.ExitInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, p := disclose(t, tt.request, "attachment.added", tt.files)
			v := evidence.Verify(bytes.NewReader(b), int64(len(b)), p, anything{})
			if v.Exit != tt.exit {
				t.Errorf("exit %d, want %d: %s", v.Exit, tt.exit, v.FirstFailure())
			}
		})
	}
}

// From version 2 on event m follows the request and the decision that it names,
// and closes at least what the decision closes.
func TestDecided(t *testing.T) {
	const (
		requested = `{"force":"F","officer":"O","reference":"R"}`
		decided   = `{"closings":[CLOSINGS],"decision":"part","from":"2026-10-01","kinds":["some.event"],"request":1,"to":"2026-10-31"}`
		exported  = `{"approval":3,"closings":[],"copy":1,"decision":2,"exhibit":"X/4","force":"F","from":"2026-10-01","kinds":["some.event"],"manifest":"MANIFEST","officer":"O","recipient":null,"reference":"R","request":1,"to":"2026-10-31"}`
	)
	tests := []struct {
		name            string
		types           [2]string
		decided, export string
		exit            int
	}{
		{"as it must be", [2]string{}, decided, exported, evidence.ExitValid},
		{"without an approval", [2]string{}, decided, strings.Replace(exported, `"approval":3`, `"approval":null`, 1), evidence.ExitValid},
		{"a closing of the decision is not made", [2]string{}, strings.Replace(decided, "CLOSINGS", `{"code":"A","leaf":4,"leaves":1,"seq":3}`, 1), exported, evidence.ExitInvalid},
		{"another officer", [2]string{}, decided, strings.Replace(exported, `"officer":"O"`, `"officer":"P"`, 1), evidence.ExitInvalid},
		{"another force", [2]string{}, decided, strings.Replace(exported, `"force":"F"`, `"force":"G"`, 1), evidence.ExitInvalid},
		{"another reference", [2]string{}, decided, strings.Replace(exported, `"reference":"R"`, `"reference":"S"`, 1), evidence.ExitInvalid},
		{"a longer period", [2]string{}, decided, strings.Replace(exported, "2026-10-01", "2026-09-01", 1), evidence.ExitInvalid},
		{"another end", [2]string{}, decided, strings.Replace(exported, "2026-10-31", "2026-11-30", 1), evidence.ExitInvalid},
		{"more kinds", [2]string{}, decided, strings.Replace(exported, `"some.event"`, `"contact.recorded","some.event"`, 1), evidence.ExitInvalid},
		{"a decision on another request", [2]string{}, strings.Replace(decided, `"request":1`, `"request":3`, 1), exported, evidence.ExitInvalid},
		{"an approval before the decision", [2]string{}, decided, strings.Replace(exported, `"approval":3`, `"approval":1`, 1), evidence.ExitInvalid},
		{"an approval that is the export", [2]string{}, decided, strings.Replace(exported, `"approval":3`, `"approval":4`, 1), evidence.ExitInvalid},
		{"a request of another type", [2]string{"some.request", ""}, decided, exported, evidence.ExitInvalid},
		{"a decision of another type", [2]string{"", "some.decision"}, decided, exported, evidence.ExitInvalid},
		{"a request without a decision", [2]string{}, decided, strings.Replace(exported, `"decision":2`, `"decision":null`, 1), evidence.ExitInvalid},
		{"a decision without a request", [2]string{}, decided, strings.Replace(exported, `"request":1`, `"request":null`, 1), evidence.ExitInvalid},
		{"a version that is not known", [2]string{}, decided, exported, evidence.ExitVersion},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			types := [2]string{cmp.Or(tt.types[0], "disclosure.requested"), cmp.Or(tt.types[1], "disclosure.decided")}
			decision := strings.Replace(tt.decided, "CLOSINGS", "", 1)
			files := map[string]string{"request.json": requested + "\n", "decision.json": decision + "\n"}
			if strings.Contains(tt.export, `"request":null`) {
				files["request.json"] = ""
			}
			if strings.Contains(tt.export, `"decision":null`) {
				files["decision.json"] = ""
			}
			version := uint64(2)
			if tt.exit == evidence.ExitVersion {
				version = 3
			}
			c := eventstest.NewChain("decided").Add(types[0], requested).Add(types[1], decision).Add("some.event", `{"a":"b"}`)
			b, p := handmade(t, c, version, tt.export, files)
			v := evidence.Verify(bytes.NewReader(b), int64(len(b)), p, anything{})
			if v.Exit != tt.exit {
				t.Errorf("exit %d, want %d: %s", v.Exit, tt.exit, v.FirstFailure())
			}
			if tt.exit == evidence.ExitInvalid && !strings.HasPrefix(v.FirstFailure(), "documents:") {
				t.Errorf("another check found it: %s", v.FirstFailure())
			}
		})
	}
}

// A type that this program has no schema for is a version it does not know.
func TestUnknownType(t *testing.T) {
	b, p := disclose(t, "null", "some.attachment", map[string]string{"attachments/X-1.mp4": ""})
	if v := verify(b, p); v.Exit != evidence.ExitVersion {
		t.Errorf("exit %d: %s", v.Exit, v.FirstFailure())
	}
}
