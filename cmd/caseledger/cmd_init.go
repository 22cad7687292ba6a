package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/events/natslog"
	"caseledger/evidence/tlog"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
)

func (a *app) initCommand() *cobra.Command {
	var origin string
	cmd := &cobra.Command{
		Use:   "init --origin NAME",
		Short: "Make a new ledger",
		Long: `Make a new, empty ledger: its data directory, its secrets and its signing key.
The origin is the ledger's name for ever: a host name of the service and a path,
[a-z0-9.-]+(/[a-z0-9.-]+)*. An existing ledger is refused; an init that was
cut short is finished by running it again.

The secrets directory must be kept apart from the data and backed up by itself:
without it nothing can be read.`,
		Example: "  caseledger init --data /srv/caseledger --secrets /etc/caseledger/secrets --origin ledger.example.org/cases",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&origin, "origin", "", "the ledger's `name`")
	cmd.RunE = a.does(func(cmd *cobra.Command, _ []string) error {
		if err := required(cmd, "origin"); err != nil {
			return err
		}
		if !events.ValidOrigin(origin) {
			return usageError("--origin must be [a-z0-9.-]+(/[a-z0-9.-]+)*, at most 128 bytes")
		}
		if !events.ValidOrigin(origin + accessSuffix) {
			return usageError("--origin is too long: " + accessSuffix + " behind it is the name of its access ledger")
		}
		c, err := a.makeLedger(cmd.Context(), origin)
		if err != nil {
			return err
		}
		made := struct {
			Origin  string       `json:"origin"`
			Service events.Chain `json:"service"`
			Data    string       `json:"data"`
			Secrets string       `json:"secrets"`
		}{c.Origin, c.Service, a.data, a.secrets}
		return a.print(made, func(w io.Writer) {
			fmt.Fprintf(w, "made the ledger %s\ndata     %s\nsecrets  %s  (keep these apart from the data, and back them up)\n", c.Origin, a.data, a.secrets)
		})
	})
	return cmd
}

// makeLedger makes a ledger, or finishes one. Each step is durable and can be
// found done; ledger.json appears last.
func (a *app) makeLedger(ctx context.Context, origin string) (c datadir.Config, err error) {
	dir := datadir.Dir(a.data)
	if err := os.MkdirAll(a.data, 0o700); err != nil {
		return c, err
	}
	lock, err := dir.Lock()
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	if _, err := dir.Config(); !errors.Is(err, datadir.ErrNoLedger) {
		if err != nil {
			return c, err
		}
		return c, fmt.Errorf("%s holds a ledger: %w", dir, fs.ErrExist)
	}
	switch c, err = dir.Pending(); {
	case err == nil && c.Origin != origin:
		return c, fmt.Errorf("%s holds the unfinished ledger %s: %w", dir, c.Origin, fs.ErrExist)
	case errors.Is(err, datadir.ErrNoLedger):
		if c, err = a.plan(origin); err != nil {
			return c, err
		}
		if err := a.nothingHere(dir); err != nil {
			return c, err
		}
		if err := dir.Begin(c); err != nil {
			return c, err
		}
	case err != nil:
		return c, err
	}
	if err := a.makeSecrets(origin); err != nil {
		return c, err
	}
	if err := a.makeStores(ctx, dir); err != nil {
		return c, err
	}
	return c, dir.Finish()
}

// plan draws up a ledger.
func (a *app) plan(origin string) (datadir.Config, error) {
	// The stream's name tells the ledgers of one NATS server apart.
	name := sha256.Sum256([]byte(origin))
	c := datadir.Config{
		Format: datadir.Format, Origin: origin, Log: datadir.LogEmbedded,
		Stream: "cases-" + hex.EncodeToString(name[:6]), StreamSync: natslog.SyncAlways,
	}
	if a.nats != "" {
		c.Log = datadir.LogExternal
	}
	if a.streamSync != "" {
		c.StreamSync = a.streamSync
	}
	_, err := io.ReadFull(rand.Reader, c.Service[:])
	return c, err
}

// nothingHere refuses directories with something in them.
func (a *app) nothingHere(dir datadir.Dir) error {
	entries, err := os.ReadDir(string(dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != "lock" {
			return fmt.Errorf("%s is not empty: %w", dir, fs.ErrExist)
		}
	}
	switch entries, err := os.ReadDir(a.secrets); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty, and no ledger's secrets are ever replaced: %w", a.secrets, fs.ErrExist)
	}
	return nil
}

// makeSecrets makes the keys, the signing key and the signed state.
func (a *app) makeSecrets(origin string) error {
	make := keys.OpenSecrets
	entries, err := os.ReadDir(a.secrets)
	if len(entries) == 0 && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		make = func(dir string) (*keys.Secrets, error) { return keys.CreateSecrets(dir, rand.Reader) }
	}
	secrets, err := make(a.secrets)
	if err != nil {
		return err
	}
	if _, err := secrets.SigningKey(); errors.Is(err, fs.ErrNotExist) {
		skey, _, err := tlog.GenerateKey(rand.Reader, origin)
		if err != nil {
			return err
		}
		if err := secrets.WriteSigningKey(skey); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	switch state, err := tlog.OpenState(stateFile(a.secrets)); {
	case errors.Is(err, fs.ErrNotExist):
		_, err := tlog.CreateState(stateFile(a.secrets), origin)
		return err
	case err != nil:
		return err
	case state.Origin() != origin:
		return ops.Inputf("%s are the secrets of %s", a.secrets, state.Origin())
	}
	return nil
}

// makeStores makes both stores by opening them once.
func (a *app) makeStores(ctx context.Context, dir datadir.Dir) error {
	l := &ledger{o: a.options(), logger: a.options().logger}
	var err error
	if l.config, err = dir.Pending(); err == nil {
		err = l.openStores(ctx)
	}
	return errors.Join(err, l.release())
}
