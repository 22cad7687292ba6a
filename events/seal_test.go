package events_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/events/eventstest"
)

func TestSealAndOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, key := genDraft().Draw(t, "draft"), genKey().Draw(t, "key")
		sealed, err := events.Seal(d, &key)
		if err != nil {
			t.Fatal(err)
		}
		payload := sealed.Append(nil)
		r, err := events.ParseRecord(payload)
		if err != nil {
			t.Fatalf("%q: %v", payload, err)
		}
		if !bytes.Equal(r.Append(nil), payload) {
			t.Fatal("re-encodes to other bytes")
		}
		if !r.Detail.At.Equal(d.At) || r.Detail.ID != d.ID || r.Link.Hash() != sealed.Link.Hash() {
			t.Fatalf("got %+v", r)
		}
		for name, open := range map[string]func() ([]byte, error){
			"Open":   func() ([]byte, error) { return events.Open(&r, &key, nil) },
			"Unseal": func() ([]byte, error) { return events.Unseal(&r, &key) },
			"OpenParts": func() ([]byte, error) {
				parts, err := events.OpenParts(&r, &key, nil)
				if err != nil {
					return nil, err
				}
				var leaves []events.Hash
				for i := range parts {
					leaves = append(leaves, parts[i].Leaf())
				}
				if uint64(len(parts)) != r.Detail.Parts || events.Root(leaves) != r.Detail.Root {
					return nil, errors.New("parts do not make the root")
				}
				return events.Unflatten(parts)
			},
		} {
			body, err := open()
			if err != nil || !bytes.Equal(body, d.Body) {
				t.Fatalf("%s: got %q, %v, want %q", name, body, err, d.Body)
			}
		}
	})
}

// Any single flipped bit of a stored record is found, without exception.
func TestEveryFlippedBitIsFound(t *testing.T) {
	for _, ref := range []events.KeyRef{{}, events.ServiceKey(3)} {
		c := eventstest.NewChain("flip").Add("referral.received")
		if ref.Service {
			c.Key(ref)
		}
		c.Add("contact.recorded", `{"text":"she said no","number":"07700 900123"}`)
		payload := c.Payloads()[1]
		key := eventstest.KeyOf(c.Record(2).Detail.Key)
		parsed := 0
		for i := range payload {
			for bit := range 8 {
				bad := bytes.Clone(payload)
				bad[i] ^= 1 << bit
				r, err := events.ParseRecord(bad)
				if err != nil {
					continue
				}
				parsed++
				if body, err := events.Open(&r, &key, nil); !errors.Is(err, events.ErrSealed) {
					t.Errorf("byte %d, bit %d: got %q, %v", i, bit, body, err)
				}
			}
		}
		if parsed == 0 {
			t.Error("no flipped bit reached Open: the test does not test it")
		}
	}
}

func TestRandomDamageIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, key := genDraft().Draw(t, "draft"), genKey().Draw(t, "key")
		sealed, err := events.Seal(d, &key)
		if err != nil {
			t.Fatal(err)
		}
		payload := sealed.Append(nil)
		bad := bytes.Clone(payload)
		switch rapid.SampledFrom([]string{"flip", "cut", "insert", "drop", "zero"}).Draw(t, "damage") {
		case "flip":
			bad[rapid.IntRange(0, len(bad)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case "cut":
			bad = bad[:rapid.IntRange(0, len(bad)-1).Draw(t, "length")]
		case "insert":
			bad = slices.Insert(bad, rapid.IntRange(0, len(bad)).Draw(t, "at"), rapid.Byte().Draw(t, "byte"))
		case "drop":
			at := rapid.IntRange(0, len(bad)-1).Draw(t, "at")
			bad = slices.Delete(bad, at, at+1)
		case "zero":
			at := rapid.IntRange(0, len(bad)-1).Draw(t, "at")
			clear(bad[at:min(at+64, len(bad))])
		}
		if bytes.Equal(bad, payload) {
			t.Skip("no damage")
		}
		r, err := events.ParseRecord(bad)
		if err != nil {
			return
		}
		if _, err := events.Open(&r, &key, nil); err == nil {
			t.Fatal("opens")
		}
	})
}

func TestParseRecordRefuses(t *testing.T) {
	c := eventstest.NewChain("record").Add("a", `{"text":"one two"}`, `{"text":"three"}`)
	payload := string(c.Payloads()[1])
	link := strings.Index(payload, "caseledger/detail")
	detail := strings.Index(payload, "\n\n") + 1
	other := string(c.Payloads()[0])
	otherLink := strings.Index(other, "caseledger/detail")
	syntax := func(what string, offset int) func(error) bool {
		return func(err error) bool {
			var se *events.SyntaxError
			return errors.As(err, &se) && se.What == what && se.Offset == offset
		}
	}
	broken := func(field string) func(error) bool {
		return func(err error) bool {
			var le *events.LinkError
			return errors.As(err, &le) && le.Field == field && le.Seq == 2 && errors.Is(err, events.ErrBroken)
		}
	}
	tests := []struct {
		name string
		in   string
		want func(error) bool
	}{
		{"empty", "", syntax("link", 0)},
		{"link only", payload[:link], syntax("detail", 0)},
		{"no sealed bytes", payload[:detail], syntax("record", detail)},
		{"empty line missing", payload[:detail] + payload[detail+1:], syntax("record", detail)},
		{"empty line twice", payload[:detail] + "\n" + payload[detail:], broken("sealed")},
		{"blank line between the blocks", payload[:link] + "\n" + payload[link:], syntax("detail", 0)},
		{"byte dropped at the end", payload[:len(payload)-1], broken("sealed")},
		{"byte added at the end", payload + "\x00", broken("sealed")},
		{"another event's link", other[:otherLink] + payload[link:], func(err error) bool {
			var le *events.LinkError
			return errors.As(err, &le) && le.Field == "detail" && le.Seq == 1
		}},
		{"another event's detail", payload[:link] + other[otherLink:], broken("detail")},
		{"another event's sealed bytes", payload[:detail+1] + other[strings.Index(other, "\n\n")+2:], broken("sealed")},
		{"detail edited", strings.Replace(payload, "\nat 2026", "\nat 2025", 1), broken("detail")},
		{"over 1 MiB", payload + strings.Repeat("\x00", events.MaxRecord), func(err error) bool { return errors.Is(err, events.ErrTooLarge) }},
	}
	if _, err := events.ParseRecord([]byte(payload)); err != nil {
		t.Fatalf("intact: %v", err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := events.ParseRecord([]byte(tt.in))
			if !tt.want(err) {
				t.Errorf("got %v", err)
			}
			if e := events.NewEntry(7, []byte(tt.in)); !e.Void || e.Hash() != events.VoidHash([]byte(tt.in)) || e.Seq != 7 {
				t.Errorf("no void entry: %+v", e)
			}
		})
	}
}

// A record that names another chain's case key is refused even when every hash
// is right.
func TestCaseKeyOfAnotherChain(t *testing.T) {
	r := eventstest.NewChain("key").Add("a").Record(1)
	r.Detail.Key.Chain[0] ^= 1
	r.Link.Detail = r.Detail.Hash()
	_, err := events.ParseRecord(r.Append(nil))
	var se *events.SyntaxError
	if !errors.As(err, &se) || se.What != "detail" {
		t.Errorf("got %v", err)
	}
	if err := events.CheckChain([]events.Record{r}); !errors.As(err, &se) {
		t.Errorf("CheckChain: %v", err)
	}
}

func TestEntry(t *testing.T) {
	c := eventstest.NewChain("entry").Add("a")
	e := events.NewEntry(1, c.Payloads()[0])
	if e.Void || e.Hash() != c.Tip().Hash {
		t.Errorf("got %+v", e)
	}
	e.Payload = nil
	if !bytes.Equal(e.Bytes(), c.Payloads()[0]) {
		t.Error("Bytes does not encode the record")
	}
	void := events.NewEntry(2, nil)
	// sha256sum of the 19 bytes of the version line alone
	if got := void.Hash().String(); !void.Void || void.Bytes() != nil || got != "e79b1b1a9ee43bbff7cad6c7f102415d0f1e86d6c70ceaf0f51ca7f3e9b0645a" {
		t.Errorf("empty payload: %s", got)
	}
}

func TestSealCutsTheTimeToMicroseconds(t *testing.T) {
	d := eventstest.NewChain("time").Draft(bodyWith("{}"))
	d.At = time.Date(2026, 10, 25, 1, 30, 0, 123456789, time.FixedZone("", 3600))
	key := eventstest.KeyOf(d.Key)
	r, err := events.Seal(d, &key)
	if err != nil {
		t.Fatal(err)
	}
	back, err := events.ParseRecord(r.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 10, 25, 0, 30, 0, 123456000, time.UTC); back.Detail.At != want || r.Detail.At != want {
		t.Errorf("got %v and %v, want %v", r.Detail.At, back.Detail.At, want)
	}
}

// The sealed length tells the body's length only roughly, and at every size
// the record fits.
func TestPadding(t *testing.T) {
	c := eventstest.NewChain("padding")
	sizes := []int{0, 100, 190, 191, 192, 193, 194, 195, 196, 197, 198, 199, 200, 500, 1300, 5000, 1 << 16, 1<<17 - 3, events.MaxBody - 60, events.MaxBody}
	frame := len(bodyWith(`{"a":""}`))
	for _, n := range sizes {
		body := bodyWith(`{"a":"` + strings.Repeat("x", max(0, n-frame)) + `"}`)
		d := c.Draft(body)
		key := eventstest.KeyOf(d.Key)
		r, err := events.Seal(d, &key)
		if err != nil {
			t.Fatalf("%d bytes: %v", len(body), err)
		}
		if got, want := len(r.Sealed), refPadme(4+len(body))+16; got != want {
			t.Errorf("%d bytes: sealed %d, want %d", len(body), got, want)
		}
		if n := len(r.Append(nil)); n > events.MaxRecord {
			t.Errorf("%d bytes: record of %d", len(body), n)
		}
		if back, err := events.Open(&r, &key, nil); err != nil || !bytes.Equal(back, body) {
			t.Errorf("%d bytes: %v", len(body), err)
		}
	}
	body := bodyWith(`{"a":"` + strings.Repeat("x", events.MaxBody-frame+1) + `"}`)
	d := c.Draft(body)
	key := eventstest.KeyOf(d.Key)
	if _, err := events.Seal(d, &key); !errors.Is(err, events.ErrTooLarge) {
		t.Errorf("%d bytes: %v", len(body), err)
	}
}

// Sealing the same body twice shows nothing in common but its padded size.
func TestNonceChangesEverything(t *testing.T) {
	d := eventstest.NewChain("nonce").Draft(bodyWith(`{"text":"no"}`))
	key := eventstest.KeyOf(d.Key)
	a, err := events.Seal(d, &key)
	if err != nil {
		t.Fatal(err)
	}
	d.Nonce[31] ^= 1
	b, err := events.Seal(d, &key)
	if err != nil {
		t.Fatal(err)
	}
	if a.Detail.Root == b.Detail.Root || bytes.Equal(a.Sealed[:16], b.Sealed[:16]) {
		t.Error("same root or sealed bytes under another nonce")
	}
	pa, err := events.OpenParts(&a, &key, nil)
	if err != nil {
		t.Fatal(err)
	}
	pb, err := events.OpenParts(&b, &key, nil)
	if err != nil {
		t.Fatal(err)
	}
	salts := map[[32]byte]bool{}
	for _, p := range append(pa, pb...) {
		if salts[p.Salt] {
			t.Errorf("salt %x stands twice", p.Salt)
		}
		salts[p.Salt] = true
	}
}

// Pooled buffers carry nothing from one event to the next.
func TestConcurrentSealsAgree(t *testing.T) {
	c := eventstest.NewChain("concurrent")
	var drafts []*events.Draft
	var want [][]byte
	for i := range 16 {
		d := c.Draft(bodyWith(fmt.Sprintf(`{"text":%q}`, strings.Repeat("word ", i*i))))
		key := eventstest.KeyOf(d.Key)
		r, err := events.Seal(d, &key)
		if err != nil {
			t.Fatal(err)
		}
		drafts, want = append(drafts, d), append(want, r.Append(nil))
	}
	done := make(chan error)
	for g := range 4 {
		go func() {
			var err error
			for i := range drafts {
				d := drafts[(i*7+g)%len(drafts)]
				key := eventstest.KeyOf(d.Key)
				r, e := events.Seal(d, &key)
				if e == nil && !bytes.Equal(r.Append(nil), want[(i*7+g)%len(drafts)]) {
					e = errors.New("other bytes")
				}
				if e == nil {
					_, e = events.Open(&r, &key, nil)
				}
				err = errors.Join(err, e)
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
