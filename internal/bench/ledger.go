//go:build linux

package main

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/events/natslog"
	"caseledger/internal/cases"
	"caseledger/internal/datadir"
	"caseledger/projections"
	"caseledger/schemas"
)

// parts are what the service is made of, put together as it does.
type parts struct {
	log    *natslog.Log
	ring   *keys.Ring
	runner *projections.Runner
	opened []func() error // what closes them, in the order of opening
}

// openParts opens the ledger in a directory; each of its own, it may be new.
func openParts(ctx context.Context, dir string, secrets *keys.Secrets, stream, sync string) (_ *parts, err error) {
	p := &parts{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	place := datadir.Dir(filepath.Join(dir, "data"))
	if err := os.MkdirAll(string(place), 0o700); err != nil {
		return nil, err
	}
	store, err := projections.Open(place.Pebble(), projections.Options{})
	if err != nil {
		return nil, err
	}
	p.opened = append(p.opened, store.Close)
	p.log, err = natslog.Open(ctx, natslog.Options{Dir: place.Nats(), Stream: stream, Origin: benchOrigin, Sync: sync})
	if err != nil {
		return nil, err
	}
	p.opened = append(p.opened, p.log.Close)
	p.ring = keys.Open(secrets, benchOrigin, store, p.log)
	first, err := p.ring.Key(ctx, events.ServiceKey(1))
	if err != nil {
		return nil, err
	}
	// As the service derives it: another key would have all views folded anew.
	index, err := hkdf.Key(sha256.New, first[:], nil, "caseledger/adviser-index/v1\n"+benchOrigin, len(events.Key{}))
	if err != nil {
		return nil, err
	}
	p.runner = projections.NewRunner(store, p.ring, benchOrigin, projections.RunnerOptions{IndexKey: events.Key(index)})
	p.opened = append(p.opened, p.runner.Close)
	nothingSigned := func() (uint64, events.Hash, bool) { return 0, events.Hash{}, false }
	_, err = p.runner.Recover(ctx, p.log, nothingSigned)
	return p, err
}

func (p *parts) close() error {
	var errs []error
	for i := len(p.opened) - 1; i >= 0; i-- {
		errs = append(errs, p.opened[i]())
	}
	return errors.Join(errs...)
}

// ledgerSide appends to a ledger, without its command line.
type ledgerSide struct {
	*parts
	chains  []events.Chain
	service *cases.Service
}

func newLedgerSide(ctx context.Context, dir, sync string, writers int) (*ledgerSide, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	secrets, err := keys.CreateSecrets(filepath.Join(dir, "secrets"), rand.Reader)
	if err != nil {
		return nil, err
	}
	p, err := openParts(ctx, dir, secrets, "cases", sync)
	if err != nil {
		return nil, err
	}
	s := &ledgerSide{parts: p, chains: newMaker(writers).chains}
	s.service = cases.New(cases.Config{
		Origin: benchOrigin, Service: chainNumber(0),
		Log: p.log, Archive: archive{p.runner}, Applier: p.runner, Keys: p.ring, Schemas: schemas.Default(),
		Clock: time.Now, Rand: rand.Reader,
	})
	// Every case gets its key and its first event before anything is timed.
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	for i := range s.chains {
		group.Go(func() error { return s.append(groupCtx, i/casesPerWriter, uint64(i%casesPerWriter)) })
	}
	if err := group.Wait(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *ledgerSide) append(ctx context.Context, writer int, n uint64) error {
	_, err := s.service.Append(ctx, cases.Command{
		Case: s.chains[writer*casesPerWriter+int(n%casesPerWriter)], Open: true,
		Type: contactType, V: 1, Actor: contactActor, Occurred: contactOccurred, Data: contactData(n),
	})
	return err
}

// archive is the runner as the write side wants it.
type archive struct{ *projections.Runner }

func (a archive) Head(chain events.Chain) (cases.Head, error) {
	h, err := a.Runner.Head(chain)
	return cases.Head{Seq: h.Seq, Hash: h.Hash, Stream: h.StreamSeq, KeyGen: h.KeyGen}, err
}

func (a archive) Standing(ctx context.Context, chain events.Chain) (cases.Standing, error) {
	s, err := a.Runner.Standing(ctx, chain)
	return cases.Standing(s), err
}

func (a archive) Exhibits(ctx context.Context, initials string, number uint64) (cases.Numbers, error) {
	x, err := a.Runner.Exhibits(ctx, initials, number)
	return cases.Numbers(x), err
}

func (a archive) Chain(ctx context.Context, chain events.Chain, from uint64) iter.Seq2[events.Entry, error] {
	return a.ChainFrom(ctx, chain, from)
}
