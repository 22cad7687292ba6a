package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"caseledger/internal/ops"
)

// sheet is a table for people.
type sheet struct {
	table.Writer
	w io.Writer
}

// newTable begins a table.
func newTable(w io.Writer, header ...any) sheet {
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options.DrawBorder = false
	style.Options.SeparateColumns = false
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SetStyle(style)
	if len(header) > 0 {
		t.AppendHeader(table.Row(header))
	}
	return sheet{t, w}
}

// print writes the table, without the white space that fills its lines.
func (s sheet) print() {
	for line := range strings.Lines(s.Render()) {
		fmt.Fprintln(s.w, strings.TrimRight(line, " \n"))
	}
}

// terminal reports whether w is one that somebody watches.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progress shows how far a command has come, on stderr and only there where
// somebody watches. Its lines go away when done is called.
func (a *app) progress(what string) (tell ops.Progress, done func()) {
	bar := a.bar(what, -1)
	if bar == nil {
		return nil, func() {}
	}
	return func(done, total uint64) {
		if total > 0 && bar.GetMax64() != int64(total) {
			bar.ChangeMax64(int64(total))
		}
		_ = bar.Set64(int64(done))
	}, func() { _ = bar.Finish() }
}

// bar is a progress bar, or nil where nobody watches. It has no colours.
func (a *app) bar(what string, size int64, more ...progressbar.Option) *progressbar.ProgressBar {
	if !terminal(a.stderr) {
		return nil
	}
	return progressbar.NewOptions64(size, append([]progressbar.Option{
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWriter(a.stderr),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetWidth(30),
	}, more...)...)
}

// dateTime puts a moment as people read it, with its offset when it has one.
func dateTime(w ops.When) string {
	if t, err := time.Parse(time.RFC3339, string(w)); err == nil {
		return t.Format("2006-01-02 15:04 -07:00")
	}
	return string(w)
}

// yes puts a mark where something is so.
func yes(b bool, mark string) string {
	if b {
		return mark
	}
	return ""
}

// plural is "1 event", "2 events".
func plural[N int | int64 | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
