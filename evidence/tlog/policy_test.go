package tlog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/evidence/tlog"
)

func TestParsePolicyRefuses(t *testing.T) {
	s, s2 := newSigner(t, origin), newSigner(t, origin)
	w := newCosigner(t, "witness.example/w1", noon)
	w2 := newCosigner(t, "witness.example/w2", noon)
	log, log2 := "log "+s.VerifierKey(), "log "+s2.VerifierKey()
	wit, wit2 := "witness W1 "+w.VerifierKey(), "witness W2 "+w2.VerifierKey()
	none := "quorum none"
	id := s.VerifierKey()[len(origin)+1:][:8]
	for _, tt := range []struct {
		name  string
		lines []string
		rule  string // "" is accepted
	}{
		{"a log alone", []string{log, none}, ""},
		{"no log", []string{none}, ""},
		{"two keys of one log", []string{log, log2, none}, ""},
		{"comments, tabs, empty lines", []string{"# x", "  \t# é \xff", "", "\t", "\t" + strings.ReplaceAll(log, " ", " \t ") + "  ", none}, ""},
		{"URLs", []string{log + " https://ledger.example.org", wit + " https://w.example", "quorum W1"}, ""},
		{"a witness not needed", []string{log, wit, none}, ""},
		{"groups", []string{log, wit, wit2, "group g 2 W1 W2", "quorum g"}, ""},
		{"a group of a group", []string{wit, wit2, "group g any W1", "group h all g W2", "quorum h"}, ""},
		{"names of bytes", []string{"witness \xff\u212a " + w.VerifierKey(), "quorum \xff\u212a"}, ""},
		{"lines after the quorum", []string{none, log}, ""},

		{"nothing", nil, "no quorum line"},
		{"no quorum", []string{log}, "no quorum line"},
		{"two quorums", []string{log, none, none}, "second quorum"},
		{"quorum of nobody", []string{log, "quorum W1"}, "not defined on a line before"},
		{"quorum before its witness", []string{log, "quorum W1", wit}, "not defined on a line before"},
		{"quorum without a name", []string{log, "quorum"}, "want quorum"},
		{"quorum of two", []string{log, wit, "quorum W1 W1"}, "want quorum"},
		{"unknown word", []string{"logs " + s.VerifierKey(), none}, "want log, witness"},
		{"upper case", []string{"Log " + s.VerifierKey(), none}, "want log, witness"},
		{"comment behind", []string{none + " # x"}, "want quorum"},
		{"same log twice", []string{log, log, none}, "listed already"},
		{"same key under another name", []string{log, "log " + rename(t, s.VerifierKey(), "other.example", 1), none}, "listed already"},
		{"same witness twice", []string{wit, "witness W9 " + w.VerifierKey(), none}, "listed already"},
		{"a log as its own witness", []string{log, "witness W1 " + rename(t, s.VerifierKey(), "witness.example", 4), none}, "listed already"},
		{"same name twice", []string{wit, "witness W1 " + w2.VerifierKey(), none}, "defined already"},
		{"a group named as a witness", []string{wit, wit2, "group W2 any W1", none}, "defined already"},
		{"a witness named none", []string{"witness none " + w.VerifierKey(), none}, "own meaning"},
		{"a group named none", []string{wit, "group none any W1", none}, "own meaning"},
		{"none as a member", []string{wit, "group g any W1 none", none}, "not defined"},
		{"a member later", []string{"group g any W1", wit, none}, "not defined"},
		{"a group of itself", []string{wit, "group g any W1 g", none}, "not defined"},
		{"a member twice", []string{wit, "group g 2 W1 W1", none}, "second time"},
		{"a member of two groups", []string{wit, wit2, "group g any W1", "group h any W1 W2", none}, "second time"},
		{"group of nobody", []string{"group g any", none}, "want group"},
		{"threshold zero", []string{wit, "group g 0 W1", none}, "threshold"},
		{"threshold above", []string{wit, "group g 2 W1", none}, "threshold"},
		{"threshold with a zero", []string{wit, "group g 01 W1", none}, "threshold"},
		{"threshold with a sign", []string{wit, "group g +1 W1", none}, "threshold"},
		{"threshold huge", []string{wit, "group g 18446744073709551617 W1", none}, "threshold"},
		{"three words for a log", []string{log + " a b", none}, "want log"},
		{"a log without a key", []string{"log", none}, "want log"},
		{"a witness without a key", []string{"witness W1", none}, "want witness"},
		{"four words for a witness", []string{wit + " a b", none}, "want witness"},
		{"witness key for a log", []string{"log " + w.VerifierKey(), none}, "type 0x04, want 0x01"},
		{"log key for a witness", []string{"witness W1 " + s.VerifierKey(), none}, "type 0x01, want 0x04"},
		{"wrong key ID", []string{strings.Replace(log, id, "00000000", 1), none}, "key ID"},
		{"upper case key ID", []string{strings.Replace(log, "+"+id+"+", "+ABCDEF01+", 1), none}, "key is not"},
		{"another name in the key", []string{strings.Replace(log, origin, "other.example", 1), none}, "key ID"},
		{"short key", []string{log[:len(log)-4], none}, "key is not 32 bytes"},
		{"private key", []string{"log PRIVATE+KEY+a+01234567+AAAA", none}, "key is not"},
		{"CR", []string{log + "\r", none}, "control character"},
		{"NUL", []string{"#\x00", none}, "control character"},
		{"DEL", []string{"#\x7f", none}, "control character"},
		{"a key of 2 KiB", []string{"log a+01234567+" + strings.Repeat("A", 2048), none}, "1 KiB"},
	} {
		text := ""
		if tt.lines != nil {
			text = strings.Join(tt.lines, "\n") + "\n"
		}
		_, err := tlog.ParsePolicy([]byte(text))
		switch {
		case tt.rule == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.rule != "" && (!errors.Is(err, events.ErrSyntax) || !strings.Contains(err.Error(), tt.rule)):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.rule)
		}
	}
	if _, err := tlog.ParsePolicy([]byte(none)); !errors.Is(err, events.ErrSyntax) {
		t.Errorf("no line end: %v", err)
	}
	if _, err := tlog.ParsePolicy([]byte(strings.Repeat("#\n", 40_000) + none + "\n")); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("80 kB: %v", err)
	}
	_, err := tlog.ParsePolicy([]byte("#\n\n" + log + "\nlogs\n"))
	if err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("the line is not named: %v", err)
	}
}

// rename gives the public key of a vkey another name and type.
func rename(t *testing.T, vkey, name string, typ byte) string {
	t.Helper()
	got, err := tlog.Rename(vkey, name, typ)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPolicyLimits(t *testing.T) {
	for _, n := range []int{64, 65} {
		var logs, witnesses, groups strings.Builder
		last := ""
		for i := range n {
			fmt.Fprintf(&logs, "log %s\n", newSigner(t, origin).VerifierKey())
			w := newCosigner(t, "w.example", noon).VerifierKey()
			fmt.Fprintf(&witnesses, "witness W%d %s\n", i, w)
			if i < 64 {
				fmt.Fprintf(&groups, "witness V%d %s\n", i, w)
			}
		}
		// Groups nested as deep as there are groups.
		for i := range n {
			fmt.Fprintf(&groups, "group G%d any V%d%s\n", i, min(i, 63), last)
			last = fmt.Sprintf(" G%d", i)
			if i == 63 {
				last = "" // its witness is taken; the 65th is refused by number
			}
		}
		for name, text := range map[string]string{"logs": logs.String(), "witnesses": witnesses.String(), "groups": groups.String()} {
			_, err := tlog.ParsePolicy([]byte(text + "quorum none\n"))
			if n == 64 && err != nil || n == 65 && !errors.Is(err, events.ErrTooLarge) {
				t.Errorf("%d %s: %v", n, name, err)
			}
		}
	}
}

func TestPolicyCheck(t *testing.T) {
	s, next, stranger, other := newSigner(t, origin), newSigner(t, origin), newSigner(t, origin), newSigner(t, "other.example.org")
	x1, x2, x3 := newCosigner(t, "x.example/1", noon), newCosigner(t, "x.example/2", noon.Add(time.Hour)), newCosigner(t, "x.example/3", noon)
	y1, y2 := newCosigner(t, "y.example/1", noon), newCosigner(t, "y.example/2", noon.Add(-time.Hour))
	unknown := newCosigner(t, "z.example/1", noon.Add(24*time.Hour))
	keys := []string{
		"log " + s.VerifierKey(), "log " + next.VerifierKey(), "log " + other.VerifierKey(),
		"witness X1 " + x1.VerifierKey(), "witness X2 " + x2.VerifierKey(), "witness X3 " + x3.VerifierKey(),
		"witness Y1 " + y1.VerifierKey(), "witness Y2 " + y2.VerifierKey(),
		"group X 2 X1 X2 X3", "group Y any Y1 Y2", "group XY all X Y",
	}
	two := policy(t, append(keys, "quorum XY")...)
	one := policy(t, append(keys, "quorum X3")...)
	alone := policy(t, append(keys, "quorum none")...)
	empty := policy(t, "quorum none")

	c := checkpoint(7)
	good := sign(t, c, s)
	flip := func(signed []byte, signer string) []byte {
		b := bytes.Clone(signed)
		at := bytes.Index(b, []byte("— "+signer+" ")) + len("— "+signer+" ") + 12 // behind the key ID
		if b[at] == 'A' {
			b[at] = 'B'
		} else {
			b[at] = 'A'
		}
		return b
	}
	swapped := bytes.Replace(good, c.Text(), checkpoint(8).Text(), 1)
	double := append(bytes.Clone(good), good[bytes.Index(good, []byte("— ")):]...)

	for _, tt := range []struct {
		name   string
		policy *tlog.Policy
		signed []byte
		k      int
		want   error
	}{
		{"the log alone", alone, good, 0, nil},
		{"the next key", alone, sign(t, c, next), 0, nil},
		{"both keys", alone, sign(t, c, s, next), 0, nil},
		{"the key and a stranger's", alone, sign(t, c, s, stranger), 0, nil},
		{"witnesses that are not needed", alone, sign(t, c, s, x1, y1), 2, nil},
		{"an unknown witness", alone, sign(t, c, s, unknown), 0, nil},
		{"the other log", alone, sign(t, tlog.Checkpoint{Origin: "other.example.org", Size: 7, Root: c.Root}, other), 0, nil},
		{"quorum", two, sign(t, c, s, x1, x2, y2), 3, nil},
		{"quorum, other order", two, sign(t, c, y1, x3, x2, s), 3, nil},
		{"all", two, sign(t, c, s, x1, x2, x3, y1, y2, unknown), 5, nil},
		{"one witness", one, sign(t, c, s, x3), 1, nil},

		{"one X", two, sign(t, c, s, x1, y1, y2), 0, tlog.ErrQuorum},
		{"no Y", two, sign(t, c, s, x1, x2, x3), 0, tlog.ErrQuorum},
		{"no witness", two, good, 0, tlog.ErrQuorum},
		{"only an unknown witness", two, sign(t, c, s, unknown), 0, tlog.ErrQuorum},
		{"the wrong witness", one, sign(t, c, s, x1, x2), 0, tlog.ErrQuorum},
		{"no log known", empty, good, 0, tlog.ErrUnknownLog},
		{"a stranger under the log's name", alone, sign(t, c, stranger), 0, tlog.ErrUnknownLog},
		{"a stranger and the witnesses", two, sign(t, c, stranger, x1, x2, y1), 0, tlog.ErrUnknownLog},
		{"a known log for another origin", alone, foreign(t, c, other), 0, tlog.ErrUnknownLog},
		{"the log's signature changed", alone, flip(good, origin), 0, tlog.ErrSignature},
		{"a witness's signature changed", two, flip(sign(t, c, s, x1, x2, x3, y1), "x.example/3"), 0, tlog.ErrSignature},
		{"an unneeded witness's signature changed", alone, flip(sign(t, c, s, x1), "x.example/1"), 0, tlog.ErrSignature},
		{"another text", alone, swapped, 0, tlog.ErrSignature},
		{"one key twice", alone, double, 0, events.ErrSyntax},
		{"an unknown line twice", alone, append(bytes.Clone(good), strings.Repeat("— someone.example AAAAAAA=\n", 2)...), 0, nil},
		{"no note", alone, c.Text(), 0, events.ErrSyntax},
		{"extension line", alone, foreignText(t, string(c.Text())+"extension\n", s), 0, events.ErrSyntax},
		{"too many signatures", alone, append(bytes.Clone(good), strings.Repeat("— a AAAAAAA=\n", 100)...), 0, events.ErrTooLarge},
		{"nothing", alone, nil, 0, events.ErrSyntax},
	} {
		got, a, err := tt.policy.Check(tt.signed)
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			continue
		}
		if err != nil {
			if got != (tlog.Checkpoint{}) || a != (tlog.Assurance{}) {
				t.Errorf("%s: a checkpoint beside the error", tt.name)
			}
			continue
		}
		if got.Size != 7 || a.Log != got.Origin || a.Cosigned != tt.k || a.Witnesses != 5 {
			t.Errorf("%s: %+v, %+v", tt.name, got, a)
		}
	}
}

// foreign signs with a key whose name is not the origin, as Sign never does.
func foreign(t *testing.T, c tlog.Checkpoint, s *tlog.Signer) []byte {
	t.Helper()
	return foreignText(t, string(c.Text()), s)
}

func foreignText(t *testing.T, text string, s *tlog.Signer) []byte {
	t.Helper()
	b, err := note.Sign(&note.Note{Text: text}, tlog.SignsAnything(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAssurance(t *testing.T) {
	s := newSigner(t, origin)
	w1, w2 := newCosigner(t, "w.example/1", noon), newCosigner(t, "w.example/2", noon.Add(time.Minute))
	keys := []string{"log " + s.VerifierKey(), "witness A " + w1.VerifierKey(), "witness B " + w2.VerifierKey(), "group g any A B"}
	for _, tt := range []struct {
		quorum  string
		signers []note.Signer
		text    string
		json    string
	}{
		{"none", []note.Signer{s}, "the service alone vouches (an insider could rewrite)",
			`{"log":"ledger.example.org/cases","cosigned":0,"witnesses":2,"quorum":false}`},
		{"g", []note.Signer{s, w1, w2}, "2 of 2 witnesses, newest cosignature 2026-10-30T12:01:00Z",
			`{"log":"ledger.example.org/cases","cosigned":2,"witnesses":2,"quorum":true,"newest":"2026-10-30T12:01:00Z"}`},
		{"none", []note.Signer{s, w1}, "1 of 2 witnesses, none required, newest cosignature 2026-10-30T12:00:00Z",
			`{"log":"ledger.example.org/cases","cosigned":1,"witnesses":2,"quorum":false,"newest":"2026-10-30T12:00:00Z"}`},
	} {
		_, a, err := policy(t, append(keys, "quorum "+tt.quorum)...).Check(sign(t, checkpoint(7), tt.signers...))
		if err != nil {
			t.Fatal(err)
		}
		if a.String() != tt.text {
			t.Errorf("String = %q, want %q", a, tt.text)
		}
		if b, err := json.Marshal(a); err != nil || string(b) != tt.json {
			t.Errorf("JSON = %s, %v", b, err)
		}
	}
}

func TestFormatPolicy(t *testing.T) {
	s := newSigner(t, origin)
	b, err := tlog.FormatPolicy(s.VerifierKey())
	if want := "log " + s.VerifierKey() + "\nquorum none\n"; err != nil || string(b) != want {
		t.Errorf("FormatPolicy = %q, %v, want %q", b, err, want)
	}
	p, err := tlog.ParsePolicy(b)
	if err != nil || len(p.Logs()) != 1 || p.Logs()[0] != s.VerifierKey() {
		t.Errorf("Logs = %v, %v", p.Logs(), err)
	}
	for _, bad := range []string{"", "x", s.VerifierKey() + "\nquorum none", s.VerifierKey() + " url"} {
		if _, err := tlog.FormatPolicy(bad); err == nil {
			t.Errorf("FormatPolicy took %q", bad)
		}
	}
}

// Text is the same policy: it reads back to itself and judges alike.
func TestPolicyText(t *testing.T) {
	s := newSigner(t, origin)
	var witnesses []*tlog.Cosigner
	for i := range 5 {
		witnesses = append(witnesses, newCosigner(t, fmt.Sprintf("w.example/%d", i), noon))
	}
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		fmt.Fprintf(&b, "log %s\n", s.VerifierKey())
		free := []string{}
		for i, w := range witnesses {
			fmt.Fprintf(&b, "witness W%d  %s\t%s\n", i, w.VerifierKey(), rapid.SampledFrom([]string{"", "https://w.example"}).Draw(rt, "url"))
			free = append(free, fmt.Sprintf("W%d", i))
		}
		for i := range rapid.IntRange(0, 3).Draw(rt, "groups") {
			n := rapid.IntRange(1, len(free)).Draw(rt, "members")
			k := rapid.SampledFrom([]string{"any", "all", fmt.Sprint(rapid.IntRange(1, n).Draw(rt, "k"))}).Draw(rt, "threshold")
			fmt.Fprintf(&b, "group G%d %s %s\n", i, k, strings.Join(free[:n], " "))
			free = append(free[n:], fmt.Sprintf("G%d", i))
		}
		fmt.Fprintf(&b, "# who\nquorum %s\n", rapid.SampledFrom(append(free, "none", "W0")).Draw(rt, "quorum"))
		p, err := tlog.ParsePolicy([]byte(b.String()))
		if err != nil {
			rt.Fatal(err)
		}
		again, err := tlog.ParsePolicy(p.Text())
		if err != nil || !bytes.Equal(again.Text(), p.Text()) {
			rt.Fatalf("%q reads back as %q, %v", p.Text(), again.Text(), err)
		}
		signers := []note.Signer{s}
		for _, w := range witnesses {
			if rapid.Bool().Draw(rt, "cosigns") {
				signers = append(signers, w)
			}
		}
		signed := sign(t, checkpoint(7), signers...)
		_, a, err := p.Check(signed)
		_, a2, err2 := again.Check(signed)
		if a != a2 || (err == nil) != (err2 == nil) {
			rt.Fatalf("%v, %v; from its text %v, %v", a, err, a2, err2)
		}
	})
}

func FuzzParsePolicy(f *testing.F) {
	s, w := newSigner(f, origin), newCosigner(f, "w.example", noon)
	signed := sign(f, checkpoint(7), s, w)
	f.Add([]byte("log " + s.VerifierKey() + " url\nwitness W " + w.VerifierKey() + "\ngroup g any W\nquorum g\n"))
	f.Add([]byte("# x\n\t\nquorum none\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := tlog.ParsePolicy(in)
		if err != nil {
			t.Skip()
		}
		again, err := tlog.ParsePolicy(p.Text())
		if err != nil {
			t.Fatalf("accepted %q, its own text %q is refused: %v", in, p.Text(), err)
		}
		if !bytes.Equal(again.Text(), p.Text()) {
			t.Errorf("%q reads back as %q", p.Text(), again.Text())
		}
		_, _, err = p.Check(signed)
		_, _, err2 := again.Check(signed)
		if (err == nil) != (err2 == nil) {
			t.Errorf("%v, from its text %v", err, err2)
		}
	})
}
