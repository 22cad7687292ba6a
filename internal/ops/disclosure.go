package ops

import (
	"context"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

// Disclosures is the path of a request for disclosure: request, decision,
// client told, words read and closed, second person, export, hand-over. A step
// that is taken before its time fails with cases.ErrStep and says which is
// missing.
type Disclosures interface {
	// TakeStep records the next step of a disclosure.
	TakeStep(context.Context, TakeStep) (StepTaken, error)
	// Disclosure says how far a request has come.
	Disclosure(context.Context, OfRequest) (Disclosure, error)
	// Proposals lists the words of a disclosure that somebody must decide on.
	Proposals(context.Context, OfRequest) (Proposals, error)
	// Draft makes what an export would hold now, marked as a draft. It records
	// nothing.
	Draft(context.Context, OfRequest) (Draft, error)
}

// OfRequest names a request for disclosure.
type OfRequest struct {
	Case    events.Chain `json:"case"`
	Request uint64       `json:"request"` // the disclosure.requested
	Actor   string       `json:"actor"`   // as in AsOf
	Plain   bool         `json:"plain"`   // of Draft: without PDF files
}

// The steps that are recorded by TakeStep. An export is one by itself.
const (
	TakeRequest  = "request"
	TakeDecide   = "decide"
	TakeTell     = "tell"
	TakeClose    = "close"
	TakeApprove  = "approve"
	TakeHandOver = "hand-over"
)

// TakeStep asks for one step to be recorded.
type TakeStep struct {
	Case    events.Chain `json:"case"`
	Request uint64       `json:"request"` // 0 for TakeRequest
	Step    string       `json:"step"`
	Actor   string       `json:"actor"`
	ID      *ulid.ULID   `json:"id"`     // of the event; null: a fresh one
	Expect  uint64       `json:"expect"` // the case's last event that was seen; 0: did not look
	File    []byte       `json:"file"`   // what a person has to say: JSON
	Draft   *DraftSheet  `json:"draft"`  // of TakeApprove: what was read
	Export  uint64       `json:"export"` // of TakeHandOver: the disclosure.exported
	SHA256  *events.Hash `json:"sha256"` // of TakeHandOver: of the bundle
}

// StepTaken says what was recorded and what comes next.
type StepTaken struct {
	Case     events.Chain `json:"case"`
	Request  uint64       `json:"request"`
	Seq      uint64       `json:"seq"` // of the event
	Type     string       `json:"type"`
	Next     string       `json:"next"` // the step that is missing now; "": none
	Why      string       `json:"why"`
	Warnings []string     `json:"warnings"` // for a person to look at; nothing of the case's words
	Left     []Left       `json:"left"`     // of TakeClose: what resembles a whereabouts entry and stays open
}

// Left is a place that resembles an entry of the whereabouts list and stays
// open.
type Left struct {
	Seq   uint64 `json:"seq"`
	Path  string `json:"path"`
	From  *int   `json:"from"` // words of a text, from 0, both included; null: all of it
	To    *int   `json:"to"`
	Match string `json:"match"`
	Of    string `json:"of"`
	OfSeq uint64 `json:"of_seq"` // 0: on no list
}

// Disclosure is how far a request has come.
type Disclosure struct {
	Case      events.Chain    `json:"case"`
	Request   uint64          `json:"request"`
	Kind      string          `json:"kind"`
	Force     string          `json:"force"`
	Reference string          `json:"reference"`
	Due       When            `json:"due"`
	Steps     []StepOf        `json:"steps"` // all of them, in order
	Next      string          `json:"next"`  // the first that is missing; "": none
	Why       string          `json:"why"`
	Alerts    []string        `json:"alerts"`
	Exports   []ExportOf      `json:"exports"`
	Decisions []DecisionPlace `json:"decisions"`
	Tests     []string        `json:"tests"`  // that a decision on it answers
	Firsts    []string        `json:"firsts"` // who decided, read or recorded: none of them is the second person
}

// StepOf is a step and who took it.
type StepOf struct {
	Step string `json:"step"`
	Seq  uint64 `json:"seq"` // of the event; 0: not taken
	By   string `json:"by"`
	At   Time   `json:"at"` // when recorded
}

// ExportOf is an export of a request and what became of it.
type ExportOf struct {
	Seq      uint64   `json:"seq"`
	Exhibit  string   `json:"exhibit"`
	By       string   `json:"by"`
	At       Time     `json:"at"`
	Receipts []uint64 `json:"receipts"` // the disclosure.receipted
}

// DecisionPlace is a decision and what it took the place of.
type DecisionPlace struct {
	Seq      uint64  `json:"seq"`
	Replaces *uint64 `json:"replaces"`
}

// Proposals is what must be decided before words are closed.
type Proposals struct {
	Case      events.Chain `json:"case"`
	Request   uint64       `json:"request"`
	ReadTo    uint64       `json:"read_to"` // the case's last event: what is to be read reaches up to here
	Events    []uint64     `json:"events"`  // in scope: all of these are to be read
	Proposals []Proposal   `json:"proposals"`
}

// Proposal is words, or a value, that somebody must decide on.
type Proposal struct {
	Seq    uint64 `json:"seq"`
	Path   string `json:"path"` // "": the whole event
	From   *int   `json:"from"` // words of a text, from 0, both included; null: all of it
	To     *int   `json:"to"`
	Leaf   uint64 `json:"leaf"`
	Leaves uint64 `json:"leaves"`
	Code   string `json:"code"`
	Match  string `json:"match"`  // exact, near, postcode, phone, place, carried, agency
	Of     string `json:"of"`     // the kind of the entry that it resembles
	OfSeq  uint64 `json:"of_seq"` // the event that the entry stands in; 0: none
	// Suggested is what was decided about the same words before: closed, open,
	// or "" for nothing.
	Suggested string `json:"suggested"`
	Outcome   string `json:"outcome"` // as the last decision has it; "": undecided
	Words     string `json:"words"`   // what would be closed: for the eyes of who decides
}

// Draft is what an export would hold now.
type Draft struct {
	Sheet DraftSheet  `json:"sheet"`
	Files []DraftFile `json:"files"`

	Full        int `json:"full"`
	Part        int `json:"part"`
	Withheld    int `json:"withheld"`
	Attachments int `json:"attachments"`
	// Inspections are what the attachments say about themselves: read before
	// they go out as they are.
	Inspections []Inspection `json:"inspections"`
	Undated     []uint64     `json:"undated"`
	UndatedOut  []uint64     `json:"undated_out"`
	Warnings    []Warning    `json:"warnings"`
	Left        []Left       `json:"left"`
	Next        string       `json:"next"`
	Why         string       `json:"why"`
	Out         string       `json:"out"`
}

// DraftSheet is the cover of a draft: what it is of, and what its files are.
type DraftSheet struct {
	Case     events.Chain `json:"case"`
	Request  uint64       `json:"request"`
	Decision uint64       `json:"decision"`
	ReadTo   uint64       `json:"read_to"` // the case's last event when it was made
	Pages    int          `json:"pages"`
	Manifest events.Hash  `json:"manifest"` // SHA-256 of the draft's manifest-sha256.txt
}

// DraftFile is a file of a draft.
type DraftFile struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}
