package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"caseledger/internal/access"
	"caseledger/internal/accesslog"
	"caseledger/internal/clock"
	"caseledger/internal/datadir"
	"caseledger/internal/ops"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// letterbox takes mail on this machine.
type letterbox struct {
	mu   sync.Mutex
	mail map[string][]string // by recipient
}

type letter struct {
	box *letterbox
	to  string
}

func (l *letter) Mail(string, *smtp.MailOptions) error { return nil }
func (l *letter) Rcpt(to string, _ *smtp.RcptOptions) error {
	l.to = to
	return nil
}

func (l *letter) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	l.box.mu.Lock()
	defer l.box.mu.Unlock()
	l.box.mail[l.to] = append(l.box.mail[l.to], string(b))
	return err
}
func (*letter) Reset()        {}
func (*letter) Logout() error { return nil }

// TestMail: on a real ledger with the story in it and a real mail server, who
// is asked to sign in when what happens, and that no message says what.
func TestMail(t *testing.T) {
	box := &letterbox{mail: map[string][]string{}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &letter{box: box}, nil }))
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(on) }()
	defer server.Close()

	dir := t.TempDir()
	flags := []string{"--data", filepath.Join(dir, "d"), "--secrets", filepath.Join(dir, "s")}
	for _, args := range [][]string{{"init", "--origin", "ledger.example.org/cases"}, {"demo"}} {
		var out bytes.Buffer
		if err := run(t.Context(), append(args, flags...), strings.NewReader(""), &out, &out); err != nil {
			t.Fatal(out.String(), err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "s", "mail.json"), []byte(`{"format":"caseledger/mail/v1","from":"ledger@example.org","password":"","server":"`+on.Addr().String()+`","tls":"none","user":""}`), 0o600); err != nil {
		t.Fatal(err)
	}
	var logs bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logs, nil))
	l, err := openLedger(t.Context(), openOptions{dir: datadir.Dir(filepath.Join(dir, "d")), secrets: filepath.Join(dir, "s"), logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx := t.Context()
	if l.mail, err = l.openMail("https://cases.example.org/", logger); err != nil {
		t.Fatal(err)
	}
	guard, err := l.guarding()
	if err != nil {
		t.Fatal(err)
	}
	// Everybody has an account that is ready and an address of their own.
	roster, err := l.Roster(ctx, ops.ViewOf{})
	if err != nil {
		t.Fatal(err)
	}
	f := siteFlags{addr: "127.0.0.1:8080"}
	site, err := l.site(f.where(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}), logger, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range roster.Staff {
		code, err := l.ChangeAccount(ctx, opsAdd(m.Staff))
		if err != nil {
			t.Fatal(err)
		}
		if m.Staff != "staff-31" { // who has not set hers up is not asked
			(&visitor{t, site, map[string]*http.Cookie{}}).setUp(m.Staff, code.Code)
		}
		if err := guard.Accounts().SetEmail(ctx, m.Staff, m.Staff+"@example.org"); err != nil {
			t.Fatal(err)
		}
	}
	// asked is who gets mail because of what happens in do.
	asked := func(do func() error) []string {
		t.Helper()
		box.mail = map[string][]string{}
		if err := os.RemoveAll(l.o.dir.Mail()); err != nil {
			t.Fatal(err)
		}
		if l.mail, err = l.openMail("https://cases.example.org/", logger); err != nil {
			t.Fatal(err)
		}
		if err := do(); err != nil {
			t.Fatal(err)
		}
		want := uint64(l.mail.Status().Waiting)
		ctx, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() { l.mail.Run(ctx); close(ended) }()
		for s := l.mail.Status(); s.Waiting > 0 && s.Problem == ""; s = l.mail.Status() {
			time.Sleep(time.Millisecond)
		}
		stop()
		<-ended
		if s := l.mail.Status(); s.Problem != "" || s.Sent > want {
			t.Fatalf("%+v, %d waited", s, want)
		}
		box.mu.Lock()
		defer box.mu.Unlock()
		var list []string
		for to, messages := range box.mail {
			list = append(list, strings.TrimSuffix(to, "@example.org"))
			if len(messages) != 1 {
				t.Errorf("%d messages to %s", len(messages), to)
			}
			for _, m := range messages {
				_, body, _ := strings.Cut(m, "\r\n\r\n")
				if body != "Please sign in:\r\n\r\nhttps://cases.example.org/\r\n\r\nThis message is the same whatever the reason. It is sent by a machine: nobody reads answers.\r\n" || !strings.Contains(m, "\r\nSubject: Please sign in\r\n") {
					t.Errorf("%q", m)
				}
			}
		}
		slices.Sort(list)
		return list
	}
	chain := story.Chain("court")
	facts, err := l.Facts(ctx, chain)
	if err != nil {
		t.Fatal(err)
	}
	managers := func(but ...string) []string {
		var list []string
		for _, m := range roster.Staff {
			if m.Role == string(access.Manager) && m.Active && !slices.Contains(but, m.Staff) && !slices.Contains(facts.Excluded, m.Staff) {
				list = append(list, m.Staff)
			}
		}
		return list
	}
	expect := func(what string, got, want []string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q were asked, want %q", what, got, want)
		}
	}

	expect("broken glass", asked(func() error {
		_, err := l.record(ctx, accesslog.Entry{Type: "glass.broken", Session: chain, Staff: "staff-11", Role: "adviser", Case: &chain, Reason: "a call from the hospital", Until: time.Now().Add(time.Hour)})
		return err
	}), managers())
	expect("a reset that the manager asked for", asked(func() error {
		_, err := l.record(ctx, accesslog.Entry{Type: "account.reset-asked", Staff: managers()[0], Role: "manager", Account: "staff-07"})
		return err
	}), managers(managers()[0]))
	helpline := func(actor string) func() error {
		return func() error {
			from := clock.Format(clock.London(time.Now().Add(-time.Minute)))
			occurred, err := schemas.EncodeData(schemas.Occurred{From: &from, Precision: "exact"})
			if err != nil {
				return err
			}
			data, err := schemas.EncodeData(schemas.HelplineContact{
				Made: schemas.Made{From: "live"}, Channel: "phone", Caller: "not-known", CallBack: schemas.CallBack{Safe: "not-known"}, Present: []schemas.Bystander{},
				DangerNow: "no", Emergency: "not-needed", Statements: []schemas.StatementV2{{Kind: "observed", Speaker: "me", Text: "Nobody spoke.", Language: "en", PassedBy: []schemas.PassedBy{}}},
			})
			if err != nil {
				return err
			}
			_, err = l.Append(ctx, ops.Append{Case: &chain, Type: "helpline.contact", Actor: actor, Occurred: occurred, Data: data})
			return err
		}
	}
	theirs := append([]string{facts.Adviser}, facts.Covering...)
	slices.Sort(theirs)
	expect("a call to the helpline", asked(helpline("staff-31")), slices.Compact(slices.Clone(theirs)))
	expect("a call that the adviser took", asked(helpline(facts.Adviser)), slices.DeleteFunc(slices.Compact(slices.Clone(theirs)), func(s string) bool { return s == facts.Adviser }))
	expect("another way to be reached", asked(func() error {
		told := story.Events()
		slices.Reverse(told)
		i := slices.IndexFunc(told, func(e story.Event) bool { return e.Chain == chain && e.Type == "safe-contact.set" })
		_, err := l.Append(ctx, ops.Append{Case: &chain, Type: told[i].Type, V: told[i].V, Actor: "staff-01", Occurred: told[i].Occurred, Data: told[i].Data})
		return err
	}), slices.Compact(slices.Clone(theirs)))
	files := map[string][]byte{}
	for _, f := range story.Path() {
		files[f.Name] = f.Data
	}
	of := ops.TakeStep{Case: chain}
	step := func(name, actor string) func() error {
		return func() error {
			of.Step, of.Actor, of.File = name, actor, files[name+".json"]
			r, err := l.TakeStep(ctx, of)
			of.Request = r.Request
			return err
		}
	}
	expect("a request", asked(step(ops.TakeRequest, story.Decider)), managers(story.Decider))
	expect("a decision before its words are closed", asked(step(ops.TakeDecide, story.Decider)), nil)
	expect("the client told", asked(step(ops.TakeTell, story.Reader)), nil)
	// The second person is neither who closed the words nor who decided.
	expect("closed words", asked(step(ops.TakeClose, story.Reader)), managers(story.Reader, story.Decider))
	expect("an entry that can wait", asked(func() error {
		_, err := l.Append(ctx, staffIs("staff-77", access.Helpline))
		return err
	}), nil)
	if strings.Contains(logs.String(), "example.org") || strings.Contains(logs.String(), chain.String()) {
		t.Error(logs.String())
	}
}
