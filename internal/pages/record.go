package pages

import (
	"net/http"

	"caseledger/internal/access"
)

// recording is everything that can be recorded in a case, in the groups and
// words of whoever records it. A row is offered when the table has its page
// and the reader may open it.
var recording = []struct {
	Title string
	Rows  []recordRow
}{
	{"Talking to the client", []recordRow{
		{"A contact", "A call, a message, a meeting: what was said and done.", "/contact/new"},
		{"An appointment", "When, how and where; checked against safe contact.", "/appointment/new"},
		{"Safe contact", "How the client can be reached safely from now on.", "/safe-contact/new"},
		{"No answer", "You tried and did not reach the client.", "/attempt/new"},
		{"What the client agreed to", "Support, sharing, statistics: each by itself.", "/agreement/new"},
		{"An agreement withdrawn", "From now on, all of it or with some.", "/agreement/withdraw"},
		{"A call to the helpline", "Taken for somebody who rang.", "/helpline/new"},
	}},
	{"The client, children, other people", []recordRow{
		{"The client’s details", "Name, language, address: as they are from now on.", "/client"},
		{"A child", "School, social worker, where the child stands with social care.", "/child/new"},
		{"Another person", "A perpetrator, a person at risk, family.", "/person/new"},
	}},
	{"What happened", []recordRow{
		{"An incident", "What was told or seen, when it happened, whether the police know.", "/incident/new"},
		{"Information shared", "What was told to somebody outside, and on what basis.", "/information/new"},
		{"A safeguarding decision", "Under 18, an adult at risk, a child.", "/safeguarding/new"},
	}},
	{"Risk, Marac and plan", []recordRow{
		{"A risk review", "The questions, your judgement, what the rules make of it.", "/risk/new"},
		{"A referral to a Marac", "Why, about whom, what the client wants.", "/marac/refer"},
		{"What a Marac made of the case", "Who was there, what was agreed to be done.", "/marac/heard"},
		{"An action of the plan", "What is to be reached, who does it, by when.", "/plan/new"},
	}},
	{"Courts, orders and the perpetrator", []recordRow{
		{"A court hearing", "What came of it, when it goes on, what the client was told.", "/court/new"},
		{"An order", "Its terms, whether it was served, when it ends.", "/order/new"},
		{"Where the perpetrator stands", "Arrested, bailed, in custody, to be released.", "/perpetrator/new"},
	}},
	{"Help and equipment", []recordRow{
		{"Accommodation asked for", "Whom you asked, also when they are full.", "/accommodation/sought"},
		{"A place found", "Where the client is now, and until when.", "/accommodation/placed"},
		{"Equipment", "Doorbells, locks, telephones: who pays, when a clip is overwritten.", "/equipment/new"},
		{"A programme or group", "A session of it, and the next.", "/programme/new"},
	}},
	{"Other people and agencies", []recordRow{
		{"Known before, or elsewhere", "Which Maracs and services were asked, what each answered.", "/intake/new"},
		{"Another agency", "Whom you asked, what they answered, when to ask again.", "/agency/new"},
		{"A meeting", "DARIM, child in need, case review, team: decisions and actions.", "/meeting/new"},
	}},
	{"Files and disclosure", []recordRow{
		{"A file", "A clip, a picture, a letter: kept exactly as it came.", "/attachment/new"},
		{"A request for disclosure", "From the police, a court, or the client.", "/disclosure"},
	}},
	{"Running the case", []recordRow{
		{"Who has the case", "Allocate it to an adviser.", "/allocate"},
		{"Cover", "Somebody else looks after it for a time.", "/cover"},
		{"A transfer", "To another area, or from one.", "/transfer"},
		{"An exclusion", "Who may never see this case.", "/exclude"},
		{"Closing", "Why, what came of it, and what was done before.", "/close"},
		{"Opening again", "A closed case goes on.", "/reopen"},
		{"A hold", "Kept whatever the policy says.", "/hold/new"},
		{"A handover", "For who covers, or takes the calls, while you are away.", "/handover/new"},
	}},
}

// onlyWhen is where a case must stand for a page to be there.
var onlyWhen = map[string]string{"/close": "open", "/reopen": "closed"}

// recordRow is a page that records something: what, in which words, and its
// path below the case.
type recordRow struct{ Text, Hint, Path string }

func (s *Server) recordRoutes() []Route {
	return []Route{{Method: "GET", Pattern: "/case/{chain}/record", Action: access.CaseWrite, Case: true, Reads: "case.opened", Handle: s.record}}
}

// recordGroup is a group of what the reader may record.
type recordGroup struct {
	Title string
	Rows  []recordRow // Path from the root
}

func (s *Server) record(w http.ResponseWriter, r *Request) error {
	page, err := s.caseOf(r)
	if err != nil {
		return err
	}
	path := "/case/" + r.Chain.String()
	var groups []recordGroup
	for _, g := range recording {
		group := recordGroup{Title: g.Title}
		for _, row := range g.Rows {
			if stage, ok := onlyWhen[row.Path]; ok && stage != page.Strip.Stage {
				continue
			}
			if s.leads(r, "GET /case/{chain}"+row.Path) {
				group.Rows = append(group.Rows, recordRow{row.Text, row.Hint, path + row.Path})
			}
		}
		if len(group.Rows) > 0 {
			groups = append(groups, group)
		}
	}
	return s.render(w, r, http.StatusOK, "record", Page{Title: "Record something, case " + Short(r.Chain), Strip: &page.Strip, Data: groups})
}

// leads reports whether the reader of a case may open another page of it.
func (s *Server) leads(r *Request, route string) bool {
	action, ok := s.known[route]
	return ok && s.guard.Decide(r.Who, action, &r.Facts, r.Now).Allowed
}
