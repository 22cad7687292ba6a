package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"caseledger/internal/access"
	"caseledger/internal/api"
	"caseledger/internal/ops"
)

// Where a service on another machine is named, when no flag does.
const (
	serverEnv    = "CASELEDGER_SERVER"
	tokenFileEnv = "CASELEDGER_TOKEN_FILE"
)

// served are the commands that can ask a service on another machine; see
// ops.Served. Those in everywhere need no ledger.
var (
	served = []string{
		"access list", "append", "audit", "case list", "case show", "caseload", "day", "disclosure status", "due", "explain", "marac", "plan", "search", "show", "timeline",
	}
	everywhere = []string{"help", "version", "verify", metadataCommandName}
)

// hereFlags say where a ledger of this machine is.
var hereFlags = []string{"data", "secrets", "nats", "nats-monitor", "nats-allow-less", "stream-sync"}

// where finds out, before a command runs, whether it asks a service on another
// machine: as its flags say, else as the environment says, unless its flags say
// where on this machine the ledger is.
func (a *app) where(cmd *cobra.Command, _ []string) error {
	_, name, _ := strings.Cut(cmd.CommandPath(), " ")
	if cmd.HasSubCommands() || slices.Contains(everywhere, name) {
		return nil
	}
	given := cmd.Flags().Changed("server")
	here := slices.IndexFunc(hereFlags, cmd.Flags().Changed)
	switch {
	case given && here >= 0:
		return usageError("give --server, or --" + hereFlags[here] + " of a ledger on this machine")
	case given && a.server == "":
		return usageError("--server names no service")
	case !given && here < 0:
		a.server = os.Getenv(serverEnv)
	}
	if a.server == "" {
		if cmd.Flags().Changed("token-file") {
			return usageError("--token-file goes with --server")
		}
		return nil
	}
	if !slices.Contains(served, name) {
		hint := ""
		if !given {
			hint = "; name its directory with --data, or unset " + serverEnv
		}
		return usageError("this command needs the ledger's own machine: it cannot be asked of a service elsewhere" + hint)
	}
	if a.tokenFile = cmp.Or(a.tokenFile, os.Getenv(tokenFileEnv)); a.tokenFile == "" {
		return usageError("--token-file is missing: the file with the token that the service gave")
	}
	return nil
}

// onServed runs a command's function on the ledger, wherever it is.
func (a *app) onServed(f func(context.Context, ops.Served) error) func(*cobra.Command, []string) error {
	return a.does(func(cmd *cobra.Command, _ []string) (err error) {
		l, err := a.openServed(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		return f(cmd.Context(), l)
	})
}

// openServed returns the ledger of this machine, or the service elsewhere.
func (a *app) openServed(ctx context.Context) (ops.Served, error) {
	if a.server == "" {
		return a.open(ctx)
	}
	token, err := readToken(a.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	c, err := api.NewClient(a.server, token)
	if errors.Is(err, api.ErrAddress) {
		return nil, usageError("--server " + err.Error())
	} else if err != nil {
		return nil, err
	}
	return c, nil
}

// readToken reads the file with a token, which must be its user's own. Nothing
// of what it holds is in an error.
func readToken(name string) (none access.TokenSecret, err error) {
	f, err := os.Open(name)
	if err != nil {
		return none, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return none, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return none, fmt.Errorf("%s (mode %04o) is open to others: set it to 0600, and have the token revoked if others were here", name, info.Mode().Perm())
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return none, fmt.Errorf("%s is owned by another user than the one running this", name)
	}
	b, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return none, err
	}
	token, err := access.ParseToken(strings.TrimSpace(string(b)))
	if err != nil {
		return none, fmt.Errorf("%s holds no whole token: one line, from cl_ to its end, as caseledger token add prints it", name)
	}
	return token, nil
}
