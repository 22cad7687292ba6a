package api

import (
	"reflect"

	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/rules"
	"caseledger/internal/views"
)

// Route is a row of the one table.
type Route struct {
	Method  string
	Pattern string // of http.ServeMux, below Root; {chain} is a case's 32 hex digits
	Name    string // operationId of the OpenAPI document
	Says    string // what it does, in a line
	More    string // what else there is to say; "": nothing
	// Open: it needs no token; nothing of any case is answered.
	Open bool
	// Scope is what the token must have.
	Scope access.Scope
	// Action is what the route does; who may do it is decided before do is
	// called. A route that takes an event finds it out from the event.
	Action access.Action
	// Case: the route is about the case {chain}.
	Case bool
	// Reads is the type under which the access ledger is told before do is called.
	Reads  string
	Params []Param
	// Takes is the schema of the body; nil: there is none.
	Takes schema
	// Gives are the types of the good answers, by status; nil: any object.
	Gives map[int]reflect.Type
	// Media is the good answers' media type; "": application/json.
	Media string
	// Fails are the codes of the problems that it may answer with, beside those
	// that every route may.
	Fails []string

	prepare func(*Request) error
	do      func(*Request) (any, error)
}

// Param is a parameter of an address.
type Param struct {
	Name, In, Says string
	Schema         schema
	Many           bool // it may be given again
}

const (
	inPath   = "path"
	inQuery  = "query"
	inHeader = "header"
)

// Parameters that several routes have.
var (
	caseParam  = Param{"chain", inPath, "The case's number.", schema{"type": "string", "pattern": "^[0-9a-f]{32}$"}, false}
	eventParam = Param{"event", inPath, "The event's place in the case, from 1, or its id.", schema{"type": "string", "pattern": "^([1-9][0-9]{0,15}|[0-7][0-9A-HJKMNP-TV-Z]{25})$"}, false}
	idParam    = Param{"id", inPath, "A ULID that you make, once for each event: 26 upper-case characters. Sent again with the same body, it gets the same answer and nothing is recorded twice.",
		schema{"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"}, false}
	ifMatch = Param{"If-Match", inHeader, "The number of the case's last event that you have seen, in quotation marks, as ETag has it. When the case has moved on nothing is recorded.",
		schema{"type": "string", "pattern": `^"[1-9][0-9]{0,15}"$`}, false}
	timeParams = []Param{
		{"as_known", inQuery, "Only what was recorded by this time; a date is the end of its day in London.", moment, false},
		{"as_happened", inQuery, "Only what had happened by this time.", moment, false},
		{"now", inQuery, "The time to work it out for.", moment, false},
	}
	staffParam = Param{"staff", inQuery, "Whose: the member of staff that the token acts as, who is also meant when it is left out.", schema{"type": "string", "pattern": staffPattern}, false}
	actorParam = Param{"actor", inQuery, "Who asks: the member of staff that the token acts as, who is also meant when it is left out.", schema{"type": "string", "pattern": staffPattern}, false}
	day        = schema{"type": "string", "format": "date"}
	moment     = schema{"anyOf": []any{schema{"type": "string", "format": "date-time"}, day}}
)

const staffPattern = "^[a-z][a-z0-9-]{0,31}$"

func params(more []Param, first ...Param) []Param {
	return append(append([]Param{}, first...), more...)
}

// ok is the good answer of a route that reads, put those of one that records.
func ok[T any]() map[int]reflect.Type { return map[int]reflect.Type{200: reflect.TypeFor[T]()} }

func put[T any]() map[int]reflect.Type {
	return map[int]reflect.Type{200: reflect.TypeFor[T](), 201: reflect.TypeFor[T]()}
}

// writeFails are the problems of every route that records something.
var writeFails = []string{"media-type", "syntax", "invalid", "version", "too-large", "duplicate", "read-only", "stopped", "clock", "full"}

// table is the table. The tests walk it.
func (s *Server) table() []Route {
	anything := map[int]reflect.Type{200: nil}
	return []Route{
		{Method: "GET", Pattern: "/openapi.json", Name: "getOpenAPI", Says: "This document", Open: true, Gives: anything, do: s.openAPI},
		{Method: "GET", Pattern: "/problems/{code}", Name: "getProblem", Says: "What a problem means, and what to do", Open: true,
			Params: []Param{{"code", inPath, "The problem's code.", schema{"type": "string"}, false}}, Gives: ok[Kind](), Fails: []string{"not-found"}, do: s.problemPage},
		{Method: "GET", Pattern: "/schemas", Name: "listSchemas", Says: "The types of events and their versions", Open: true, Gives: ok[Schemas](), do: s.schemaList},
		{Method: "GET", Pattern: "/schemas/{name}", Name: "getSchema", Says: "The JSON Schema of one version of a type of event, or common.json, which they share", Open: true,
			Params: []Param{{"name", inPath, "Such as contact.recorded.v2.json.", schema{"type": "string"}, false}}, Gives: anything, Media: schemaType, Fails: []string{"not-found"}, do: s.schemaFile},

		{Method: "PUT", Pattern: "/cases/{chain}/events/{event}", Name: "putEvent", Says: "Record an event in a case", Case: true, Scope: access.ScopeAppend, Reads: entrySent,
			More:   "Who may record what is as on the pages. Attachments and the steps of a disclosure are not recorded here, nor what the service decides for itself.",
			Params: []Param{caseParam, {"event", inPath, idParam.Says, idParam.Schema, false}, ifMatch}, Takes: entryShape, Gives: put[ops.Appended](),
			Fails: append([]string{"not-found", "if-match", "conflict", "step", "exhibit"}, writeFails...), prepare: prepareEvent, do: s.putEvent},
		{Method: "PUT", Pattern: "/cases/new/events/{id}", Name: "putCase", Says: "Record a referral, which opens a case", Scope: access.ScopeAppend, Reads: entrySent, Action: access.CaseStart,
			Params: []Param{idParam}, Takes: entryShape, Gives: put[ops.Appended](), Fails: writeFails, prepare: prepareCase, do: s.putEvent},
		{Method: "PUT", Pattern: "/referrals/{id}", Name: "putReferral", Says: "Send a referral from another agency", Scope: access.ScopeReferrals, Reads: entrySent, Action: access.CaseStart,
			More:   "Opens a case. Who refers is the agency of the token, whatever is sent. The answer has the case's number as a reference to give on the telephone; nothing can be read with the token.",
			Params: []Param{idParam}, Takes: referralShape, Gives: put[Received](), Fails: writeFails, prepare: prepareReferral, do: s.putReferral},

		{Method: "GET", Pattern: "/cases", Name: "listCases", Says: "The cases that the member of staff has or covers; a manager's are all", Scope: access.ScopeCases, Action: access.CaseSearch, Reads: "cases.seen",
			Params: []Param{staffParam}, Gives: ok[views.CaseList](), do: s.cases},
		{Method: "GET", Pattern: "/caseload", Name: "getCaseload", Says: "The cases of an adviser, open ones first, the highest risk first", Scope: access.ScopeCases, Action: access.CaseSearch, Reads: "cases.seen",
			Params: []Param{adviserParam}, Gives: ok[ops.Caseload](), do: s.caseload},
		{Method: "GET", Pattern: "/loads", Name: "getLoads", Says: "An adviser's load against the cap", Scope: access.ScopeCases, Action: access.CaseSearch, Reads: "cases.seen",
			Params: []Param{adviserParam}, Gives: ok[ops.Loads](), do: s.loads},
		{Method: "GET", Pattern: "/marac", Name: "getAgenda", Says: "What Maracs of some days have before them, of the cases that the member of staff may open", Scope: access.ScopeCases, Action: access.CaseSearch, Reads: "cases.seen",
			Params: []Param{actorParam, {"from", inQuery, "The first day.", day, false}, {"to", inQuery, "The last day, included.", day, false}}, Gives: ok[views.Agenda](), do: s.agenda},
		{Method: "GET", Pattern: "/cases/{chain}", Name: "getCase", Says: "A case on one page", Case: true, Scope: access.ScopeCases, Action: access.CaseOpen, Reads: "case.opened",
			More:   "ETag is the number of the case's last event, for If-Match; there is none with as_known or as_happened.",
			Params: params(timeParams, caseParam, actorParam, Param{"type", inQuery, "Only events of this type in the timeline: contact.recorded, or contact for all that begin with it.", schema{"type": "string"}, true}), Gives: ok[views.CasePage](), Fails: []string{"not-found"}, do: s.page},
		{Method: "GET", Pattern: "/cases/{chain}/timeline", Name: "getTimeline", Says: "A case's events, oldest first, in codes and counts", Case: true, Scope: access.ScopeCases, Action: access.CaseOpen, Reads: "case.opened",
			Params: params(timeParams[:1], caseParam, actorParam), Gives: ok[ops.Timeline](), Fails: []string{"not-found"}, do: s.timeline},
		{Method: "GET", Pattern: "/cases/{chain}/events/{event}", Name: "getEvent", Says: "One event with its hashes", Case: true, Scope: access.ScopeCases, Action: access.CaseOpen, Reads: "case.opened",
			More:   "Where somebody is, how they are reached and code words are never in the answer: null stands there, and veiled has the places. They are shown on the pages, for a moment.",
			Params: []Param{caseParam, eventParam, actorParam}, Gives: ok[ops.Event](), Fails: []string{"not-found"}, do: s.event},
		{Method: "GET", Pattern: "/cases/{chain}/plan", Name: "getPlan", Says: "The safety plan, each action with its history", Case: true, Scope: access.ScopeCases, Action: access.CaseOpen, Reads: "case.opened",
			Params: params(timeParams, caseParam, actorParam), Gives: ok[views.Plan](), Fails: []string{"not-found"}, do: s.plan},
		{Method: "GET", Pattern: "/cases/{chain}/explain", Name: "getExplanation", Says: "Which criteria for a Marac the case meets, and why", Case: true, Scope: access.ScopeCases, Action: access.CaseOpen, Reads: "case.opened",
			Params: params(timeParams, caseParam, actorParam), Gives: ok[rules.Explanation](), Fails: []string{"not-found"}, do: s.explain},
		{Method: "GET", Pattern: "/cases/{chain}/marac", Name: "getMarac", Says: "What a Marac has before it of the case", Case: true, Scope: access.ScopeCases, Action: access.CaseOpen, Reads: "case.opened",
			Params: params(timeParams, caseParam, actorParam), Gives: ok[views.Agenda](), Fails: []string{"not-found"}, do: s.marac},
		{Method: "GET", Pattern: "/cases/{chain}/disclosures", Name: "listDisclosures", Says: "Where requests for disclosure stand", Case: true, Scope: access.ScopeDisclosure, Action: access.DisclosureSee, Reads: "disclosure.seen",
			Params: []Param{caseParam, actorParam}, Gives: ok[Disclosures](), Fails: []string{"not-found"}, do: s.disclosures},

		{Method: "GET", Pattern: "/day", Name: "getDay", Says: "The day of the member of staff, now", Scope: access.ScopeDay, Action: access.DaySee, Reads: "day.seen",
			Params: []Param{staffParam}, Gives: ok[views.Day](), do: s.day},
		{Method: "GET", Pattern: "/due", Name: "getDue", Says: "What is due in the member of staff's cases, now", Scope: access.ScopeDay, Action: access.DaySee, Reads: "day.seen",
			Params: []Param{staffParam, {"by", inQuery, "What is due by the end of this day; left out: today.", day, false}}, Gives: ok[views.DueList](), do: s.due},
		{Method: "POST", Pattern: "/search", Name: "search", Says: "Find cases by a name, an alias, a telephone number or a reference", Scope: access.ScopeSearch, Action: access.CaseSearch, Reads: "case.searched",
			More:  "The term is in the body, so that it stands in no log of addresses. It is not repeated.",
			Takes: searchShape, Gives: ok[ops.Search](), Fails: []string{"media-type", "syntax", "too-large", "input"}, prepare: prepareSearch, do: s.search},

		{Method: "GET", Pattern: "/health", Name: "getHealth", Says: "How the ledger is", Scope: access.ScopeAudit, Action: access.AuditSee, Reads: "audit.seen", Gives: ok[ops.Health](), do: s.health},
		{Method: "GET", Pattern: "/audit", Name: "getAudit", Says: "Whether the record is whole: links, chains, tree and signature checked now", Scope: access.ScopeAudit, Action: access.AuditSee, Reads: "audit.seen",
			Gives: ok[ops.Audit](), do: s.audit},
		{Method: "GET", Pattern: "/accesses", Name: "listAccesses", Says: "Who opened, looked for, printed or exported what, oldest first", Scope: access.ScopeAudit, Action: access.AuditSee, Reads: "audit.seen",
			Params: []Param{actorParam,
				{"from", inQuery, "Recorded from this time on, or from the start of this day.", moment, false}, {"to", inQuery, "Recorded before this time, or by the end of this day.", moment, false},
				{"case", inQuery, "Only about this case.", caseParam.Schema, false}, {"staff", inQuery, "Only what this member of staff, or agency, did.", staffParam.Schema, false},
				{"type", inQuery, "Only entries of this type.", schema{"type": "string"}, true}, {"limit", inQuery, "The newest so many; left out: 200.", schema{"type": "integer", "minimum": 1, "maximum": maxAccesses}, false},
			}, Gives: ok[ops.Accesses](), do: s.accesses},
	}
}

var adviserParam = Param{"adviser", inQuery, "Whose: for anybody but managers, the member of staff that the token acts as, who is also meant when it is left out.", schema{"type": "string", "pattern": staffPattern}, false}
