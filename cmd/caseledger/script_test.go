package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"caseledger/events"
	"caseledger/internal/datadir"
	"caseledger/internal/lacking"
	"caseledger/internal/ops"
	"caseledger/internal/pages/pagetest"
	"caseledger/internal/story"
)

func TestMain(m *testing.M) {
	testscript.Main(closing{m}, map[string]func(){"caseledger": main})
}

// closing ends the tests' browser behind them.
type closing struct{ *testing.M }

func (c closing) Run() int {
	defer pagetest.Close()
	return c.M.Run()
}

// TestScripts runs testdata/script. Beside testscript's own commands:
//
//	exits CODE COMMAND…   runs a command that must end with this code
//	keep NAME REGEXP      puts the first group of the last stdout into $NAME
//	body KIND FILE        writes the file of an append; see files
//	flip FILE OFFSET      inverts a bit of a byte; a negative offset is from the end
//	hold DIR              holds a directory's lock until the script ends
//	healthy DIR           waits until a service answers on the directory's socket
//	mode FILE MODE        checks a file's permissions
//	disclose STEP         takes the story's disclosure in $CASE to a step and
//	                      puts the request into $REQUEST; see disclose
//	authority SECRETS     starts a time-stamping authority that a ledger asks
//	age-key NAME FILE     makes an age key; the public key is in $NAME
//	unseal KEY IN OUT     opens an age file
//	printing              puts into $PLAIN whether there is no PDF engine here
//	unpack BUNDLE DIR     writes the files of a bundle, without its top directory
//	signed BUNDLE         asks pdfsig and qpdf about its sheets
//	withheld BUNDLE       looks for what the bundle does not open, everywhere
//
// and the condition [lacks:PROGRAM] of what scripts/setup installs.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TZ", "UTC")
			return nil
		},
		Condition: lacks,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "keep": keep, "body": writeBody, "flip": flip, "hold": hold, "healthy": healthy, "mode": mode, "disclose": disclose,
			"authority": authority, "age-key": ageKey, "unseal": unseal, "printing": printing, "signed": signed, "unpack": unpack, "withheld": withheld,
		},
	})
}

func lacks(condition string) (bool, error) {
	program, ok := strings.CutPrefix(condition, "lacks:")
	if !ok {
		return false, fmt.Errorf("no such condition: %q", condition)
	}
	_, err := exec.LookPath(program)
	if err != nil && lacking.Nothing() {
		return false, err
	}
	return err != nil, nil
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v: exit %d, want %d", args[1:], got, want)
	}
}

func keep(ts *testscript.TestScript, neg bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if neg || len(m) < 2 {
		ts.Fatalf("stdout does not match %q", args[1])
	}
	ts.Setenv(args[0], m[1])
}

// attempt is the smallest event there is: nobody picked up.
func attempt(note string) string {
	return `{"occurred":{"from":"2026-11-20T09:30:00+00:00","precision":"exact","to":null},"data":{"channel":"phone",` +
		`"made":{"from":"live","kept":null,"late":null,"reference":null},"next_try":null,"note":{"text":` + note + `},` +
		`"number":null,"outcome":"no-answer","voicemail":false}}`
}

// files are good and bad files of an append.
var files = map[string]func() string{
	"good":      func() string { return attempt(`"rang twice"`) },
	"other":     func() string { return attempt(`"rang once"`) },
	"spaced":    func() string { return "\n" + strings.ReplaceAll(attempt(`"rang \u0074wice"`), `":`, "\" :\t") + "\n" },
	"utf8":      func() string { return attempt("\"rang \xff twice\"") },
	"nul":       func() string { return attempt(`"rang \u0000 twice"`) },
	"raw-nul":   func() string { return attempt("\"rang \x00 twice\"") },
	"surrogate": func() string { return attempt(`"rang \ud83d twice"`) },
	"duplicate": func() string {
		return strings.Replace(attempt(`"a"`), `"voicemail"`, `"outcome":"engaged","voicemail"`, 1)
	},
	"twice":       func() string { return strings.Replace(attempt(`"a"`), `"data"`, `"occurred":null,"data"`, 1) },
	"unknown":     func() string { return strings.Replace(attempt(`"a"`), `"voicemail"`, `"codename":"x","voicemail"`, 1) },
	"unknown-top": func() string { return strings.Replace(attempt(`"a"`), `"data"`, `"secretword":1,"data"`, 1) },
	"fraction":    func() string { return strings.Replace(attempt(`"a"`), `false`, `1.5`, 1) },
	"exponent":    func() string { return strings.Replace(attempt(`"a"`), `false`, `1e2`, 1) },
	"huge-number": func() string { return strings.Replace(attempt(`"a"`), `false`, `9007199254740993`, 1) },
	"minus-zero":  func() string { return strings.Replace(attempt(`"a"`), `false`, `-0`, 1) },
	"deep": func() string {
		return strings.Replace(attempt(`"a"`), `false`, strings.Repeat("[", 15)+strings.Repeat("]", 15), 1)
	},
	"too-large":   func() string { return sized(events.MaxBody + 1) },
	"largest":     func() string { return sized(events.MaxBody) },
	"not-json":    func() string { return "{" },
	"array":       func() string { return "[]" },
	"version-2":   func() string { return strings.Replace(attempt(`"a"`), `"data"`, `"v":2,"data"`, 1) },
	"other-type":  func() string { return strings.Replace(attempt(`"a"`), `"data"`, `"type":"case.closed","data"`, 1) },
	"no-occurred": func() string { return `{"data":{}}` },
	"backwards": func() string {
		return strings.Replace(attempt(`"a"`), `"to":null`, `"to":"2026-11-20T09:29:00+00:00"`, 1)
	},
	"bad-date-time": func() string { return strings.Replace(attempt(`"a"`), `2026-11-20T09:30`, `2026-11-31T09:30`, 1) },
	"word":          func() string { return attempt(`"Wolverhampton"`) },
}

// sized makes a file whose canonical body has exactly n bytes. Prose is at
// most 200,000 characters, so they are four bytes long.
func sized(n int) string {
	whole := func(text string) string { return attempt(`"` + text + `"`) }
	canonical, err := events.Canonicalize([]byte(whole("")))
	if err != nil {
		panic(err)
	}
	rest := n - len(canonical) - len(`"actor":"staff-07",,"type":"contact.attempted","v":1`)
	return whole(strings.Repeat("😀", rest/4) + strings.Repeat("x", rest%4))
}

func writeBody(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || files[args[0]] == nil {
		ts.Fatalf("usage: body KIND FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(files[args[0]]()), 0o600))
}

func flip(ts *testscript.TestScript, neg bool, args []string) {
	file := ts.MkAbs(args[0])
	b, err := os.ReadFile(file)
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	ts.Check(os.WriteFile(file, b, 0o600))
}

func hold(ts *testscript.TestScript, neg bool, args []string) {
	l, err := datadir.Dir(ts.MkAbs(args[0])).Lock()
	ts.Check(err)
	ts.Defer(func() { _ = l.Unlock() })
}

func healthy(ts *testscript.TestScript, neg bool, args []string) {
	socket := datadir.Dir(ts.MkAbs(args[0])).Socket()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("unix", socket); err == nil {
			c.Close()
			return
		}
	}
	ts.Fatalf("no service on %s", filepath.Base(args[0]))
}

func mode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s: mode %s, want %s", args[0], got, args[1])
	}
}

// disclose loads the story into the ledger in d and s, which is new, and takes
// the disclosure of its case "court" up to a step of package ops, by the
// commands and files that the story has. The draft lies in draft, the files in
// files.
func disclose(ts *testscript.TestScript, neg bool, args []string) {
	steps := []string{ops.TakeRequest, ops.TakeDecide, ops.TakeTell, ops.TakeClose, ops.TakeApprove}
	if neg || len(args) != 1 || !slices.Contains(steps, args[0]) {
		ts.Fatalf("usage: disclose %s", strings.Join(steps, "|"))
	}
	run := func(args ...string) string {
		ts.Check(ts.Exec("caseledger", append(args, "--data", "d", "--secrets", "s")...))
		return ts.ReadFile("stdout")
	}
	ts.Check(os.Mkdir(ts.MkAbs("files"), 0o700))
	run("demo", "--files", "files", "--json")
	keep(ts, false, []string{"CASE", `"case":"([0-9a-f]+)","title":"court"`})
	who := map[string]string{ops.TakeRequest: story.Decider, ops.TakeDecide: story.Decider, ops.TakeTell: story.Reader, ops.TakeClose: story.Reader, ops.TakeApprove: story.Approver}
	for _, step := range steps {
		more := []string{"disclosure", step, "--case", ts.Getenv("CASE"), "--actor", who[step], "--file", "files/" + step + ".json", "--json"}
		if step != ops.TakeRequest {
			more = append(more, "--request", ts.Getenv("REQUEST"))
		}
		if step == ops.TakeApprove {
			run("disclosure", "draft", "--case", ts.Getenv("CASE"), "--request", ts.Getenv("REQUEST"), "--out", "draft", "--no-pdf", "--json")
			keep(ts, false, []string{"PAGES", `"pages":([0-9]+)`})
			ts.Check(os.WriteFile(ts.MkAbs("files/approve.json"), []byte(`{"approved":true,"pages":`+ts.Getenv("PAGES")+`,"reasons":null}`), 0o600))
			more = append(more, "--draft", "draft")
		}
		run(more...)
		if step == ops.TakeRequest {
			keep(ts, false, []string{"REQUEST", `"seq":([0-9]+)`})
		}
		if step == args[0] {
			return
		}
	}
}
