//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/web"
)

const (
	// desks is how many advisers are signed in at a time: with a full caseload
	// each, so many that no case need be opened twice.
	desks = looks / casesPerAdviser
	// pageBudget is for a page of a ledger of 1,000,000 events, at the server.
	pageBudget = 50 * time.Millisecond
)

// desk is somebody's browser, as far as the server sees it.
type desk struct {
	http    *http.Client
	site    string
	staff   string
	cookies map[string]string
}

// ask sends a request and returns the whole answer. A form makes it a POST.
func (d *desk) ask(ctx context.Context, path string, form url.Values) (status int, page []byte, to string, err error) {
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, d.site+path, body)
	if err != nil {
		return 0, nil, "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range d.cookies {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	resp, err := d.http.Do(req)
	if err != nil {
		return 0, nil, "", err
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		d.cookies[c.Name] = c.Value
	}
	page, err = io.ReadAll(resp.Body)
	return resp.StatusCode, page, resp.Header.Get("Location"), err
}

// errNotReady: the page says that it is still being worked out.
var errNotReady = errors.New("the page is being worked out")

// look opens a page, which must come whole and for whom it is.
func (d *desk) look(ctx context.Context, path string) error {
	status, page, to, err := d.ask(ctx, path, nil)
	switch {
	case err == nil && status == http.StatusOK && bytes.Contains(page, []byte("is being worked out")):
		return errNotReady
	case err != nil:
		return err
	case status != http.StatusOK:
		return fmt.Errorf("%s answered %d %s", path, status, to)
	case !bytes.Contains(page, []byte(d.staff)) || !bytes.HasSuffix(bytes.TrimSpace(page), []byte("</html>")):
		return fmt.Errorf("%s answered with something else", path)
	}
	return nil
}

var shownSecret = regexp.MustCompile(`class="sign__key"><code>([^<]*)<`)

// sitDown makes an account for a member of staff and sets it up: password, code
// and all. The error wraps events.ErrConflict when there is one already.
func (l *large) sitDown(ctx context.Context, client *web.Client, staff, role string) (*desk, error) {
	made, err := client.ChangeAccount(ctx, ops.ChangeAccount{Do: ops.AccountAdd, Staff: staff})
	if err != nil {
		return nil, err
	}
	if err := recordStaff(ctx, client, staff, role); err != nil {
		return nil, err
	}
	d := &desk{staff: staff, site: "http://localhost:" + l.port, cookies: map[string]string{}, http: &http.Client{
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+l.port)
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	step := func(path string, form url.Values, want int) ([]byte, error) {
		status, page, _, err := d.ask(ctx, path, form)
		if err == nil && status != want {
			err = fmt.Errorf("%s answered %d", path, status)
		}
		return page, err
	}
	if _, err := step("/set-up", url.Values{"staff": {staff}, "code": {made.Code}}, http.StatusSeeOther); err != nil {
		return nil, err
	}
	page, err := step("/set-up/account", nil, http.StatusOK)
	if err != nil {
		return nil, err
	}
	found := shownSecret.FindSubmatch(page)
	if found == nil {
		return nil, errors.New("/set-up/account shows no key for an authenticator")
	}
	secret, err := access.ParseSecret(string(found[1]))
	if err != nil {
		return nil, err
	}
	const password = "kettle by the harbour 4"
	_, err = step("/set-up/account", url.Values{"code": {access.CodeAt(secret, time.Now())}, "password": {password}, "again": {password}}, http.StatusSeeOther)
	return d, err
}

// recordStaff puts somebody on the roster.
func recordStaff(ctx context.Context, client *web.Client, staff, role string) error {
	_, err := client.Append(ctx, ops.Append{
		Type: "staff.recorded", V: 2, Actor: "staff-0", Occurred: contactOccurred,
		Data: []byte(`{"active":true,"by":"staff-0","cap":null,"face_to_face":false,"initials":null,"languages":["en"],"role":"` + role + `","staff":"` + staff + `"}`),
	})
	if err != nil {
		return fmt.Errorf("record %s: %w", staff, err)
	}
	return nil
}

// pages measures whole pages as the service answers signed-in people, each look
// an event of the access ledger before it is shown.
func (b *bench) pages(ctx context.Context) error {
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
	accounts, err := client.Accounts(ctx)
	if err != nil {
		return err
	}
	has := map[string]bool{} // who has an account from an earlier run
	for _, a := range accounts.Accounts {
		has[a.Staff] = true
	}
	// Advisers from the end of the ledger, who have cases of the usual length.
	type adviser struct {
		*desk
		first uint64 // of her or his cases
	}
	var advisers []adviser
	for k := l.cases / casesPerAdviser; k > 1 && len(advisers) < desks; k-- {
		first := (k - 1) * casesPerAdviser
		if has[adviserOf(first)] {
			continue
		}
		d, err := l.sitDown(ctx, client, adviserOf(first), "adviser")
		if err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
		advisers = append(advisers, adviser{d, first})
	}
	if len(advisers) == 0 {
		return errors.New("every adviser has an account already: start from a new ledger")
	}
	number := 1
	for has[fmt.Sprintf("lead-%d", number)] {
		number++
	}
	manager, err := l.sitDown(ctx, client, fmt.Sprintf("lead-%d", number), "manager")
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	turn := func(i int) adviser { return advisers[i%len(advisers)] }
	at := func(c events.Chain, rest string) string { return "/case/" + c.String() + rest }
	of := func(i int) (adviser, events.Chain) {
		a := turn(i)
		return a, chainNumber(a.first + uint64(i/len(advisers))%casesPerAdviser)
	}
	for _, p := range []struct {
		work string
		once bool // of everybody: the first look is told apart
		look func(i int) error
	}{
		{"My day", false, func(i int) error { return turn(i).look(ctx, "/day") }},
		{fmt.Sprintf("case of %d events, each opened once", perCase), false, func(i int) error { a, c := of(i); return a.look(ctx, at(c, "")) }},
		{fmt.Sprintf("case of %d events", longCase), false, func(int) error { return manager.look(ctx, at(l.longest, "")) }},
		{"new contact", false, func(i int) error { a, c := of(i); return a.look(ctx, at(c, "/contact/new")) }},
		{"cases of an adviser", false, func(i int) error { return turn(i).look(ctx, "/cases") }},
		{"cases of everybody, for a manager", true, func(int) error { return manager.look(ctx, "/cases") }},
		{"the board of a manager", true, func(int) error { return manager.look(ctx, "/board") }},
	} {
		b.progress("pages: %s", p.work)
		if p.once {
			start := time.Now()
			err := p.look(0)
			took := time.Since(start)
			r := row{Group: "pages", Work: p.work + ", the first time", Measured: lasted(took), Rounds: 1, Values: []value{{"time", "ms", millis(took)}}}
			waits := errors.Is(err, errNotReady)
			switch {
			case waits:
				r.Work = p.work + ", while it is being worked out: how far it is"
			case err != nil:
				r.Measured = "no page after " + lasted(took)
			}
			l.report.Rows = append(l.report.Rows, *r.judge("< 50 ms", (err == nil || waits) && took < pageBudget))
			for errors.Is(err, errNotReady) {
				select {
				case <-time.After(100 * time.Millisecond):
					err = p.look(0)
				case <-ctx.Done():
					err = ctx.Err()
				}
			}
			if waits {
				took = time.Since(start)
				l.report.Rows = append(l.report.Rows, row{Group: "pages", Work: p.work + ", until it is there", Measured: lasted(took), Rounds: 1, Values: []value{{"time", "ms", millis(took)}}})
			}
			if err != nil {
				continue
			}
		}
		var took []time.Duration
		for i, end := 0, time.Now().Add(enough); i < looks && (i < looks/10 || time.Now().Before(end)); i++ {
			start := time.Now()
			if err := p.look(i); err != nil {
				return fmt.Errorf("%s: %w", p.work, err)
			}
			took = append(took, time.Since(start))
		}
		l.measured("pages", p.work, took, pageBudget)
	}
	return l.stop()
}

// lasted says how long something took, in the unit that fits.
func lasted(d time.Duration) string {
	if d < time.Second {
		return number(millis(d)) + " ms"
	}
	return number(d.Seconds()) + " s"
}
