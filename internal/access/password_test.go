package access

import (
	"errors"
	"strings"
	"testing"
	"time"

	"caseledger/events"
)

func TestCheckPassword(t *testing.T) {
	for password, good := range map[string]bool{
		goodPassword: true, "trzy zielone łódki": true, "ملیحہ کی چائے گرم": true, "xK2#mm91qp-v": true, "ferry lantern otter": true,
		"": false, "short1!": false, "eleven char": false, "password1234": false, "P@$$word2026!": false, "Passw0rd": false,
		"aaaaaaaaaaaaaaaa": false, "abcabcabcabcabc": false, "123456789012345": false, "qwertyuiopas": false, "1234 5678 9012": false,
		"my-staff-07-login": false, "caseledger is mine": false, "!!!!!!!!!!!!!": false, "correct horse battery staple": false,
		"not \xff utf8 at all": false, strings.Repeat("long ", 300): false,
	} {
		err := CheckPassword(me, password)
		if (err == nil) != good || err != nil && !errors.Is(err, ErrPassword) {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("the error tells %q", password)
		}
	}
}

func TestHash(t *testing.T) {
	h := newHasher(cheap)
	hash, err := h.hash(t.Context(), "Łódź about noon")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatal(hash, err)
	}
	again, _ := h.hash(t.Context(), "Łódź about noon")
	if hash == again {
		t.Error("the same salt twice")
	}
	for password, want := range map[string]bool{
		"Łódź about noon": true, "Ło\u0301dz\u0301 about noon": true, // as another keyboard makes it
		"łódź about noon": false, "Łódź about noon ": false, "": false,
	} {
		if ok, stale, err := h.verify(t.Context(), password, hash); ok != want || stale || err != nil {
			t.Errorf("%q: %t %t %v", password, ok, stale, err)
		}
	}
	if ok, _, err := h.verify(t.Context(), "", ""); ok || err != nil {
		t.Error("no hash has a password", err)
	}
	dearer := newHasher(Cost{Memory: 128, Time: 1, Lanes: 1})
	if ok, stale, err := dearer.verify(t.Context(), "Łódź about noon", hash); !ok || !stale || err != nil {
		t.Error("an old hash:", ok, stale, err)
	}
	for _, bad := range []string{
		"x", hash + "A", hash[1:], strings.Replace(hash, "argon2id", "argon2i", 1), strings.Replace(hash, "m=64", "m=4194304", 1),
		strings.Replace(hash, "m=64", "m=064", 1), strings.Replace(hash, "t=1", "t=0", 1), strings.Replace(hash, "v=19", "v=16", 1),
		strings.Replace(hash, "p=1", "p=256", 1), strings.Replace(hash, "m=64,", "", 1),
	} {
		if ok, _, err := h.verify(t.Context(), "Łódź about noon", bad); ok || !errors.Is(err, events.ErrSyntax) {
			t.Errorf("%q: %t %v", bad, ok, err)
		}
	}
}

// TestStaleHash: a hash of a lower cost is made anew when its owner signs in.
func TestStaleHash(t *testing.T) {
	w := newWorld(t)
	secret := w.enrol(me)
	w.guard.hasher = newHasher(Cost{Memory: 128, Time: 1, Lanes: 1})
	for range 2 {
		w.now = w.now.Add(time.Minute)
		if err := w.signIn(me, goodPassword, CodeAt(secret, w.now)); err != nil {
			t.Fatal(err)
		}
	}
	a, err := w.accounts.Get(t.Context(), me)
	if err != nil || !strings.Contains(a.Password, "$m=128,") {
		t.Error(a.Password, err)
	}
	if _, state := w.who(); state != SignedIn {
		t.Error(state)
	}
}

// TestCodes holds the codes to RFC 6238, appendix B (its SHA-1 rows, of which
// we show the last six digits), and takes each near code once.
func TestCodes(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := CodeAt(secret, time.Unix(at, 0)); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	now := time.Unix(2000000010, 0)
	for off, want := range map[time.Duration]bool{-61 * time.Second: false, -30 * time.Second: true, 0: true, 30 * time.Second: true, 61 * time.Second: false} {
		code := CodeAt(secret, now.Add(off))
		s, ok := matchCode(secret, code[:3]+" "+code[3:], 0, now)
		if ok != want || ok && s != stepAt(now.Add(off)) {
			t.Errorf("%s: %d %t", off, s, ok)
		}
		if _, again := matchCode(secret, code, s, now); ok && again {
			t.Errorf("%s: taken twice", off)
		}
	}
	for _, bad := range []string{"", "28708", "2870821", "abcdef", "-87082"} {
		if _, ok := matchCode(secret, bad, 0, time.Unix(59, 0)); ok {
			t.Errorf("%q is taken", bad)
		}
	}
	if got := Secret(secret).String(); got != "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ" {
		t.Error(got)
	}
	if got := Secret(secret).uri("caseledger", me); got != "otpauth://totp/caseledger:staff-07?issuer=caseledger&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Error(got)
	}
	rows, err := Secret(secret).QR("caseledger", me)
	if err != nil || len(rows) < 21 || len(rows[0]) != len(rows) || !rows[0][0] || rows[1][1] {
		t.Error(len(rows), err)
	}
}

func TestSetUpCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		code, hash := newSetUpCode()
		if len(code) != 24 || seen[code] || strings.ContainsAny(code, "ILOU") {
			t.Fatal(code)
		}
		seen[code] = true
		for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), " " + strings.ReplaceAll(code, "-", " ") + "\n", strings.NewReplacer("0", "o", "1", "i").Replace(code)} {
			if string(hashSetUpCode(typed)) != string(hash) {
				t.Errorf("%q is not taken for %q", typed, code)
			}
		}
	}
}

// FuzzHash: a hash that is taken in is written the same again.
func FuzzHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=1,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAB$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, sum, err := parseHash(s)
		if err != nil {
			if !errors.Is(err, events.ErrSyntax) {
				t.Error(err)
			}
			return
		}
		if got := formatHash(c, salt, sum); got != s {
			t.Errorf("accepted %q but writes %q", s, got)
		}
		if c.Memory > maxCost.Memory || c.Time > maxCost.Time || c.Lanes > maxCost.Lanes {
			t.Errorf("%q costs %+v", s, c)
		}
	})
}
