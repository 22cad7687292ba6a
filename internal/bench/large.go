//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/events/keys"
	"caseledger/internal/audit"
	"caseledger/internal/clock"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/web"
	"caseledger/schemas"
)

const (
	// perCase is the number of events of a case, but for the first case,
	// which has longCase of them.
	perCase  = 10
	longCase = 200
	// casesPerAdviser is a full caseload.
	casesPerAdviser = 20
	// activeCases is how many cases are worked on at a time: their events lie
	// between one another in the stream.
	activeCases = 1_000
	// enough bounds the time that one row is measured again and again.
	enough = time.Minute
	// importMost bounds the import that makes the ledger: a machine that is
	// too slow for it gets a smaller ledger, and the table says so.
	importMost = 7 * time.Minute
	// importOnce bounds the import of a ledger that stays for later runs.
	importOnce = time.Hour
	// answerWait is how long the service may take to start or stop.
	answerWait = 5 * time.Minute
)

// large is a ledger with many events, made once in a run by the real program.
type large struct {
	*bench
	dir            string
	events, cases  uint64
	imported       time.Duration
	importPeak     uint64 // bytes
	streamSync     string
	onDisk         int64
	longest        events.Chain // the case of longCase events
	port           string       // of the pages, while the service runs
	server         *exec.Cmd
	serverStopped  chan error
	serverComplain *bytes.Buffer
}

func (l *large) place() datadir.Dir { return datadir.Dir(filepath.Join(l.dir, "data")) }

func (l *large) args(name string, more ...string) []string {
	return append([]string{name, "--data", string(l.place()), "--secrets", filepath.Join(l.dir, "secrets")}, more...)
}

// writeEvents writes the lines of an import: a referral, an allocation, then
// contacts, for every case; the first has more of them. After until it takes
// on no more cases. It sets the number of events and cases written.
func (l *large) writeEvents(w io.Writer, until time.Time) error {
	out := bufio.NewWriterSize(w, 1<<20)
	line := make([]byte, 0, 4<<10)
	n := uint64(0)
	defer func() { l.events = n }()
	event := func(k, seq uint64) error {
		chain := chainNumber(k)
		typ, actor, data := contactType, adviserOf(k), []byte(nil)
		switch seq {
		case 1:
			typ, data = "referral.received", []byte(referralData)
		case 2:
			typ, data = "case.allocated", allocatedData(adviserOf(k))
		default:
			data = contactData(n)
		}
		id, err := ulid.New(ulid.Timestamp(time.Now()), rand.Reader)
		if err != nil {
			return err
		}
		line = append(line[:0], `{"case":"`...)
		line = append(line, chain.String()...)
		line = append(line, `","id":"`...)
		line = append(line, id.String()...)
		line = append(line, `","type":"`+typ+`","v":1,"actor":"`+actor+`","occurred":`...)
		line = append(line, contactOccurred...)
		line = append(line, `,"data":`...)
		line = append(line, data...)
		line = append(line, "}\n"...)
		n++
		_, err = out.Write(line)
		return err
	}
	for first := uint64(0); first < l.cases; first += activeCases {
		last := min(first+activeCases, l.cases)
		for seq := uint64(1); seq <= perCase; seq++ {
			for k := first; k < last; k++ {
				if err := event(k, seq); err != nil {
					return err
				}
			}
		}
		if time.Now().After(until) {
			l.cases = last
		}
	}
	for seq := uint64(perCase + 1); seq <= longCase; seq++ {
		if err := event(0, seq); err != nil {
			return err
		}
	}
	return out.Flush()
}

func adviserOf(k uint64) string { return fmt.Sprintf("staff-%d", k/casesPerAdviser) }

const referralData = `{"agency":"Northmoor Marac","flags":["language"],"made":{"from":"document","kept":true,"late":null,"reference":"R-118"},` +
	`"reason":{"text":"Heard on Thursday. Sixteen of twenty-four answered yes; he has said that he will kill her."},"received":"2026-11-20T09:12:00+00:00","source":"marac"}`

func allocatedData(adviser string) []byte {
	return []byte(`{"adviser":"` + adviser + `","by":"staff-0","made":{"from":"live","kept":null,"late":null,"reference":null},"over_cap":null}`)
}

// theLarge makes the large ledger, once.
func (b *bench) theLarge(ctx context.Context) (*large, error) {
	if b.big != nil {
		return b.big, nil
	}
	if b.binary == "" {
		return nil, errors.New("--binary is missing")
	}
	l := &large{bench: b, dir: filepath.Join(b.dir, "large"), cases: b.events / perCase}
	l.longest = chainNumber(0)
	if b.keep != "" {
		l.dir = b.keep
	}
	switch err := l.found(ctx); {
	case err == nil:
		return l, l.known()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return nil, err
	}
	b.progress("large ledger: importing %s events of %s cases", thousands(float64(b.events)), thousands(float64(l.cases)))
	if _, _, err := l.execute(ctx, l.args("init", "--origin", benchOrigin, "--stream-sync", "1s")...); err != nil {
		return nil, err
	}
	if err := l.serve(ctx); err != nil {
		return nil, err
	}
	defer l.kill()
	client, err := l.client(ctx)
	if err != nil {
		return nil, err
	}
	in, out := io.Pipe()
	start := time.Now()
	most := importMost
	if b.keep != "" {
		most = importOnce
	}
	go func() { out.CloseWithError(l.writeEvents(out, start.Add(most))) }()
	report, err := client.Import(ctx, &counted{r: in, tell: func(bytes int64) {
		b.progress("large ledger: %d MiB read, %s", bytes>>20, time.Since(start).Round(time.Second))
	}})
	l.imported = time.Since(start)
	if err != nil {
		return nil, err
	}
	if report.Recorded != int64(l.events) {
		return nil, fmt.Errorf("import: recorded %d of %d events", report.Recorded, l.events)
	}
	l.importPeak, _ = peakMemory(l.server.Process.Pid)
	if err := l.stop(); err != nil {
		return nil, err
	}
	if l.cases*perCase < b.events/perCase*perCase {
		b.note(fmt.Sprintf("the import of %s events was cut short after %v", thousands(float64(b.events)), most))
	}
	if err := l.leave(); err != nil {
		return nil, err
	}
	return l, l.known()
}

// left is the file that says that the import of a ledger came to its end.
const left = "large.json"

// leave says for a later run what stands in the directory.
func (l *large) leave() error {
	b, err := json.Marshal(l.cases)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.dir, left), append(b, '\n'), 0o600)
}

// found takes the ledger that an earlier run left. Runs that kill the service
// in the middle of an import add to it: it is asked how much it has. The error
// wraps fs.ErrNotExist when there is none.
func (l *large) found(ctx context.Context) error {
	b, err := os.ReadFile(filepath.Join(l.dir, left))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &l.cases); err != nil {
		return fmt.Errorf("%s: %w", left, err)
	}
	l.progress("large ledger: found in %s", l.dir)
	if err := l.serve(ctx); err != nil {
		return err
	}
	defer l.kill()
	client, err := l.client(ctx)
	if err != nil {
		return err
	}
	h, err := client.Health(ctx)
	if err != nil {
		return err
	}
	l.events = h.Events
	return l.stop()
}

// known notes what the ledger is, and holds it for the rest of the run.
func (l *large) known() (err error) {
	b := l.bench
	if l.onDisk, err = treeSize(string(l.place())); err != nil {
		return err
	}
	c, err := l.place().Config()
	if err != nil {
		return err
	}
	l.streamSync = c.StreamSync
	b.note(fmt.Sprintf("large ledger: %s events, %s cases of %d (one of %d), %d contacts in each, %s cases worked on at a time, %d cases an adviser; %.2f GiB on disk; caches of the system warm; every command's time is that of its whole process",
		thousands(float64(l.events)), thousands(float64(l.cases)), perCase, longCase, perCase-2, thousands(activeCases), casesPerAdviser, float64(l.onDisk)/(1<<30)))
	if l.cases*perCase != 1_000_000 {
		b.note("the budgets of the large ledger are for 1,000,000 events; this one is smaller or larger")
	}
	b.big = l
	return nil
}

// counted tells how much was read, every 256 MiB.
type counted struct {
	r    io.Reader
	n    int64
	tell func(int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	before := c.n >> 28
	c.n += int64(n)
	if c.n>>28 != before {
		c.tell(c.n)
	}
	return n, err
}

// execute runs the program to its end and returns what it printed, its time
// and its peak memory.
func (b *bench) execute(ctx context.Context, args ...string) ([]byte, usage, error) {
	cmd := exec.CommandContext(ctx, b.binary, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, usage{}, err
	}
	done := make(chan uint64)
	go func() { done <- watchMemory(cmd.Process.Pid) }()
	err := cmd.Wait()
	u := usage{took: time.Since(start), peak: <-done}
	if err != nil {
		return nil, u, fmt.Errorf("caseledger %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.Bytes(), u, nil
}

// usage is what a process used.
type usage struct {
	took time.Duration
	peak uint64 // resident, bytes
}

// watchMemory reads a process's peak until it is gone. The kernel keeps the
// peak itself, so only what happens in the last 10 ms can be missed.
func watchMemory(pid int) (peak uint64) {
	for {
		p, err := peakMemory(pid)
		if err != nil {
			return peak
		}
		peak = max(peak, p)
		time.Sleep(10 * time.Millisecond)
	}
}

// peakMemory is VmHWM of /proc/<pid>/status, in bytes.
func peakMemory(pid int) (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(b), "VmHWM:")
	if !ok {
		return 0, errors.New("a process without memory")
	}
	kb, _, _ := strings.Cut(rest, "kB")
	n, err := strconv.ParseUint(strings.TrimSpace(kb), 10, 64)
	return n << 10, err
}

func treeSize(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}

// serve starts the service and returns when it answers.
func (l *large) serve(ctx context.Context) error {
	l.serverComplain = &bytes.Buffer{}
	var err error
	if l.port, err = freePort(); err != nil {
		return err
	}
	l.server = exec.Command(l.binary, l.args("serve", "--addr", "127.0.0.1:"+l.port)...)
	l.server.Stderr = l.serverComplain
	l.server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := l.server.Start(); err != nil {
		return err
	}
	l.serverStopped = make(chan error, 1)
	go func() { l.serverStopped <- l.server.Wait() }()
	for deadline := time.Now().Add(answerWait); time.Now().Before(deadline); {
		if client, err := l.client(ctx); err == nil {
			if h, err := client.Health(ctx); err == nil && h.Status == "ok" {
				return nil
			}
		}
		select {
		case err := <-l.serverStopped:
			l.server = nil
			return fmt.Errorf("serve ended: %v: %s", err, bytes.TrimSpace(l.serverComplain.Bytes()))
		case <-ctx.Done():
			l.kill()
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	l.kill()
	return fmt.Errorf("serve: no healthy answer within %v", answerWait)
}

// freePort is a port of this machine that nobody listens on now.
func freePort() (string, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	return port, errors.Join(err, free.Close())
}

func (l *large) client(ctx context.Context) (*web.Client, error) {
	return web.Dial(ctx, func(ctx context.Context) (net.Conn, error) {
		// By way of the directory: a socket's path holds 107 bytes.
		dir, err := os.Open(string(l.place()))
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		return new(net.Dialer).DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(l.place().Socket())))
	})
}

// stop ends the service in order.
func (l *large) stop() error {
	if l.server == nil {
		return nil
	}
	if err := l.server.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-l.serverStopped:
		l.server = nil
		if err != nil {
			return fmt.Errorf("serve: %w: %s", err, bytes.TrimSpace(l.serverComplain.Bytes()))
		}
		return nil
	case <-time.After(answerWait):
		l.kill()
		return fmt.Errorf("serve: did not stop within %v", answerWait)
	}
}

// kill ends it without a word; nothing when it is not running.
func (l *large) kill() {
	if l.server == nil {
		return
	}
	l.server.Process.Kill()
	<-l.serverStopped
	l.server = nil
}

// again does something once a round, but stops when the time is enough.
func (l *large) again(ctx context.Context, what string, f func() error) (rounds int, err error) {
	start := time.Now()
	for rounds < l.rounds && (rounds == 0 || time.Since(start) < enough) {
		if err := ctx.Err(); err != nil {
			return rounds, err
		}
		rounds++
		l.progress("%s: round %d", what, rounds)
		if err := f(); err != nil {
			return rounds, err
		}
	}
	return rounds, nil
}

// imports reports the import that made the large ledger.
func (b *bench) imports(ctx context.Context) error {
	l, err := b.theLarge(ctx)
	if err != nil {
		return err
	}
	if l.imported == 0 {
		b.note("an earlier run imported the large ledger: no rate of it here")
		return nil
	}
	rate := float64(l.events) / l.imported.Seconds()
	l.report.Rows = append(l.report.Rows, row{
		Group: "import", Work: fmt.Sprintf("import %s events, sync %s, through a service", thousands(float64(l.events)), l.streamSync),
		Measured: perSecond(rate) + ", " + mebibytes(l.importPeak), Rounds: 1,
		Values: []value{{"events", "1/s", rate}, {"peak memory", "byte", float64(l.importPeak)}},
	})
	return nil
}

// rebuilds measures a rebuild of archive, tree and views from the stream.
func (b *bench) rebuilds(ctx context.Context) error {
	l, err := b.theLarge(ctx)
	if err != nil {
		return err
	}
	r, rate, peak, err := l.command(ctx, "rebuild", "rebuild archive, tree and all views", l.args("rebuild", "--json"))
	if err != nil {
		return err
	}
	r.judge("≥ 50,000/s, < 1 GB", rate >= 50_000 && peak < 1e9)
	r.profile = &profile{"rebuild", func(path string) error {
		return l.profileInside(ctx, path, func(p *parts) error { return p.runner.Rebuild(ctx, p.log, nil) })
	}}
	return nil
}

// audits measures an audit of links, chains and tree, and one of everything.
func (b *bench) audits(ctx context.Context) error {
	l, err := b.theLarge(ctx)
	if err != nil {
		return err
	}
	for _, a := range []struct {
		name, work string
		args       []string
		rate       float64
		full       bool
	}{
		{"audit", "audit: links, chains, tree", l.args("audit", "--json"), 350_000, false},
		{"audit-full", "audit --full: every part opened too", l.args("audit", "--full", "--json"), 12_000, true},
	} {
		r, rate, _, err := l.command(ctx, "audit", a.work, a.args)
		if err != nil {
			return err
		}
		r.judge("≥ "+thousands(a.rate)+"/s", rate >= a.rate)
		r.profile = &profile{a.name, func(path string) error {
			return l.profileInside(ctx, path, func(p *parts) error {
				in := audit.Input{Origin: benchOrigin, Archive: p.runner}
				if a.full {
					in.Keys, in.Validator = p.ring, schemas.Default()
				}
				report, err := audit.Run(ctx, in)
				if err == nil && !report.OK() {
					err = errors.New("the audit found something")
				}
				return err
			})
		}}
	}
	return nil
}

// command measures a whole command over the large ledger.
func (l *large) command(ctx context.Context, group, work string, args []string) (r *row, rate float64, peak uint64, err error) {
	var rates, peaks []float64
	rounds, err := l.again(ctx, work, func() error {
		_, u, err := l.execute(ctx, args...)
		rates = append(rates, float64(l.events)/u.took.Seconds())
		peaks = append(peaks, float64(u.peak))
		return err
	})
	if err != nil {
		return nil, 0, 0, err
	}
	rate, peak = median(rates), uint64(slices.Max(peaks))
	l.report.Rows = append(l.report.Rows, row{
		Group: group, Work: work, Measured: perSecond(rate) + ", " + mebibytes(peak), Rounds: rounds,
		Values: []value{{"events", "1/s", rate}, {"peak memory", "byte", float64(peak)}},
	})
	return &l.report.Rows[len(l.report.Rows)-1], rate, peak, nil
}

// starts measures how long it takes until the service answers.
func (b *bench) starts(ctx context.Context) error {
	l, err := b.theLarge(ctx)
	if err != nil {
		return err
	}
	defer l.kill()
	for _, s := range []struct {
		work   string
		killed bool
		most   time.Duration
	}{
		{"start after a stop", false, 500 * time.Millisecond},
		{"start after a SIGKILL in the middle of an import", true, 2 * time.Second},
	} {
		var took, peaks []float64
		rounds, err := l.again(ctx, s.work, func() error {
			if s.killed {
				if err := l.killInside(ctx); err != nil {
					return err
				}
			}
			start := time.Now()
			if err := l.serve(ctx); err != nil {
				return err
			}
			took = append(took, millis(time.Since(start)))
			// What runs behind the start counts too.
			select {
			case <-time.After(min(5*time.Second, 10*l.time)):
			case <-ctx.Done():
				return ctx.Err()
			}
			peak, err := peakMemory(l.server.Process.Pid)
			peaks = append(peaks, float64(peak))
			return errors.Join(err, l.stop())
		})
		if err != nil {
			return err
		}
		ms, peak := median(took), slices.Max(peaks)
		l.report.Rows = append(l.report.Rows, row{
			Group: "start", Work: s.work, Measured: number(ms) + " ms, " + mebibytes(uint64(peak)), Rounds: rounds,
			Values: []value{{"time", "ms", ms}, {"peak memory", "byte", peak}},
		})
		r := &l.report.Rows[len(l.report.Rows)-1]
		r.judge(fmt.Sprintf("%.1f s, < 400 MB", s.most.Seconds()), ms <= millis(s.most) && peak < 400e6)
		if !s.killed {
			r.profile = &profile{"start", func(path string) error {
				p, err := profiled(path, func() (*parts, error) { return l.inside(ctx) })
				if err != nil {
					return err
				}
				return p.close()
			}}
		}
	}
	return nil
}

// killInside starts the service and kills it while it records.
func (l *large) killInside(ctx context.Context) error {
	if err := l.serve(ctx); err != nil {
		return err
	}
	client, err := l.client(ctx)
	if err != nil {
		return err
	}
	in, out := io.Pipe()
	go func() {
		w := bufio.NewWriter(out)
		var err error
		for i := 0; err == nil; i++ {
			var id ulid.ULID
			if id, err = ulid.New(ulid.Timestamp(time.Now()), rand.Reader); err == nil {
				k := binary.BigEndian.Uint64(id[8:]) % l.cases
				_, err = fmt.Fprintf(w, `{"case":"%s","id":"%s","type":"%s","v":1,"actor":"%s","occurred":%s,"data":%s}`+"\n",
					chainNumber(k), id, contactType, adviserOf(k), contactOccurred, contactData(uint64(i)))
			}
		}
	}()
	ended := make(chan struct{})
	go func() { client.Import(ctx, in); close(ended) }()
	select {
	case <-time.After(l.time):
	case <-ctx.Done():
	}
	l.kill()
	in.Close()
	<-ended
	return ctx.Err()
}

const (
	// looks is how often each page is asked for.
	looks = 300
	// viewBudget is for a view of a ledger of 1,000,000 events, as it is served.
	viewBudget = 10 * time.Millisecond
)

// views measures the pages that people look at, as the service answers them.
func (b *bench) views(ctx context.Context) error {
	l, err := b.theLarge(ctx)
	if err != nil {
		return err
	}
	if err := l.serve(ctx); err != nil {
		return err
	}
	defer l.kill()
	client, err := l.client(ctx)
	if err != nil {
		return err
	}
	// A day is somebody's who works for the service.
	today := func(i int) string { return adviserOf(uint64(i) * 104_729 % l.cases) }
	for i := range looks {
		if err := recordStaff(ctx, client, today(i), "adviser"); err != nil {
			return err
		}
	}
	due := func(k uint64) error {
		list, err := client.Due(ctx, ops.ViewOf{Staff: adviserOf(k % l.cases), By: clock.DateOf(time.Now()).AddMonths(2)}, nil)
		if err == nil && len(list.Items) < casesPerAdviser {
			err = fmt.Errorf("%d items are due in %d cases", len(list.Items), casesPerAdviser)
		}
		return err
	}
	// So many advisers have asked before.
	const again = 20
	for k := range uint64(again) {
		if err := due(k * casesPerAdviser); err != nil {
			return err
		}
	}
	for _, v := range []struct {
		work string
		look func(i int) error
	}{
		{"caseload of one adviser", func(i int) error {
			c, err := client.Caseload(ctx, adviserOf(uint64(i)*7919%l.cases))
			if err == nil && len(c.Cases) == 0 {
				err = errors.New("an empty caseload")
			}
			return err
		}},
		// The advisers of a service ask again and again, and little has changed.
		{"due list of one adviser, read again", func(i int) error { return due(uint64(i%again) * casesPerAdviser) }},
		// Each adviser is asked for once: nothing of the cases is held ready.
		{"due list of one adviser, read for the first time", func(i int) error { return due((again + uint64(i)*397) * casesPerAdviser) }},
		{"day of one adviser", func(i int) error {
			d, err := client.Day(ctx, ops.ViewOf{Staff: today(i)}, nil)
			if err == nil && d.Load.Open == 0 {
				err = errors.New("a day without cases")
			}
			return err
		}},
		{fmt.Sprintf("timeline of %d events", longCase), func(int) error {
			t, err := client.Timeline(ctx, ops.TimelineOf{Case: l.longest})
			if err == nil && len(t.Events) < longCase {
				err = fmt.Errorf("a timeline of %d events", len(t.Events))
			}
			return err
		}},
	} {
		var took []time.Duration
		for i := range looks {
			start := time.Now()
			if err := v.look(i); err != nil {
				return fmt.Errorf("%s: %w", v.work, err)
			}
			took = append(took, time.Since(start))
		}
		l.measured("views", v.work+", served", took, viewBudget)
	}
	// Last: it reads through everything.
	b.progress("figures of every case")
	start := time.Now()
	to := clock.DateOf(start)
	if _, err := client.Stats(ctx, ops.CountStats{From: to.AddMonths(-1), To: to}, nil); err != nil {
		return fmt.Errorf("figures of every case: %w", err)
	}
	took, rate := time.Since(start), float64(l.events)/time.Since(start).Seconds()
	peak, err := peakMemory(l.server.Process.Pid)
	if err != nil {
		return err
	}
	l.report.Rows = append(l.report.Rows, row{
		Group: "views", Work: fmt.Sprintf("figures for commissioners: %s cases folded, served", thousands(float64(l.cases))),
		Measured: fmt.Sprintf("%s s, %s, %s", number(took.Seconds()), perSecond(rate), mebibytes(peak)), Rounds: 1,
		Values: []value{{"time", "s", took.Seconds()}, {"events", "1/s", rate}, {"peak memory", "byte", float64(peak)}},
	})
	if err := l.stop(); err != nil {
		return err
	}
	stored, err := l.due(ctx)
	if err != nil {
		return err
	}
	l.measured("views", "stored due list of one adviser, in this process", stored, viewBudget)
	return nil
}

// measured reports looks, which are sorted, and holds their slowest hundredth
// to a budget.
func (l *large) measured(group, work string, took []time.Duration, budget time.Duration) {
	slices.Sort(took)
	p50, p99 := millis(quantile(took, 0.5)), millis(quantile(took, 0.99))
	l.report.Rows = append(l.report.Rows, row{
		Group: group, Work: work, Measured: number(p50) + " ms", P50: p50, P99: p99, Rounds: 1,
		Values: []value{{"p50", "ms", p50}, {"p99", "ms", p99}},
	})
	l.report.Rows[len(l.report.Rows)-1].judge(fmt.Sprintf("p99 < %d ms", budget.Milliseconds()), p99 < millis(budget))
}

// inside opens the large ledger in this process.
func (l *large) inside(ctx context.Context) (*parts, error) {
	secrets, err := keys.OpenSecrets(filepath.Join(l.dir, "secrets"))
	if err != nil {
		return nil, err
	}
	c, err := l.place().Config()
	if err != nil {
		return nil, err
	}
	return openParts(ctx, l.dir, secrets, c.Stream, c.StreamSync)
}

// due measures what is stored of the due list of one adviser: the caseload page
// counts it, and it is read in this process.
func (l *large) due(ctx context.Context) (took []time.Duration, err error) {
	p, err := l.inside(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	for i := range looks {
		start := time.Now()
		rows, err := p.runner.Due(ctx, adviserOf(uint64(i)*7919%l.cases), start.AddDate(0, 2, 0))
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, errors.New("an empty due list")
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

// profileInside does something with the large ledger under the profiler, in
// this process: the same code as the command's.
func (l *large) profileInside(ctx context.Context, path string, f func(*parts) error) (err error) {
	p, err := l.inside(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	_, err = profiled(path, func() (struct{}, error) { return struct{}{}, f(p) })
	return err
}
