package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"caseledger/events"
	"caseledger/internal/cases"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/spreadsheet"
)

// maxProblems is the number of problems of a sheet that are listed.
const maxProblems = 10_000

// imported is what an import of a sheet prints.
type imported struct {
	Kind     string                `json:"kind"`
	DryRun   bool                  `json:"dry_run"`
	Rows     int                   `json:"rows"`   // that are not blank
	Events   map[string]int        `json:"events"` // by type, of the rows that can be taken
	Cases    int                   `json:"cases"`  // that these are of
	Recorded int64                 `json:"recorded"`
	Present  int64                 `json:"present"` // recorded by an earlier run
	Refused  int                   `json:"refused"` // problems
	Unquoted int                   `json:"unquoted"`
	Checked  bool                  `json:"checked"`  // against the cases of the ledger
	Problems []spreadsheet.Problem `json:"problems"` // the first 10,000, by line
}

func (a *app) importCSVCommand() *cobra.Command {
	var file, kind, kept, keyFile, separator string
	var dryRun, columns bool
	o := spreadsheet.Options{}
	var names []string
	for _, k := range spreadsheet.Kinds() {
		names = append(names, k.Name)
	}
	cmd := &cobra.Command{
		Use:   "import-csv --kind K --file sheet.csv --actor STAFF --title WORDS [--dry-run]",
		Short: "Record the rows of a service's spreadsheet",
		Long: `Record the rows of a sheet, saved as CSV with a header. There is one kind of
sheet for each of ` + strings.Join(names, ", ") + `;
--columns prints the columns of one. Import the referrals first: they make the
cases.

Nothing is guessed. Dates are 2026-10-27; for dates with slashes --dates says
which number is the day. The encoding is UTF-8 unless --encoding says otherwise.
Words are kept as they stand, byte for byte.

With --dry-run nothing is recorded; it tells what would be, and every problem by
line and column. Without it rows that can be taken are recorded, the others
reported, and the command then ends with 1. Run it again after putting them
right: rows that were recorded are recognised, whatever else has changed in the
sheet.

A case is named by your own reference, which is turned into the ledger's number
under a secret key: spreadsheet-key in the secrets directory, made at the first
import. Keep it as long as there are sheets to import.`,
		Example: `  caseledger import-csv --kind contacts --columns
  caseledger import-csv --kind referrals --file referrals.csv --actor staff-01 --title "referral log 2024 to 2026" --dates dd/mm/yyyy --dry-run`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "file", "", "the `sheet`; - is standard input")
	flags.StringVar(&kind, "kind", "", "what its rows are: "+strings.Join(names, ", "))
	flags.StringVar(&o.Actor, "actor", "", "`who` imports it: a staff number")
	flags.StringVar(&o.Title, "title", "", "what the service calls these records; it stands in every `entry`")
	flags.StringVar(&kept, "kept", "", "whether the records themselves are kept: `yes` or no")
	flags.StringVar(&o.Dates, "dates", "", "how dates with slashes are meant: `dd/mm/yyyy` or mm/dd/yyyy")
	flags.StringVar(&o.Encoding, "encoding", spreadsheet.UTF8, "of the file: `utf-8` or windows-1252")
	flags.StringVar(&separator, "separator", ",", "of the columns: a comma, a semicolon or `tab`")
	flags.StringVar(&keyFile, "key", "", "the `file` of the key under which cases are numbered (default: spreadsheet-key in the secrets directory)")
	flags.BoolVar(&dryRun, "dry-run", false, "record nothing, tell what would be")
	flags.BoolVar(&columns, "columns", false, "print the columns of --kind and do nothing else")
	cmd.RunE = a.does(func(cmd *cobra.Command, _ []string) error {
		if err := required(cmd, "kind"); err != nil {
			return err
		}
		k, ok := spreadsheet.FindKind(kind)
		if !ok {
			return usageError("--kind must be one of " + strings.Join(names, ", "))
		}
		if columns {
			return a.print(k, func(w io.Writer) { printColumns(w, &k) })
		}
		if err := required(cmd, "file", "actor", "title"); err != nil {
			return err
		}
		switch separator {
		case ",", ";":
			o.Separator = separator[0]
		case "tab":
			o.Separator = '\t'
		default:
			return usageError("--separator must be , or ; or tab")
		}
		if kept != "" && kept != "yes" && kept != "no" {
			return usageError("--kept must be yes or no")
		}
		if kept != "" {
			yes := kept == "yes"
			o.Kept = &yes
		}
		if !dryRun {
			// Before a key is made: where there is no ledger nothing is.
			if _, err := datadir.Dir(a.data).Config(); err != nil {
				return err
			}
		}
		sheet, err := a.readFile(file, spreadsheet.MaxFile)
		if err != nil {
			return fmt.Errorf("--file: %w", err)
		}
		if o.Key, err = sheetKey(cmp.Or(keyFile, filepath.Join(a.secrets, "spreadsheet-key")), dryRun); err != nil {
			return err
		}
		s, err := spreadsheet.Read(sheet, kind, o)
		if err != nil {
			return ops.As(ops.ErrInput, err)
		}
		return a.importSheet(cmd.Context(), s, dryRun)
	})
	return cmd
}

// importSheet records what was read, or tells what would be.
func (a *app) importSheet(ctx context.Context, s *spreadsheet.Sheet, dryRun bool) (err error) {
	l, err := a.open(ctx)
	switch {
	case dryRun && errors.Is(err, datadir.ErrNoLedger):
		l = nil
	case err != nil:
		return err
	default:
		defer func() { err = errors.Join(err, l.Close()) }()
		if err := known(ctx, l, s); err != nil {
			return err
		}
	}
	if dryRun {
		if err := ahead(s, time.Now()); err != nil {
			return err
		}
	}
	r := imported{Kind: s.Kind, DryRun: dryRun, Rows: s.Rows, Events: map[string]int{}, Unquoted: s.Unquoted, Checked: l != nil, Problems: s.Problems}
	chains := map[events.Chain]bool{}
	for i := range s.Events {
		r.Events[s.Events[i].Type]++
		chains[s.Events[i].Case] = true
	}
	r.Cases = len(chains)
	var failed error
	if !dryRun {
		report, err := l.Import(ctx, lines(s.Events))
		failed = err
		r.Recorded, r.Present = report.Recorded, report.Present
		for _, refused := range report.Refusals {
			e := &s.Events[refused.Line-1]
			r.Problems = append(r.Problems, spreadsheet.Problem{Line: e.Line, Column: e.Column(refused.Pointer), Rule: refused.Rule})
		}
	}
	slices.SortStableFunc(r.Problems, func(a, b spreadsheet.Problem) int { return cmp.Compare(a.Line, b.Line) })
	r.Refused = len(r.Problems)
	r.Problems = r.Problems[:min(len(r.Problems), maxProblems)]
	printed := a.print(r, func(w io.Writer) { printImported(w, &r) })
	switch {
	case failed != nil || printed != nil:
		return errors.Join(failed, printed)
	case r.Refused > 0:
		return outcome(exitFailed)
	}
	return nil
}

// known makes a problem of every row whose case is not there and is not made
// by a row of its kind.
func known(ctx context.Context, l ops.Ledger, s *spreadsheet.Sheet) error {
	list, err := l.Caseload(ctx, "")
	if err != nil {
		return err
	}
	there := map[events.Chain]bool{}
	for i := range list.Cases {
		there[list.Cases[i].Case] = true
	}
	kept := []spreadsheet.Event{}
	for _, e := range s.Events {
		if e.Opens || there[e.Case] {
			kept = append(kept, e)
			continue
		}
		s.Problems = append(s.Problems, spreadsheet.Problem{Line: e.Line, Column: "case", Rule: "no such case in the ledger: import its referral first, under the same reference"})
	}
	s.Events = kept
	return nil
}

// ahead makes a problem of every event whose times lie ahead, which an import
// would refuse.
func ahead(s *spreadsheet.Sheet, now time.Time) error {
	kept := []spreadsheet.Event{}
	for _, e := range s.Events {
		err := cases.Ahead(e.ImportLine(), now)
		var rule *cases.RuleError
		switch {
		case err == nil:
			kept = append(kept, e)
		case errors.As(err, &rule):
			s.Problems = append(s.Problems, spreadsheet.Problem{Line: e.Line, Column: e.Column(rule.Pointer), Rule: rule.Rule})
		default:
			return err
		}
	}
	s.Events = kept
	return nil
}

// lines are events as an import reads them.
func lines(list []spreadsheet.Event) io.Reader {
	var b bytes.Buffer
	next := 0
	return readerFunc(func(p []byte) (int, error) {
		for b.Len() == 0 {
			if next == len(list) {
				return 0, io.EOF
			}
			b.Write(list[next].ImportLine())
			b.WriteByte('\n')
			next++
		}
		return b.Read(p)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// sheetKey reads the key of a file, or makes one. A dry run makes no file: the
// numbers that it works with are nobody's.
func sheetKey(name string, dryRun bool) (spreadsheet.Key, error) {
	var k spreadsheet.Key
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := rand.Read(k[:]); err != nil || dryRun {
			return k, err
		}
		return k, createSecret(name, spreadsheet.FormatKey(k))
	}
	if err != nil {
		return k, fmt.Errorf("--key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return k, fmt.Errorf("--key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return k, ops.Inputf("%s may be touched by others: make it 0600", name)
	}
	b, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return k, fmt.Errorf("--key: %w", err)
	}
	return spreadsheet.ParseKey(b)
}

// createSecret makes a file that is not there, durable before it returns.
func createSecret(name string, content []byte) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("--key: %w", err), os.Remove(name))
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func printColumns(w io.Writer, k *spreadsheet.Kind) {
	fmt.Fprintf(w, "%s\n\n", k.Doc)
	t := newTable(w, "Column", "", "What it holds")
	for _, c := range k.Columns {
		t.AppendRow([]any{c.Name, yes(c.Must, "must"), c.Doc})
	}
	t.print()
}

func printImported(w io.Writer, r *imported) {
	what := []string{}
	total := 0
	for _, typ := range slices.Sorted(maps.Keys(r.Events)) {
		what = append(what, fmt.Sprintf("%d %s", r.Events[typ], typ))
		total += r.Events[typ]
	}
	if r.DryRun {
		fmt.Fprintf(w, "Nothing was recorded. Of %s: %s in %s can be recorded, %s\n", plural(r.Rows, "row"), plural(total, "event"), plural(r.Cases, "case"), plural(r.Refused, "problem"))
	} else {
		fmt.Fprintf(w, "%s: %d recorded, %d already there, %s\n", plural(r.Rows, "row"), r.Recorded, r.Present, plural(r.Refused, "problem"))
	}
	if len(what) > 0 {
		fmt.Fprintf(w, "  %s\n", strings.Join(what, ", "))
	}
	if r.Unquoted > 0 {
		fmt.Fprintf(w, "  the quoting of formulas was taken from %s\n", plural(r.Unquoted, "cell"))
	}
	if !r.Checked {
		fmt.Fprintln(w, "  there is no ledger here: whether the cases are in it was not checked")
	}
	if len(r.Problems) == 0 {
		return
	}
	t := newTable(w, "Line", "Column", "Rule")
	for _, p := range r.Problems {
		t.AppendRow([]any{p.Line, p.Column, p.Rule})
	}
	t.print()
	if more := r.Refused - len(r.Problems); more > 0 {
		fmt.Fprintf(w, "and %d more\n", more)
	}
}
