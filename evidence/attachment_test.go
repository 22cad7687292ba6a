package evidence_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/sheet"
	"caseledger/schemas"
)

// Whatever reference an attachment was recorded with, its file has a name that
// no other has, and the export does not fail for it.
func TestAttachmentNames(t *testing.T) {
	const content = "the bytes of a clip"
	c := eventstest.NewChain("attachment names").Actor("staff-07").Occurred(happened("2026-10-06T10:00:00+01:00"))
	number := sheet.CaseNumber(c.ID())
	refs := []struct{ exhibit, want string }{
		{"KP/1", "KP-1"},
		{number + "/3", number + "-2"}, // event 3 will need that name
		{"", number + "-3"},
		{strings.ToLower(number) + "-5", number + "-4"},
		{"KP-1", number + "-5"}, // event 1 has it
		{"kp/1", number + "-6"},
		{"\u212aP/2", number + "-7"}, // the Kelvin sign, whose small form is a k
		{"con", number + "-8"},
		{"-1", number + "-9"},
		{"a b", number + "-10"},
		{strings.Repeat("x", 65), number + "-11"},
	}
	want := map[string]bool{}
	for _, r := range refs {
		exhibit := "null"
		if r.exhibit != "" {
			exhibit = quote(r.exhibit)
		}
		c.Version(2).Add("attachment.added", fmt.Sprintf(`{"derived_from":null,"description":null,"equipment":null,"exhibit":%s,"from":"client","kind":"video","made":%s,"media_type":"video/mp4","name":"door.MP4","produced":%s,"produced_by":null,"sha256":%q,"size":%d,"stored":%q}`,
			exhibit, made("live"), happened("2026-10-06T10:00:00+01:00"), hashOf([]byte(content)), len(content), hashOf(nil)))
		want["data/attachments/"+r.want+".mp4"] = true
	}
	l := evidencetest.New(c)
	in := input(l, c)
	in.Request.Kinds = []string{"attachment.added"}
	in.Attachments = func(context.Context, uint64) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}
	var out bytes.Buffer
	if _, err := evidence.Export(t.Context(), l, schemas.Default(), in, &out); err != nil {
		t.Fatal(err)
	}
	_, files := unzip(t, out.Bytes())
	got := map[string]bool{}
	for name := range files {
		if strings.HasPrefix(name, "data/attachments/") {
			got[name] = true
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("files %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	if v := verify(out.Bytes(), policy(t, l)); v.Exit != evidence.ExitValid {
		t.Errorf("%s: %s", v.Result, v.FirstFailure())
	}
}
