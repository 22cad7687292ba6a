//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// bothDamaged takes from both copies what was acknowledged and signed. There
// is no way to have it back, so the start must refuse and name what is
// missing; with one good copy put back it must start and heal.
func (t *trial) bothDamaged(ctx context.Context) error {
	b, err := t.begin(ctx)
	if err != nil {
		return err
	}
	older := func(l *ledger) error {
		return errors.Join(
			replaceTree(b.early.place().Pebble(), l.place().Pebble()),
			replaceTree(b.early.place().Nats(), l.place().Nats()))
	}
	cutStream := func(l *ledger) error {
		dir, err := l.stream()
		if err != nil {
			return err
		}
		m, err := readStream(dir)
		if err != nil {
			return err
		}
		// From the early archive's end on, there is a piece that neither has.
		at := m[len(b.early.acked)+len(m)/8]
		return errors.Join(replaceTree(b.early.place().Pebble(), l.place().Pebble()), os.Truncate(at.file, at.at))
	}
	gone := func(l *ledger) error {
		return errors.Join(os.RemoveAll(l.place().Pebble()), os.RemoveAll(l.place().Nats()))
	}
	for _, c := range []struct {
		name string
		hurt func(*ledger) error
		say  string
	}{
		{"both of an earlier day", older, "signed"},
		{"archive of an earlier day, stream cut after it", cutStream, "are in neither"},
		{"both deleted", gone, "signed"},
	} {
		l, err := b.stopped.copy(t.scratch())
		if err != nil {
			return err
		}
		if err := c.hurt(l); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		err = l.refuses(ctx, exitInvalid, c.say)
		if err := t.result(c.name, found{acked: len(l.acked)}, err); err != nil {
			return err
		}
		if err := replaceTree(b.stopped.place().Pebble(), l.place().Pebble()); err != nil {
			return err
		}
		f, err := l.heals(ctx)
		if err := t.result(c.name+", then a good archive", f, err); err != nil {
			return err
		}
		if err := os.RemoveAll(l.dir); err != nil {
			return err
		}
	}
	return nil
}

// twoProcesses starts a second service, and a command that may not go through
// the first one, beside a running service.
func (t *trial) twoProcesses(ctx context.Context) error {
	b, err := t.begin(ctx)
	if err != nil {
		return err
	}
	l, err := b.stopped.copy(t.scratch())
	if err != nil {
		return err
	}
	defer os.RemoveAll(l.dir)
	s, err := l.serve(ctx)
	if err != nil {
		return err
	}
	defer s.kill()
	for _, second := range [][]string{
		{"serve", "--data", l.data(), "--secrets", l.secrets(), "--addr", "127.0.0.1:0"},
		{"init", "--data", l.data(), "--secrets", l.secrets(), "--origin", origin},
	} {
		_, err := l.command(ctx, second...)
		var f *failure
		switch {
		case err == nil:
			err = errors.New("a second process got in")
		case errors.As(err, &f) && f.code == exitFailed && strings.TrimSpace(f.stderr) != "" && !strings.Contains(f.stderr, "goroutine "):
			err = nil
		}
		if err := t.result("second "+second[0], found{acked: len(l.acked)}, err); err != nil {
			return err
		}
	}
	// What a service and the commands beside it do together.
	_, err = l.append(ctx, 3)
	if err == nil {
		err = l.audit(ctx)
	}
	if err := errors.Join(err, s.stop()); err != nil {
		return t.result("commands beside a service", found{}, err)
	}
	f, err := l.look(ctx)
	return t.result("commands beside a service", f, err)
}

// secretsOpen opens the secrets to others, then takes them away.
func (t *trial) secretsOpen(ctx context.Context) error {
	b, err := t.begin(ctx)
	if err != nil {
		return err
	}
	l, err := b.stopped.copy(t.scratch())
	if err != nil {
		return err
	}
	defer os.RemoveAll(l.dir)
	files, err := filepath.Glob(filepath.Join(l.secrets(), "*"))
	if err != nil || len(files) == 0 {
		return errors.Join(errors.New("no secrets"), err)
	}
	away := l.secrets() + ".away"
	cases := []struct {
		name         string
		hurt, mend   func() error
		mustBeNaming string
	}{
		{"directory readable by its group", func() error { return os.Chmod(l.secrets(), 0o750) }, func() error { return os.Chmod(l.secrets(), 0o700) }, l.secrets()},
		{"directory open to all", func() error { return os.Chmod(l.secrets(), 0o777) }, func() error { return os.Chmod(l.secrets(), 0o700) }, l.secrets()},
		{"directory missing", func() error { return os.Rename(l.secrets(), away) }, func() error { return os.Rename(away, l.secrets()) }, l.secrets()},
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".key") {
			cases = append(cases, struct {
				name         string
				hurt, mend   func() error
				mustBeNaming string
			}{filepath.Base(file) + " readable by all", func() error { return os.Chmod(file, 0o644) }, func() error { return os.Chmod(file, 0o600) }, filepath.Base(file)})
		}
	}
	for _, c := range cases {
		if err := c.hurt(); err != nil {
			return err
		}
		err := l.refuses(ctx, exitFailed, c.mustBeNaming)
		if err := errors.Join(t.result(c.name, found{acked: len(l.acked)}, err), c.mend()); err != nil {
			return err
		}
	}
	f, err := l.heals(ctx)
	return t.result("closed again", f, err)
}
