package pages

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

// intake is a ledger that takes in referrals.
type intake struct {
	byRole
	got []ops.Append
}

func (i *intake) Append(ctx context.Context, a ops.Append) (ops.Appended, error) {
	i.got = append(i.got, a)
	return ops.Appended{Case: courtCase, Seq: 1, ID: *a.ID}, nil
}

func TestReferral(t *testing.T) {
	w := storyAt(t, access.Who{Staff: "staff-08", Role: access.Adviser}, wednesday)
	l := &intake{byRole: byRole{w}}
	s := serveLedger(t, l, w)
	page := ask(s, "GET", "/cases/new").Body.String()
	full := url.Values{
		"source": {"marac"}, "agency": {"Harrowmere Marac"}, "reference": {"M/14"}, "reason": {exact}, "flag": {"honour-based", "language"},
		"area": {"Harrowmere"}, "referred": {"2026-10-20"}, "heard": {"2026-10-27"}, "repeat": {"no"}, "made-reference": {"R-101"}, "made-kept": {"yes"},
	}
	for field, change := range map[string]url.Values{
		"source": {"source": {}}, "agency": {"agency": {""}}, "reason": {"reason": {" "}}, "area": {"area": {""}}, "repeat": {"repeat": {}}, "heard": {"heard": {"soon"}},
		"received-date": {"received-date": {"2026-10-29"}}, "received-time": {"received-time": {"noon"}}, "late": {"received-date": {"2026-10-20"}}, "made": {"made": {}},
	} {
		values := fieldsWith(page, full, change)
		got := sent(s, "/cases/new", values)
		if got.Code != 422 || !strings.Contains(got.Body.String(), `<a href="#`+field+`"`) {
			t.Errorf("%s: %d, %q", field, got.Code, summaryOf(got))
		}
		lost(t, field, values, fieldsOf(got.Body.String()))
	}
	if len(l.got) > 0 {
		t.Fatal("a referral that was sent back was recorded")
	}
	// It is not the adviser's case: they are told that it stands, and do not open it.
	got := sent(s, "/cases/new", fieldsWith(page, full))
	if got.Code != 303 || got.Header().Get("Location") != "/cases?started="+courtCase.String() || len(l.got) != 1 {
		t.Fatal(got.Code, got.Header().Get("Location"), summaryOf(got))
	}
	wants(t, ask(s, "GET", got.Header().Get("Location")).Body.String(), "A manager allocates it")
	a := l.got[0]
	var d schemas.ReferralReceivedV2
	if err := json.Unmarshal(a.Data, &d); err != nil {
		t.Fatal(err)
	}
	want, err := schemas.EncodeData(schemas.ReferralReceivedV2{
		Made: schemas.Made{From: "document", Kept: ptr(true), Reference: ptr("R-101")}, Source: "marac", Agency: ptr("Harrowmere Marac"), Received: wednesday.In(time.UTC).Format("2006-01-02T15:04:05+00:00"),
		Reason: schemas.Prose{Text: exact}, Flags: []string{"honour-based", "language"}, Perpetrators: []string{}, Reference: ptr("M/14"),
		Marac: &schemas.ReferralMarac{Area: "Harrowmere", Referred: ptr("2026-10-20"), Heard: ptr("2026-10-27"), Repeat: "no"},
	})
	if err != nil || string(a.Data) != string(want) || a.Case != nil || a.Type != "referral.received" || a.Actor != "staff-08" {
		t.Errorf("recorded %s by %s\n%s\nwant\n%s", a.Type, a.Actor, a.Data, want)
	}
	w.who.Role = access.FamilyWorker
	if got := ask(s, "GET", "/cases/new"); got.Code != 403 {
		t.Errorf("a family worker opens a case: %d", got.Code)
	}
}
