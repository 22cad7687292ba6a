// Package ops declares what can be asked of a ledger, and the answers, which
// are the JSON that the commands print: docs/CLI-JSON.md. The ledger is either
// open in this process or held by a service that is spoken to over its
// socket; who asks cannot tell the two apart.
package ops

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/audit"
	"caseledger/internal/cases"
	"caseledger/internal/rules"
	"caseledger/internal/views"
)

// Progress is told how much of how much is done. Total is 0 when not known.
type Progress func(done, total uint64)

// Ledger is an open ledger. Its errors keep their sentinel on the way over
// the socket; see Error.
type Ledger interface {
	// Append records an event; see cases.Service.Append for its errors.
	Append(context.Context, Append) (Appended, error)
	// Import records the lines of a file; see cases.Service.Import. The report
	// is right also beside an error.
	Import(context.Context, io.Reader) (cases.Report, error)
	// Caseload lists the cases of an adviser, or all for "".
	Caseload(ctx context.Context, adviser string) (Caseload, error)
	// Timeline lists a case's events as they were known at a time.
	Timeline(context.Context, TimelineOf) (Timeline, error)
	// Explain works out which criteria for a Marac a case meets, and why.
	Explain(context.Context, AsOf) (rules.Explanation, error)
	// Review looks back at a case for near misses.
	Review(context.Context, AsOf) (rules.Report, error)
	Casework
	Attaching
	Disclosures
	Practice
	// What follows, and Marac between two days, may be of every case of a large
	// ledger, and then takes minutes; Progress, if not nil, is told of cases.

	// Stats are the figures for commissioners, counts that are too small
	// suppressed.
	Stats(context.Context, CountStats, Progress) (views.Stats, error)
	// Board is what a manager looks at; without a staff all of it.
	Board(context.Context, ViewOf, Progress) (views.Board, error)
	// Day is the day of a member of staff.
	Day(context.Context, ViewOf, Progress) (views.Day, error)
	// Due lists what is due, for a member of staff or for everybody.
	Due(context.Context, ViewOf, Progress) (views.DueList, error)
	// Handovers is what the helpline works from and what it left.
	Handovers(context.Context, ViewOf, Progress) (views.Handovers, error)
	// Show opens one event.
	Show(context.Context, EventOf) (Event, error)
	// Export writes the bundle of a disclosure of which every step was taken.
	// When it fails, what was written is no bundle; the export may stand in the
	// ledger all the same.
	Export(context.Context, Export, io.Writer) (Exported, error)
	// Audit checks the ledger, every part of every event with full.
	Audit(ctx context.Context, full bool, progress Progress) (Audit, error)
	// Accesses is who opened, looked for, printed or exported what, without a
	// word of it. A list is itself an access, which is recorded first.
	Accesses(context.Context, AccessAsk) (Accesses, error)
	// Accounts lists who can sign in.
	Accounts(context.Context) (Accounts, error)
	// ChangeAccount adds, resets or disables an account. A reset takes two people
	// who prove who they are.
	ChangeAccount(context.Context, ChangeAccount) (AccountChanged, error)
	// Tokens lists the tokens of the programming interface.
	Tokens(context.Context) (Tokens, error)
	// MakeToken makes a token, which is in the answer and nowhere else.
	MakeToken(context.Context, MakeToken) (TokenMade, error)
	// RevokeToken ends a token at once.
	RevokeToken(context.Context, RevokeToken) (Token, error)
	// Policy is what a verifier needs to know of this ledger.
	Policy(context.Context) (Policy, error)
	// Rebuild makes archive index, tree and views anew from the stream.
	Rebuild(context.Context, Progress) (Rebuilt, error)
	// Demo loads the story into an empty ledger.
	Demo(context.Context, Progress) (Demo, error)
	// Health says how the ledger is.
	Health(context.Context) (Health, error)
	// Close ends the use of the ledger. A ledger of this process signs its
	// checkpoint and closes its stores.
	Close() error
}

// Append asks for one event.
type Append struct {
	Case     *events.Chain `json:"case"` // null: a new case
	Type     string        `json:"type"`
	V        uint64        `json:"v"` // 0: the newest
	Actor    string        `json:"actor"`
	ID       *ulid.ULID    `json:"id"`     // null: a fresh one
	Expect   uint64        `json:"expect"` // 0: did not look
	Occurred []byte        `json:"occurred"`
	Data     []byte        `json:"data"`
}

// Appended says where the event stands. The same event sent again gets the
// same answer.
type Appended struct {
	Case events.Chain `json:"case"`
	Seq  uint64       `json:"seq"`
	ID   ulid.ULID    `json:"id"`
	Hash events.Hash  `json:"hash"` // the event hash
	// Repeated: it was recorded by an earlier call. It does not travel: the
	// answer is the same.
	Repeated bool `json:"-"`
}

// When is a date or a time as its author gave it; "" is none, null in JSON.
type When string

// MarshalJSON writes null for none.
func (w When) MarshalJSON() ([]byte, error) {
	if w == "" {
		return []byte("null"), nil
	}
	b := make([]byte, 0, len(w)+2)
	return append(append(append(b, '"'), w...), '"'), nil // a date or a time: nothing to escape
}

// Time is a recorded time. Its JSON is events.TimeFormat: UTC, six decimals.
type Time time.Time

// String returns events.TimeFormat.
func (t Time) String() string { return time.Time(t).UTC().Format(events.TimeFormat) }

// MarshalText writes events.TimeFormat.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads events.TimeFormat.
func (t *Time) UnmarshalText(b []byte) error {
	at, err := time.Parse(events.TimeFormat, string(b))
	*t = Time(at)
	return err
}

// Caseload is a list of cases: open ones first, the highest risk first.
type Caseload struct {
	Adviser *string `json:"adviser"` // null: all
	Cases   []Case  `json:"cases"`
}

// Case is a case as a list shows it: no names, no addresses, no words.
type Case struct {
	Case     events.Chain `json:"case"`
	Initials string       `json:"initials"`
	Adviser  string       `json:"adviser"` // "": not allocated
	Status   string       `json:"status"`  // open, closed, erased, "": no referral yet

	Risk     string   `json:"risk"` // standard, medium, high, "": not reviewed
	RiskAt   When     `json:"risk_at"`
	Criteria []string `json:"criteria"`
	Repeat   bool     `json:"repeat"`

	HonourBased bool     `json:"honour_based"`
	Interpreter bool     `json:"interpreter"`
	Under18     bool     `json:"under_18"`
	Flags       []string `json:"flags"`

	SafeContact SafeContact `json:"safe_contact"`

	Referral      When `json:"referral"`
	FirstAttempt  When `json:"first_attempt"`
	LastContact   When `json:"last_contact"`
	LastAttempt   When `json:"last_attempt"`
	NextPlanned   When `json:"next_planned"`
	OpenIncidents int  `json:"open_incidents"`
	Overdue       int  `json:"overdue"`
	OpenActions   int  `json:"open_actions"`

	Events      uint64 `json:"events"`
	Contacts    uint64 `json:"contacts"`
	Attempts    uint64 `json:"attempts"`
	Incidents   uint64 `json:"incidents"`
	Corrections uint64 `json:"corrections"`
	Exports     uint64 `json:"exports"`
	LateEntries uint64 `json:"late_entries"`

	Missing string `json:"missing"` // why nothing but the number is shown
}

// SafeContact is how a client may be reached, without the code word.
type SafeContact struct {
	Set      bool     `json:"set"`
	Allowed  []string `json:"allowed"`
	Refused  []string `json:"refused"`
	CodeWord bool     `json:"code_word"` // one is set
	Expires  When     `json:"expires"`
	Expired  bool     `json:"expired"`
	Line     string   `json:"line"` // the same in words
}

// TimelineOf asks for the events of a case.
type TimelineOf struct {
	Case    events.Chain `json:"case"`
	Actor   string       `json:"actor"`    // as in AsOf
	AsKnown time.Time    `json:"as_known"` // zero: now
}

// Timeline is a case's events, oldest first.
type Timeline struct {
	Case    events.Chain `json:"case"`
	AsKnown *time.Time   `json:"as_known"` // null: now
	Events  []Line       `json:"events"`
}

// Line is one event in one line: codes and counts, no words.
type Line struct {
	Seq         uint64   `json:"seq"`
	Type        string   `json:"type"`
	V           uint64   `json:"v"`
	Occurred    Occurred `json:"occurred"`
	Recorded    Time     `json:"recorded"`
	Actor       string   `json:"actor"`
	Late        bool     `json:"late"`
	Corrects    *Place   `json:"corrects"`
	CorrectedBy []Place  `json:"corrected_by"`
	Disputes    *Mark    `json:"disputes"`    // what it says that the client disputes
	DisputedBy  []Mark   `json:"disputed_by"` // what disputes it
	Misfiles    uint64   `json:"misfiles"`    // the event that it says belongs to another case; 0 none
	MisfiledBy  uint64   `json:"misfiled_by"` // the event that says so of it; 0 none
	Summary     string   `json:"summary"`
}

// Mark is an event of the same case, or a statement of it.
type Mark struct {
	Seq       uint64  `json:"seq"`
	Statement *uint64 `json:"statement"` // from 0; null: all of it
}

// Occurred is when something happened.
type Occurred struct {
	From      When   `json:"from"`
	To        When   `json:"to"`
	Precision string `json:"precision"`
}

// Place is a statement of an event of the same case.
type Place struct {
	Seq       uint64 `json:"seq"`
	Statement uint64 `json:"statement"` // from 0
}

// EventOf names an event.
type EventOf struct {
	Case  events.Chain `json:"case"`
	Seq   uint64       `json:"seq"`
	Actor string       `json:"actor"` // as in AsOf
}

// Event is one event, opened, with everything that its hashes are made of but
// keys and salts.
type Event struct {
	Case   events.Chain    `json:"case"`
	Seq    uint64          `json:"seq"`
	Stream uint64          `json:"stream"` // stream sequence; its place in the tree is one less
	ID     ulid.ULID       `json:"id"`
	At     Time            `json:"at"` // when recorded
	Hash   events.Hash     `json:"hash"`
	Prev   events.Hash     `json:"prev"`
	Detail events.Hash     `json:"detail"`
	Parts  uint64          `json:"parts"`
	Root   events.Hash     `json:"root"` // of the parts
	Sealed events.Hash     `json:"sealed"`
	Key    string          `json:"key"`  // its name
	Link   string          `json:"link"` // the link block; its SHA-256 is Hash
	Body   json.RawMessage `json:"body"`
	// Veiled are the members of the body, as JSON Pointers, that the programming
	// interface gives to nobody; null stands in their place. None elsewhere.
	Veiled []string `json:"veiled,omitempty"`
}

// Export asks for a bundle.
type Export struct {
	Case    events.Chain `json:"case"`
	Actor   string       `json:"actor"`
	Request uint64       `json:"request"` // the disclosure.requested
	For     string       `json:"for"`     // whom this copy is for; "": the officer
	Plain   bool         `json:"plain"`   // without PDF files
	ID      *ulid.ULID   `json:"id"`      // of the event; null: a fresh one
}

// Exported says what was written.
type Exported struct {
	Case      events.Chain `json:"case"`
	Seq       uint64       `json:"seq"`     // of the disclosure.exported event
	Stream    uint64       `json:"stream"`  // its stream sequence
	Request   uint64       `json:"request"` // the events that it was made under
	Decision  uint64       `json:"decision"`
	Approval  uint64       `json:"approval"`
	Exhibit   string       `json:"exhibit"`
	CheckCode string       `json:"check_code"` // as printed on the sheets
	Manifest  events.Hash  `json:"manifest"`   // SHA-256 of manifest-sha256.txt
	SHA256    events.Hash  `json:"sha256"`     // of the ZIP: give it to the recipient by another way
	Bytes     int64        `json:"bytes"`
	Full      int          `json:"full"` // events disclosed in full, in part, not at all
	Part      int          `json:"part"`
	Withheld  int          `json:"withheld"`
	Undated   []uint64     `json:"undated"` // events in scope by the date they were recorded
	// UndatedOut are events of unknown date that are withheld because they were recorded outside the period.
	UndatedOut  []uint64  `json:"undated_out"`
	Warnings    []Warning `json:"warnings"`    // where closed words stand open elsewhere
	Attachments int       `json:"attachments"` // files among it
	Left        []Left    `json:"left"`        // what resembles a whereabouts entry and stands open
	Sealing     Sealing   `json:"sealing"`
	Out         string    `json:"out"` // the file
}

// Warning is a place where words that are closed elsewhere stand open.
type Warning struct {
	Seq  uint64 `json:"seq"`
	Path string `json:"path"`
}

// Audit is a report with what only the whole ledger can tell.
type Audit struct {
	audit.Report
	Origin     string      `json:"origin"`
	Full       bool        `json:"full"`
	Verdict    string      `json:"verdict"`    // whole or damaged
	Checkpoint *Checkpoint `json:"checkpoint"` // the newest signed; null: none yet
	Orphans    int         `json:"orphans"`    // files of attachments that no event names; counted with full
	Access     *Audit      `json:"access"`     // of the access ledger; null: there is none yet
}

// OK reports whether nothing was found, in the access ledger neither.
func (a *Audit) OK() bool { return a.Report.OK() && (a.Access == nil || a.Access.OK()) }

// Checkpoint is a size of the tree and its root.
type Checkpoint struct {
	Size uint64      `json:"size"`
	Root events.Hash `json:"root"`
}

// Policy is the text of a policy file (C2SP tlog-policy).
type Policy struct {
	Policy string `json:"policy"`
}

// Rebuilt counts what a rebuild read.
type Rebuilt struct {
	Events uint64      `json:"events"`
	Cases  uint64      `json:"cases"`
	Root   events.Hash `json:"root"`
}

// Demo says what was loaded.
type Demo struct {
	Events   int        `json:"events"`   // of the story
	Recorded int        `json:"recorded"` // now
	Cases    []DemoCase `json:"cases"`
}

// DemoCase is a case of the story.
type DemoCase struct {
	Case   events.Chain `json:"case"`
	Title  string       `json:"title"`
	Events int          `json:"events"`
}

// Health is how the ledger is.
type Health struct {
	Status  string `json:"status"` // ok, or degraded: stopped or read-only
	Reason  string `json:"reason"` // why it is not ok
	Origin  string `json:"origin"`
	Events  uint64 `json:"events"` // archived
	Signed  uint64 `json:"signed"` // size of the newest signed checkpoint
	Version string `json:"version"`
}
