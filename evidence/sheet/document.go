package sheet

import "time"

// Document is what one file of a bundle says, before anybody writes it down
// as a page: facts for its header and footer, and a tree of blocks. It is
// made from opened parts alone; a closed word has no place in it. A writer
// adds nothing to what it reads here but form.
type Document struct {
	Kind  string // "sheets", "statement", "labels" or "receipt"
	Title string // one line, the heading of the whole; shown as README.txt shows a character, so that nothing in it is hidden

	// For header and footer, as they are recorded: a writer shows what would
	// not be seen (Title is shown already). Service is the origin of the
	// ledger, Case the case number, Check the check code, Holder who the copy
	// is for.
	Service, Exhibit, Case, Check, Holder string

	Copy     int       // from 1
	Prepared time.Time // when the export was prepared, at the offset that was recorded
	Draft    bool      // every page says DRAFT
	Blocks   []Block
}

// A Block is a stretch of a document. What its members are, by kind:
//
//	section    begins a page. Label: its heading (of level 2), none on the front; Style "front" or ""; Blocks
//	heading    Level, Runs
//	para       Runs; Style "none" (it says that nothing is there), "nav" (links to the sections) or
//	           "declaration" (that of a witness statement)
//	note       Style "warning" or "limits"; Blocks: a heading of level 2, then para
//	facts      Label: what they are of; Rows of two cells, the first names the second
//	table      Label: what it holds; Style "schedule", "codes", "verdicts", "continuity" or "made"; Rows, the first a header
//	list       Blocks: para, one an item
//	steps      Blocks: para, one a step, in order
//	legend     Blocks: statement, each with Label and Runs: what the label means
//	item       one entry of the case. Label: "Item 5 of 12", for the header; Blocks: heading of level 3, facts, …
//	statement  Label: its number, if it has one, and its kind in words; Style its kind (client-words,
//	           client-summary, third-party, observed, opinion, action), "closed" for one that is closed or
//	           unknown, "corrected" for words that stand in place of others; Blocks: aside, quote, para, beside
//	quote      somebody's words, exactly, with their quotation marks. Runs
//	aside      what is said about a statement. Runs
//	beside     what stands beside words: Style "translation", "corrected" or "disputed"; Blocks: aside, quote
//	signature  what is filled in by hand. Label; Rows of two cells, the second empty
//	label      a label to cut out. Rows of two cells; an empty second one is filled in by hand
type Block struct {
	Kind   string
	Level  int    // heading: 2 to 4
	Style  string // see above
	Label  []Run
	Runs   []Run
	Rows   []Row
	Blocks []Block
	ID     string // what a link names: [a-z0-9-]+, once in a document; or ""
}

// A Row is a row of a table or of facts.
type Row struct {
	Cells  [][]Run
	Header bool // every cell names its column; else the first names the row
}

// A Run is text of one form.
type Run struct {
	// Text is exact. What would not be seen (controls, default ignorables) is
	// a run of its own.
	Text string
	// Style is "", "strong", "code", "number" (CONTACT 5, 5.1), "box" (closed
	// words; Text is the code letter), "cp" (a character by its number:
	// "[U+202E]"), "link", or "arrow" (Text is "→": told).
	Style string
	Lang  string // BCP 47; "" is English
	// Isolate sets off text that came from an event: a stretch of such runs
	// has a direction of its own, which its first letter decides.
	Isolate bool
	// Pre: the run is of a text, whose line feeds, tabs and spaces all stay.
	Pre bool
	Ref string // of a link: the ID of a block
}
