package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"caseledger/events"
	"caseledger/evidence"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

func (a *app) disclosureCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "disclosure",
		Short: "Take a request for disclosure from step to step",
		Long: `Take a request for disclosure from step to step: request, decide, tell, propose
and close, draft, approve, then "caseledger export", then hand-over. Every step
is an event of the case. None can be left out, and who decided, read or closed
cannot be the second person: a refusal names the step that is missing.

The file of a step is a JSON object; docs/CLI-JSON.md says what each holds. It
may say "occurred", when that was not just now, and "made".`,
		Example: `  caseledger disclosure request --case 7c1e… --actor staff-02 --file request.json
  caseledger disclosure status --case 7c1e… --request 64`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.stepCommand(ops.TakeRequest, "Record what was asked for, by whom, under which power and why",
			`Record a request: kind, officer, force, reference, received, due, from, to, what,
line_of_enquiry, necessary, notice, counselling and form, as the event
disclosure.requested has them.`),
		a.stepCommand(ops.TakeDecide, "Record a manager's decision: each legal test with reasons, and the scope",
			`Record a decision: decision (full, part, refused), tests, advice, advice_from,
consulted, from, to and kinds. The actor is a manager, as staff.recorded says.
Every test that the kind of request asks for has an answer with reasons. The
recipient gets these words: nothing that is closed stands in them. A later
decision takes the place of an earlier one; words are then read again.`),
		a.stepCommand(ops.TakeTell, "Record how the client was told, in a way agreed with safe contact first",
			`Record how the client was told: answer (yes, no, not-safe), on, channel,
safe_contact (the safe-contact.set it was agreed under) and views.`),
		a.proposeCommand(),
		a.stepCommand(ops.TakeClose, "Record which words are closed, and what became of every proposal",
			`Record the reading: read_to (the case's last event that was read), closings, as
  {"seq":5,"path":"/data/statements/0/text","from":3,"to":7,"code":"A"}
with words counted from 0, both ends included; without "from" and "to" a whole
value, or all that stands in a statement, without "path" the whole event; and
proposals, each with its outcome: closed, or open with a reason. Codes: A
whereabouts, P third party, X another client, S outside the request, L legal
privilege, C counselling, M another agency's, K staff safety.
"caseledger disclosure propose --out" writes a file to begin with.`),
		a.draftCommand(), a.approveCommand(), a.statusCommand(), a.handOverCommand(),
	)
	return cmd
}

// requestFlags are those of every command on one request.
type requestFlags struct {
	chain, actor string
	request      uint64
}

func (r *requestFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.chain, "case", "", "the case's `number`")
	cmd.Flags().Uint64Var(&r.request, "request", 0, "the `seq` of the request in its case")
}

func (r *requestFlags) addActor(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.actor, "actor", "", "`who` takes the step: a staff number")
}

func (r *requestFlags) read(cmd *cobra.Command, needed ...string) (ops.OfRequest, error) {
	if err := required(cmd, append([]string{"case", "request"}, needed...)...); err != nil {
		return ops.OfRequest{}, err
	}
	c, err := parseCase(r.chain)
	if err == nil && r.request == 0 {
		err = usageError("--request counts events from 1")
	}
	return ops.OfRequest{Case: c, Request: r.request, Actor: r.actor}, err
}

// stepCommand is the command of a step of which a file says all.
func (a *app) stepCommand(step, short, long string) *cobra.Command {
	var of requestFlags
	var file string
	use := step + " --case ID --request SEQ --actor A --file " + step + ".json"
	if step == ops.TakeRequest {
		use = strings.Replace(use, " --request SEQ", "", 1)
	}
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: cobra.NoArgs}
	of.add(cmd)
	of.addActor(cmd)
	cmd.Flags().StringVar(&file, "file", "", "the `file` of the step; - is standard input")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		call := ops.TakeStep{Step: step}
		if step == ops.TakeRequest {
			if err := required(cmd, "case", "actor", "file"); err != nil {
				return err
			}
			c, err := parseCase(of.chain)
			if err != nil {
				return err
			}
			call.Case = c
		} else {
			r, err := of.read(cmd, "actor", "file")
			if err != nil {
				return err
			}
			call.Case, call.Request = r.Case, r.Request
		}
		call.Actor = of.actor
		return a.take(cmd, args, call, file)
	})
	return cmd
}

// take records a step with its file.
func (a *app) take(cmd *cobra.Command, args []string, call ops.TakeStep, file string) (err error) {
	if call.File, err = a.readFile(file, evidence.MaxInput); err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	return a.on(func(ctx context.Context, l ops.Ledger) error {
		r, err := l.TakeStep(ctx, call)
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) { printTaken(w, &r) })
	})(cmd, args)
}

func printTaken(w io.Writer, r *ops.StepTaken) {
	fmt.Fprintf(w, "recorded event %d of case %s: %s\n", r.Seq, r.Case, r.Type)
	if r.Type == "disclosure.requested" {
		fmt.Fprintf(w, "the request is event %d: --request %d from here on\n", r.Seq, r.Seq)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintln(w, "WARNING:", warning)
	}
	printLeft(w, r.Left)
	printNext(w, r.Next, r.Why)
}

func printNext(w io.Writer, next, why string) {
	if next == "" {
		fmt.Fprintln(w, "nothing is missing")
		return
	}
	fmt.Fprintf(w, "next: %s: %s\n", next, why)
}

// printLeft says what stays open and resembles a whereabouts entry.
func printLeft(w io.Writer, left []ops.Left) {
	if len(left) == 0 {
		return
	}
	stay := "places stay"
	if len(left) == 1 {
		stay = "place stays"
	}
	fmt.Fprintf(w, "\n%d %s open that resemble a whereabouts entry. Read them once more:\n", len(left), stay)
	t := newTable(w, "Event", "Path", "Words", "Match", "Of")
	for _, x := range left {
		t.AppendRow([]any{x.Seq, x.Path, spanOf(x.From, x.To), x.Match, ofEntry(x.Of, x.OfSeq)})
	}
	t.print()
	fmt.Fprintln(w)
}

func spanOf(from, to *int) string {
	switch {
	case from == nil || to == nil:
		return "all"
	case *from == *to:
		return fmt.Sprint(*from)
	}
	return fmt.Sprintf("%d–%d", *from, *to)
}

func ofEntry(kind string, seq uint64) string {
	if seq == 0 {
		return kind
	}
	return fmt.Sprintf("%s, event %d", kind, seq)
}

func (a *app) proposeCommand() *cobra.Command {
	var of requestFlags
	var out string
	var force bool
	cmd := &cobra.Command{
		Use:   "propose --case ID --request SEQ [--actor STAFF] [--out words.json]",
		Short: "List the words that somebody must decide on before they are closed",
		Long: `List every place in scope that resembles an address, school, workplace, place,
telephone number or another entry of the case's whereabouts list, whatever an
earlier decision closed, and entries that are a Marac's or another agency's. They are proposals: a person decides each. The words
are shown to who asks. With --out, also write the file for "disclosure close",
with no word of the case in it: add an outcome to each proposal, and what else
is to be closed.`,
		Args: cobra.NoArgs,
	}
	of.add(cmd)
	cmd.Flags().StringVar(&of.actor, "actor", "", lookingAs)
	cmd.Flags().StringVar(&out, "out", "", "the `file` to write")
	cmd.Flags().BoolVar(&force, "force", false, "replace the file when it exists")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		r, err := of.read(cmd)
		if err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			p, err := l.Proposals(ctx, r)
			if err != nil {
				return err
			}
			if out != "" {
				if err := writeWords(out, force, &p); err != nil {
					return fmt.Errorf("--out: %w", err)
				}
			}
			return a.print(p, func(w io.Writer) { printProposals(w, &p, out) })
		})(cmd, args)
	})
	return cmd
}

// wordsLine is a proposal as it stands in the file for who decides.
type wordsLine struct {
	Seq       uint64         `json:"seq"`
	Path      string         `json:"path"`
	From      *int           `json:"from"`
	To        *int           `json:"to"`
	Leaf      uint64         `json:"leaf"`
	Leaves    uint64         `json:"leaves"`
	Code      string         `json:"code"`
	Match     string         `json:"match"`
	Of        string         `json:"of"`
	OfSeq     uint64         `json:"of_seq"`
	Suggested string         `json:"suggested"`
	Outcome   string         `json:"outcome"`
	Reason    *schemas.Prose `json:"reason"`
}

func writeWords(out string, force bool, p *ops.Proposals) error {
	file := struct {
		Case      events.Chain `json:"case"`
		Request   uint64       `json:"request"`
		ReadTo    uint64       `json:"read_to"`
		Events    []uint64     `json:"events"`
		Closings  []struct{}   `json:"closings"`
		Proposals []wordsLine  `json:"proposals"`
	}{p.Case, p.Request, p.ReadTo, p.Events, []struct{}{}, []wordsLine{}}
	for _, x := range p.Proposals {
		file.Proposals = append(file.Proposals, wordsLine{Seq: x.Seq, Path: x.Path, From: x.From, To: x.To, Leaf: x.Leaf, Leaves: x.Leaves, Code: x.Code,
			Match: x.Match, Of: x.Of, OfSeq: x.OfSeq, Suggested: x.Suggested})
	}
	return writeJSON(out, force, file)
}

// writeJSON writes a file whole.
func writeJSON(name string, force bool, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	f, err := datadir.CreateFile(name, force)
	if err != nil {
		return err
	}
	if _, err := f.Write(b.Bytes()); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}

func printProposals(w io.Writer, p *ops.Proposals, out string) {
	fmt.Fprintf(w, "Request %d of case %s: read events %s; the case ends at event %d.\n", p.Request, p.Case, seqList(p.Events), p.ReadTo)
	if len(p.Proposals) == 0 {
		fmt.Fprintln(w, "Nothing in them resembles an entry of the whereabouts list. Read them all the same.")
	} else {
		fmt.Fprintf(w, "%s, each to be decided by a person:\n\n", plural(len(p.Proposals), "proposal"))
		t := newTable(w, "Event", "Path", "Words", "Code", "Match", "Of", "Before", "What would be closed")
		for _, x := range p.Proposals {
			t.AppendRow([]any{x.Seq, cmp.Or(x.Path, "(the entry)"), spanOf(x.From, x.To), x.Code, x.Match, ofEntry(x.Of, x.OfSeq), x.Suggested, oneLine(x.Words)})
		}
		t.print()
	}
	if out != "" {
		fmt.Fprintf(w, "\nWrite the outcomes, and what else is closed, into %s; then: caseledger disclosure close\n", out)
	}
}

// oneLine shortens words to what fits a table, without what would move the
// cursor.
func oneLine(s string) string {
	const most = 48
	runes := []rune(strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}

// draftCover is the name of the file that says what a draft is of.
const draftCover = "draft.json"

func (a *app) draftCommand() *cobra.Command {
	var of requestFlags
	var out string
	var plain bool
	cmd := &cobra.Command{
		Use:   "draft --case ID --request SEQ --out DIR [--actor STAFF]",
		Short: "Write what an export would hold now, marked as a draft; record nothing",
		Long: `Write the files that an export would hold now into a new directory, marked as a
draft on every page. Nothing is recorded, no exhibit reference is used, and
nothing in it can be checked as evidence: it is for the second person to read. An
export makes the approved draft again and holds it to what was approved.`,
		Args: cobra.NoArgs,
	}
	of.add(cmd)
	cmd.Flags().StringVar(&of.actor, "actor", "", lookingAs)
	cmd.Flags().StringVar(&out, "out", "", "the `directory` to make")
	cmd.Flags().BoolVar(&plain, "no-pdf", false, "leave the PDF files out")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		r, err := of.read(cmd, "out")
		if err != nil {
			return err
		}
		r.Plain = plain
		if _, err := os.Lstat(out); err == nil {
			return fmt.Errorf("%s: %w", out, fs.ErrExist)
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			d, err := l.Draft(ctx, r)
			if err != nil {
				return err
			}
			if err := writeDraft(out, &d); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			d.Out = out
			for i := range d.Files {
				d.Files[i].Data = nil // they lie in the directory
			}
			return a.print(d, func(w io.Writer) { printDraft(w, &d) })
		})(cmd, args)
	})
	return cmd
}

// writeDraft makes the directory of a draft.
func writeDraft(out string, d *ops.Draft) error {
	if err := os.Mkdir(out, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(out)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range d.Files {
		name := filepath.FromSlash(f.Name)
		if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := root.WriteFile(name, f.Data, 0o600); err != nil {
			return err
		}
	}
	return writeJSON(filepath.Join(out, draftCover), false, d.Sheet)
}

// readDraft reads the cover of a draft and makes sure that its files are those
// that it was made with.
func (a *app) readDraft(dir string) (*ops.DraftSheet, error) {
	raw, err := a.readFile(filepath.Join(dir, draftCover), evidence.MaxInput)
	if err != nil {
		return nil, err
	}
	var d ops.DraftSheet
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if dec.Decode(&d) != nil {
		return nil, ops.Inputf("%s is not that of a draft", draftCover)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var names []string
	err = fs.WalkDir(root.FS(), "data", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	manifest := sha256.New()
	for _, name := range names {
		f, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		fmt.Fprintf(manifest, "%x  %s\n", h.Sum(nil), name)
	}
	if events.Hash(manifest.Sum(nil)) != d.Manifest {
		return nil, ops.Inputf("the files of the draft are not those that it was made with: make another draft and read that")
	}
	return &d, nil
}

func printDraft(w io.Writer, d *ops.Draft) {
	t := newTable(w)
	t.AppendRow([]any{"draft", d.Out})
	t.AppendRow([]any{"of", fmt.Sprintf("decision %d on request %d, case up to event %d", d.Sheet.Decision, d.Sheet.Request, d.Sheet.ReadTo)})
	t.AppendRow([]any{"events", fmt.Sprintf("%d in full, %d in part, %d withheld", d.Full, d.Part, d.Withheld)})
	t.AppendRow([]any{"attachments", d.Attachments})
	t.AppendRow([]any{"pages", d.Sheet.Pages})
	t.AppendRow([]any{"manifest", d.Sheet.Manifest})
	t.print()
	for i := range d.Inspections {
		fmt.Fprintf(w, "\nThe file of event %d goes out as it is. What it says about itself:\n", d.Inspections[i].Seq)
		printInspection(w, &d.Inspections[i])
	}
	printLooks(w, d.Undated, d.UndatedOut, d.Warnings)
	printLeft(w, d.Left)
	fmt.Fprintln(w, "\nNothing was recorded.")
	printNext(w, d.Next, d.Why)
}

func (a *app) approveCommand() *cobra.Command {
	var of requestFlags
	var file, draft string
	cmd := &cobra.Command{
		Use:   "approve --case ID --request SEQ --actor A --file approve.json --draft DIR",
		Short: "Record that a second person has read the draft, page by page",
		Long: `Record the second person's answer: approved, pages (how many of the draft were
read) and reasons (when it is sent back). The second person is nobody who
decided, read or recorded the decision. The draft must be one of the last
decision, its files unchanged.`,
		Args: cobra.NoArgs,
	}
	of.add(cmd)
	of.addActor(cmd)
	cmd.Flags().StringVar(&file, "file", "", "the `file` of the step; - is standard input")
	cmd.Flags().StringVar(&draft, "draft", "", "the `directory` of the draft that was read")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		r, err := of.read(cmd, "actor", "file")
		if err != nil {
			return err
		}
		call := ops.TakeStep{Case: r.Case, Request: r.Request, Step: ops.TakeApprove, Actor: of.actor}
		if draft != "" {
			if call.Draft, err = a.readDraft(draft); err != nil {
				return fmt.Errorf("--draft: %w", err)
			}
		}
		return a.take(cmd, args, call, file)
	})
	return cmd
}

func (a *app) statusCommand() *cobra.Command {
	var of requestFlags
	cmd := &cobra.Command{
		Use:   "status --case ID --request SEQ [--actor STAFF]",
		Short: "Show how far a request has come, and which step is missing",
		Args:  cobra.NoArgs,
	}
	of.add(cmd)
	cmd.Flags().StringVar(&of.actor, "actor", "", lookingAs)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		r, err := of.read(cmd)
		if err != nil {
			return err
		}
		return a.onServed(func(ctx context.Context, l ops.Served) error {
			d, err := l.Disclosure(ctx, r)
			if err != nil {
				return err
			}
			return a.print(d, func(w io.Writer) { printDisclosure(w, &d) })
		})(cmd, args)
	})
	return cmd
}

func printDisclosure(w io.Writer, d *ops.Disclosure) {
	fmt.Fprintf(w, "Request %d of case %s: %s, %s, %s", d.Request, d.Case, d.Kind, d.Force, d.Reference)
	if d.Due != "" {
		fmt.Fprintf(w, ", due %s", d.Due)
	}
	fmt.Fprint(w, "\n\n")
	t := newTable(w, "Step", "Event", "By", "Recorded")
	for _, s := range d.Steps {
		if s.Seq == 0 {
			t.AppendRow([]any{s.Step, "–", "", ""})
		} else {
			t.AppendRow([]any{s.Step, s.Seq, s.By, s.At.String()[:16] + "Z"})
		}
	}
	t.print()
	for _, x := range d.Exports {
		fmt.Fprintf(w, "\nexhibit %s: event %d, by %s, %s", x.Exhibit, x.Seq, x.By, plural(len(x.Receipts), "receipt"))
	}
	fmt.Fprintln(w)
	for _, alert := range d.Alerts {
		fmt.Fprintln(w, "ALERT:", alert)
	}
	printNext(w, d.Next, d.Why)
}

func (a *app) handOverCommand() *cobra.Command {
	var of requestFlags
	var file, bundle, sum string
	var export uint64
	cmd := &cobra.Command{
		Use:   "hand-over --case ID --request SEQ --export SEQ --actor A --file receipt.json --bundle bundle.zip",
		Short: "Record who has the bundle now, and every hand it passed through",
		Long: `Record the hand-over: recipient, received, how, code_given (by which other way
the SHA-256 was told), hands and reference. The bundle is looked at: it must be
the one of that export. Where only a sealed copy was kept, give the SHA-256 that
the export printed.`,
		Args: cobra.NoArgs,
	}
	of.add(cmd)
	of.addActor(cmd)
	cmd.Flags().StringVar(&file, "file", "", "the `file` of the step; - is standard input")
	cmd.Flags().Uint64Var(&export, "export", 0, "the `seq` of the export")
	cmd.Flags().StringVar(&bundle, "bundle", "", "the `file` that was handed over")
	cmd.Flags().StringVar(&sum, "sha256", "", "its SHA-256, `64 hex digits`, instead of the file")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		r, err := of.read(cmd, "actor", "file", "export")
		if err != nil {
			return err
		}
		call := ops.TakeStep{Case: r.Case, Request: r.Request, Step: ops.TakeHandOver, Actor: of.actor, Export: export}
		switch {
		case (bundle == "") == (sum == ""):
			return usageError("give either --bundle or --sha256")
		case sum != "":
			h, err := events.ParseHash(sum)
			if err != nil {
				return usageError("--sha256 must be 64 lower-case hex digits")
			}
			call.SHA256 = &h
		default:
			v, err := evidence.VerifyFile(bundle, nil, schemas.Default())
			if err != nil {
				return fmt.Errorf("--bundle: %w", err)
			}
			h, err := events.ParseHash(v.SHA256)
			if err != nil || !v.SelfConsistent || v.Case != r.Case.String() || v.Events != export {
				return fmt.Errorf("--bundle: %w", ops.As(events.ErrBroken, errors.New("this is not the bundle of that export")))
			}
			call.SHA256 = &h
		}
		return a.take(cmd, args, call, file)
	})
	return cmd
}
