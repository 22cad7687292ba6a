package pages

import (
	"strings"
	"testing"

	"caseledger/internal/access"
)

// Everything that is listed has its page, and nothing is listed that the
// reader may not record.
func TestRecordList(t *testing.T) {
	w := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	s := serveLedger(t, byRole{w}, w)
	path := "/case/" + courtCase.String()
	page := ask(s, "GET", path+"/record").Body.String()
	for _, g := range recording {
		for _, row := range g.Rows {
			if !s.has("GET /case/{chain}" + row.Path) {
				t.Errorf("%q leads nowhere", row.Text)
			}
			stage, only := onlyWhen[row.Path]
			may := access.Decide(w.who, s.known["GET /case/{chain}"+row.Path], &access.CaseFacts{Adviser: "staff-07", Stage: "open"}, wednesday).Allowed && (!only || stage == "open")
			if on := strings.Contains(page, `href="`+path+row.Path+`"`); on != may {
				t.Errorf("%q is listed: %v, may be recorded: %v", row.Text, on, may)
			}
		}
	}
	if home := ask(s, "GET", path).Body.String(); !strings.Contains(home, `href="`+path+`/record"`) {
		t.Error("the case does not lead to the list")
	}
	w.who.Role = access.FamilyWorker
	if page := ask(s, "GET", path+"/record").Body.String(); !strings.Contains(page, "/contact/new") || strings.Contains(page, "/handover/new") {
		t.Error("a family worker may hand over, or record no contact")
	}
}
