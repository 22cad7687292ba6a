package pages

import (
	"context"
	"strings"
	"testing"

	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/audit"
	"caseledger/internal/ops"
)

func (w *week) Audit(_ context.Context, full bool, _ ops.Progress) (ops.Audit, error) {
	a := ops.Audit{Origin: "caseledger.example/story", Full: full, Verdict: "whole", Checkpoint: &ops.Checkpoint{Size: 210}}
	a.Events, a.Cases, a.Checks = 210, 5, []audit.Check{{Name: audit.CheckLinks, OK: true, Checked: 210}, {Name: audit.CheckChains, OK: true, Checked: 5}}
	return a, nil
}

func (w *week) Accesses(_ context.Context, ask ops.AccessAsk) (ops.Accesses, error) {
	rows := []accesslog.Row{{At: w.now.Add(-60e9), Type: "case.opened", Staff: "staff-07", Case: &courtCase, Glass: true}}
	return ops.Accesses{Entries: rows, Unreviewed: rows}, nil
}

// An auditor sees whether it is whole and who read what, and nothing of what
// the cases say.
func TestAudit(t *testing.T) {
	o, s := atDesk(t, "staff-05", access.Auditor)
	w := ask(s, "GET", "/audit")
	if w.Code != 200 || len(o.reads) != 1 || o.reads[0].Type != "audit.seen" {
		t.Fatal(w.Code, o.reads)
	}
	page := unmarked(w)
	wants(t, page, "Is it whole?", "Nothing is missing", "210 entries", "1 late entry, 2 corrections in 1 case", "staff-07", "case opened", "emergency", "Who read what")
	if strings.Contains(page, "QXZ") {
		t.Error("the page says something of a client")
	}
	wants(t, post(s, "/audit", nil).Body.String(), "every part opened")
}
