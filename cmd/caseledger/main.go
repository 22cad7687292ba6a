// Command caseledger keeps the case ledger of a domestic abuse service: it
// records events, shows them, exports them as evidence and proves that they
// are whole. Every command opens the ledger's directory itself, or speaks to
// the service that holds it.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"caseledger/events"
	"caseledger/internal/api"
)

func main() {
	syscall.Umask(0o077) // whatever is written is for its owner
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(exitCode(err))
}

// run runs one command and says on stderr why it failed.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	a.complain(err)
	return err
}

// The exit codes of every command.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitInvalid = 3 // evidence or a record that is damaged or not what it claims
	exitVersion = 4 // a format, type or version that this program does not know
)

// failure is an error of a command that was understood. Any other error that
// comes out of cobra is about how the command was written.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError is a command that cannot be what was meant.
type usageError string

func (e usageError) Error() string { return string(e) }

// outcome ends a command whose answer is printed and is itself a failure.
type outcome int

func (outcome) Error() string { return "" }

func exitCode(err error) int {
	var (
		f     *failure
		code  outcome
		usage usageError
		local *api.UnservedError
	)
	switch {
	case err == nil:
		return exitOK
	case !errors.As(err, &f), errors.As(err, &usage), errors.As(err, &local):
		return exitUsage
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, events.ErrVersion):
		return exitVersion
	case errors.Is(err, events.ErrBroken), errors.Is(err, events.ErrSealed):
		return exitInvalid
	}
	return exitFailed
}
