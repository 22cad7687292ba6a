package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"caseledger/events"
	"caseledger/events/natslog"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/web"
)

// app is what the commands share: where they read and write, and the flags
// that all of them have.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	data       string
	secrets    string
	json       bool
	nats       string
	monitor    string
	allowLess  bool
	streamSync string

	server    string // a service on another machine; "": the ledger is on this one
	tokenFile string
}

// command returns the whole command line.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "caseledger",
		Short: "The case ledger of a domestic abuse service",
		Long: `caseledger records what happened in a case, shows it, exports it as evidence
and proves that nothing was changed, dropped, back-dated or added later.

Every command opens the ledger's directory itself, or speaks to the service
that holds it (caseledger serve). With --server some ask a service on another
machine, with a token, as the member of staff that the token acts as: access
list, append, audit, case, caseload, day, disclosure status, due, explain, marac,
plan, search, show and timeline. CASELEDGER_SERVER and CASELEDGER_TOKEN_FILE stand
for the flags; see docs/API.md.

Exit codes: 0 done; 1 failed; 2 the command is not written as it must be;
3 the evidence or the record is damaged or not what it claims to be;
4 a format, type or version that this program does not know.`,
		Example:       "  caseledger init --origin ledger.example.org/cases\n  caseledger demo\n  caseledger caseload",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		PersistentPreRunE: a.where,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.data, "data", "caseledger-data", "the ledger's `directory`")
	flags.StringVar(&a.secrets, "secrets", "caseledger-secrets", "the `directory` of its keys, kept apart from the data")
	flags.BoolVar(&a.json, "json", false, "print JSON (docs/CLI-JSON.md); errors too, on standard error")
	flags.StringVar(&a.nats, "nats", "", "`URL` of a NATS server or cluster that holds the stream (default: embedded)")
	flags.StringVar(&a.monitor, "nats-monitor", "", "`URL` of its monitoring port, where it is asked whether it syncs always")
	flags.BoolVar(&a.allowLess, "nats-allow-less", false, "accept a NATS server that promises less than R3 and sync always")
	flags.StringVar(&a.streamSync, "stream-sync", "", "how soon the embedded stream is synced: `always` or 1s (default: as at init)")
	flags.StringVar(&a.server, "server", "", "the `address` of a service on another machine, such as https://ledger.example.org")
	flags.StringVar(&a.tokenFile, "token-file", "", "the `file` with the token for it, open to nobody else")
	root.AddCommand(
		a.initCommand(), a.demoCommand(), a.appendCommand(), a.importCommand(), a.importCSVCommand(),
		a.caseCommand(), a.caseloadCommand(), a.timelineCommand(), a.showCommand(), a.explainCommand(), a.reviewCommand(),
		a.planCommand(), a.maracCommand(), a.searchCommand(), a.peopleCommand(),
		a.statsCommand(), a.boardCommand(), a.figuresCommand(), a.staffCommand(),
		a.dayCommand(), a.dueCommand(), a.handoverCommand(),
		a.attachmentCommand(), a.disclosureCommand(), a.exportCommand(), a.verifyCommand(), a.auditCommand(), a.accessCommand(), a.policyCommand(),
		a.rebuildCommand(), a.serveCommand(), a.accountCommand(), a.tokenCommand(), a.versionCommand(), a.metadataCommand(),
	)
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// does makes a command's function one whose errors are its own.
func (a *app) does(f func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if a.streamSync != "" && a.streamSync != natslog.SyncAlways && a.streamSync != natslog.Sync1s {
			return &failure{usageError("--stream-sync must be always or 1s")}
		}
		if err := f(cmd, args); err != nil {
			return &failure{err}
		}
		return nil
	}
}

// on runs a command's function on the ledger and closes it afterwards.
func (a *app) on(f func(context.Context, ops.Ledger) error) func(*cobra.Command, []string) error {
	return a.does(func(cmd *cobra.Command, _ []string) (err error) {
		l, err := a.open(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		return f(cmd.Context(), l)
	})
}

// patience is how long a command waits for another one that has the directory
// open and is likely to be done soon.
const patience = 2 * time.Second

// open returns the ledger: through the service that holds the directory, or
// from the directory itself.
func (a *app) open(ctx context.Context) (ops.Ledger, error) {
	if a.server != "" {
		return nil, usageError("this command needs the ledger's own machine")
	}
	dir := datadir.Dir(a.data)
	for deadline := time.Now().Add(patience); ; {
		client, err := web.Dial(ctx, func(ctx context.Context) (net.Conn, error) { return dialSocket(ctx, dir) })
		if err == nil {
			return client, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ECONNREFUSED) {
			return nil, err
		}
		l, err := a.openDirectory(ctx)
		var inUse *datadir.InUseError
		if err == nil || !errors.As(err, &inUse) {
			return l, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%w, which answers on no socket: wait until it has ended, or let a service hold the ledger (caseledger serve)", err)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// openDirectory opens the ledger in this process.
func (a *app) openDirectory(ctx context.Context) (ops.Ledger, error) {
	l, err := openLedger(ctx, a.options())
	if err != nil {
		return nil, err // not a *ledger in an interface
	}
	return attended(l), nil
}

func (a *app) options() openOptions {
	return openOptions{
		dir: datadir.Dir(a.data), secrets: a.secrets,
		nats: a.nats, monitor: a.monitor, allowLess: a.allowLess, streamSync: a.streamSync,
		logger: a.logger(slog.LevelWarn),
	}
}

// logger logs to stderr: times, places and counts, never content.
func (a *app) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
			// Some errors would print the stack they come from.
			if err, ok := attr.Value.Any().(error); ok {
				attr.Value = slog.StringValue(err.Error())
			}
			return attr
		},
	}))
}

// print writes a result: as JSON, or as f does for people.
func (a *app) print(result any, f func(io.Writer)) error {
	if a.json {
		enc := json.NewEncoder(a.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(result)
	}
	f(a.stdout)
	return nil
}

// complain says why a command failed.
func (a *app) complain(err error) {
	var quiet outcome
	if err == nil || errors.As(err, &quiet) {
		return
	}
	if a.json {
		e := ops.NewError(err)
		if exitCode(err) == exitUsage {
			e.Code = "usage"
		}
		enc := json.NewEncoder(a.stderr)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(struct {
			Error *ops.Error `json:"error"`
		}{e})
		return
	}
	fmt.Fprintln(a.stderr, "caseledger:", err)
	switch {
	case exitCode(err) == exitUsage:
		fmt.Fprintln(a.stderr, "Run caseledger --help, or caseledger COMMAND --help, for how it is written.")
	case errors.Is(err, datadir.ErrNoLedger):
		fmt.Fprintln(a.stderr, "Make one with caseledger init, or name its directory with --data.")
	}
}

// required refuses a command that lacks a flag.
func required(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if !cmd.Flags().Changed(name) {
			return usageError("--" + name + " is missing")
		}
	}
	return nil
}

// parseCase reads --case.
func parseCase(s string) (events.Chain, error) {
	c, err := events.ParseChain(s)
	if err != nil {
		return c, usageError("--case must be the case's 32 lower-case hex digits")
	}
	return c, nil
}

// readFile reads a file that somebody wrote by hand, or standard input for
// "-", up to a limit.
func (a *app) readFile(name string, limit int64) ([]byte, error) {
	in := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("the file is longer than %d KiB: %w", limit>>10, events.ErrTooLarge)
	}
	return b, nil
}
