package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"caseledger/evidence"
	"caseledger/internal/ops"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// TestExportsAtOnce: exports of one case by one person at the same moment are
// all made, each an exhibit of its own.
func TestExportsAtOnce(t *testing.T) {
	a := &app{stderr: os.Stderr, data: filepath.Join(t.TempDir(), "d"), secrets: filepath.Join(t.TempDir(), "s")}
	if _, err := a.makeLedger(t.Context(), "ledger.example.org/cases"); err != nil {
		t.Fatal(err)
	}
	l, err := a.openDirectory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := l.Demo(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	of := ops.OfRequest{Case: story.Chain("court"), Plain: true}
	files := map[string][]byte{}
	for _, f := range story.Path() {
		files[f.Name] = f.Data
	}
	take := func(step, who string, file []byte, draft *ops.DraftSheet) {
		t.Helper()
		r, err := l.TakeStep(t.Context(), ops.TakeStep{Case: of.Case, Request: of.Request, Step: step, Actor: who, File: file, Draft: draft})
		if err != nil {
			t.Fatal(err)
		}
		of.Request = r.Request
	}
	take(ops.TakeRequest, story.Decider, files["request.json"], nil)
	take(ops.TakeDecide, story.Decider, files["decide.json"], nil)
	take(ops.TakeTell, story.Reader, files["tell.json"], nil)
	take(ops.TakeClose, story.Reader, files["close.json"], nil)
	draft, err := l.Draft(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	take(ops.TakeApprove, story.Approver, fmt.Appendf(nil, `{"approved":true,"pages":%d,"reasons":null}`, draft.Sheet.Pages), &draft.Sheet)

	const n = 4
	var (
		wait    sync.WaitGroup
		made    [n]ops.Exported
		bundles [n]bytes.Buffer
		errs    [n]error
	)
	for i := range n {
		wait.Go(func() {
			made[i], errs[i] = l.Export(t.Context(), ops.Export{Case: of.Case, Actor: story.Reader, Request: of.Request, Plain: true}, &bundles[i])
		})
	}
	wait.Wait()
	seen := map[string]bool{}
	for i := range n {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		if seen[made[i].Exhibit] {
			t.Errorf("%s is given twice", made[i].Exhibit)
		}
		seen[made[i].Exhibit] = true
		v := evidence.Verify(bytes.NewReader(bundles[i].Bytes()), int64(bundles[i].Len()), nil, schemas.Default())
		if !v.SelfConsistent || v.Exhibit != made[i].Exhibit || v.Events != made[i].Seq {
			t.Errorf("the bundle of %s: %+v", made[i].Exhibit, v)
		}
	}
}
