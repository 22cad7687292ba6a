package casefile

import (
	"strings"
	"testing"

	"caseledger/internal/clock"
	"caseledger/schemas"
)

func TestCheck(t *testing.T) {
	line := func(channel string, allowed bool, address string, hours ...schemas.Hours) schemas.SafeChannelV2 {
		c := schemas.SafeChannelV2{Channel: channel, Allowed: allowed, Hours: hours}
		if address != "" {
			c.Address = &address
		}
		return c
	}
	week := schemas.Hours{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "10:00", To: "12:00"}
	home := func(until string) schemas.SafePlace { return schemas.SafePlace{Kind: "home", AwayUntil: &until} }
	place := func(kind, name string, hours ...schemas.Hours) schemas.SafePlace {
		p := schemas.SafePlace{Kind: kind, Hours: hours}
		if name != "" {
			p.Place = &name
		}
		return p
	}
	set := &schemas.SafeContactSetV2{
		Channels: []schemas.SafeChannelV2{
			line("text", true, "07700 900001"), line("text", false, "07700 900002"),
			line("phone", true, "", week), line("phone", false, "07700 900003"),
			line("email", true, "her@mail.example"), line("voicemail", false, ""),
			line("post", true, ""), line("video", true, "a"),
		},
		Places:  []schemas.SafePlace{place("workplace", "The mill", week), place("court", ""), home("2026-10-29T17:00:00+00:00")},
		Expires: ptr("2026-11-30"),
	}
	monday := "2026-10-26T10:30:00+00:00"
	for _, x := range []struct {
		name   string
		set    *schemas.SafeContactSetV2
		u      Use
		at     string
		until  string
		visits bool
		want   string
	}{
		{"nothing set", nil, Use{Channel: "text"}, monday, "", true, UnsafeNotSet},
		{"the safe number", set, Use{Channel: "text", Address: "07700900001"}, monday, "", false, ""},
		{"with the country code", set, Use{Channel: "text", Address: "+44 7700 900001"}, monday, "", false, ""},
		{"with (0)", set, Use{Channel: "text", Address: "+44 (0)7700 900001"}, monday, "", false, ""},
		{"the unsafe number", set, Use{Channel: "text", Address: "07700 900002"}, monday, "", false, UnsafeRefused},
		{"another number", set, Use{Channel: "text", Address: "07700 900009"}, monday, "", false, UnsafeAddress},
		{"no number said", set, Use{Channel: "text"}, monday, "", false, UnsafeAddress},
		{"any number", set, Use{Channel: "phone", Address: "0161 4960000"}, monday, "", false, ""},
		{"any number but this", set, Use{Channel: "phone", Address: "07700 900003"}, monday, "", false, UnsafeRefused},
		{"any number but one, not said which", set, Use{Channel: "phone"}, monday, "", false, UnsafeAddress},
		{"too early", set, Use{Channel: "phone", Address: "0161 4960000"}, "2026-10-26T09:59:00+00:00", "", false, UnsafeHours},
		{"lasts too long", set, Use{Channel: "phone", Address: "0161 4960000"}, monday, "2026-10-26T12:01:00+00:00", false, UnsafeHours},
		{"to the very end", set, Use{Channel: "phone", Address: "0161 4960000"}, monday, "2026-10-26T12:00:00+00:00", false, ""},
		{"over a night", set, Use{Channel: "phone", Address: "0161 4960000"}, monday, "2026-10-27T11:00:00+00:00", false, UnsafeHours},
		{"at the weekend", set, Use{Channel: "phone", Address: "0161 4960000"}, "2026-10-25T10:30:00+00:00", "", false, UnsafeHours},
		{"London's hour, not UTC's", set, Use{Channel: "phone", Address: "0161 4960000"}, "2026-10-23T09:30:00+00:00", "", false, ""},
		{"the hour not known", set, Use{Channel: "phone", Address: "0161 4960000"}, "2026-10-26", "", false, ""},
		{"email as listed", set, Use{Channel: "email", Address: "Her@Mail.example "}, monday, "", false, ""},
		{"email elsewhere", set, Use{Channel: "email", Address: "his@mail.example"}, monday, "", false, UnsafeAddress},
		{"email not said where", set, Use{Channel: "email"}, monday, "", false, UnsafeAddress},
		{"email listed without an address", &schemas.SafeContactSetV2{Channels: []schemas.SafeChannelV2{line("email", true, "")}}, Use{Channel: "email", Address: "her@mail.example"}, monday, "", false, UnsafeAddress},
		{"email refused altogether", &schemas.SafeContactSetV2{Channels: []schemas.SafeChannelV2{line("email", false, "")}}, Use{Channel: "email", Address: "her@mail.example"}, monday, "", false, UnsafeRefused},
		{"refused", set, Use{Channel: "voicemail", Address: "07700 900001"}, monday, "", false, UnsafeRefused},
		{"letter anywhere", set, Use{Channel: "post", Address: "x"}, monday, "", false, ""},
		{"not listed", set, Use{Channel: "visit"}, monday, "", false, UnsafeNotListed},
		{"the last day", set, Use{Channel: "post"}, "2026-11-30T23:59:59+00:00", "", false, ""},
		{"expired", set, Use{Channel: "post"}, "2026-12-01T00:00:00+00:00", "", false, UnsafeExpired},
		{"expired and refused", set, Use{Channel: "voicemail"}, "2026-12-01T00:00:00+00:00", "", false, UnsafeExpired + " " + UnsafeRefused},
		{"at work", set, Use{Channel: "in-person", PlaceKind: "workplace", Place: "the mill"}, monday, "", false, ""},
		{"at work, which one not said", set, Use{Channel: "in-person", PlaceKind: "workplace"}, monday, "", false, ""},
		{"at another work", set, Use{Channel: "in-person", PlaceKind: "workplace", Place: "The bank"}, monday, "", false, UnsafeAddress},
		{"at work too late", set, Use{Channel: "in-person", PlaceKind: "workplace", Place: "The mill"}, "2026-10-26T12:30:00+00:00", "", false, UnsafeHours},
		{"any court", set, Use{Channel: "in-person", PlaceKind: "court", Place: "x"}, monday, "", false, ""},
		{"in public", set, Use{Channel: "in-person", PlaceKind: "public"}, monday, "", false, UnsafeNotListed},
		{"home while he is away", set, Use{Channel: "in-person", PlaceKind: "home"}, monday, "2026-10-29T17:00:00+00:00", false, ""},
		{"home a minute too long", set, Use{Channel: "in-person", PlaceKind: "home"}, monday, "2026-10-29T17:01:00+00:00", false, UnsafeHome},
		{"home after he is back", set, Use{Channel: "in-person", PlaceKind: "home"}, "2026-10-30T10:00:00+00:00", "", false, UnsafeHome},
		{"home, visits allowed by the service only", set, Use{Channel: "in-person", PlaceKind: "home"}, "2026-10-30T10:00:00+00:00", "", true, UnsafeHours},
		{"home, nothing said of it", &schemas.SafeContactSetV2{}, Use{Channel: "in-person", PlaceKind: "home"}, monday, "", false, UnsafeHome},
		{"home, allowed by both", &schemas.SafeContactSetV2{Channels: []schemas.SafeChannelV2{line("visit", true, "")}}, Use{Channel: "in-person", PlaceKind: "home"}, monday, "", true, ""},
		{"home, allowed by the client only", &schemas.SafeContactSetV2{Channels: []schemas.SafeChannelV2{line("visit", true, "")}}, Use{Channel: "in-person", PlaceKind: "home"}, monday, "", false, UnsafeHome},
	} {
		t.Run(x.name, func(t *testing.T) {
			var err error
			if x.u.At, err = clock.ParseWhen(x.at); err != nil {
				t.Fatal(err)
			}
			if x.u.Until, err = clock.ParseWhen(x.until); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range Check(x.set, x.u, x.visits) {
				got = append(got, u.Rule)
				if u.Why == "" || strings.Contains(u.Why, "07700") {
					t.Errorf("why %q", u.Why)
				}
			}
			if s := strings.Join(got, " "); s != x.want {
				t.Errorf("%q, want %q", s, x.want)
			}
		})
	}
}

// TestUnsafeIsFlagged: what was recorded is never refused, and is held to the
// setting of its time as it was recorded then.
func TestUnsafeIsFlagged(t *testing.T) {
	c := newChain(t)
	safe := func(allowed bool) schemas.SafeContactSetV2 {
		return schemas.SafeContactSetV2{Made: made(), Channels: []schemas.SafeChannelV2{{Channel: "phone", Allowed: allowed}}}
	}
	out := contact("client", nil)
	out.Direction = "out"
	professional := out
	professional.With = []schemas.Party{{Kind: "professional"}}
	voicemail := attempted(nil)
	voicemail.Voicemail = true
	c.add("2026-10-20T09:00:00+01:00", attempted(nil))         // 1: nothing set
	c.add("2026-10-21T09:00:00+01:00", safe(true))             // 2
	c.add("2026-10-22T09:00:00+01:00", out)                    // 3
	c.add("2026-10-22T10:00:00+01:00", voicemail)              // 4: the call is safe, the message is not
	c.add("2026-10-23T09:00:00+01:00", safe(false))            // 5
	c.add("2026-10-22T12:00:00+01:00", out)                    // 6: told late, by the setting of that time
	c.add("2026-10-24T09:00:00+01:00", out)                    // 7
	c.add("2026-10-24T10:00:00+01:00", contact("client", nil)) // 8: she rang us
	c.add("2026-10-24T11:00:00+01:00", professional)           // 9
	f := c.fold(Cut{})
	var at []uint64
	for _, x := range f.Flags {
		if x.Code == FlagUnsafe {
			at = append(at, x.Seq)
		}
	}
	if len(at) != 3 || at[0] != 1 || at[1] != 4 || at[2] != 7 {
		t.Errorf("flags at %v: %+v", at, f.Flags)
	}
	if u := f.Contacts[2].Unsafe; len(f.Contacts) != 5 || len(u) != 1 || u[0].Rule != UnsafeRefused {
		t.Errorf("contacts %+v", f.Contacts)
	}
}

func TestSafeLine(t *testing.T) {
	set := &schemas.SafeContactSetV2{Channels: []schemas.SafeChannelV2{{Channel: "text", Allowed: true}}, CodeWord: ptr("marmalade"), Expires: ptr("2026-10-26")}
	day := clock.On(2026, 10, 26)
	for _, x := range []struct {
		set  *schemas.SafeContactSetV2
		day  clock.Date
		want string
	}{
		{nil, day, "SAFE CONTACT NOT SET"},
		{set, day, "SAFE: text only, code word set, check today"},
		{set, day - 1, "SAFE: text only, code word set, until 2026-10-26"},
		{set, day + 1, "SAFE: text only, code word set, EXPIRED 2026-10-26"},
		{&schemas.SafeContactSetV2{}, day, "SAFE: no channel"},
	} {
		if got := SafeLine(x.set, x.day); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}
