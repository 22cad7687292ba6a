package cases

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"caseledger/events"
)

const (
	// MaxLine is the longest line of an import, in bytes: a body of
	// events.MaxBody with every character escaped, and its names.
	MaxLine = 5 << 20

	// importers is the number of cases that an import works on side by side.
	// Each waits for its own event to be durable; all of them share a flush.
	importers = 128

	// importBytes bounds the lines held in memory at a time.
	importBytes = 64 << 20

	// maxRefusals is the number of refused lines that a report lists.
	maxRefusals = 10_000
)

// Refusal is a line that was not taken.
type Refusal struct {
	Line    int64  `json:"line"` // from 1
	Pointer string `json:"pointer"`
	Rule    string `json:"rule"`
}

// Report counts the lines of an import. Blank lines count as lines only.
type Report struct {
	Lines    int64     `json:"lines"`
	Recorded int64     `json:"recorded"` // now
	Present  int64     `json:"present"`  // recorded by an earlier run
	Refused  int64     `json:"refused"`
	Refusals []Refusal `json:"refusals"` // the first 10,000 found, by line
}

// Import appends the events of a file of JSON lines; see ParseLine. Lines of
// one case are taken in order, cases side by side. A refused line is reported
// and the others are kept. Every line names its event id, so that an import
// that was cut short is taken up by running it again.
//
// The report is right also beside an error, which says why the import did not
// reach the end of the file. Progress, when given, is called with the counts
// after every line, one call at a time.
func (s *Service) Import(ctx context.Context, in io.Reader, progress func(Report)) (Report, error) {
	im := &importer{service: s, progress: progress, memory: semaphore.NewWeighted(importBytes)}
	im.report.Refusals = []Refusal{}
	group, ctx := errgroup.WithContext(ctx)
	queues := make([]chan line, importers)
	for i := range queues {
		queues[i] = make(chan line, 16)
		group.Go(func() error { return im.work(ctx, queues[i]) })
	}
	group.Go(func() error {
		defer func() {
			for _, q := range queues {
				close(q)
			}
		}()
		return im.read(ctx, in, queues)
	})
	err := group.Wait()
	slices.SortFunc(im.report.Refusals, func(a, b Refusal) int { return int(a.Line - b.Line) })
	return im.report, err
}

type line struct {
	number  int64
	bytes   int64
	command Command
}

type importer struct {
	service  *Service
	progress func(Report)
	memory   *semaphore.Weighted

	mu     sync.Mutex
	report Report
}

// read cuts the input into lines and hands each to its case's worker.
func (im *importer) read(ctx context.Context, in io.Reader, queues []chan line) error {
	buf := bufio.NewReaderSize(in, 1<<16)
	seed := maphash.MakeSeed() // a file may number its cases
	for n := int64(1); ; n++ {
		text, long, err := readLine(buf)
		if err != nil && err != io.EOF {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err == io.EOF && len(text) == 0 && !long {
			return nil
		}
		last := err == io.EOF
		switch {
		case long:
			im.refuse(n, &RuleError{Rule: "longer than 5 MiB", Kind: events.ErrTooLarge})
		case len(bytes.TrimSpace(text)) == 0:
			im.count(func(*Report) {})
		default:
			c, err := ParseLine(text)
			var rule *RuleError
			if errors.As(err, &rule) {
				im.refuse(n, rule)
				break
			} else if err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
			l := line{number: n, bytes: int64(len(text)), command: c}
			if err := im.memory.Acquire(ctx, l.bytes); err != nil {
				return err
			}
			select {
			case queues[maphash.Comparable(seed, c.Case)%importers] <- l:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if last {
			return nil
		}
	}
}

// readLine returns the next line without its end. A line over MaxLine is read
// to its end and dropped.
func readLine(in *bufio.Reader) (text []byte, long bool, err error) {
	for {
		piece, err := in.ReadSlice('\n')
		if len(text)+len(piece) > MaxLine+1 {
			text, long = nil, true
		}
		if !long {
			text = append(text, piece...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		return bytes.TrimSuffix(text, []byte{'\n'}), long, err
	}
}

// work appends the lines of its cases, one after another.
func (im *importer) work(ctx context.Context, queue <-chan line) error {
	for l := range queue {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r, err := im.service.Append(ctx, l.command)
		im.memory.Release(l.bytes)
		var rule *RuleError
		switch {
		case err == nil && r.Repeated:
			im.count(func(r *Report) { r.Present++ })
		case err == nil:
			im.count(func(r *Report) { r.Recorded++ })
		case errors.As(err, &rule):
			im.refuse(l.number, rule)
		default:
			return fmt.Errorf("line %d: %w", l.number, err)
		}
	}
	return nil
}

func (im *importer) refuse(n int64, rule *RuleError) {
	r := Refusal{Line: n, Pointer: rule.Pointer, Rule: rule.Rule}
	im.count(func(report *Report) {
		report.Refused++
		if len(report.Refusals) < maxRefusals {
			report.Refusals = append(report.Refusals, r)
		}
	})
}

func (im *importer) count(add func(*Report)) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.report.Lines++
	add(&im.report)
	if im.progress != nil {
		im.progress(im.report)
	}
}
