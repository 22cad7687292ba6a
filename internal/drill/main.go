//go:build linux

// Command drill injures ledgers and holds the program to its word: every event
// that it acknowledged is there again, exactly once, with the same hash, in
// both copies; or it refuses to start and says what is missing. scripts/drill
// builds the program and runs the drills; the tests of this package run them
// in a smaller size.
//
// A drill speaks to the real program only, by its commands and signals. What
// the stream holds afterwards it reads from the stream's files by itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "drill:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

// drills are the drills by name, in the order of "all".
var drills = []struct {
	name, what string
	run        func(*trial, context.Context) error
}{
	{"kill", "kill -9 at any moment while events are appended", (*trial).killLoop},
	{"truncate-block", "the stream's last block is cut off", injuries(truncateBlock)},
	{"flip-bit", "one bit of a stream block is wrong", injuries(flipBit)},
	{"lost-index", "the stream's index is gone, old or damaged", injuries(lostIndex)},
	{"deleted-stream", "the stream is deleted", injuries(deletedStream)},
	{"older-archive", "the archive is older than the stream", injuries(olderArchive)},
	{"older-stream", "the stream is older than the archive", injuries(olderStream)},
	{"both-damaged", "both copies lack what was signed", (*trial).bothDamaged},
	{"two-processes", "a second process on one directory", (*trial).twoProcesses},
	{"secrets-open", "secrets that others can read, or none", (*trial).secretsOpen},
	{"full-disk", "the disk runs full while events are appended", (*trial).fullDisk},
}

// A trial runs drills.
type trial struct {
	binary string
	dir    string
	events int // of a ledger before it is injured, about
	kills  int // of the kill loop; 0 is 25
	out    io.Writer
	failed int
	base   *base
	copies int
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	if len(args) > 0 && args[0] == inNamespace {
		return fullDiskInNamespace(ctx, args[1:], stdout)
	}
	t := &trial{out: stdout}
	flags := flag.NewFlagSet("scripts/drill", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&t.binary, "binary", "", "the caseledger `program` to drill (scripts/drill builds it)")
	flags.IntVar(&t.events, "events", 400, "about how many events a ledger holds before it is injured")
	flags.IntVar(&t.kills, "kills", 200, "how often the kill loop kills; a number behind the drill's name says the same")
	keep := flags.Bool("keep", false, "keep the directory of the run and print its name")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: scripts/drill [flags] DRILL…")
		flags.PrintDefaults()
		fmt.Fprintln(stderr, "drills:")
		for _, d := range drills {
			fmt.Fprintf(stderr, "  %-15s %s\n", d.name, d.what)
		}
		fmt.Fprintln(stderr, "  all             every one of them")
	}
	if err := flags.Parse(args); err != nil {
		return errUsage
	}
	if flags.NArg() == 0 || t.binary == "" || t.events < 20 {
		flags.Usage()
		return errUsage
	}
	wanted := map[string]bool{}
	for _, name := range flags.Args() {
		if n, err := strconv.Atoi(name); err == nil && n > 0 {
			t.kills = n
			continue
		}
		known := false
		for _, d := range drills {
			if name == d.name || name == "all" {
				wanted[d.name], known = true, true
			}
		}
		if !known {
			fmt.Fprintf(stderr, "no drill %q\n", name)
			flags.Usage()
			return errUsage
		}
	}
	if t.binary, err = filepath.Abs(t.binary); err != nil {
		return err
	}
	if t.dir, err = os.MkdirTemp("", "caseledger-drill-"); err != nil {
		return err
	}
	if *keep {
		fmt.Fprintln(stderr, "directory:", t.dir)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(t.dir)) }()
	}
	for _, d := range drills {
		if !wanted[d.name] {
			continue
		}
		start := time.Now()
		fmt.Fprintf(stdout, "%s: %s\n", d.name, d.what)
		if err := d.run(t, ctx); err != nil {
			if ctx.Err() != nil {
				return err
			}
			t.fail(d.name, err)
		}
		fmt.Fprintf(stdout, "%s: %.1f s\n", d.name, time.Since(start).Seconds())
	}
	if t.failed > 0 {
		return fmt.Errorf("%d failed", t.failed)
	}
	return nil
}

// injuries makes a drill of a list: each to a ledger that was stopped and to
// one that was killed.
func injuries(list []injury) func(*trial, context.Context) error {
	return func(t *trial, ctx context.Context) (err error) {
		b, err := t.begin(ctx)
		if err != nil {
			return err
		}
		for _, in := range list {
			for _, from := range []*ledger{b.stopped, b.killed} {
				if err := t.injure(ctx, b, from, in); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// begin returns the ledgers to injure, made once.
func (t *trial) begin(ctx context.Context) (*base, error) {
	if t.base != nil {
		return t.base, nil
	}
	b, err := t.newBase(ctx, t.events)
	if err != nil {
		return nil, fmt.Errorf("make a ledger: %w", err)
	}
	t.base = b
	return b, nil
}

// scratch names a new directory.
func (t *trial) scratch() string {
	t.copies++
	return filepath.Join(t.dir, fmt.Sprint(t.copies))
}

func (t *trial) newLedger(ctx context.Context, name string) (*ledger, error) {
	dir := filepath.Join(t.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	return newLedger(ctx, t.binary, dir)
}

// result prints one line of a drill. Only a broken drill returns an error; a
// failed one is counted.
func (t *trial) result(name string, f found, err error) error {
	if err != nil {
		t.fail(name, err)
		return nil
	}
	line := fmt.Sprintf("  ok    %-50s %d acknowledged", name, f.acked)
	if f.stream+f.archive > 0 {
		line += fmt.Sprintf(", %d in the stream, %d in the archive", f.stream, f.archive)
	} else {
		line += ", refused"
	}
	if f.starts > 1 {
		line += fmt.Sprintf(", repaired by start %d", f.starts)
	}
	if f.unanswered > 0 {
		line += fmt.Sprintf(", %d stored without an answer", f.unanswered)
	}
	fmt.Fprintln(t.out, line)
	return nil
}

func (t *trial) fail(name string, err error) {
	t.failed++
	fmt.Fprintf(t.out, "  FAIL  %s\n        %s\n", name, strings.Join(excerpt(err.Error()), "\n        "))
}

// excerpt keeps the end of a complaint, which says what was fatal, and the
// beginnings of long lines.
func excerpt(s string) []string {
	const lines, columns = 12, 400
	all := strings.Split(strings.TrimSpace(s), "\n")
	if n := len(all) - lines; n > 0 {
		all = append([]string{all[0], fmt.Sprintf("… %d lines …", n)}, all[len(all)-lines+1:]...)
	}
	for i, l := range all {
		if len(l) > columns {
			all[i] = l[:columns] + "…"
		}
	}
	return all
}
