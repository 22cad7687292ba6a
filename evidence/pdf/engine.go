package pdf

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"caseledger/evidence/sheet"
)

// The limits of a rendering where Options does not say other.
const (
	DefaultTimeout = 2 * time.Minute
	DefaultMemory  = 3 << 30 // bytes
)

// What is too large to be begun.
const (
	maxProgram  = 256 << 20 // bytes of a document
	maxAttached = 256 << 20 // bytes of contact-sheets.json
	maxFile     = 1 << 30   // bytes of a PDF
)

// ErrEngine: the typesetting engine is missing, is another version, or ended
// without a file.
var ErrEngine = errors.New("the PDF engine cannot be used")

// ErrLimit: a document that is too large, or took too long.
var ErrLimit = errors.New("too large for the PDF engine")

//go:embed sidecar/sheet.typ
var template []byte

//go:embed sidecar/render.mjs
var renderer []byte

//go:embed sidecar/package-lock.json
var lockfile []byte

// Options say where the engine is and what it may use.
type Options struct {
	// Dir is the sidecar directory, with node_modules in it. Empty: the
	// environment's CASELEDGER_PDF, else where Find finds it.
	Dir string
	// Node is the program to run; empty: node, from PATH. 20.12 or later.
	Node    string
	Timeout time.Duration // of one rendering; 0: DefaultTimeout
	Memory  int64         // bytes of one rendering's data; 0: DefaultMemory
}

// Engine renders documents. It may be used by several goroutines; each
// rendering is a process of its own.
type Engine struct {
	options Options
	args    []string
	fonts   *fonts
	jail    jail
}

// Find returns the sidecar directory of an installed program: lib/caseledger/pdf
// beside the directory of the program, else evidence/pdf/sidecar beside it,
// which is where it is in a source tree with the program in bin, else
// evidence/pdf/sidecar below the working directory. "" means none of them.
func Find() string {
	var places []string
	if program, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(program); err == nil {
			program = real
		}
		up := filepath.Dir(filepath.Dir(program))
		places = append(places, filepath.Join(up, "lib", "caseledger", "pdf"), filepath.Join(up, "evidence", "pdf", "sidecar"))
	}
	places = append(places, filepath.Join("evidence", "pdf", "sidecar"))
	for _, dir := range places {
		if _, err := os.Stat(filepath.Join(dir, "render.mjs")); err == nil {
			return dir
		}
	}
	return ""
}

// missing is an error that says what to do.
func missing(format string, args ...any) error {
	return fmt.Errorf("%s; run scripts/setup (docs/OPERATIONS.md, \"PDF\"): %w", fmt.Sprintf(format, args...), ErrEngine)
}

// Open finds the engine, checks that it is the one that this program was built
// for, and reads which characters its fonts have. Its errors wrap ErrEngine.
func Open(o Options) (*Engine, error) {
	if o.Dir == "" {
		o.Dir = os.Getenv("CASELEDGER_PDF")
	}
	if o.Dir == "" {
		o.Dir = Find()
	}
	if o.Dir == "" {
		return nil, missing("there is no directory with the PDF engine")
	}
	dir, err := filepath.Abs(o.Dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, missing("the directory of the PDF engine cannot be read")
	}
	o.Dir = dir
	if have, err := os.ReadFile(filepath.Join(dir, "render.mjs")); err != nil || !bytes.Equal(have, renderer) {
		return nil, missing("the directory of the PDF engine is of another version")
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Memory == 0 {
		o.Memory = DefaultMemory
	}
	if err := checkModules(dir); err != nil {
		return nil, err
	}
	if o.Node == "" {
		o.Node = "node"
	}
	if o.Node, err = exec.LookPath(o.Node); err != nil {
		return nil, missing("Node is not installed")
	}
	permission, err := permissionFlag(o.Node)
	if err != nil {
		return nil, err
	}
	e := &Engine{options: o, jail: openJail(dir, o.Node)}
	e.args = []string{
		permission, "--allow-addons", "--allow-fs-read=" + filepath.Join(dir, "*"), "--no-warnings",
		"--max-old-space-size=" + strconv.FormatInt(o.Memory>>20, 10), filepath.Join(dir, "render.mjs"),
	}
	if e.fonts, err = readFonts(filepath.Join(dir, "node_modules")); err != nil {
		return nil, missing("%v", err)
	}
	return e, nil
}

// checkModules checks that what is installed is what the lockfile says.
func checkModules(dir string) error {
	var lock struct {
		Packages map[string]struct {
			Version  string
			Optional bool
		}
	}
	if err := json.Unmarshal(lockfile, &lock); err != nil {
		return missing("the lockfile cannot be read")
	}
	for path, want := range lock.Packages {
		if path == "" || want.Optional {
			continue
		}
		var have struct{ Version string }
		raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path), "package.json"))
		if err != nil {
			return missing("%s is not installed", strings.TrimPrefix(path, "node_modules/"))
		}
		if err := json.Unmarshal(raw, &have); err != nil || have.Version != want.Version {
			return missing("%s is not version %s", strings.TrimPrefix(path, "node_modules/"), want.Version)
		}
	}
	return nil
}

// permissionFlag returns how this Node calls its permission model.
func permissionFlag(node string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "--version")
	cmd.Env = []string{}
	out, err := cmd.Output()
	if err != nil {
		return "", missing("Node does not run")
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(out), "v%d.%d.", &major, &minor); err != nil || major < 20 || major == 20 && minor < 12 {
		return "", missing("Node is older than 20.12")
	}
	if major < 23 {
		return "--experimental-permission", nil
	}
	return "--permission", nil
}

// Isolation says, for a log, what keeps a rendering to itself on this system.
func (e *Engine) Isolation() string { return e.jail.String() }

// Render prints a document. attached is contact-sheets.json, which is put into
// the file as its source; nil: nothing is. The same input gives the same
// bytes. Errors wrap ErrInput, ErrGlyph, ErrLimit or ErrEngine, or are the
// context's; none holds a word of the document.
func (e *Engine) Render(ctx context.Context, doc *sheet.Document, attached []byte) ([]byte, error) {
	program, words, err := compile(doc, e.fonts, len(attached) > 0)
	if err != nil {
		return nil, err
	}
	if len(program) > maxProgram || len(attached) > maxAttached {
		return nil, fmt.Errorf("a document of %d bytes with %d attached: %w", len(program), len(attached), ErrLimit)
	}
	file, err := e.run(ctx, program, attached)
	if err != nil {
		return nil, err
	}
	file, err = rewrite(file, words)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrEngine)
	}
	return file, nil
}

// run runs the engine on a program.
func (e *Engine) run(ctx context.Context, program, attached []byte) ([]byte, error) {
	empty, err := os.MkdirTemp("", "caseledger-pdf-")
	if err != nil {
		return nil, fmt.Errorf("an empty directory for the PDF engine: %w", err)
	}
	defer os.RemoveAll(empty)
	limited, cancel := context.WithTimeout(ctx, e.options.Timeout)
	defer cancel()
	head := fmt.Appendf(nil, "{\"template\":%d,\"program\":%d,\"attached\":%d}\n", len(template), len(program), len(attached))
	cmd := exec.CommandContext(limited, e.options.Node, e.args...)
	cmd.Dir = empty
	cmd.Env = []string{}
	cmd.Stdin = io.MultiReader(bytes.NewReader(head), bytes.NewReader(template), bytes.NewReader(program), bytes.NewReader(attached))
	stdout, stderr := &capped{most: maxFile}, &capped{most: 64 << 10}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.WaitDelay = 5 * time.Second
	err = e.jail.run(cmd, e.options.Memory)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("not done after %v: %w", e.options.Timeout, ErrLimit)
	case stdout.over:
		return nil, fmt.Errorf("a file over %d bytes: %w", maxFile, ErrLimit)
	case err == nil:
		return stdout.Bytes(), nil
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return nil, missing("Node does not run")
	}
	var report struct {
		Stage string
		At    []int
	}
	if json.Unmarshal(stderr.Bytes(), &report) != nil {
		return nil, fmt.Errorf("the engine ended without a word, perhaps for want of memory (%d MiB): %w", e.options.Memory>>20, ErrLimit)
	}
	switch report.Stage {
	case "engine", "fonts":
		return nil, missing("the PDF engine does not load")
	case "compile", "export", "input":
		return nil, fmt.Errorf("stage %s failed, at lines %v of the template: %w", report.Stage, report.At, ErrEngine)
	}
	return nil, ErrEngine
}

// capped keeps what is written, up to a limit.
type capped struct {
	bytes.Buffer
	most int
	over bool
}

// Write implements io.Writer; it fails over the limit, which ends the writer.
func (c *capped) Write(p []byte) (int, error) {
	if c.Len()+len(p) > c.most {
		c.over = true
		return 0, io.ErrShortWrite
	}
	return c.Buffer.Write(p)
}
