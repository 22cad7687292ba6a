package events_test

import (
	"errors"
	"testing"

	"caseledger/events"
)

func TestErrorsReadWell(t *testing.T) {
	chain := events.Chain{0x7c, 0x1e}
	tests := []struct {
		err  error
		is   error
		want string
	}{
		{&events.LinkError{Chain: chain, Seq: 3, Field: "seq", Want: "3", Got: "4"}, events.ErrBroken,
			"chain 7c1e0000000000000000000000000000, event 3: seq is 4, want 3"},
		{&events.SealError{Chain: chain, Seq: 3, Rule: "the padding is not zero"}, events.ErrSealed,
			"chain 7c1e0000000000000000000000000000, event 3: the padding is not zero"},
		{&events.SyntaxError{What: "body", Offset: 7, Path: "/data/a", Rule: "expected a value"}, events.ErrSyntax,
			"body at /data/a, byte 7: expected a value"},
		{&events.SyntaxError{What: "record", Offset: -1, Rule: "longer than 1 MiB", Kind: events.ErrTooLarge}, events.ErrTooLarge,
			"record: longer than 1 MiB"},
		{&events.SyntaxError{What: "link", Offset: 0, Rule: "the first line is not caseledger/event/v1", Kind: events.ErrVersion}, events.ErrVersion,
			"link, byte 0: the first line is not caseledger/event/v1"},
	}
	all := []error{events.ErrBroken, events.ErrSealed, events.ErrSyntax, events.ErrTooLarge, events.ErrVersion}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
		for _, sentinel := range all {
			if errors.Is(tt.err, sentinel) != (sentinel == tt.is) {
				t.Errorf("%q: Is(%v) is %v", tt.want, sentinel, sentinel != tt.is)
			}
		}
	}
}

func TestParseText(t *testing.T) {
	for _, bad := range []string{"", "service/0", "case/1", "service/1 ", "Service/1"} {
		if _, err := events.ParseKeyRef(bad); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("ParseKeyRef(%q): %v", bad, err)
		}
	}
	for _, bad := range []string{"", "01jdv3f2n5abcdefghjkmnpqrs", goodID + "0", "8" + goodID[1:]} {
		if _, err := events.ParseID(bad); !errors.Is(err, events.ErrSyntax) {
			t.Errorf("ParseID(%q): %v", bad, err)
		}
	}
	var h events.Hash
	if err := h.UnmarshalText([]byte("5E")); !errors.Is(err, events.ErrSyntax) || h != (events.Hash{}) {
		t.Errorf("Hash: %v, %v", h, err)
	}
	var c events.Chain
	if err := c.UnmarshalText([]byte("7C")); !errors.Is(err, events.ErrSyntax) || c != (events.Chain{}) {
		t.Errorf("Chain: %v, %v", c, err)
	}
	if got := (events.Key{1}).String(); got != "key(hidden)" {
		t.Errorf("Key: %s", got)
	}
}
