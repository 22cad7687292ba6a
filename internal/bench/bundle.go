//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
)

// bundleContacts is how many contacts the case of DESIGN 7 has.
const bundleContacts = 1000

// What the people of the disclosure have to say, as the commands read it.
const (
	stepMade = `"made":{"from":"live","kept":null,"late":{"text":"Told for a benchmark."},"reference":null},` +
		`"occurred":{"from":"2026-11-21T10:00:00+00:00","precision":"exact","to":null}`
	requestStep = `{"counselling":false,"due":null,"force":"Harrowmere Police","form":null,"from":"2026-11-01","kind":"court-order","line_of_enquiry":null,` +
		`"necessary":null,"notice":null,"officer":"DC 4410 Elm","received":"2026-11-21T10:00:00+00:00","reference":"VIR/2026/1","to":"2026-11-30",` +
		`"what":{"text":"Every sheet of November."},` + stepMade + `}`
	decideStep = `{"advice":"not-needed","advice_from":null,"consulted":[],"decision":"part","from":"2026-11-01","kinds":["contact.recorded"],` +
		`"tests":[{"met":"yes","reasons":{"text":"By order."},"test":"lawful-power"},{"met":"yes","reasons":{"text":"By order."},"test":"relevant"},` +
		`{"met":"yes","reasons":{"text":"None is named."},"test":"third-parties"},{"met":"not-applicable","reasons":{"text":"It would not be safe."},"test":"notice"}],` +
		`"to":"2026-11-30",` + stepMade + `}`
	tellStep = `{"answer":"not-safe","channel":null,"on":null,"safe_contact":null,"views":null,` + stepMade + `}`
)

// bundles measures production and verification of the bundle of a case of
// bundleContacts contacts, PDF files included, every number in it closed. Each
// round produces the same disclosure once more.
func (b *bench) bundles(ctx context.Context) error {
	dir := filepath.Join(b.dir, "bundle")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(args ...string) ([]byte, time.Duration, error) {
		out, used, err := b.execute(ctx, append(args, "--data", at("data"), "--secrets", at("secrets"))...)
		return out, used.took, err
	}
	if _, _, err := run("init", "--origin", benchOrigin); err != nil {
		return err
	}
	for _, who := range [][2]string{{"staff-01", "manager"}, {"staff-02", "manager"}, {contactActor, "adviser"}} {
		if _, _, err := run("staff", "set", "--staff", who[0], "--role", who[1], "--actor", "staff-02"); err != nil {
			return err
		}
	}
	chain := chainNumber(1)
	var lines []byte
	for n := range uint64(bundleContacts) {
		id, err := ulid.New(ulid.Timestamp(time.Now()), rand.Reader)
		if err != nil {
			return err
		}
		lines = fmt.Appendf(lines, `{"case":"%s","id":"%s","type":"%s","v":1,"actor":"%s","occurred":%s,"data":%s}`+"\n",
			chain, id, contactType, contactActor, contactOccurred, contactData(n))
	}
	if err := os.WriteFile(at("contacts.jsonl"), lines, 0o600); err != nil {
		return err
	}
	if _, _, err := run("import", "--file", at("contacts.jsonl")); err != nil {
		return err
	}
	request, err := b.disclose(chain.String(), at, run)
	if err != nil {
		return err
	}
	policy, _, err := run("policy")
	if err != nil {
		return err
	}
	if err := os.WriteFile(at("policy.txt"), policy, 0o600); err != nil {
		return err
	}
	var made, checked []time.Duration
	var size int64
	for i := range b.rounds {
		name := at(fmt.Sprintf("%d.zip", i))
		_, took, err := run("export", "--case", chain.String(), "--request", request, "--actor", contactActor, "--out", name)
		if err != nil {
			return err
		}
		made = append(made, took)
		_, used, err := b.execute(ctx, "verify", name, "--policy", at("policy.txt"))
		if err != nil {
			return err
		}
		checked = append(checked, used.took)
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		size = info.Size()
	}
	for _, m := range []struct {
		work  string
		took  []time.Duration
		limit time.Duration
	}{
		{"bundle of 1,000 contacts, PDF files included", made, 5 * time.Second},
		{"  its verification", checked, time.Second},
	} {
		slices.Sort(m.took)
		median := m.took[len(m.took)/2]
		r := row{Group: "bundle", Work: m.work, Measured: fmt.Sprintf("%.2f s, %s", median.Seconds(), mebibytes(uint64(size))), Rounds: b.rounds,
			Values: []value{{"time", "s", median.Seconds()}, {"size", "byte", float64(size)}}}
		r.judge("< "+m.limit.String(), median < m.limit)
		b.report.Rows = append(b.report.Rows, r)
	}
	return nil
}

// disclose takes a request for everything in a case up to the second person,
// and returns its number. Whatever is proposed is closed.
func (b *bench) disclose(chain string, at func(string) string, run func(...string) ([]byte, time.Duration, error)) (string, error) {
	step := func(name, actor, file string, more ...string) ([]byte, error) {
		if err := os.WriteFile(at(name+".json"), []byte(file), 0o600); err != nil {
			return nil, err
		}
		args := []string{"disclosure", name, "--case", chain, "--actor", actor, "--file", at(name + ".json"), "--json"}
		out, _, err := run(append(args, more...)...)
		return out, err
	}
	out, err := step("request", "staff-02", requestStep)
	if err != nil {
		return "", err
	}
	var requested struct {
		Seq uint64 `json:"seq"`
	}
	if err := json.Unmarshal(out, &requested); err != nil {
		return "", err
	}
	request := fmt.Sprint(requested.Seq)
	of := []string{"--request", request}
	if _, err := step("decide", "staff-02", decideStep, of...); err != nil {
		return "", err
	}
	if _, err := step("tell", contactActor, tellStep, of...); err != nil {
		return "", err
	}
	out, took, err := run("disclosure", "propose", "--case", chain, "--request", request, "--json")
	if err != nil {
		return "", err
	}
	b.progress("bundle: what is to be closed was proposed in %.2f s", took.Seconds())
	var proposed struct {
		ReadTo    uint64 `json:"read_to"`
		Proposals []struct {
			Seq      uint64 `json:"seq"`
			Path     string `json:"path"`
			From, To *int
			Code     string `json:"code"`
		} `json:"proposals"`
	}
	if err := json.Unmarshal(out, &proposed); err != nil {
		return "", err
	}
	if len(proposed.Proposals) < bundleContacts {
		return "", errors.New("not every number was proposed for closing")
	}
	var closings bytes.Buffer
	for i, p := range proposed.Proposals {
		if i > 0 {
			closings.WriteByte(',')
		}
		fmt.Fprintf(&closings, `{"seq":%d,"path":"%s","code":"%s"`, p.Seq, p.Path, p.Code)
		if p.From != nil && p.To != nil {
			fmt.Fprintf(&closings, `,"from":%d,"to":%d`, *p.From, *p.To)
		}
		closings.WriteByte('}')
	}
	if _, err := step("close", contactActor, fmt.Sprintf(`{"read_to":%d,"closings":[%s],"proposals":[],%s}`, proposed.ReadTo, &closings, stepMade), of...); err != nil {
		return "", err
	}
	out, took, err = run("disclosure", "draft", "--case", chain, "--request", request, "--out", at("draft"), "--no-pdf", "--json")
	if err != nil {
		return "", err
	}
	b.progress("bundle: the draft, without PDF files, was made in %.2f s", took.Seconds())
	var draft struct {
		Sheet struct {
			Pages int `json:"pages"`
		} `json:"sheet"`
	}
	if err := json.Unmarshal(out, &draft); err != nil {
		return "", err
	}
	_, err = step("approve", "staff-01", fmt.Sprintf(`{"approved":true,"pages":%d,"reasons":null}`, draft.Sheet.Pages), append(of, "--draft", at("draft"))...)
	return request, err
}
