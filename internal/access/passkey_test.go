package access

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"caseledger/events"
)

const testOrigin = "https://ledger.example.org"

// token is an authenticator in software: it holds one key, and can be told to
// lie.
type token struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
	origin string // of the page that it believes it is asked by
	party  string
	flags  byte
}

func newToken(t *testing.T) *token {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &token{t: t, key: key, id: id, origin: testOrigin, party: "ledger.example.org", flags: present | verified}
}

// Flags of authenticator data (WebAuthn, section 6.1).
const (
	present  = 1
	verified = 1 << 2
	attested = 1 << 6
)

var b64url = base64.RawURLEncoding

func (k *token) clientData(typ string, challenge string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"challenge":%q,"origin":%q,"crossOrigin":false}`, typ, challenge, k.origin)
}

func (k *token) data(flags byte, more []byte) []byte {
	party := sha256.Sum256([]byte(k.party))
	return append(binary.BigEndian.AppendUint32(append(party[:], flags), k.count), more...)
}

// make answers a registration.
func (k *token) make(options []byte) []byte {
	k.t.Helper()
	var ask struct {
		Challenge string
		User      struct{ ID string }
	}
	if err := json.Unmarshal(options, &ask); err != nil {
		k.t.Fatal(err)
	}
	k.handle, _ = b64url.DecodeString(ask.User.ID)
	point, err := k.key.PublicKey.Bytes() // 4 ‖ x ‖ y
	if err != nil {
		k.t.Fatal(err)
	}
	// COSE: {1: 2, 3: -7, -1: 1, -2: x, -3: y}
	cose := append([]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 32), point[33:]...)
	more := append(binary.BigEndian.AppendUint16(make([]byte, 16), uint16(len(k.id))), k.id...)
	data := k.data(k.flags|attested, append(more, cose...))
	// CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"), byte(len(data)))
	return k.answer(map[string]any{
		"clientDataJSON": b64url.EncodeToString(k.clientData("webauthn.create", ask.Challenge)), "attestationObject": b64url.EncodeToString(append(object, data...)),
	})
}

// sign answers a challenge.
func (k *token) sign(options []byte) []byte {
	k.t.Helper()
	var ask struct{ Challenge string }
	if err := json.Unmarshal(options, &ask); err != nil {
		k.t.Fatal(err)
	}
	data, client := k.data(k.flags, nil), k.clientData("webauthn.get", ask.Challenge)
	sum := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(data), sum[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, k.key, digest[:])
	if err != nil {
		k.t.Fatal(err)
	}
	return k.answer(map[string]any{
		"clientDataJSON": b64url.EncodeToString(client), "authenticatorData": b64url.EncodeToString(data),
		"signature": b64url.EncodeToString(sig), "userHandle": b64url.EncodeToString(k.handle),
	})
}

func (k *token) answer(response map[string]any) []byte {
	id := b64url.EncodeToString(k.id)
	b, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "clientExtensionResults": map[string]any{}, "response": response})
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

// keyed is a world with passkeys.
type keyed struct {
	*world
	passkeys *Passkeys
	secret   Secret
}

func newKeyed(t *testing.T) *keyed {
	w := &keyed{world: newWorld(t)}
	var err error
	if w.passkeys, err = NewPasskeys(w.guard, testOrigin); err != nil {
		t.Fatal(err)
	}
	w.secret = w.enrol(me)
	return w
}

// in signs in with password and code.
func (w *keyed) in() {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	if err := w.signIn(me, goodPassword, CodeAt(w.secret, w.now)); err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(time.Minute)
}

func (w *keyed) prepare(name string) (flow string, err error) {
	w.t.Helper()
	w.ask(func(ctx context.Context) {
		w.guard.Who(ctx) // somebody is there
		flow, err = w.passkeys.Prepare(ctx, Attempt{Password: goodPassword, Code: CodeAt(w.secret, w.now), Address: "192.0.2.1"}, name)
	})
	w.now = w.now.Add(time.Minute)
	return flow, err
}

func (w *keyed) prepared(flow string) (options []byte, name string, err error) {
	w.ask(func(ctx context.Context) { options, name, err = w.passkeys.Prepared(ctx, flow) })
	return options, name, err
}

func (w *keyed) register(flow string, answer []byte) (err error) {
	w.ask(func(ctx context.Context) { err = w.passkeys.Register(ctx, flow, answer, w.note) })
	return err
}

// add registers a token for who is signed in.
func (w *keyed) add(k *token, name string) {
	w.t.Helper()
	flow, err := w.prepare(name)
	if err != nil {
		w.t.Fatal(err)
	}
	options, _, err := w.prepared(flow)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.register(flow, k.make(options)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *keyed) challenge() (options []byte, flow string, err error) {
	w.ask(func(ctx context.Context) { options, flow, err = w.passkeys.Challenge(ctx, "192.0.2.1") })
	return options, flow, err
}

func (w *keyed) enter(flow string, answer []byte) (staff string, err error) {
	w.ask(func(ctx context.Context) { staff, err = w.passkeys.SignIn(ctx, flow, answer, "192.0.2.1", w.note) })
	return staff, err
}

func (w *keyed) unlock(flow string, answer []byte) (err error) {
	w.ask(func(ctx context.Context) { err = w.passkeys.Unlock(ctx, flow, answer, "192.0.2.1", w.note) })
	return err
}

func (w *keyed) leave() {
	w.t.Helper()
	w.ask(func(ctx context.Context) {
		if err := w.guard.SignOut(ctx); err != nil {
			w.t.Error(err)
		}
	})
}

// with signs in with a token.
func (w *keyed) with(k *token) error {
	w.t.Helper()
	options, flow, err := w.challenge()
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.enter(flow, k.sign(options))
	return err
}

func TestPasskey(t *testing.T) {
	w := newKeyed(t)
	w.in()
	k := newToken(t)
	w.add(k, "  the blue\tkey ")
	if last := w.began[len(w.began)-1]; last.Staff != me {
		t.Error("who was told of:", last)
	}
	w.ask(func(ctx context.Context) {
		own, err := w.passkeys.Own(ctx)
		if err != nil || len(own) != 1 || own[0].Name != "the blue key" || !own[0].Used.IsZero() {
			t.Error(own, err)
		}
	})
	w.leave()
	k.count = 1
	options, flow, err := w.challenge()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"userVerification":"required"`, `"rpId":"ledger.example.org"`} {
		if !strings.Contains(string(options), want) {
			t.Errorf("options lack %s: %s", want, options)
		}
	}
	if staff, err := w.enter(flow, k.sign(options)); staff != me || err != nil {
		t.Fatal(staff, err)
	}
	who, state := w.who()
	if state != SignedIn || who.Staff != me || who.Role != Adviser || w.began[len(w.began)-1].Session != who.Session {
		t.Error(who, state)
	}
	a, err := w.accounts.Get(t.Context(), me)
	if err != nil || a.Passkeys[0].Count != 1 || !a.Passkeys[0].Used.Equal(w.now) {
		t.Error(a.Passkeys, err)
	}
	if _, _, err := w.challenge(); !errors.Is(err, ErrNotNow) {
		t.Error("a challenge for who is signed in:", err)
	}
	// Locked, it opens again under another token.
	w.ask(func(ctx context.Context) { w.guard.Lock(ctx) })
	old := w.cookie.Value
	options, flow, err = w.challenge()
	if err != nil || !strings.Contains(string(options), b64url.EncodeToString(k.id)) {
		t.Fatal(string(options), err)
	}
	k.count = 2
	if err := w.unlock(flow, k.sign(options)); err != nil {
		t.Fatal(err)
	}
	if again, state := w.who(); state != SignedIn || again.Session != who.Session || w.cookie.Value == old {
		t.Error(again, state)
	}
	if w.logs.Len() > 0 {
		t.Error(w.logs)
	}
}

// TestPasskeyRefused: what is wrong with an answer, one thing at a time. After
// each the passkey is as good as before.
func TestPasskeyRefused(t *testing.T) {
	w := newKeyed(t)
	w.in()
	k := newToken(t)
	w.add(k, "key")
	w.leave()
	var used string
	for name, c := range map[string]struct {
		change func(*token)
		answer func(options, answer []byte) []byte
		flow   func(string) string
		wait   time.Duration
		want   error
	}{
		"another page":         {change: func(k *token) { k.origin = "https://evil.example" }},
		"another port":         {change: func(k *token) { k.origin = testOrigin + ":8443" }},
		"without TLS":          {change: func(k *token) { k.origin = "http://ledger.example.org" }},
		"another party":        {change: func(k *token) { k.party = "evil.example" }},
		"nobody was verified":  {change: func(k *token) { k.flags = present }},
		"nobody was there":     {change: func(k *token) { k.flags = verified }},
		"another key":          {change: func(k *token) { k.key = newToken(t).key }},
		"another's number":     {change: func(k *token) { k.id = newToken(t).id }},
		"nobody's handle":      {change: func(k *token) { k.handle = bytes.Repeat([]byte{7}, handleSize) }},
		"no handle":            {change: func(k *token) { k.handle = nil }},
		"can be backed up now": {change: func(k *token) { k.flags |= 1 << 3 }},
		"an older challenge": {answer: func(_, _ []byte) []byte {
			return k.sign([]byte(`{"challenge":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`))
		}},
		"no JSON":             {answer: func(_, _ []byte) []byte { return []byte("{") }},
		"too long":            {answer: func(_, a []byte) []byte { return append(a, bytes.Repeat([]byte(" "), MaxAnswer)...) }},
		"something behind it": {answer: func(_, a []byte) []byte { return append(a, "{}"...) }},
		"a flipped bit": {answer: func(_, a []byte) []byte {
			return bytes.Replace(a, []byte(`"signature":"M`), []byte(`"signature":"N`), 1)
		}},
		"another browser":       {flow: func(string) string { return "AAAA" }, want: ErrFlow},
		"no cookie":             {flow: func(string) string { return "" }, want: ErrFlow},
		"five minutes too late": {wait: PasskeyFor, want: ErrFlow},
	} {
		options, flow, err := w.challenge()
		if err != nil {
			t.Fatal(name, err)
		}
		bad := *k
		bad.count = k.count + 1
		if c.change != nil {
			c.change(&bad)
		}
		answer := bad.sign(options)
		if c.answer != nil {
			answer = c.answer(options, answer)
		}
		if c.flow != nil {
			flow = c.flow(flow)
		} else {
			used = flow
		}
		w.now = w.now.Add(c.wait)
		if c.want == nil {
			c.want = ErrCredentials
		}
		if _, err := w.enter(flow, answer); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if _, state := w.who(); state != None {
			t.Errorf("%s: signed in", name)
		}
		w.now = w.now.Add(time.Minute)
	}
	if _, err := w.enter(used, nil); !errors.Is(err, ErrFlow) {
		t.Error("a challenge was taken twice, the first time with a wrong answer:", err)
	}
	// A right answer counts once.
	k.count++
	options, flow, err := w.challenge()
	if err != nil {
		t.Fatal(err)
	}
	answer := k.sign(options)
	if _, err := w.enter(flow, answer); err != nil {
		t.Fatal(err)
	}
	w.leave()
	if _, err := w.enter(flow, answer); !errors.Is(err, ErrFlow) {
		t.Error("replayed:", err)
	}
	options, flow, err = w.challenge()
	if err != nil || string(options) == "" {
		t.Fatal(err)
	}
	if _, err := w.enter(flow, answer); !errors.Is(err, ErrCredentials) {
		t.Error("replayed to another challenge:", err)
	}
	// Nor does an answer to one kind of challenge count for another.
	w.in()
	w.ask(func(ctx context.Context) { w.guard.Lock(ctx) })
	options, flow, err = w.challenge()
	if err != nil {
		t.Fatal(err)
	}
	k.count++
	if _, err := w.enter(flow, k.sign(options)); !errors.Is(err, ErrFlow) {
		t.Error("signed in with the challenge for a locked session:", err)
	}
	if w.logs.Len() > 0 {
		t.Error(w.logs)
	}
}

// TestPasskeyCopied: a count that goes back closes the passkey for good, and
// nothing else.
func TestPasskeyCopied(t *testing.T) {
	for _, back := range []uint32{8, 7, 0} {
		w := newKeyed(t)
		w.in()
		k, other := newToken(t), newToken(t)
		w.add(k, "copied")
		w.add(other, "other")
		w.leave()
		k.count = 8
		if err := w.with(k); err != nil {
			t.Fatal(err)
		}
		w.leave()
		k.count = back
		if err := w.with(k); !errors.Is(err, ErrCopied) {
			t.Errorf("%d after 8: %v", back, err)
		}
		if log := w.logs.String(); !strings.Contains(log, "may have been copied") || strings.Contains(log, b64url.EncodeToString(k.id)) || strings.Count(log, "\n") != 1 {
			t.Error(log)
		}
		k.count = 20
		if err := w.with(k); !errors.Is(err, ErrCopied) {
			t.Errorf("the copied one is taken again: %v", err)
		}
		if _, state := w.who(); state != None {
			t.Error("signed in with it")
		}
		// This one does not count: 0 stays 0.
		for range 2 {
			if err := w.with(other); err != nil {
				t.Error(err)
			}
			w.leave()
		}
		w.in()
		w.ask(func(ctx context.Context) {
			if own, err := w.passkeys.Own(ctx); err != nil || !own[0].Copied || own[1].Copied {
				t.Error(own, err)
			}
		})
	}
}

func TestPasskeyPrepare(t *testing.T) {
	w := newKeyed(t)
	if _, err := w.prepare("key"); !errors.Is(err, ErrNotNow) {
		t.Error("signed out:", err)
	}
	w.in()
	for _, name := range []string{"", "  ", strings.Repeat("ż", MaxPasskeyName+1), "a\x00b", "\xff"} {
		if _, err := w.prepare(name); !errors.Is(err, ErrPasskeyName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	w.ask(func(ctx context.Context) {
		if _, err := w.passkeys.Prepare(ctx, Attempt{Password: "wrong", Code: CodeAt(w.secret, w.now)}, "key"); !errors.Is(err, ErrCredentials) {
			t.Error(err)
		}
		if _, err := w.passkeys.Prepare(ctx, Attempt{Password: goodPassword, Code: "000000"}, "key"); !errors.Is(err, ErrCredentials) {
			t.Error(err)
		}
	})
	flow, err := w.prepare(strings.Repeat("ż", MaxPasskeyName))
	if err != nil {
		t.Fatal(err)
	}
	options, _, err := w.prepared(flow)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"residentKey":"preferred"`, `"userVerification":"required"`, `"attestation":"none"`, `"credProps":true`} {
		if !strings.Contains(string(options), want) {
			t.Errorf("options lack %s: %s", want, options)
		}
	}
	// In another session, also of the same person, it is worth nothing.
	k := newToken(t)
	answer := k.make(options)
	hers := w.cookie
	w.cookie = nil
	w.in()
	if err := w.register(flow, answer); !errors.Is(err, ErrFlow) {
		t.Error("in another session:", err)
	}
	w.cookie = hers
	if err := w.register(flow, answer); !errors.Is(err, ErrFlow) {
		t.Error("after it was tried elsewhere:", err)
	}
	for name, change := range map[string]func(*token){
		"another page":        func(k *token) { k.origin = "https://evil.example" },
		"another party":       func(k *token) { k.party = "evil.example" },
		"nobody was verified": func(k *token) { k.flags = present },
	} {
		if flow, err = w.prepare("key"); err != nil {
			t.Fatal(err)
		}
		options, _, _ = w.prepared(flow)
		bad := newToken(t)
		change(bad)
		if err := w.register(flow, bad.make(options)); !errors.Is(err, ErrCredentials) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if flow, err = w.prepare("key"); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(PasskeyFor)
	if _, _, err := w.prepared(flow); !errors.Is(err, ErrFlow) {
		t.Error("too late:", err)
	}
	w.in()
	w.add(k, "key")
	if flow, err = w.prepare("the same"); err != nil {
		t.Fatal(err)
	}
	options, _, _ = w.prepared(flow)
	if !strings.Contains(string(options), b64url.EncodeToString(k.id)) {
		t.Error("the authenticator is not told what it made already")
	}
	if err := w.register(flow, k.make(options)); !errors.Is(err, ErrCredentials) {
		t.Error("one passkey twice:", err)
	}
	for n := 1; n < MaxPasskeys; n++ {
		w.add(newToken(t), fmt.Sprint("key ", n))
	}
	if _, err := w.prepare("one too many"); !errors.Is(err, ErrPasskeys) {
		t.Error(err)
	}
	if w.logs.Len() > 0 {
		t.Error(w.logs)
	}
}

// TestPasskeyGone: removed, reset or disabled, it opens nothing; password and
// code stay.
func TestPasskeyGone(t *testing.T) {
	for name, gone := range map[string]func(w *keyed, k *token) error{
		"removed": func(w *keyed, k *token) (err error) {
			w.ask(func(ctx context.Context) { err = w.passkeys.Remove(ctx, k.id, w.note) })
			return err
		},
		"disabled": func(w *keyed, _ *token) error { return w.accounts.Disable(w.t.Context(), me, w.now) },
		"reset": func(w *keyed, _ *token) error {
			if err := w.accounts.AskReset(w.t.Context(), me, "staff-01", w.now); err != nil {
				return err
			}
			_, err := w.accounts.ConfirmReset(w.t.Context(), me, "staff-02", w.now)
			return err
		},
	} {
		w := newKeyed(t)
		w.in()
		k := newToken(t)
		w.add(k, "key")
		here := w.cookie
		w.cookie = nil
		if err := w.with(k); err != nil {
			t.Fatal(err)
		}
		elsewhere := w.cookie
		w.cookie = here
		if err := gone(w, k); err != nil {
			t.Fatal(name, err)
		}
		here, w.cookie = w.cookie, elsewhere
		if _, state := w.who(); state != None {
			t.Errorf("%s: the session that was begun with it goes on", name)
		}
		w.cookie = here
		if _, state := w.who(); (state == SignedIn) != (name == "removed") {
			t.Errorf("%s: the session in which it was done: %v", name, state)
		}
		w.leave()
		if err := w.with(k); !errors.Is(err, ErrCredentials) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "removed" {
			w.in()
			w.ask(func(ctx context.Context) {
				if err := w.passkeys.Remove(ctx, k.id, w.note); !errors.Is(err, ErrNoPasskey) {
					t.Error(err)
				}
				w.guard.Lock(ctx)
			})
			if _, _, err := w.challenge(); !errors.Is(err, ErrNoPasskey) {
				t.Error(err)
			}
		}
		a, err := w.accounts.Get(t.Context(), me)
		if err != nil || (name == "disabled") == (len(a.Passkeys) == 0) {
			t.Error(name, a.Passkeys, err)
		}
	}
}

// TestPasskeyLimits: one place does not get challenges without end, and a
// locked session ends after five wrong answers.
func TestPasskeyLimits(t *testing.T) {
	w := newKeyed(t)
	w.in()
	k := newToken(t)
	w.add(k, "key")
	w.ask(func(ctx context.Context) { w.guard.Lock(ctx) })
	for n := range unlockTries {
		options, flow, err := w.challenge()
		if err != nil {
			t.Fatal(err)
		}
		bad := *k
		bad.origin = "https://evil.example"
		if err := w.unlock(flow, bad.sign(options)); !errors.Is(err, ErrCredentials) && n < unlockTries-1 || !errors.Is(err, ErrNotNow) && n == unlockTries-1 {
			t.Error(n, err)
		}
	}
	if _, state := w.who(); state != None {
		t.Error(state)
	}
	for range paceAddress.Burst {
		_, _, _ = w.challenge()
	}
	if _, _, err := w.challenge(); !errors.Is(err, ErrWait) {
		t.Error(err)
	}
	// Wrong passwords keep nobody from their passkey.
	w.now = w.now.Add(2 * time.Hour)
	for range 10 {
		_ = w.signIn(me, "wrong", "000000")
	}
	if err := w.signIn(me, goodPassword, CodeAt(w.secret, w.now)); !errors.Is(err, ErrWait) {
		t.Error(err)
	}
	if err := w.with(k); err != nil {
		t.Error(err)
	}
}

func TestFlowsAreBounded(t *testing.T) {
	f := newFlows()
	var first, last string
	for n := range maxFlows + 10 {
		token := f.begin(here, &flow{what: "x", until: here.Add(time.Minute + time.Duration(n)), data: n})
		if n == 0 {
			first = token
		}
		last = token
	}
	if len(f.kept) > maxFlows {
		t.Error(len(f.kept))
	}
	if _, err := f.take(here, first, "x", ""); !errors.Is(err, ErrFlow) {
		t.Error("the oldest was kept:", err)
	}
	if _, err := f.peek(here, last, "x", "another session"); !errors.Is(err, ErrFlow) {
		t.Error(err)
	}
	if n, err := f.take(here, last, "x", ""); n != maxFlows+9 || err != nil {
		t.Error(n, err)
	}
	f.begin(here.Add(time.Hour), &flow{until: here.Add(2 * time.Hour)})
	f.begin(here.Add(time.Hour), &flow{until: here.Add(2 * time.Hour)})
	if len(f.kept) > 3 {
		t.Error("what is too old is kept:", len(f.kept))
	}
}

func TestPasskeyOrigins(t *testing.T) {
	g := newWorld(t).guard
	for origin, ok := range map[string]bool{
		"https://cases.example.org": true, "https://cases.example.org:8443": true, "http://localhost:8080": true, "http://localhost": true, "https://localhost": true,
		"http://cases.example.org": false, "http://127.0.0.1:8080": false, "https://192.0.2.1": false, "https://[2001:db8::1]": false, "https://": false, "": false,
		"https://cases.example.org/": false, "https://a@cases.example.org": false, "ftp://localhost": false,
	} {
		if _, err := NewPasskeys(g, origin); (err == nil) != ok || err != nil && !errors.Is(err, events.ErrInvalid) {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

// TestAccountV1: an account that was written before there were passkeys is
// read, and becomes one of the second version when it changes.
func TestAccountV1(t *testing.T) {
	w := newKeyed(t)
	a, err := w.accounts.Get(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	old, ok := strings.CutSuffix(string(plain), `,"handle":null,"passkeys":null}`)
	if !ok {
		t.Fatal("the account is another: ", string(plain)[len(plain)-60:])
	}
	ref, key := w.accounts.keys.Service()
	nonce := make([]byte, 32)
	aead, err := w.accounts.files().aead(accountFormatV1, key, nonce, me)
	if err != nil {
		t.Fatal(err)
	}
	h := w.accounts.files().head(accountFormatV1, me, ref, nonce)
	if err := os.WriteFile(w.accounts.path(me), aead.Seal(h, make([]byte, aead.NonceSize()), []byte(old+"}\n"), h), 0o600); err != nil {
		t.Fatal(err)
	}
	w.in()
	w.add(newToken(t), "key")
	b, err := os.ReadFile(w.accounts.path(me))
	if err != nil || !strings.HasPrefix(string(b), accountFormat+"\n") {
		t.Errorf("%.30s %v", b, err)
	}
	// The head of one version does not pass for the other.
	swapped := append([]byte(accountFormatV1), b[len(accountFormat):]...)
	if _, err := w.accounts.open(t.Context(), me, swapped); !errors.Is(err, events.ErrSealed) {
		t.Error(err)
	}
}

// FuzzPasskeyAnswer: whatever a browser sends, it is refused, and nobody is
// signed in.
func FuzzPasskeyAnswer(f *testing.F) {
	t := new(testing.T)
	f.Add(newToken(t).sign([]byte(`{"challenge":"AAAA"}`)))
	f.Add(newToken(t).make([]byte(`{"challenge":"AAAA","user":{"id":"AAAA"}}`)))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{}}`))
	accounts, err := OpenAccounts(f.TempDir(), "ledger.example.org/cases", fixedKeys{1: {1, 2, 3}})
	if err != nil {
		f.Fatal(err)
	}
	now := here
	g := NewGuard(Options{Accounts: accounts, Staff: &staffList{}, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, Cost: cheap})
	p, err := NewPasskeys(g, testOrigin)
	if err != nil {
		f.Fatal(err)
	}
	w := &world{guard: g}
	f.Fuzz(func(t *testing.T, answer []byte) {
		w.t, now = t, now.Add(time.Hour) // the limits have forgotten
		w.ask(func(ctx context.Context) {
			_, flow, err := p.Challenge(ctx, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			if staff, err := p.SignIn(ctx, flow, answer, "192.0.2.1", w.note); staff != "" || !errors.Is(err, ErrCredentials) {
				t.Error(staff, err)
			}
		})
	})
}
