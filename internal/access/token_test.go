package access

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/events"
)

func newBearers(t *testing.T, w *world) *Bearers {
	t.Helper()
	tokens, err := OpenTokens(filepath.Join(t.TempDir(), "tokens"), "ledger.example.org/cases", fixedKeys{1: {1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	return NewBearers(tokens, Options{Accounts: w.accounts, Staff: w.staff, Logger: w.guard.logger, Now: func() time.Time { return w.now }})
}

func untold(Token) error { return nil }

func staffToken(staff string, scopes ...Scope) Token {
	return Token{Name: "Reports", Staff: staff, Scopes: scopes}
}

// TestToken: made once, known while it is good, and no longer.
func TestToken(t *testing.T) {
	w := newWorld(t)
	b := newBearers(t, w)
	told := 0
	made, secret, err := b.Tokens().Add(t.Context(), staffToken(me, ScopeCases, ScopeDay), w.now, func(tok Token) error {
		told++
		if tok.ID == "" || tok.Staff != me {
			t.Errorf("told of %+v", tok)
		}
		return nil
	})
	if err != nil || told != 1 || !made.Expires.Equal(w.now.Add(TokenFor)) {
		t.Fatal(made, told, err)
	}
	got, who, err := b.Bearer(t.Context(), secret.Text(), "192.0.2.1")
	if err != nil || got.ID != made.ID || who.Staff != me || who.Role != Adviser || who.Session != made.ID || len(who.Glass) > 0 {
		t.Fatal(got, who, err)
	}
	if !got.Has(ScopeDay) || got.Has(ScopeSearch) {
		t.Error(got.Scopes)
	}
	if again, err := b.Tokens().Get(t.Context(), made.ID); err != nil || again.Used.IsZero() || again.Version != 2 {
		t.Errorf("%+v %v", again, err)
	}

	for name, f := range map[string]func() func(){
		"its last moment": func() func() { was := w.now; w.now = made.Expires; return func() { w.now = was } },
		"who left":        func() func() { delete(w.staff.roles, me); return func() { w.staff.roles[me] = Adviser } },
		"a disabled account": func() func() {
			if _, err := w.accounts.Add(t.Context(), me, w.now); err != nil {
				t.Fatal(err)
			}
			if err := w.accounts.Disable(t.Context(), me, w.now); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := os.Remove(w.accounts.path(me)); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		undo := f()
		if tok, _, err := b.Bearer(t.Context(), secret.Text(), name); !errors.Is(err, ErrToken) || tok.ID != made.ID {
			t.Errorf("%s: %v", name, err)
		}
		undo()
		if _, _, err := b.Bearer(t.Context(), secret.Text(), name); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
	if tok, _, err := b.Bearer(t.Context(), TokenSecret{1}.Text(), "elsewhere"); !errors.Is(err, ErrToken) || tok.ID != "" {
		t.Error("nobody's:", err)
	}

	if _, err := b.Tokens().Revoke(t.Context(), made.ID, w.now, func(Token) error { return errors.New("not written down") }); err == nil {
		t.Error("revoked without a word")
	}
	if _, _, err := b.Bearer(t.Context(), secret.Text(), "192.0.2.1"); err != nil {
		t.Error(err)
	}
	if _, err := b.Tokens().Revoke(t.Context(), made.ID, w.now, untold); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Bearer(t.Context(), secret.Text(), "192.0.2.2"); !errors.Is(err, ErrToken) {
		t.Error("revoked:", err)
	}
	if _, err := b.Tokens().Revoke(t.Context(), strings.Repeat("0", 32), w.now, untold); !errors.Is(err, events.ErrNotFound) {
		t.Error("none:", err)
	}
	if strings.Contains(w.logs.String(), secret.Text()[3:]) {
		t.Error("the token is in the log")
	}
}

// TestTokenRefused: what is no token to be made.
func TestTokenRefused(t *testing.T) {
	w := newWorld(t)
	b := newBearers(t, w)
	agency := func(a Agency) Token { return Token{Name: "Police", Agency: &a, Scopes: []Scope{ScopeReferrals}} }
	good := Agency{"northshire-police", "Northshire Police", "police"}
	for name, change := range map[string]Token{
		"no name":              {Staff: me, Scopes: []Scope{ScopeDay}},
		"a name with a line":   {Name: "a\nb", Staff: me, Scopes: []Scope{ScopeDay}},
		"a long name":          {Name: strings.Repeat("a", 61), Staff: me, Scopes: []Scope{ScopeDay}},
		"no scope":             staffToken(me),
		"a scope twice":        staffToken(me, ScopeDay, ScopeDay),
		"no such scope":        staffToken(me, "cases:write"),
		"an agency's scope":    staffToken(me, ScopeReferrals),
		"nobody":               staffToken("", ScopeDay),
		"no staff number":      staffToken("Jane Doe", ScopeDay),
		"as an agency is":      staffToken("agency-x", ScopeDay),
		"both":                 {Name: "x", Staff: me, Agency: &good, Scopes: []Scope{ScopeReferrals}},
		"an agency that reads": {Name: "x", Agency: &good, Scopes: []Scope{ScopeReferrals, ScopeCases}},
		"no code":              agency(Agency{"", "N", "police"}),
		"a long code":          agency(Agency{strings.Repeat("a", 26), "N", "police"}),
		"no agency's name":     agency(Agency{"n", "", "police"}),
		"no such source":       agency(Agency{"n", "N", "self"}),
		"over already":         {Name: "x", Staff: me, Scopes: []Scope{ScopeDay}, Expires: w.now},
		"for ever":             {Name: "x", Staff: me, Scopes: []Scope{ScopeDay}, Expires: w.now.Add(LongestToken + time.Second)},
	} {
		if _, _, err := b.Tokens().Add(t.Context(), change, w.now, func(Token) error { t.Errorf("%s: told", name); return nil }); !errors.Is(err, events.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	made, secret, err := b.Tokens().Add(t.Context(), agency(good), w.now, untold)
	if err != nil {
		t.Fatal(err)
	}
	_, who, err := b.Bearer(t.Context(), secret.Text(), "192.0.2.1")
	if err != nil || who.Staff != "agency-northshire-police" || who.Role != "" {
		t.Error(who, err)
	}
	for _, r := range Rules {
		if Decide(who, r.Action, nil, w.now).Allowed || Decide(who, r.Action, &CaseFacts{Adviser: who.Staff, Stage: "open"}, w.now).Allowed {
			t.Errorf("an agency may %s", r.Action)
		}
	}
	// An agency that never stops is made to wait.
	n := 0
	for ; n < 1000 && b.Spend(made) == nil; n++ {
	}
	if n != paceReferral.Burst {
		t.Errorf("%d referrals at once", n)
	}
}

// TestTokenFile: a file has nothing of the token in it, and passes for no other.
func TestTokenFile(t *testing.T) {
	w := newWorld(t)
	b := newBearers(t, w)
	made, secret, err := b.Tokens().Add(t.Context(), staffToken(me, ScopeCases), w.now, untold)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := b.Tokens().Add(t.Context(), staffToken("staff-01", ScopeCases), w.now, untold)
	if err != nil {
		t.Fatal(err)
	}
	path := b.Tokens().path(made.ID)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	for _, s := range [][]byte{secret[:], made.Hash, []byte(secret.Text()), []byte("staff-07"), []byte("Reports")} {
		if bytes.Contains(file, s) {
			t.Errorf("the file has %q in it", s)
		}
	}
	for i := range file {
		flipped := bytes.Clone(file)
		flipped[i] ^= 1
		var into Token
		if err := b.tokens.files.open(t.Context(), made.ID, flipped, &into); err == nil {
			t.Fatalf("byte %d flipped: opens", i)
		}
	}
	// In the place of another it is none; nobody is let in by it, and the rest
	// is as it was.
	if err := os.WriteFile(b.Tokens().path(other.ID), file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Tokens().Get(t.Context(), other.ID); !errors.Is(err, events.ErrSealed) {
		t.Error("as another's:", err)
	}
	if _, _, err := b.Bearer(t.Context(), secret.Text(), "192.0.2.1"); err != nil {
		t.Error("beside a damaged one:", err)
	}
	if got := fmt.Sprintf("%v %s %x %#v", secret, secret, secret, secret); strings.Contains(got, fmt.Sprintf("%x", secret[:4])) || got != "token token token token" {
		t.Error(got)
	}
}

// FuzzParseToken: what is accepted is written the same way again, and a change
// of a single letter is not accepted.
func FuzzParseToken(f *testing.F) {
	f.Add(TokenSecret{}.Text())
	f.Add(TokenSecret{1, 2, 3, 255}.Text())
	f.Add(TokenSecret{9}.Text()[:40])
	f.Add("cl_" + strings.Repeat("a", 58))
	f.Add("Bearer x")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseToken(text)
		if err != nil {
			if !errors.Is(err, ErrToken) && !errors.Is(err, ErrTokenCut) || s != (TokenSecret{}) {
				t.Error(err)
			}
			return
		}
		if s.Text() != text {
			t.Errorf("%q is written %q", text, s.Text())
		}
	})
}

func TestParseToken(t *testing.T) {
	text := TokenSecret{7, 7, 7}.Text()
	if len(text) != 61 {
		t.Errorf("%d characters", len(text))
	}
	for i := range text {
		for _, c := range []byte("abz27C_ ") {
			if c == text[i] {
				continue
			}
			if _, err := ParseToken(text[:i] + string(c) + text[i+1:]); err == nil {
				t.Errorf("letter %d changed: accepted", i)
			}
		}
		if _, err := ParseToken(text[:i]); err == nil {
			t.Errorf("cut at %d: accepted", i)
		}
	}
	var errs []error
	for _, s := range []string{text + "a", " " + text, text[:30], strings.ToUpper(text), ""} {
		_, err := ParseToken(s)
		errs = append(errs, err)
	}
	if want := []error{ErrTokenCut, ErrToken, ErrTokenCut, ErrToken, ErrToken}; !slices.Equal(errs, want) {
		t.Errorf("%v, want %v", errs, want)
	}
}
