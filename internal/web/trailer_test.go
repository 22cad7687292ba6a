package web_test

import (
	"context"
	"io"
	"reflect"
	"strings"
	"testing"

	"caseledger/internal/ops"
)

// talkative is a ledger whose exports end with a long result: it travels
// behind the bundle, where a client by itself allows four kilobytes.
type talkative struct{ fake }

func (f *talkative) Export(_ context.Context, _ ops.Export, out io.Writer) (ops.Exported, error) {
	r := ops.Exported{Case: chain, Seq: 9, Undated: []uint64{}, UndatedOut: []uint64{}, Warnings: []ops.Warning{}, Left: []ops.Left{}}
	for i := range uint64(20_000) {
		r.Warnings = append(r.Warnings, ops.Warning{Seq: i, Path: "/data/statements/12/translation/text"})
	}
	r.Sealing.Token = []byte(strings.Repeat("token", 5000))
	_, err := io.WriteString(out, "PK\x03\x04")
	return r, err
}

func TestLongResult(t *testing.T) {
	f := &talkative{}
	want, err := f.Export(t.Context(), ops.Export{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got, err := over(t, f).Export(t.Context(), ops.Export{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%d warnings and a token of %d bytes arrived", len(got.Warnings), len(got.Sealing.Token))
	}
}
