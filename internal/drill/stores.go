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

// An injury is done to a ledger that nobody has open. The next start must heal
// it.
type injury struct {
	name string
	hurt func(b *base, l *ledger, stream []message) error
}

// base is what the drills on the stores begin with: the same ledger at three
// moments. Between early and stopped lie events of old cases and of new ones.
type base struct {
	early   *ledger // stopped, some events ago
	stopped *ledger // stopped
	killed  *ledger // killed a few events later
}

// newBase makes it, with about n events.
func (t *trial) newBase(ctx context.Context, n int) (*base, error) {
	b := &base{}
	l, err := t.newLedger(ctx, "base")
	if err != nil {
		return nil, err
	}
	grow := func(n, cases, appends int) (*service, error) {
		s, err := l.serve(ctx)
		if err != nil {
			return nil, err
		}
		err = l.fill(ctx, n, cases)
		if err == nil {
			_, err = l.append(ctx, appends)
		}
		if err != nil {
			s.kill()
			return nil, err
		}
		return s, nil
	}
	keep := func(name string) (*ledger, error) {
		if _, err := l.look(ctx); err != nil {
			return nil, fmt.Errorf("before any injury: %w", err)
		}
		return l.copy(filepath.Join(t.dir, name))
	}
	s, err := grow(n/2, max(n/10, 1), 3)
	if err != nil {
		return nil, err
	}
	if err := s.stop(); err != nil {
		return nil, err
	}
	if b.early, err = keep("early"); err != nil {
		return nil, err
	}
	if s, err = grow(n-n/2, max(n/10, 1), 3); err != nil {
		return nil, err
	}
	if err := s.stop(); err != nil {
		return nil, err
	}
	if b.stopped, err = keep("stopped"); err != nil {
		return nil, err
	}
	if s, err = grow(max(n/10, 1), 1, 3); err != nil {
		return nil, err
	}
	s.kill()
	// Looking repairs what a kill leaves, so the copy is made first.
	if b.killed, err = l.copy(filepath.Join(t.dir, "killed")); err != nil {
		return nil, err
	}
	if _, err := l.look(ctx); err != nil {
		return nil, fmt.Errorf("after a kill: %w", err)
	}
	b.killed.acked = l.acked
	return b, nil
}

// injure runs one injury on a copy of a ledger and reports.
func (t *trial) injure(ctx context.Context, b *base, from *ledger, in injury) error {
	name := in.name + ", " + filepath.Base(from.dir)
	l, err := from.copy(t.scratch())
	if err != nil {
		return err
	}
	defer os.RemoveAll(l.dir)
	dir, err := l.stream()
	if err != nil {
		return err
	}
	messages, err := readStream(dir)
	if err != nil {
		return fmt.Errorf("%s: before the injury: %w", name, err)
	}
	if err := in.hurt(b, l, messages); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f, err := l.heals(ctx)
	return t.result(name, f, err)
}

// heals starts an injured ledger, appends to it, stops it, and looks for
// everything that was ever acknowledged. Damage that does not show where the
// copies end is found by the comparison behind the start; then the service
// says so, may refuse what concerns the damaged case, and the next start must
// repair it and take what was refused.
func (l *ledger) heals(ctx context.Context) (found, error) {
	f := found{acked: len(l.acked)}
	for starts := 1; ; starts++ {
		s, err := l.serve(ctx)
		if err != nil {
			return f, err
		}
		agree, err := s.compared(ctx)
		if err == nil && l.sent != nil {
			_, err = l.resume(ctx)
		}
		if err == nil {
			if _, err = l.append(ctx, 3); err == nil {
				err = l.importEvents(ctx, 2*len(l.cases))
			}
			if err != nil && !agree && strings.Contains(err.Error(), `"code":"stopped"`) {
				err = nil
			}
		}
		if err = errors.Join(err, s.stop()); err != nil {
			return f, fmt.Errorf("after start %d: %w", starts, err)
		}
		if agree {
			f, err := l.look(ctx)
			if err == nil {
				err = l.audit(ctx)
			}
			f.starts = starts
			return f, err
		}
		if starts == 2 {
			return f, fmt.Errorf("the copies still differ after start %d: %s", starts, s.stderr.String())
		}
	}
}

// audit runs the program's own.
func (l *ledger) audit(ctx context.Context) error {
	_, err := l.on(ctx, "audit", "--full")
	return err
}

// refuses starts a ledger that must not start, and holds its exit code and
// what it says against what they must be.
func (l *ledger) refuses(ctx context.Context, code int, say ...string) error {
	s, err := l.serve(ctx)
	if err == nil {
		return errors.Join(errors.New("it started, as if nothing had happened"), s.stop())
	}
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	if f.code != code {
		return fmt.Errorf("want exit %d: %w", code, err)
	}
	for _, word := range say {
		if !strings.Contains(f.stderr, word) {
			return fmt.Errorf("does not say %q: %w", word, err)
		}
	}
	return nil
}

// The injuries to the stream's blocks. The server keeps an index beside them:
// it may still stand there, claim more than the blocks hold, or be gone.

// truncateBlock cuts the stream's last block.
var truncateBlock = withIndex([]injury{
	{name: "last message half written", hurt: cut(func(m []message) (message, int64) {
		last := m[len(m)-1]
		return last, last.at + last.length/2
	})},
	{name: "last message gone", hurt: cut(func(m []message) (message, int64) { return m[len(m)-1], m[len(m)-1].at })},
	{name: "half the block gone", hurt: cut(func(m []message) (message, int64) {
		mid := m[len(m)/2]
		return mid, mid.at + 7
	})},
	{name: "block empty", hurt: cut(func(m []message) (message, int64) { return m[len(m)-1], 0 })},
})

// flipBit inverts one bit.
var flipBit = withIndex([]injury{
	{name: "bit in the last payload", hurt: turn(func(m []message) (message, int64) { return m[len(m)-1], m[len(m)-1].payload + 40 })},
	{name: "bit in the last header", hurt: turn(func(m []message) (message, int64) { return m[len(m)-1], m[len(m)-1].at + 1 })},
	{name: "bit in the middle payload", hurt: turn(func(m []message) (message, int64) { return m[len(m)/2], m[len(m)/2].payload + 40 })},
	{name: "bit in the middle length", hurt: turn(func(m []message) (message, int64) { return m[len(m)/2], m[len(m)/2].at + 1 })},
	{name: "bit in the middle sequence", hurt: turn(func(m []message) (message, int64) { return m[len(m)/2], m[len(m)/2].at + 4 })},
	{name: "bit in the first payload", hurt: turn(func(m []message) (message, int64) { return m[0], m[0].payload + 40 })},
})

func cut(where func([]message) (message, int64)) func(*base, *ledger, []message) error {
	return func(_ *base, _ *ledger, m []message) error {
		msg, at := where(m)
		return os.Truncate(msg.file, at)
	}
}

func turn(where func([]message) (message, int64)) func(*base, *ledger, []message) error {
	return func(_ *base, _ *ledger, m []message) error {
		msg, at := where(m)
		return flip(msg.file, at)
	}
}

// withIndex has each injury twice: with the index as it was, and without one.
func withIndex(in []injury) []injury {
	var all []injury
	for _, i := range in {
		kept, lost := i, i
		kept.name += ", index kept"
		lost.name += ", index lost"
		lost.hurt = func(b *base, l *ledger, m []message) error {
			return errors.Join(i.hurt(b, l, m), removeIndex(b, l, m))
		}
		all = append(all, kept, lost)
	}
	return all
}

func removeIndex(_ *base, l *ledger, _ []message) error {
	file, err := l.index()
	if err != nil {
		return err
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// index is the file in which the server keeps what it knows of the blocks. It
// writes it when it stops.
func (l *ledger) index() (string, error) {
	dir, err := l.stream()
	return filepath.Join(dir, "msgs", "index.db"), err
}

var lostIndex = []injury{
	{name: "index gone", hurt: removeIndex},
	{name: "index of an earlier day", hurt: func(b *base, l *ledger, _ []message) error {
		old, err := b.early.index()
		if err != nil {
			return err
		}
		file, err := l.index()
		if err != nil {
			return err
		}
		if err := os.RemoveAll(file); err != nil {
			return err
		}
		return copyFile(old, file, 0o600)
	}},
	{name: "bit in the index", hurt: func(b *base, l *ledger, _ []message) error {
		old, err := b.stopped.index()
		if err != nil {
			return err
		}
		file, err := l.index()
		if err != nil {
			return err
		}
		if err := os.RemoveAll(file); err != nil {
			return err
		}
		return errors.Join(copyFile(old, file, 0o600), flip(file, 20))
	}},
	{name: "index and stream description gone", hurt: func(b *base, l *ledger, m []message) error {
		dir, err := l.stream()
		if err != nil {
			return err
		}
		return errors.Join(removeIndex(b, l, m), os.Remove(filepath.Join(dir, "meta.inf")), os.Remove(filepath.Join(dir, "meta.sum")))
	}},
}

var deletedStream = []injury{
	{name: "stream deleted", hurt: func(_ *base, l *ledger, _ []message) error {
		dir, err := l.stream()
		if err != nil {
			return err
		}
		return os.RemoveAll(dir)
	}},
	{name: "blocks deleted", hurt: func(_ *base, l *ledger, _ []message) error {
		dir, err := l.stream()
		if err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(dir, "msgs"))
	}},
	{name: "stream, keys and lease deleted", hurt: func(_ *base, l *ledger, _ []message) error { return os.RemoveAll(l.place().Nats()) }},
}

var olderArchive = []injury{
	{name: "archive of an earlier day", hurt: func(b *base, l *ledger, _ []message) error {
		return replaceTree(b.early.place().Pebble(), l.place().Pebble())
	}},
	{name: "archive deleted", hurt: func(_ *base, l *ledger, _ []message) error { return os.RemoveAll(l.place().Pebble()) }},
}

var olderStream = []injury{
	{name: "stream of an earlier day", hurt: func(b *base, l *ledger, _ []message) error {
		old, err := b.early.stream()
		if err != nil {
			return err
		}
		dir, err := l.stream()
		if err != nil {
			return err
		}
		return replaceTree(old, dir)
	}},
	{name: "stream and keys of an earlier day", hurt: func(b *base, l *ledger, _ []message) error {
		return replaceTree(b.early.place().Nats(), l.place().Nats())
	}},
}
