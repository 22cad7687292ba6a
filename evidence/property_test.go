package evidence_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"caseledger/events"
	"caseledger/events/eventstest"
	"caseledger/evidence"
	"caseledger/evidence/evidencetest"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

// drawText draws a text of a few words in several scripts, with any white
// space around them.
func drawText(t *rapid.T, label string) string {
	word := rapid.SampledFrom([]string{"he", "came", "back.", "ਡਰ", "خائفة", "\U0001f469\u200d\U0001f467", "\"no\"", "\\",
		"\u202eabc", "<b>", "&amp;", strings.Repeat("long", 30), "=1+1", "'"})
	space := rapid.SampledFrom([]string{" ", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000"})
	var b strings.Builder
	if rapid.Bool().Draw(t, label+" leading") {
		b.WriteString(space.Draw(t, "space"))
	}
	for i := range rapid.IntRange(1, 40).Draw(t, label+" words") {
		if i > 0 {
			b.WriteString(space.Draw(t, "space"))
		}
		b.WriteString(word.Draw(t, "word"))
	}
	if rapid.Bool().Draw(t, label+" trailing") {
		b.WriteString(space.Draw(t, "space"))
	}
	return b.String()
}

// drawCase draws a case of contacts, attempts and corrections.
func drawCase(t *rapid.T) *eventstest.Chain {
	c := eventstest.NewChain("property")
	for i := range rapid.IntRange(1, 5).Draw(t, "events") {
		c.Occurred(happened(fmt.Sprintf("2026-10-%02dT10:00:00+01:00", rapid.IntRange(1, 24).Draw(t, "day"))))
		switch kind := rapid.IntRange(0, 3).Draw(t, "kind"); {
		case kind == 0:
			c.Add("contact.attempted", attemptJSON("07700 900111"))
		case kind == 1 && i > 0:
			c.Add("contact.corrected", correctionJSON(rapid.IntRange(1, i).Draw(t, "corrects"), rapid.IntRange(0, 1).Draw(t, "statement"),
				drawText(t, "right words"), drawText(t, "reason")))
		default:
			c.Add("contact.recorded", contactJSON("", "",
				statementJSON("client-words", "client", drawText(t, "words"), "en"),
				statementJSON("opinion", "me", drawText(t, "opinion"), "pa-Guru")))
		}
	}
	return c
}

// drawClosings draws closings that do not overlap.
func drawClosings(t *rapid.T, c *eventstest.Chain) []evidence.Closing {
	var closings []evidence.Closing
	for i, body := range c.Bodies() {
		if rapid.IntRange(0, 9).Draw(t, "whole") == 0 {
			closings = append(closings, whole(uint64(i+1), "", 'L'))
			continue
		}
		parts, err := events.Flatten(body)
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]int{}
		for _, p := range parts {
			switch {
			case p.Kind == events.KindWord:
				words[p.Path[:strings.LastIndexByte(p.Path, '/')]]++
			case strings.HasPrefix(p.Path, "/data/") && !p.Decoy && rapid.IntRange(0, 9).Draw(t, "scalar") == 0:
				closings = append(closings, whole(uint64(i+1), p.Path, evidence.Codes[rapid.IntRange(0, 7).Draw(t, "code")]))
			}
		}
		for _, path := range []string{"/data/note/text", "/data/statements/0/text", "/data/statements/1/because/text",
			"/data/statements/1/text", "/data/reason/text", "/data/text"} {
			for at := 0; at < words[path]; {
				from := at + rapid.IntRange(0, 12).Draw(t, "skip")
				to := from + rapid.IntRange(0, 12).Draw(t, "close")
				if to >= words[path] {
					break
				}
				closings = append(closings, span(uint64(i+1), path, from, to, evidence.Codes[rapid.IntRange(0, 7).Draw(t, "code")]))
				at = to + 1
			}
		}
	}
	return closings
}

// Whatever is closed, the bundle verifies; and no single flipped bit goes
// unnoticed.
func TestAnyClosingsVerify(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCase(t)
		closings := drawClosings(t, c)
		l := evidencetest.New(c)
		var out bytes.Buffer
		_, err := evidence.Export(context.Background(), l, schemas.Default(), input(l, c, closings...), &out)
		if err != nil && strings.Contains(err.Error(), "does not verify") {
			t.Fatal(err)
		}
		if err != nil {
			t.Skip(err) // a correction and its original share words, or follow one that is withheld
		}
		p, err := tlog.ParsePolicy(l.Policy())
		if err != nil {
			t.Fatal(err)
		}
		if v := verify(out.Bytes(), p); v.Exit != 0 {
			t.Fatalf("exit %d: %s", v.Exit, v.FirstFailure())
		}
		for range 5 {
			b := bytes.Clone(out.Bytes())
			at := rapid.IntRange(0, len(b)*8-1).Draw(t, "bit")
			b[at/8] ^= 1 << (at % 8)
			if v := verify(b, p); v.Exit == 0 {
				t.Fatalf("bit %d flipped, and it still matches", at)
			}
		}
	})
}
