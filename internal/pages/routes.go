package pages

import (
	"net/http"
	"slices"

	"caseledger/internal/access"
)

// Route is a page: a row of the one table.
type Route struct {
	Method  string
	Pattern string // of http.ServeMux; {chain} is a case's 32 hex digits
	// Action is what the route does; who may do it is decided before Handle is
	// called. "" only with Open.
	Action access.Action
	// Case: the route is about the case {chain}. A case that does not exist and
	// one that may not be seen get the same answer.
	Case bool
	// Open: nobody needs to be signed in; nothing of any case is shown.
	Open bool
	// Reads is the type under which the access ledger is told before Handle is
	// called; "": nothing is shown that it would have to know of.
	Reads string
	// Quiet: a script asks by itself, and its asking keeps no session from locking.
	Quiet bool
	// MaxBody is the longest body that is read, in bytes; 0: MaxForm, and of a
	// case, from a session, maxTyped.
	MaxBody int64
	Handle  func(http.ResponseWriter, *Request) error
}

// MaxForm is the longest form, in bytes: two of the longest texts that an
// event can hold, every byte of them escaped in three.
const MaxForm = 4 << 20

// maxTyped is the longest form that is read, in bytes, so that what is too long
// to be recorded can be shown again with what was typed.
const maxTyped = 4 * MaxForm

// Routes is the table. The tests walk it.
func (s *Server) Routes() []Route {
	return slices.Concat(
		[]Route{
			{Method: "GET", Pattern: "/{$}", Action: access.OwnAccount, Handle: s.home},
			{Method: "GET", Pattern: "/day", Action: "day.see", Reads: "day.seen", Handle: s.day},
			{Method: "POST", Pattern: "/sharing", Open: true, Handle: s.share},
		},
		s.signRoutes(),
		s.passkeyRoutes(),
		s.signOnRoutes(),
		s.glassRoutes(),
		s.adminRoutes(),
		s.accountRoutes(),
		s.emailRoutes(),
		s.ownRoutes(),
		s.deskRoutes(),
		s.caseRoutes(),
		s.directoryRoutes(),
		s.referralRoutes(),
		s.recordRoutes(),
		s.attachmentRoutes(),
		s.writingRoutes(shorts()),
		s.contactRoutes(),
		s.courtRoutes(),
		s.writingRoutes(writings),
	)
}

// Has reports whether the table has a route, written "GET /day": templates
// offer only what is there.
func (s *Server) has(route string) bool {
	_, ok := s.known[route]
	return ok
}
