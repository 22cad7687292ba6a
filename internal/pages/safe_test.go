package pages

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"caseledger/internal/access"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// present is what a case of the story holds of a type, the newest.
func present[T any](t *testing.T, w *week, label, typ string) T {
	t.Helper()
	var data T
	list := w.of(story.Chain(label), typ)
	if len(list) == 0 {
		t.Fatalf("%s has no %s", label, typ)
	}
	body, err := schemas.Upcast(list[len(list)-1].Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body.Data, &data); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSafeContact(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	now := present[schemas.SafeContactSetV2](t, w, "court", "safe-contact.set")
	same := now
	same.Made = live
	// The form has the ways in its own order.
	place := func(c schemas.SafeChannelV2) int {
		return slices.IndexFunc(safeChannels, func(o option) bool { return o.Value == c.Channel })
	}
	slices.SortStableFunc(same.Channels, func(a, b schemas.SafeChannelV2) int { return place(a) - place(b) })
	changed := same
	changed.CodeWord = nil
	changed.Channels = append([]schemas.SafeChannelV2{}, changed.Channels...)
	for i, c := range changed.Channels {
		if c.Channel == "phone" && c.Allowed {
			changed.Channels[i].Hours = []schemas.Hours{{Days: []string{"mon", "tue", "wed", "thu", "fri"}, From: "10:00", To: "15:00"}}
			changed.Channels[i].Times = ptr("kiedy mały śpi ਸ਼ਾਮ 🌙")
		}
	}
	changed.Expires = ptr("2026-12-24")
	testFillings(t, deskAdviser, wednesday, []filling{
		{"as it is", "court", "/safe-contact/new", nil, same, []wrong{
			{"phone-2-hours", url.Values{"phone-2-hours": {"mornings"}}},
			{"email-1-address", url.Values{"email-1-allowed": {"yes"}}},
			{"video-1-allowed", url.Values{"video-1-times": {"evenings"}}},
			{"expires", url.Values{"expires": {"24 December"}}},
			{"code-word", url.Values{"code-word": {"kettle"}, "code-word-none": {"yes"}}},
			{"place-3-away-date", url.Values{"place-3-kind": {"home"}}},
			{"place-3-away-date", url.Values{"place-3-kind": {"court"}, "place-3-away-date": {"2026-11-02"}, "place-3-away-time": {"14:00"}}},
			{"place-3-kind", url.Values{"place-3-where": {"the library"}}},
			{"made", url.Values{"made": {}}},
			{"when-date", url.Values{"when-date": {}, "when-time": {}}},
			{"late", url.Values{"when-date": {"2026-10-20"}, "late": {}}},
			{"when-date", url.Values{"when-date": {"2026-10-29"}}},
		}},
		{"changed", "court", "/safe-contact/new", url.Values{
			"code-word-none": {"yes"}, "phone-1-allowed": {"yes"}, "phone-1-hours": {"mon–fri 10:00–15:00"}, "phone-1-times": {"kiedy mały śpi ਸ਼ਾਮ 🌙"}, "expires": {"2026-12-24"},
		}, changed, nil},
	})
}

// What is secret is not on the page until somebody asks, who is recorded.
func TestSafeContactSecrets(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	s := serveWeek(t, w)
	now := present[schemas.SafeContactSetV2](t, w, "court", "safe-contact.set")
	secret := []string{*now.CodeWord}
	for _, c := range now.Channels {
		if c.Address != nil {
			secret = append(secret, *c.Address)
		}
	}
	path := "/case/" + courtCase.String() + "/safe-contact/new"
	page := ask(s, "GET", path).Body.String()
	for _, word := range secret {
		if strings.Contains(page, word) {
			t.Error("the form shows what is secret")
		}
	}
	w.reads = nil
	values := fieldsWith(page, url.Values{"expires": {"2026-12-01"}})
	got := sent(s, path+"/reveal", values)
	if len(w.reads) != 1 || w.reads[0].Type != "address.revealed" || w.reads[0].Action != access.AddressReveal {
		t.Errorf("the access ledger was told %+v", w.reads)
	}
	shown := fieldsOf(got.Body.String())
	if shown.Get("code-word") != *now.CodeWord || shown.Get("expires") != "2026-12-01" || shown.Get("id") != values.Get("id") {
		t.Errorf("the form that shows it has code word %q, expires %q", shown.Get("code-word"), shown.Get("expires"))
	}
	// What is taken out in sight is gone.
	shown.Set("code-word", "")
	if got := sent(s, path, shown); got.Code != 303 {
		t.Fatal(got.Code, summaryOf(got))
	}
	if after := present[schemas.SafeContactSetV2](t, w, "court", "safe-contact.set"); after.CodeWord != nil || len(after.Channels) != len(now.Channels) {
		t.Errorf("recorded a code word %v and %d channels", after.CodeWord != nil, len(after.Channels))
	}
}

// A form that grows keeps what was typed.
func TestSafeContactGrows(t *testing.T) {
	s := serveWeek(t, storyAt(t, deskAdviser, wednesday))
	path := "/case/" + courtCase.String() + "/safe-contact/new"
	values := fieldsWith(ask(s, "GET", path).Body.String(), url.Values{"email-1-address": {"a@example.org"}, "more": {"email"}})
	got := sent(s, path, values)
	back := fieldsOf(got.Body.String())
	if got.Code != 200 || back.Get("email-rows") != "2" || back.Get("email-1-address") != "a@example.org" || !back.Has("email-2-address") {
		t.Errorf("%d: %s rows", got.Code, back.Get("email-rows"))
	}
}
