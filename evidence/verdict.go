package evidence

import (
	"fmt"
	"io"
	"strings"
	"unicode"

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

// Cause says why a verdict is what it is, for programs and for the words that
// people are told.
type Cause string

// The causes. Where several are true, a verdict has the first of not-a-bundle,
// not-signed, altered, version, too-large, unread, policy, no-policy.
const (
	CauseNone      Cause = ""             // it matches
	CauseNotBundle Cause = "not-a-bundle" // the file alone: no bundle, or no longer the one that was made
	CauseAltered   Cause = "altered"      // a bundle of which something does not hold
	CauseNotSigned Cause = "not-signed"   // everything fits, but not those whom the policy names signed it
	CauseVersion   Cause = "version"      // of a version of the format that this program does not know
	CauseTooLarge  Cause = "too-large"    // over a limit of this program
	CauseUnread    Cause = "unread"       // the file cannot be read, or not to its end
	CausePolicy    Cause = "policy"       // what was given as the policy is none
	CauseNoPolicy  Cause = "no-policy"    // none was given
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
	Cause   Cause  `json:"cause"`   // "" when it matches
	Summary string `json:"summary"` // what it means: a sentence or two
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

	large bool // a check ended at a limit
}

// The results.
const (
	resultMatches = "MATCHES"
	resultDiffers = "DOES NOT MATCH"
	resultUnknown = "COULD NOT CHECK"
)

// causes gives each cause its exit code, its result, and what people are told:
// what it means, and what to do. The words fit the command and the page.
var causes = map[Cause]struct {
	exit                    int
	result, summary, advice string
}{
	CauseNone: {ExitValid, resultMatches,
		"The bundle is what the ledger recorded, and no event of the case before it was left out.",
		"Keep the file as it is, with this answer. Work from copies."},
	CauseNotBundle: {ExitInvalid, resultDiffers,
		"This file is not an evidence bundle as it left the service. It was damaged, changed or packed again, or it is another file.",
		"Use the ZIP file as it was given to you, never one that was unpacked and packed again. If this is that file, do not rely on it: keep it, write down how it reached you, and ask the service for it again."},
	CauseAltered: {ExitInvalid, resultDiffers,
		"Something in this bundle is not as the ledger recorded it.",
		"Do not rely on it. Keep the file, write down how it reached you, and ask the service for it again."},
	CauseNotSigned: {ExitInvalid, resultDiffers,
		"The parts of this bundle fit together, but it is not signed as the policy asks.",
		"Make sure that the policy is the one of the service that the bundle is said to come from. If it is, do not rely on the bundle: keep it, write down how it reached you, and ask the service."},
	CauseVersion: {ExitVersion, resultUnknown,
		"This bundle is of a form that this program does not know. That is no sign of a change, and no sign that there is none.",
		"Get a newer verifier from the service and try again."},
	CauseTooLarge: {ExitUnknown, resultUnknown,
		"This bundle is larger than this program reads. That is no sign of a change, and no sign that there is none.",
		"Ask the service for the same material in several smaller bundles."},
	CauseUnread: {ExitUnknown, resultUnknown,
		"The file could not be read. That is no sign of a change, and no sign that there is none.",
		"Copy the file again and try on another computer. If that does not help, ask the service."},
	CausePolicy: {ExitUnknown, resultUnknown,
		"The parts of this bundle fit together, but what was given as the policy is none, so nothing shows who made it (self-consistent, issuer unknown).",
		"Make sure that you chose the policy, a small text file. Get it from the service, by another way than this bundle came, and try again."},
	CauseNoPolicy: {ExitUnknown, resultUnknown,
		"The parts of this bundle fit together, but without a policy nothing shows who made it (self-consistent, issuer unknown).",
		"Get the policy from the service, by another way than this bundle came, and try again with the bundle and the policy."},
}

// because sets everything that follows from a cause.
func (v *Verdict) because(c Cause) {
	w := causes[c]
	v.Cause, v.Exit, v.Result, v.Summary, v.Advice = c, w.exit, w.result, w.summary, w.advice
}

// Unread is the verdict on a file that could not even be opened. The reason
// may name the file, never what it holds.
func Unread(reason string) Verdict {
	v := Verdict{Checks: []Check{{"file", NotDone, shown(reason)}}, Warnings: []string{}}
	v.because(CauseUnread)
	return v
}

// UnusablePolicy makes a verdict that was reached without a policy say that
// one was given and why it was not used. What is wrong stays wrong.
func (v *Verdict) UnusablePolicy(reason string) {
	for i := range v.Checks {
		if c := &v.Checks[i]; c.Text == errNoPolicy.Error() {
			c.Text = shown(reason)
		}
	}
	if v.Cause == CauseNoPolicy {
		v.because(CausePolicy)
	}
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

// shown keeps the name of a file from acting on a terminal.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// conclude sets what follows from the checks.
func (v *Verdict) conclude(invalid, version, unknown, noPolicy bool) {
	switch {
	case invalid && v.failedOnly("file"):
		v.because(CauseNotBundle)
	case invalid && v.failedOnly("signature"):
		v.because(CauseNotSigned)
	case invalid:
		v.because(CauseAltered)
	case version:
		v.because(CauseVersion)
	case unknown && v.large:
		v.because(CauseTooLarge)
	case unknown:
		v.because(CauseUnread)
	case noPolicy:
		v.because(CauseNoPolicy)
	default:
		v.because(CauseNone)
	}
}

// failedOnly reports whether this check alone failed; what needs its answer
// was then not done.
func (v *Verdict) failedOnly(name string) bool {
	for _, c := range v.Checks {
		if (c.Outcome == Failed) != (c.Name == name) {
			return false
		}
	}
	return true
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
