package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"testing"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/ops"
)

func (f *fake) Attach(_ context.Context, a ops.Attach, file io.Reader) (ops.Attached, error) {
	if f.err != nil && !f.partly {
		return ops.Attached{}, f.err // before a byte of the file is read
	}
	sum := sha256.New()
	n, err := io.Copy(sum, file)
	if err != nil {
		return ops.Attached{}, err
	}
	f.asked = a
	return ops.Attached{Case: a.Case, Seq: 4, ID: ulid.ULID{2}, Size: n, SHA256: events.Hash(sum.Sum(nil))}, f.err
}

func (f *fake) Attachments(_ context.Context, of ops.AttachmentsOf) (ops.AttachmentList, error) {
	f.asked = of
	ref := "KP/2"
	return ops.AttachmentList{Case: of.Case, Attachments: []ops.Attachment{{Seq: 4, Name: "clip.mp4", Exhibit: &ref, Recorded: ops.Time(at), Stored: &events.Hash{7}}}}, f.err
}

// Fetch gives the bytes of a picture, and none for event 9.
func (f *fake) Fetch(_ context.Context, of ops.AttachmentOf, out io.Writer) (ops.Attachment, error) {
	f.asked = of
	if f.err != nil && !f.partly {
		return ops.Attachment{}, f.err
	}
	if of.Seq != 9 {
		if _, err := out.Write(bytes.Repeat([]byte("picture"), 100_000)); err != nil {
			return ops.Attachment{}, err
		}
	}
	return ops.Attachment{Seq: of.Seq, Name: "clip.mp4"}, f.err
}

func (f *fake) Inspect(_ context.Context, of ops.AttachmentOf) (ops.Inspection, error) {
	f.asked = of
	return ops.Inspection{Case: of.Case, Seq: of.Seq, Format: "JPEG", Tags: []ops.Tag{{Source: "EXIF", Name: "GPSLatitude", Value: "53", Place: true}}, Limits: []string{}}, f.err
}

func (f *fake) Scrub(_ context.Context, remove bool, p ops.Progress) (ops.Scrubbed, error) {
	f.asked = remove
	return ops.Scrubbed{Attachments: 2, Restored: []ops.AttachmentCopy{{Case: chain, Seq: 4, Copy: "file", Problem: "none"}}, Lost: []ops.AttachmentCopy{},
		Orphans: []ops.AttachmentTrace{{Copy: "file", Name: "x", Size: 1}}}, f.err
}

func init() {
	calls["attach"] = func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Attach(ctx, ops.Attach{Case: chain, Actor: "staff-07", Expect: 3, Occurred: []byte("{}"), Data: []byte("{\"a\":\"<\"}"), Exhibit: true},
			bytes.NewReader(bytes.Repeat([]byte{1, '\n', 3}, 500_000)))
	}
	calls["attachments"] = func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Attachments(ctx, ops.AttachmentsOf{Case: chain, Actor: "staff-07"})
	}
	calls["inspect"] = func(ctx context.Context, l ops.Ledger) (any, error) {
		return l.Inspect(ctx, ops.AttachmentOf{Case: chain, Seq: 4})
	}
	calls["scrub"] = func(ctx context.Context, l ops.Ledger) (any, error) { return l.Scrub(ctx, true, nil) }
	for name, seq := range map[string]uint64{"fetch": 4, "fetch an empty file": 9} {
		calls[name] = func(ctx context.Context, l ops.Ledger) (any, error) {
			var out bytes.Buffer
			a, err := l.Fetch(ctx, ops.AttachmentOf{Case: chain, Seq: seq}, &out)
			if err != nil {
				return a, err
			}
			return []any{a, out.Len()}, nil
		}
	}
}

// A file that breaks off on its way is an error on both sides, and what comes
// behind the last byte of one that is fetched decides.
func TestFilesBreakOff(t *testing.T) {
	f := &fake{}
	gone := errors.New("the stick was pulled out")
	_, err := over(t, f).Attach(t.Context(), ops.Attach{Case: chain}, io.MultiReader(bytes.NewReader(make([]byte, 100_000)), failing{gone}))
	if !errors.Is(err, gone) || f.asked != nil {
		t.Errorf("attach: %v; the ledger was asked %v", err, f.asked)
	}
	f = &fake{err: events.ErrBroken, partly: true}
	var out bytes.Buffer
	if _, err := over(t, f).Fetch(t.Context(), ops.AttachmentOf{Case: chain, Seq: 4}, &out); !errors.Is(err, events.ErrBroken) || out.Len() == 0 {
		t.Errorf("fetch: %v after %d bytes", err, out.Len())
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
