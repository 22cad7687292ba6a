package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"caseledger/events"
	"caseledger/schemas"
)

// The period that the police ask for, both days included. It begins after the
// move, so that her addresses of the time before are outside it.
const (
	exportFrom = "2026-08-17"
	exportTo   = "2026-10-30"
)

// Export returns what the police ask for in the case "court" and the words
// that are closed before they get it, as JSON:
// the two sentences that hold the client's new address and her son's school,
// and every number on which she can be reached.
func Export() (request, closings []byte) {
	request = pretty(map[string]string{
		"officer": "DC 4410 Elm", "force": "Harrowmere Police", "reference": "VIR/2026/118",
		"from": exportFrom, "to": exportTo,
	})
	type closing struct {
		Seq  uint64 `json:"seq"`
		Path string `json:"path"`
		From *int   `json:"from,omitempty"`
		To   *int   `json:"to,omitempty"`
		Code string `json:"code"`
	}
	var list []closing
	for _, e := range court().events {
		if e.Type != "contact.recorded" && e.Type != "contact.attempted" {
			continue
		}
		when, err := schemas.DecodeData[schemas.Occurred](e.Occurred)
		if err != nil {
			panic("story: " + err.Error())
		}
		if day := (*when.From)[:len(exportFrom)]; day < exportFrom || day > exportTo {
			continue
		}
		if e.Type == "contact.attempted" {
			list = append(list, closing{Seq: e.Seq, Path: "/data/number", Code: "A"})
			continue
		}
		data, err := newest(e)
		if err != nil {
			panic("story: " + err.Error())
		}
		c := data.(schemas.ContactRecordedV2)
		if c.Number != nil {
			list = append(list, closing{Seq: e.Seq, Path: "/data/number", Code: "A"})
		}
		for k, s := range c.Statements {
			for _, sentence := range []string{courtAddress, courtSchool} {
				if from, to, ok := wordsOf(s.Text, sentence); ok {
					list = append(list, closing{Seq: e.Seq, Path: fmt.Sprintf("/data/statements/%d/text", k), From: &from, To: &to, Code: "A"})
				}
			}
		}
	}
	return request, pretty(list)
}

// newest is the data of an event at the newest version of its type.
func newest(e Event) (any, error) {
	raw, err := events.EncodeBody(e.Type, e.V, e.Actor, e.Occurred, e.Data)
	if err != nil {
		return nil, err
	}
	b, err := events.ParseBody(raw)
	if err != nil {
		return nil, err
	}
	return schemas.Decode(b)
}

// wordsOf returns the first and last word that sentence takes up in text.
func wordsOf(text, sentence string) (first, last int, ok bool) {
	start := strings.Index(text, sentence)
	if start < 0 {
		return 0, 0, false
	}
	end, at := start+len(sentence), 0
	first = -1
	for k, w := range events.Words(text) {
		if at < end && at+len(w) > start {
			if first < 0 {
				first = k
			}
			last = k
		}
		at += len(w)
	}
	return first, last, true
}

func pretty(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic("story: " + err.Error())
	}
	return b.Bytes()
}
