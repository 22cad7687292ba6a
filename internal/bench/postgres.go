//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"caseledger/events"
)

// A postgres is a server of its own for this run: fresh data directory, unix
// socket only, room for two times 64 sessions, and otherwise the settings it
// comes with (fsync, synchronous_commit and full_page_writes on, the default
// wal_sync_method).
type postgres struct {
	bin     string // directory of postgres and initdb
	dir     string // holds data/
	socket  string // directory of the socket: short, as its path holds 107 bytes
	version string
	cmd     *exec.Cmd
	done    chan error
}

const (
	postgresUser = "bench"
	postgresWait = 30 * time.Second // to start, to stop
)

// The tables of the comparison: one row for each chain's head, locked while
// its next event is sealed, and one for each event. The unique id is the
// idempotency that every append of ours checks.
const postgresTables = `
CREATE TABLE chains (chain bytea PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL);
CREATE TABLE events (chain bytea, seq bigint, id bytea NOT NULL UNIQUE, hash bytea NOT NULL, record bytea NOT NULL, PRIMARY KEY (chain, seq));
`

// findPostgres returns the directory of the newest server on this machine.
func findPostgres() (string, error) {
	if p, err := exec.LookPath("postgres"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(p), "initdb")); err == nil {
				return filepath.Dir(p), nil
			}
		}
	}
	// Where Debian keeps them, out of PATH.
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("no postgres on this machine; scripts/bench installs it")
	}
	newest := slices.MaxFunc(found, func(a, b string) int {
		return postgresMajor(a) - postgresMajor(b)
	})
	return filepath.Dir(newest), nil
}

func postgresMajor(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// newPostgres makes a data directory under dir.
func newPostgres(ctx context.Context, dir string) (*postgres, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	p := &postgres{bin: bin, dir: dir}
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("postgres --version: %w", err)
	}
	p.version = string(bytes.TrimSpace(out))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	attr, err := serverAttr()
	if err != nil {
		return nil, err
	}
	if p.socket, err = os.MkdirTemp("", "pg-"); err != nil {
		return nil, err
	}
	if attr.Credential != nil {
		for _, d := range []string{dir, p.socket} {
			if err := os.Chown(d, int(attr.Credential.Uid), int(attr.Credential.Gid)); err != nil {
				return nil, errors.Join(err, os.RemoveAll(p.socket))
			}
		}
	}
	cmd := p.command(ctx, attr, "initdb", "--pgdata", p.data(), "--username", postgresUser, "--auth", "trust", "--encoding", "UTF8", "--locale", "C")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(p.socket))
	}
	return p, nil
}

// serverAttr drops root, which initdb and postgres refuse.
func serverAttr() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() != 0 {
		return attr, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attr, nil
	}
	return nil, errors.New("postgres must not run as root, and there is no user postgres or nobody")
}

func (p *postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *postgres) command(ctx context.Context, attr *syscall.SysProcAttr, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + p.bin + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = attr
	return cmd
}

// start runs the server, behind in unless it is nil, and waits until it
// answers.
func (p *postgres) start(ctx context.Context, in *injector) error {
	attr, err := serverAttr()
	if err != nil {
		return err
	}
	p.cmd = p.command(context.WithoutCancel(ctx), attr, "postgres", "-D", p.data(), "-k", p.socket, "-c", "listen_addresses=", "-c", "max_connections=150")
	log, err := os.OpenFile(filepath.Join(filepath.Dir(p.dir), "postgres.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if in != nil {
		err = in.start(p.cmd)
	} else {
		err = p.cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	p.done = make(chan error, 1)
	go func() { p.done <- p.cmd.Wait() }()
	for deadline := time.Now().Add(postgresWait); ; {
		conn, err := pgx.Connect(ctx, p.address())
		if err == nil {
			return conn.Close(ctx)
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			p.stop()
			return fmt.Errorf("postgres does not answer: %w", err)
		}
		select {
		case err := <-p.done:
			p.cmd = nil
			return fmt.Errorf("postgres ended (see %s): %v", log.Name(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// address is what a client connects to.
func (p *postgres) address() string {
	return fmt.Sprintf("host=%s user=%s dbname=postgres", p.socket, postgresUser)
}

// stop ends the server: open sessions are cut, data is written out.
func (p *postgres) stop() error {
	defer os.RemoveAll(p.socket)
	if p.cmd == nil {
		return nil
	}
	p.cmd.Process.Signal(syscall.SIGINT)
	defer func() { p.cmd = nil }()
	select {
	case err := <-p.done:
		return err
	case <-time.After(postgresWait):
		p.cmd.Process.Signal(syscall.SIGQUIT)
		return errors.Join(errors.New("postgres did not stop in time"), <-p.done)
	}
}

// settings returns the settings that durability rests on.
func (p *postgres) settings(ctx context.Context) (string, error) {
	conn, err := pgx.Connect(ctx, p.address())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	var b bytes.Buffer
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers"} {
		var v string
		if err := conn.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&v); err != nil {
			return "", err
		}
		fmt.Fprintf(&b, " %s=%s", name, v)
	}
	return b.String()[1:], nil
}

// postgresSide appends to a postgres: the same record, built and sealed by the
// same code, under a lock on the chain's head.
type postgresSide struct {
	maker   *maker
	conns   []*pgx.Conn
	batched bool
}

// newPostgresSide connects writers sessions. Batched, a transaction takes two
// round trips instead of five.
func newPostgresSide(ctx context.Context, address string, writers int, batched bool) (*postgresSide, error) {
	s := &postgresSide{maker: newMaker(writers), batched: batched}
	for range writers {
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			s.close()
			return nil, err
		}
		s.conns = append(s.conns, conn)
	}
	c := s.conns[0]
	var there bool
	if err := c.QueryRow(ctx, "SELECT to_regclass('chains') IS NOT NULL").Scan(&there); err != nil {
		s.close()
		return nil, err
	}
	if !there {
		if _, err := c.Exec(ctx, postgresTables); err != nil {
			s.close()
			return nil, err
		}
	}
	for _, chain := range s.maker.chains {
		if _, err := c.Exec(ctx, "INSERT INTO chains VALUES ($1, 0, $2)", chain[:], make([]byte, len(events.Hash{}))); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

const (
	sqlHead   = "SELECT seq, hash FROM chains WHERE chain = $1 FOR UPDATE"
	sqlEvent  = "INSERT INTO events (chain, seq, id, hash, record) VALUES ($1, $2, $3, $4, $5)"
	sqlUpdate = "UPDATE chains SET seq = $2, hash = $3 WHERE chain = $1"
)

func (s *postgresSide) append(ctx context.Context, writer int, n uint64) error {
	conn, chain := s.conns[writer], s.maker.chain(writer, n)
	body, err := s.maker.body(n)
	if err != nil {
		return err
	}
	if s.batched {
		return s.appendBatched(ctx, conn, chain, body)
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	var tip events.Tip
	var prev []byte
	if err := tx.QueryRow(ctx, sqlHead, chain[:]).Scan(&tip.Seq, &prev); err != nil {
		return err
	}
	copy(tip.Hash[:], prev)
	rec, err := s.maker.seal(chain, tip, body)
	if err != nil {
		return err
	}
	hash := rec.Link.Hash()
	if _, err := tx.Exec(ctx, sqlEvent, chain[:], rec.Link.Seq, rec.Detail.ID[:], hash[:], rec.Append(nil)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlUpdate, chain[:], rec.Link.Seq, hash[:]); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func (s *postgresSide) appendBatched(ctx context.Context, conn *pgx.Conn, chain events.Chain, body []byte) error {
	var tip events.Tip
	var prev []byte
	open := &pgx.Batch{}
	open.Queue("BEGIN")
	open.Queue(sqlHead, chain[:]).QueryRow(func(row pgx.Row) error { return row.Scan(&tip.Seq, &prev) })
	if err := conn.SendBatch(ctx, open).Close(); err != nil {
		return err
	}
	copy(tip.Hash[:], prev)
	rec, err := s.maker.seal(chain, tip, body)
	if err != nil {
		return err
	}
	hash := rec.Link.Hash()
	end := &pgx.Batch{}
	end.Queue(sqlEvent, chain[:], rec.Link.Seq, rec.Detail.ID[:], hash[:], rec.Append(nil))
	end.Queue(sqlUpdate, chain[:], rec.Link.Seq, hash[:])
	end.Queue("COMMIT")
	return conn.SendBatch(ctx, end).Close()
}

func (s *postgresSide) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var errs []error
	for _, c := range s.conns {
		errs = append(errs, c.Close(ctx))
	}
	return errors.Join(errs...)
}
