//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// A side is one of the systems compared: it makes one contact after another
// durable.
type side interface {
	// append returns when the n-th contact of this writer is durable. Each
	// writer calls it one call at a time, writers call it at once.
	append(ctx context.Context, writer int, n uint64) error
	close() error
}

// casesPerWriter is over how many cases each writer spreads its contacts, on
// every side alike.
const casesPerWriter = 4

// sideSpec says which side a worker process runs. It is the worker's argument.
type sideSpec struct {
	Kind    string `json:"kind"`           // "ours", "postgres", "postgres-batched" or "raw"
	Sync    string `json:"sync,omitempty"` // ours: "always" or "1s"
	Dir     string `json:"dir,omitempty"`  // ours, raw
	Address string `json:"address,omitempty"`
	Writers int    `json:"writers"` // the most that a run will use
	Profile string `json:"profile,omitempty"`
}

// A run asks a worker for writers appending for some time.
type run struct {
	Writers int           `json:"writers"`
	Time    time.Duration `json:"time"`
}

// outcome is what a run measured.
type outcome struct {
	Appends   int           `json:"appends"` // timed: after the warm-up
	All       int           `json:"all"`     // with those of the warm-up and what ended late
	PerSecond float64       `json:"per_second"`
	P50       time.Duration `json:"p50"`
	P99       time.Duration `json:"p99"`
	Error     string        `json:"error,omitempty"`
}

func openSide(ctx context.Context, s sideSpec) (side, error) {
	switch s.Kind {
	case "ours":
		return newLedgerSide(ctx, s.Dir, s.Sync, s.Writers)
	case "postgres", "postgres-batched":
		return newPostgresSide(ctx, s.Address, s.Writers, s.Kind == "postgres-batched")
	case "raw":
		return newRawSide(s.Dir, s.Writers)
	}
	return nil, fmt.Errorf("no side %q", s.Kind)
}

// measure lets writers append for d and returns what they did after the first
// tenth, which warms connections, caches and the disk.
func measure(ctx context.Context, s side, writers int, first []uint64, d time.Duration) (outcome, error) {
	start := time.Now()
	warm, end := start.Add(d/10), start.Add(d)
	took := make([][]time.Duration, writers)
	before := slices.Clone(first)
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for {
				from := time.Now()
				if from.After(end) || ctx.Err() != nil {
					return
				}
				if err := s.append(ctx, w, first[w]); err != nil {
					errs[w] = err
					return
				}
				first[w]++
				if to := time.Now(); from.After(warm) && !to.After(end) {
					took[w] = append(took[w], to.Sub(from))
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return outcome{}, err
	}
	all := slices.Concat(took...)
	if len(all) == 0 {
		return outcome{}, errors.New("no append ended within the time of a run")
	}
	slices.Sort(all)
	total := 0
	for w := range writers {
		total += int(first[w] - before[w])
	}
	return outcome{
		Appends:   len(all),
		All:       total,
		PerSecond: float64(len(all)) / end.Sub(warm).Seconds(),
		P50:       quantile(all, 0.50),
		P99:       quantile(all, 0.99),
	}, nil
}

// serveSide is a worker process: it opens its side, says so and answers runs
// until its input ends.
func serveSide(ctx context.Context, arg string, in io.Reader, out io.Writer) (err error) {
	var spec sideSpec
	if err := json.Unmarshal([]byte(arg), &spec); err != nil {
		return err
	}
	s, err := openSide(ctx, spec)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	answers := json.NewEncoder(out)
	if err := answers.Encode(outcome{}); err != nil {
		return err
	}
	next := make([]uint64, spec.Writers)
	for runs := json.NewDecoder(in); ; {
		var r run
		if err := runs.Decode(&r); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		o, err := profiled(spec.Profile, func() (outcome, error) { return measure(ctx, s, r.Writers, next, r.Time) })
		if err != nil {
			o.Error = err.Error()
		}
		if err := answers.Encode(o); err != nil {
			return err
		}
	}
}

// A worker is a side in a process of its own, so that no side's garbage,
// caches or background work count against another's.
type worker struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
}

// startWorker starts a side, behind slow unless it is nil.
func startWorker(ctx context.Context, spec sideSpec, slow *injector) (*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arg, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	w := &worker{name: spec.Kind + spec.Sync, cmd: exec.CommandContext(ctx, self, "side", string(arg))}
	w.cmd.Stderr = os.Stderr
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = json.NewDecoder(bufio.NewReader(out))
	if slow != nil {
		err = slow.start(w.cmd)
	} else {
		err = w.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	var ready outcome
	if err := w.out.Decode(&ready); err != nil {
		w.stop()
		return nil, fmt.Errorf("%s does not start: %w", w.name, err)
	}
	return w, nil
}

func (w *worker) run(r run) (outcome, error) {
	var o outcome
	if err := json.NewEncoder(w.in).Encode(r); err != nil {
		return o, fmt.Errorf("%s: %w", w.name, err)
	}
	if err := w.out.Decode(&o); err != nil {
		return o, fmt.Errorf("%s: %w", w.name, err)
	}
	if o.Error != "" {
		return o, fmt.Errorf("%s: %s", w.name, o.Error)
	}
	return o, nil
}

func (w *worker) stop() error {
	w.in.Close()
	return w.cmd.Wait()
}

// rawSide writes the payload of a contact to a file of each writer's own and
// syncs it: what the disk can do.
type rawSide struct {
	files   []*os.File
	payload []byte
}

func newRawSide(dir string, writers int) (*rawSide, error) {
	payload, err := samplePayload()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s := &rawSide{payload: payload}
	for w := range writers {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(w)))
		if err != nil {
			s.close()
			return nil, err
		}
		s.files = append(s.files, f)
	}
	return s, nil
}

func (s *rawSide) append(_ context.Context, writer int, _ uint64) error {
	f := s.files[writer]
	if _, err := f.Write(s.payload); err != nil {
		return err
	}
	return fdatasync(f)
}

func (s *rawSide) close() error {
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
