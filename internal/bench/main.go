//go:build linux

// Command bench measures the ledger on this machine and prints one table: what
// each kind of work costs, next to what else could do it, and whether the
// budgets of docs/DESIGN.md, section 7, hold. scripts/bench builds it and
// the service's binary and runs it; nothing in the table comes from an
// earlier run.
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
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp), errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage")

// groups are the parts of a run, in their order; each is a value of --only.
var groups = []struct {
	name, what string
	run        func(*bench, context.Context) error
}{
	{"seal", "sealing and opening one event", (*bench).seals},
	{"append", "durable appends against PostgreSQL and the bare disk", func(b *bench, ctx context.Context) error { return b.appends(ctx, nil) }},
	{"slow", "the same with 1 ms added to every fsync", (*bench).slowAppends},
	{"import", "bulk import of the large ledger", (*bench).imports},
	{"rebuild", "everything but the stream made anew", (*bench).rebuilds},
	{"audit", "re-deriving every hash", (*bench).audits},
	{"start", "until the service answers", (*bench).starts},
	{"views", "what advisers look at", (*bench).views},
	{"pages", "whole pages, to people who are signed in", (*bench).pages},
	{"bundle", "a disclosure of a long case, to the bundle and its verification", (*bench).bundles},
}

// start runs a benchmark, or one of the processes that a benchmark starts.
func start(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "slow-exec":
			return slowExec(args[1:])
		case "side":
			if len(args) != 2 {
				return errUsage
			}
			return serveSide(ctx, args[1], stdin, stdout)
		}
	}
	return benchmark(ctx, args, stdout, stderr)
}

// bench is one run.
type bench struct {
	dir    string // scratch, removed at the end
	keep   string // where the large ledger stays; "": in dir
	binary string // the service's
	events uint64
	rounds int
	time   time.Duration
	report report
	stderr io.Writer
	big    *large // once it is made
}

func benchmark(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	b := &bench{stderr: stderr}
	flags := flag.NewFlagSet("scripts/bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	only := flags.String("only", strings.Join(names, ","), "which `parts` to run")
	quick := flags.Bool("quick", false, "a small run that shows that everything works; its figures mean little")
	asJSON := flags.Bool("json", false, "print JSON in place of the table")
	base := flags.String("dir", "", "where to put scratch data; must be on a disk (default: the system's temporary directory, or /var/tmp when that is in memory)")
	flags.StringVar(&b.keep, "keep", "", "leave the large ledger in this `directory`, or measure the one that an earlier run left there")
	profiles := flags.String("profile", "", "write CPU profiles of rows that miss their budget to this `directory`")
	flags.StringVar(&b.binary, "binary", "", "the caseledger `program` to measure (scripts/bench builds it)")
	flags.Uint64Var(&b.events, "events", 1_000_000, "events of the large ledger; a tenth as many cases")
	flags.IntVar(&b.rounds, "rounds", 5, "rounds, each of which runs every side once")
	flags.DurationVar(&b.time, "time", 2*time.Second, "length of one run of appends")
	if err := flags.Parse(args); err != nil {
		return errUsage
	}
	if *quick {
		set := map[string]bool{}
		flags.Visit(func(f *flag.Flag) { set[f.Name] = true })
		if !set["events"] {
			b.events = 5_000
		}
		if !set["rounds"] {
			b.rounds = 1
		}
		if !set["time"] {
			b.time = 500 * time.Millisecond
		}
	}
	wanted := strings.Split(*only, ",")
	for _, w := range wanted {
		if !slices.Contains(names, w) {
			fmt.Fprintf(stderr, "no part %q; there are %s\n", w, strings.Join(names, ", "))
			return errUsage
		}
	}
	if flags.NArg() > 0 || b.rounds < 1 || b.time < 100*time.Millisecond || b.events < 1_000 {
		fmt.Fprintln(stderr, "want no arguments, at least 1 round of 100ms and 1000 events")
		return errUsage
	}
	kind, err := b.scratch(*base)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	b.report.Machine = fmt.Sprintf("%d cores, %s, %s; scratch on %s; %s", runtime.NumCPU(), kernel(), runtime.Version(), kind, time.Now().UTC().Format(time.DateOnly))
	statements, words := contactWords()
	body, err := contactBody(0)
	if err != nil {
		return err
	}
	b.note(fmt.Sprintf("a contact: body of %d bytes, %d words in %d statements", len(body), words, statements))
	for _, g := range groups {
		if !slices.Contains(wanted, g.name) {
			continue
		}
		b.progress("%s: %s", g.name, g.what)
		if err := g.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	if *asJSON {
		err = b.report.writeJSON(stdout)
	} else {
		b.report.write(stdout)
	}
	if err != nil || *profiles == "" {
		return err
	}
	return b.profileMisses(*profiles)
}

// scratch makes the run's directory and returns the kind of file system.
func (b *bench) scratch(base string) (string, error) {
	candidates := []string{base}
	if base == "" {
		candidates = []string{os.TempDir(), "/var/tmp"}
	}
	for _, c := range candidates {
		kind, err := fileSystem(c)
		if err != nil {
			return "", err
		}
		if kind == "tmpfs" {
			continue
		}
		if b.dir, err = os.MkdirTemp(c, "caseledger-bench-"); err != nil {
			return "", err
		}
		// PostgreSQL runs as somebody else and must get through.
		return kind, os.Chmod(b.dir, 0o711)
	}
	return "", fmt.Errorf("%s: in memory, where fsync costs nothing; name a directory on a disk with --dir", strings.Join(candidates, ", "))
}

func fileSystem(dir string) (string, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	switch s.Type {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return "tmpfs", nil
	case unix.EXT4_SUPER_MAGIC:
		return "ext4", nil
	case unix.XFS_SUPER_MAGIC:
		return "xfs", nil
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs", nil
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlayfs", nil
	}
	return fmt.Sprintf("file system %#x", s.Type), nil
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "Linux"
	}
	return "Linux " + unix.ByteSliceToString(u.Release[:])
}

// seals measures the record itself.
func (b *bench) seals(ctx context.Context) error {
	t, err := measureSeal(ctx, b.rounds)
	if err != nil {
		return err
	}
	b.note(fmt.Sprintf("a record: %d bytes stored, %d leaves with decoys", t.Record, t.Parts))
	us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
	add := func(work string, took time.Duration, allocs float64) *row {
		r := row{Group: "seal", Work: work, Measured: micros(took), Rounds: b.rounds, Values: []value{{"time", "µs", us(took)}}}
		if allocs >= 0 {
			r.Measured += ", " + number(allocs) + " allocations"
			r.Values = append(r.Values, value{"allocations", "1", allocs})
			r.judge("75 µs, 10 allocations", took <= 75*time.Microsecond && allocs <= 10)
		}
		b.report.Rows = append(b.report.Rows, r)
		return &b.report.Rows[len(b.report.Rows)-1]
	}
	profile := func(r *row, name string) {
		r.profile = &profile{name, func(path string) error {
			_, err := profiled(path, func() (sealTimes, error) { return measureSeal(ctx, 10*b.rounds) })
			return err
		}}
	}
	profile(add("seal an event", t.Seal, t.SealAllocs), "seal")
	profile(add("open and verify it, schema included", t.Open, t.OpenAllocs), "open")
	add("  of which the schema", t.Check, -1)
	add("build a body from JSON and check it", t.Build, -1)
	add("build, check and seal: the work both sides share", t.Whole, -1)
	return nil
}

// slowAppends measures appends behind an injector.
func (b *bench) slowAppends(ctx context.Context) error {
	slow, err := newInjector(slowFsync)
	if err != nil {
		return err
	}
	b.note("1 ms a sync: fsync, fdatasync, syncfs, sync and msync of every process (the ledger, PostgreSQL, the bare writer) wait 1 ms longer in the kernel, by a seccomp notification that another thread answers; see write+fdatasync with and without for what it really adds")
	return b.appends(ctx, slow)
}

// profileMisses runs what missed its budget once more.
func (b *bench) profileMisses(dir string) error {
	done := map[string]bool{}
	for _, r := range b.report.Rows {
		if r.Holds == nil || *r.Holds || r.profile == nil || done[r.profile.name] {
			continue
		}
		done[r.profile.name] = true
		path := filepath.Join(dir, r.profile.name+".pprof")
		b.progress("profile: %s", path)
		if err := r.profile.run(path); err != nil {
			return fmt.Errorf("profile %s: %w", r.profile.name, err)
		}
	}
	return nil
}

func (b *bench) note(s string) {
	if !slices.Contains(b.report.Notes, s) {
		b.report.Notes = append(b.report.Notes, s)
	}
}

func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(b.stderr, format+"\n", args...)
}
