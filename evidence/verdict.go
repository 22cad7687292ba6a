package evidence

import (
	"fmt"
	"io"
	"strings"

	"caseledger/events"
	"caseledger/evidence/tlog"
)

// Exit codes of a verdict. 3 beats 4, and 4 beats 1: whoever reads only the
// code must never take evidence that is wrong for evidence that could not be
// checked.
const (
	ExitValid   = 0 // everything was checked against the policy and holds
	ExitUnknown = 1 // could not be checked: no policy, over a limit, or unreadable
	ExitUsage   = 2 // of the command only; no verdict has it
	ExitInvalid = 3 // something does not hold
	ExitVersion = 4 // of a version of the format that this program does not know
)

// Outcome is how one check ended.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	NotDone Outcome = "not done" // it could not be done, or another failed before
)

// Check is one check of a verdict. Its text is plain English and holds no
// word of the case.
type Check struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	Text    string  `json:"text"`
}

// Verdict is what Verify found.
type Verdict struct {
	Exit    int    `json:"exit"`    // 0, 1, 3 or 4
	Result  string `json:"result"`  // MATCHES, DOES NOT MATCH or COULD NOT CHECK
	Summary string `json:"summary"` // one sentence
	Advice  string `json:"advice"`  // what to do
	// SelfConsistent: everything that needs no policy holds.
	SelfConsistent bool            `json:"self_consistent"`
	SHA256         string          `json:"sha256"`         // of the ZIP; "" when it could not be read
	Exhibit        string          `json:"exhibit"`        // "" when not known
	CheckCode      string          `json:"check_code"`     // ""
	Origin         string          `json:"origin"`         // ""
	Case           string          `json:"case"`           // the chain; ""
	Events         uint64          `json:"events"`         // in the chain, the export included; 0 when not known
	Disclosed      int             `json:"disclosed"`      // events with anything open, the export not counted
	Tree           uint64          `json:"tree"`           // entries of the tree that the checkpoint is of; 0 when not known
	Assurance      *tlog.Assurance `json:"assurance"`      // null unless the policy accepts the checkpoint
	AssuranceText  string          `json:"assurance_text"` // ""
	Checks         []Check         `json:"checks"`
	Warnings       []string        `json:"warnings"`
}

// firstFailure returns the text of the first check that failed or was not
// done.
func (v *Verdict) firstFailure() string {
	for _, c := range v.Checks {
		if c.Outcome != Passed {
			return c.Name + ": " + c.Text
		}
	}
	return "no check failed"
}

// conclude sets what follows from the checks.
func (v *Verdict) conclude(invalid, version, unknown, noPolicy bool) {
	switch {
	case invalid:
		v.Exit, v.Result = ExitInvalid, "DOES NOT MATCH"
		v.Summary = "Something in this bundle is not as the ledger recorded it, or this is not a bundle."
		v.Advice = "Do not rely on it. Keep the file, write down how it reached you, and ask the service for it again."
	case version:
		v.Exit, v.Result = ExitVersion, "COULD NOT CHECK"
		v.Summary = "This bundle is of a form that this program does not know."
		v.Advice = "Get a newer verifier from the service and try again."
	case unknown:
		v.Exit, v.Result = ExitUnknown, "COULD NOT CHECK"
		v.Summary = "This bundle could not be read to its end, or is larger than this program reads."
		v.Advice = "Copy the file again and try on another computer. If that does not help, ask the service."
	case noPolicy:
		v.Exit, v.Result = ExitUnknown, "COULD NOT CHECK"
		v.Summary = "The bundle is self-consistent, issuer unknown: its parts fit together, but nothing shows who made it."
		v.Advice = "Get the policy from the service, by another way than this bundle came, and try again with --policy."
	default:
		v.Exit, v.Result = ExitValid, "MATCHES"
		v.Summary = "The bundle is what the ledger recorded, and no event of the case before it was left out."
		v.Advice = "Keep the file as it is, with this answer. Work from copies."
	}
}

// Format writes the verdict for people: first the answer and what to do, then
// what it rests on.
func (v *Verdict) Format(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n%s\n", v.Result, v.Summary, v.Advice)
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-15s %s\n", label, value)
		}
	}
	b.WriteByte('\n')
	line("Exhibit", v.Exhibit)
	line("Case", v.Case)
	line("Ledger", v.Origin)
	line("Check code", v.CheckCode)
	line("File (SHA-256)", v.SHA256)
	if v.Events > 0 {
		line("Events", fmt.Sprintf("%d in the case with this export, %d disclosed", v.Events, v.Disclosed))
	}
	line("Assurance", v.AssuranceText)
	b.WriteString("\nChecks\n")
	for _, c := range v.Checks {
		fmt.Fprintf(&b, "  %-8s %-12s %s\n", c.Outcome, c.Name, c.Text)
	}
	if len(v.Warnings) > 0 {
		b.WriteString("\nWarnings\n")
		for _, t := range v.Warnings {
			fmt.Fprintf(&b, "  %s\n", t)
		}
	}
	b.WriteString("\nNo check can show that what was written is true, nor that something was never written.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// chainName returns the chain for a verdict, "" when it is not known.
func chainName(c events.Chain) string {
	if c == (events.Chain{}) {
		return ""
	}
	return c.String()
}
