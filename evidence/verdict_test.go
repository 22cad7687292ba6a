package evidence_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

// failing is a file on a disk that fails.
type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("input/output error") }

// Each cause has its words, its result and its exit code, and nothing else
// has the same.
func TestCauses(t *testing.T) {
	ours, bundle := evidencetest.Bundle("ours")
	theirs, _ := evidencetest.Bundle("theirs")
	parse := func(b []byte) *tlog.Policy {
		p, err := tlog.ParsePolicy(b)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	mine, other := parse(ours), parse(theirs)
	// Packed again in the very form of a bundle, with a word changed.
	altered := func() []byte {
		b := &bag{t: t}
		b.top, b.files = unzip(t, bundle)
		b.replace("data/contact-sheets.html", "nobody", "someone")
		return b.zip()
	}()
	check := func(r io.ReaderAt, size int64, p *tlog.Policy) evidence.Verdict {
		return evidence.Verify(r, size, p, schemas.Default())
	}
	of := func(b []byte, p *tlog.Policy) evidence.Verdict { return check(bytes.NewReader(b), int64(len(b)), p) }
	unusable := func(b []byte) evidence.Verdict {
		v := of(b, nil)
		v.UnusablePolicy("policy: \x1b[2Jsyntax")
		return v
	}
	said := map[string]evidence.Cause{}
	for _, c := range []struct {
		cause   evidence.Cause
		verdict evidence.Verdict
		exit    int
		result  string
	}{
		{evidence.CauseNone, of(bundle, mine), 0, "MATCHES"},
		{evidence.CauseNotBundle, of([]byte("a letter"), mine), 3, "DOES NOT MATCH"},
		{evidence.CauseNotBundle, of(append(bytes.Clone(bundle), 0), nil), 3, "DOES NOT MATCH"},
		{evidence.CauseAltered, of(altered, mine), 3, "DOES NOT MATCH"},
		{evidence.CauseAltered, of(altered, nil), 3, "DOES NOT MATCH"},
		{evidence.CauseAltered, unusable(altered), 3, "DOES NOT MATCH"},
		{evidence.CauseAltered, of(altered, other), 3, "DOES NOT MATCH"},
		{evidence.CauseNotSigned, of(bundle, other), 3, "DOES NOT MATCH"},
		{evidence.CauseTooLarge, check(failing{}, evidence.MaxBundle+1, mine), 1, "COULD NOT CHECK"},
		{evidence.CauseUnread, check(failing{}, 1000, mine), 1, "COULD NOT CHECK"},
		{evidence.CauseUnread, evidence.Unread("no such file"), 1, "COULD NOT CHECK"},
		{evidence.CausePolicy, unusable(bundle), 1, "COULD NOT CHECK"},
		{evidence.CauseNoPolicy, of(bundle, nil), 1, "COULD NOT CHECK"},
	} {
		v := c.verdict
		if v.Cause != c.cause || v.Exit != c.exit || v.Result != c.result {
			t.Errorf("cause %q, exit %d, %s; want %q, %d, %s: %+v", v.Cause, v.Exit, v.Result, c.cause, c.exit, c.result, v.Checks)
		}
		if v.Summary == "" || v.Advice == "" {
			t.Errorf("%q: nothing is said", c.cause)
		}
		if before, ok := said[v.Summary+v.Advice]; ok && before != v.Cause {
			t.Errorf("%q and %q say the same", before, v.Cause)
		}
		said[v.Summary+v.Advice] = v.Cause
		var text strings.Builder
		if err := v.Format(&text); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(text.String(), v.Result+"\n\n"+v.Summary+"\n"+v.Advice+"\n") {
			t.Errorf("%q: the answer does not stand first:\n%s", c.cause, text.String())
		}
		if strings.ContainsRune(text.String(), 0x1b) {
			t.Errorf("%q: a reason acts on the terminal", c.cause)
		}
	}
}
