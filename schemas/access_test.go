package schemas

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
)

// accessBodies is one body of every shape in the access ledger.
var accessBodies = map[string]any{
	"case.opened":     AccessRead{Action: "case.open", Case: new("7f3a21c0000000000000000000000001"), Role: new("adviser")},
	"day.seen":        AccessRead{Action: "day.see", Role: new("adviser")},
	"session.began":   AccessSession{Role: new("manager")},
	"session.refused": AccessSession{},
	"account.reset-asked": AccessAccount{
		Account: new("staff-07"), Role: new("administrator"),
	},
	"token.made": AccessToken{
		Expires: "2027-02-20T03:20:00+00:00", Scopes: []string{"events-append", "search"}, Staff: new("staff-07"),
	},
	"token.refused": AccessSession{},
	"entry.sent":    AccessRead{Action: "case.write", Case: new("7f3a21c0000000000000000000000001"), Role: new("adviser")},
	"glass.broken": AccessGlassBroken{
		Case: "7f3a21c0000000000000000000000001", Reason: Prose{"She rang the office from a phone box."}, Role: new("adviser"), Until: "2026-11-22T04:20:00+00:00",
	},
	"glass.reviewed": AccessGlassReviewed{
		Case: "7f3a21c0000000000000000000000001", Justified: true, Role: new("manager"), Session: "000000000000000000000000000000aa", Seq: 4,
	},
}

func accessBody(t *testing.T, typ string, data any) []byte {
	t.Helper()
	d, err := EncodeData(data)
	if err != nil {
		t.Fatal(err)
	}
	b, err := events.EncodeBody(typ, 1, "staff-07", []byte(`{"from":"2026-11-22T03:20:00+00:00","precision":"exact","to":null}`), d)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAccess: the access ledger has types of its own, and no ledger of cases
// takes them.
func TestAccess(t *testing.T) {
	for typ, data := range accessBodies {
		body := accessBody(t, typ, data)
		if err := Access().Validate(body); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
		if err := Default().Validate(body); !errors.Is(err, events.ErrVersion) {
			t.Errorf("%s in a ledger of cases: %v", typ, err)
		}
		// Not a word of what was read fits in.
		more := strings.Replace(string(body), `"data":{`, `"data":{"aaaa":"she lives at 4 Elm Row",`, 1)
		if err := Access().Validate([]byte(more)); !errors.Is(err, events.ErrInvalid) {
			t.Errorf("%s with a member too many: %v", typ, err)
		}
	}
	if err := Access().Validate(example(t, "contact.recorded")); !errors.Is(err, events.ErrVersion) {
		t.Errorf("a contact in the access ledger: %v", err)
	}
	for _, typ := range Access().Types() {
		if slices.Contains(Default().Types(), typ) {
			t.Errorf("%s is a type of both", typ)
		}
	}
}

// TestAccessPage holds docs/EVENTS.md to the types of the access ledger.
func TestAccessPage(t *testing.T) {
	page, err := os.ReadFile("../docs/EVENTS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, ok := strings.Cut(string(page), "## The access ledger")
	if !ok {
		t.Fatal("no part about the access ledger")
	}
	part, _, _ = strings.Cut(part, "\n## ")
	var named []string
	for _, m := range inTicks.FindAllStringSubmatch(part, -1) {
		if strings.Contains(m[1], ".") || m[1] == "printed" || m[1] == "exported" {
			named = append(named, m[1])
		}
	}
	slices.Sort(named)
	if want := Access().Types(); !slices.Equal(named, want) {
		t.Errorf("named %q\nwant  %q", named, want)
	}
}
