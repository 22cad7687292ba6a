package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall/js"

	"caseledger/evidence"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

// main is the inside of the verifier page. It checks the one bundle that the
// page's worker has put into its global variable job, and leaves the answer
// there: job.bundle is a File, job.policy a File or null, job.progress a
// function of the bytes read so far. The worker's function read fills an array
// with bytes of a file. The answer is job.verdict, the same JSON as
// caseledger-verify --json, and job.text, the same text.
func main() {
	job := js.Global().Get("job")
	progress := job.Get("progress")
	bundle := newBlob(job.Get("bundle"), func(at int64) { progress.Invoke(float64(at)) })
	var policy *tlog.Policy
	var unusable error
	if p := job.Get("policy"); !p.IsNull() {
		policy, unusable = readPolicy(newBlob(p, nil))
	}
	verdict := evidence.Verify(bundle, bundle.size, policy, schemas.Default())
	if unusable != nil {
		verdict.UnusablePolicy("policy: " + unusable.Error())
	}
	var text strings.Builder
	answer, err := json.Marshal(verdict)
	if err == nil {
		err = verdict.Format(&text)
	}
	if err != nil {
		panic(err) // the page says that it could not check
	}
	fmt.Fprintf(&text, "Checked by the verifier page %s.\n", version())
	job.Set("verdict", string(answer))
	job.Set("text", text.String())
}

func readPolicy(b *blob) (*tlog.Policy, error) {
	text, err := io.ReadAll(io.LimitReader(io.NewSectionReader(b, 0, b.size), tlog.MaxPolicy+1))
	if err != nil {
		return nil, err
	}
	return tlog.ParsePolicy(text)
}

// windowSize is how many bytes of a file the page holds at a time. A read of
// the browser costs the same for one byte and for many.
const windowSize = 4 << 20

// blob reads a File of the browser piece by piece. It is an io.ReaderAt for
// one caller at a time.
type blob struct {
	file     js.Value
	size     int64
	progress func(at int64) // of bytes read; nil: nobody asks
	got      js.Value       // a Uint8Array, the window on the browser's side
	window   []byte
	at       int64 // of the window in the file
}

func newBlob(file js.Value, progress func(at int64)) *blob {
	size := int64(file.Get("size").Float())
	return &blob{
		file: file, size: size, progress: progress,
		got: js.Global().Get("Uint8Array").New(min(size, windowSize)),
	}
}

func (b *blob) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for n < len(p) {
		if off < 0 || off >= b.size {
			return n, io.EOF
		}
		if off < b.at || off >= b.at+int64(len(b.window)) {
			if err := b.load(off); err != nil {
				return n, err
			}
		}
		c := copy(p[n:], b.window[off-b.at:])
		n += c
		off += int64(c)
	}
	return n, nil
}

// load moves the window to off. A file that was changed or taken away since
// it was chosen makes the browser refuse.
//
// The worker's read does the work, because what Go takes hold of the browser
// frees only when Go collects its own garbage, of which there is next to none
// here: a bundle of gigabytes would pile up.
func (b *blob) load(off int64) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case js.Error:
			err = e
		default:
			panic(e)
		}
	}()
	want := min(windowSize, b.size-off)
	if n := js.Global().Call("read", b.file, float64(off), float64(want), b.got).Int(); int64(n) != want {
		return errors.New("the file is shorter than it was when it was chosen")
	}
	if b.window == nil {
		b.window = make([]byte, min(b.size, windowSize))
	}
	b.window, b.at = b.window[:want], off
	js.CopyBytesToGo(b.window, b.got)
	if b.progress != nil {
		b.progress(off + want)
	}
	return nil
}
