package main

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"caseledger/internal/datadir"
	"caseledger/internal/drafts"
	"caseledger/internal/story"
)

// TestOldDrafts: a manager sees that somebody left a draft, not what is in it,
// and none of a case that the manager may not see.
func TestOldDrafts(t *testing.T) {
	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	for _, args := range [][]string{{"init", "--origin", "ledger.example.org/cases"}, {"demo"}} {
		var out bytes.Buffer
		if err := run(t.Context(), append(args, flags...), strings.NewReader(""), &out, &out); err != nil {
			t.Fatal(out.String(), err)
		}
	}
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	kept, err := drafts.Open(l.o.dir.Drafts(), l.config.Origin, l.ring)
	if err != nil {
		t.Fatal(err)
	}
	d, ctx, now := drafting{l, kept}, t.Context(), time.Date(2026, 10, 30, 17, 0, 0, 0, time.UTC)
	for label, age := range map[string]time.Duration{"court": 30 * time.Hour, "silence": 50 * time.Hour, "interpreter": time.Hour} {
		if err := d.KeepDraft(ctx, "staff-07", story.Chain(label), "contact", []byte("words=Nie"), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	list, err := d.OldDrafts(ctx, "staff-01", now.Add(-24*time.Hour))
	if err != nil || len(list) != 2 || list[0].Case != story.Chain("silence") || list[1].Case != story.Chain("court") || list[0].By != "staff-07" || list[0].What != "New contact" {
		t.Fatal(list, err)
	}
	if all, err := d.OldDrafts(ctx, "staff-01", now); err != nil || len(all) != 3 {
		t.Error(len(all), err)
	}
	// Each leads to the form that goes on with it; what no form goes on with is
	// not in the list.
	for form, age := range map[string]time.Duration{"form-incident-new": time.Minute, "form-child-7f3a21c0": 2 * time.Minute, "form-gone-new": 3 * time.Minute} {
		if err := d.KeepDraft(ctx, "staff-08", story.Chain("court"), form, []byte("what=Nie"), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	own, err := d.Drafts(ctx, "staff-08")
	path := "/case/" + story.Chain("court").String()
	if err != nil || len(own) != 2 || own[0].What != "New incident" || own[0].Path != path+"/incident/new" || own[1].What != "What is known of a child" || own[1].Path != path+"/child/7f3a21c0" {
		t.Error(own, err)
	}
	for _, label := range []string{"court", "silence", "interpreter"} {
		facts, err := l.Facts(ctx, story.Chain(label))
		if err != nil {
			t.Fatal(err)
		}
		for _, excluded := range facts.Excluded {
			seen, err := d.OldDrafts(ctx, excluded, now)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range seen {
				if s.Case == story.Chain(label) {
					t.Errorf("%s is excluded from %s and sees its draft", excluded, label)
				}
			}
		}
	}
}
