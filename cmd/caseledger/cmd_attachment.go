package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/oklog/ulid/v2"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"caseledger/events"
	"caseledger/internal/blobs"
	"caseledger/internal/cases"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
)

func (a *app) attachmentCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "attachment",
		Short: "Keep files with a case, and give them out again",
		Long: `Files that belong to a case: the clip of a doorbell, a letter, a screenshot.
Their bytes are sealed under the case's key and kept twice, before the event
that names them is recorded; nothing here ever decodes them.`,
	}
	cmd.AddCommand(a.attachmentAddCommand(), a.attachmentListCommand(), a.attachmentExportCommand(), a.attachmentReportCommand(), a.attachmentScrubCommand())
	return cmd
}

func (a *app) attachmentAddCommand() *cobra.Command {
	var chain, actor, file, facts, id string
	var exhibit bool
	var expect uint64
	cmd := &cobra.Command{
		Use:   "add --case ID --actor A --file clip.mp4 --facts facts.json [--exhibit]",
		Short: "Keep a file and record it",
		Long: `Keep the bytes of a file, up to 2 GiB, and record it as attachment.added. The
facts are a JSON object with "occurred" and "data", as of that event, without
"exhibit", "sha256", "size" and "stored", which follow from the file.

With --exhibit it gets the next exhibit reference of the actor. A changed copy
of another attachment (one with "derived_from") is an exhibit of its own and
always gets one: a picture with faces covered is recorded beside the original
and never takes its place.

With --id the command may be sent again until it succeeds.`,
		Example: "  caseledger attachment add --case 7c1e… --actor staff-07 --file clip.mp4 --facts facts.json --exhibit",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&chain, "case", "", "the case's `number`")
	cmd.Flags().StringVar(&actor, "actor", "", "`who` records it: a staff number")
	cmd.Flags().StringVar(&file, "file", "", "the `file` to keep; - is standard input")
	cmd.Flags().StringVar(&facts, "facts", "", "the `file` that says what it is")
	cmd.Flags().StringVar(&id, "id", "", "the event's `ULID` (default: a fresh one)")
	cmd.Flags().Uint64Var(&expect, "expect", 0, "the case's last event that was `seen`")
	cmd.Flags().BoolVar(&exhibit, "exhibit", false, "give it an exhibit reference")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "case", "actor", "file", "facts"); err != nil {
			return err
		}
		c, err := parseCase(chain)
		if err != nil {
			return err
		}
		call := ops.Attach{Case: c, Actor: actor, Expect: expect, Exhibit: exhibit}
		if cmd.Flags().Changed("id") {
			i, err := events.ParseID(id)
			if err != nil || i == (ulid.ULID{}) {
				return usageError("--id must be a ULID: 26 upper-case characters, not all zero")
			}
			call.ID = &i
		}
		if cmd.Flags().Changed("expect") && expect == 0 {
			return usageError("--expect counts events from 1")
		}
		if facts == "-" {
			return usageError("--facts must be a file")
		}
		object, err := a.readFile(facts, cases.MaxLine)
		if err != nil {
			return fmt.Errorf("--facts: %w", err)
		}
		of := cases.Command{Type: typeAttachment, Actor: actor}
		if err := cases.ParseFile(object, &of); err != nil {
			return err
		}
		call.Occurred, call.Data = of.Occurred, of.Data
		in, size, err := a.attachmentFile(file)
		if err != nil {
			return fmt.Errorf("--file: %w", err)
		}
		defer in.Close()
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			var from io.Reader = in
			if bar := a.bar("keeping", size, progressbar.OptionShowBytes(true)); bar != nil {
				from = io.TeeReader(in, bar)
				defer func() { _ = bar.Finish() }()
			}
			r, err := l.Attach(ctx, call, from)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				t := newTable(w)
				t.AppendRows([]table.Row{
					{"recorded as", fmt.Sprintf("event %d", r.Seq)}, {"case", r.Case}, {"exhibit", orDash(r.Exhibit)},
					{"bytes", r.Size}, {"SHA-256", r.SHA256}, {"sealed as", r.Stored},
				})
				t.print()
			})
		})(cmd, args)
	})
	return cmd
}

// attachmentFile opens a file to be kept and returns its length, -1 when that
// is not known. One that is too long is refused before it is read.
func (a *app) attachmentFile(name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(a.stdin), -1, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, 0, errors.Join(err, f.Close())
	case info.IsDir():
		return nil, 0, errors.Join(ops.Inputf("is a directory"), f.Close())
	case info.Mode().IsRegular() && info.Size() > blobs.MaxSize:
		return nil, 0, errors.Join(fmt.Errorf("the file is longer than 2 GiB: %w", events.ErrTooLarge), f.Close())
	case !info.Mode().IsRegular():
		return f, -1, nil
	}
	return f, info.Size(), nil
}

func (a *app) attachmentListCommand() *cobra.Command {
	var chain, actor string
	cmd := &cobra.Command{
		Use:     "list --case ID [--actor STAFF]",
		Short:   "List the files of a case",
		Example: "  caseledger attachment list --case 7c1e…",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&chain, "case", "", "the case's `number`")
	cmd.Flags().StringVar(&actor, "actor", "", lookingAs)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "case"); err != nil {
			return err
		}
		c, err := parseCase(chain)
		if err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			r, err := l.Attachments(ctx, ops.AttachmentsOf{Case: c, Actor: actor})
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) {
				if len(r.Attachments) == 0 {
					fmt.Fprintln(w, "No attachments.")
					return
				}
				t := newTable(w, "Event", "Exhibit", "Kind", "Bytes", "Kept", "Copy of", "Name")
				for _, x := range r.Attachments {
					of := ""
					if x.DerivedFrom != nil {
						of = fmt.Sprintf("event %d", *x.DerivedFrom)
					}
					t.AppendRow([]any{x.Seq, orDash(x.Exhibit), x.Kind, x.Size, yes(x.Kept, "yes"), of, onScreen(x.Name)})
				}
				t.print()
			})
		})(cmd, args)
	})
	return cmd
}

// attachmentOf adds the flags that name an attachment, and returns what reads
// them.
func attachmentOf(cmd *cobra.Command) func() (ops.AttachmentOf, error) {
	chain := cmd.Flags().String("case", "", "the case's `number`")
	actor := cmd.Flags().String("actor", "", lookingAs)
	seq := cmd.Flags().Uint64("seq", 0, "the attachment's `place` in the case, from 1")
	return func() (ops.AttachmentOf, error) {
		if err := required(cmd, "case", "seq"); err != nil {
			return ops.AttachmentOf{}, err
		}
		c, err := parseCase(*chain)
		if err == nil && *seq == 0 {
			err = usageError("--seq counts events from 1")
		}
		return ops.AttachmentOf{Case: c, Seq: *seq, Actor: *actor}, err
	}
}

func (a *app) attachmentExportCommand() *cobra.Command {
	var out string
	var force bool
	cmd := &cobra.Command{
		Use:     "export --case ID --seq N --out FILE [--actor STAFF]",
		Short:   "Write the original bytes of a file",
		Example: "  caseledger attachment export --case 7c1e… --seq 31 --out clip.mp4",
		Args:    cobra.NoArgs,
	}
	of := attachmentOf(cmd)
	cmd.Flags().StringVar(&out, "out", "", "the `file` to write")
	cmd.Flags().BoolVar(&force, "force", false, "replace the file when it exists")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		which, err := of()
		if err != nil {
			return err
		}
		if err := required(cmd, "out"); err != nil {
			return err
		}
		if _, err := os.Lstat(out); err == nil && !force {
			return fmt.Errorf("%s: %w (--force replaces it)", out, fs.ErrExist)
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			file, err := datadir.CreateFile(out, force)
			if err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			r, err := l.Fetch(ctx, which, file)
			if err != nil {
				return errors.Join(err, file.Discard())
			}
			if err := file.Commit(); err != nil {
				return fmt.Errorf("--out: %w", err)
			}
			return a.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%s of event %d\nSHA-256  %s\n", plural(r.Size, "byte"), r.Seq, r.SHA256)
			})
		})(cmd, args)
	})
	return cmd
}

func (a *app) attachmentReportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report --case ID --seq N [--actor STAFF]",
		Short: "Say what a file tells beside what it shows",
		Long: `Report what a file says about itself: where and when a picture was taken and
with what, who wrote a document, what a clip's recorder put down. What is
produced goes out with all of it. Read this before a file is approved: a place
in it cannot be closed, only the whole file.

The file is read by a process of its own that can open no file and no
connection. What is not looked into is said.`,
		Example: "  caseledger attachment report --case 7c1e… --seq 31",
		Args:    cobra.NoArgs,
	}
	of := attachmentOf(cmd)
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		which, err := of()
		if err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			r, err := l.Inspect(ctx, which)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { printInspection(w, &r) })
		})(cmd, args)
	})
	return cmd
}

func printInspection(w io.Writer, r *ops.Inspection) {
	places := 0
	if len(r.Tags) > 0 {
		t := newTable(w, "From", "Tag", "Value", "")
		for _, x := range r.Tags {
			if x.Place {
				places++
			}
			t.AppendRow([]any{x.Source, onScreen(x.Name), onScreen(x.Value), yes(x.Place, "MAY SHOW A PLACE")})
		}
		t.print()
		fmt.Fprintln(w)
	}
	switch {
	case r.Format == "" && len(r.Limits) > 0:
		fmt.Fprintln(w, "What this file tells about itself is not known.")
	case r.Format == "":
		fmt.Fprintln(w, "This is no kind of file that is looked into. What it tells about itself is not known.")
	case len(r.Tags) == 0:
		fmt.Fprintf(w, "%s: it says nothing about itself that was found.\n", r.Format)
	default:
		fmt.Fprintf(w, "%s: %s.\n", r.Format, plural(len(r.Tags), "tag"))
	}
	if places > 0 {
		fmt.Fprintf(w, "WARNING: %s may show where somebody can be found. It goes out with the file.\n", plural(places, "tag"))
	}
	for _, limit := range r.Limits {
		fmt.Fprintf(w, "Not looked at: %s.\n", limit)
	}
}

func (a *app) attachmentScrubCommand() *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:   "scrub [--remove]",
		Short: "Read both copies of every file, and mend what one has lost",
		Long: `Read both copies of every attachment of every case. What one copy has lost is
made anew from the other. Listed is what no event names: additions that were
broken off before they were recorded; --remove takes it away. Do not remove
while somebody adds a file: it is named by no event yet. Ends with 3 when an
attachment is lost.`,
		Example: "  caseledger attachment scrub",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "remove what no event names")
	cmd.RunE = a.on(func(ctx context.Context, l ops.Ledger) error {
		tell, done := a.progress("scrubbing")
		r, err := l.Scrub(ctx, remove, tell)
		done()
		if err != nil {
			return err
		}
		if err := a.print(r, func(w io.Writer) { printScrubbed(w, &r) }); err != nil {
			return err
		}
		if len(r.Lost) > 0 {
			return outcome(exitInvalid)
		}
		return nil
	})
	return cmd
}

func printScrubbed(w io.Writer, r *ops.Scrubbed) {
	t := newTable(w, "Copy", "Case", "Event", "")
	for _, x := range r.Restored {
		t.AppendRow([]any{x.Copy, x.Case, x.Seq, "made anew: " + x.Problem})
	}
	for _, x := range r.Lost {
		t.AppendRow([]any{x.Copy, x.Case, x.Seq, "LOST: " + x.Problem})
	}
	for _, x := range r.Orphans {
		t.AppendRow([]any{x.Copy, "", "", fmt.Sprintf("%s, %s: no event names it", x.Name, plural(x.Size, "byte"))})
	}
	if t.Length() > 0 {
		t.print()
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s kept, each twice. %d made anew, %d lost, %d without an event", plural(r.Attachments, "attachment"), len(r.Restored), len(r.Lost), len(r.Orphans))
	if r.Removed > 0 {
		fmt.Fprintf(w, " (%d removed)", r.Removed)
	}
	fmt.Fprintln(w, ".")
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return onScreen(*s)
}

// onScreen keeps a name that somebody else gave from acting on a terminal.
func onScreen(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
