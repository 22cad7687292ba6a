//go:build linux

package main

import (
	"fmt"
	"strings"

	"caseledger/events"
)

// The contact of DESIGN 7: six statements, about 170 words. A budget of the
// design speaks of a body of 1.3 KB; the schema's members make it larger, and
// every table prints what it really is. The places marked %s change from one
// contact to the next.
var contactStatements = [...]struct{ kind, speaker, text, because string }{
	{"client-summary", "client", "She said that he came to the flat on %s at nine, rang the bell for ten minutes and left when a man next door put his light on.", ""},
	{"client-words", "client", "He said if I did not let him in he would be back with his %s and I would be sorry.", ""},
	{"client-summary", "client", "She did not call the police, as she was afraid he would see the car. She has kept the %s texts he sent after it.", ""},
	{"observed", "me", "She spoke in a low voice and broke off two times when the lift was heard. The child was with her and cried for the last %s minutes of the call.", ""},
	{"opinion", "me", "In my opinion the risk has gone up since the last review in %s and he is likely to come back.", "He has come to the door three times in one week and has now made a threat."},
	{"action", "me", "I will ask for a new lock and a light at the door, ring her on %s and take the risk to the next meeting.", ""},
}

var contactChoices = [...][]string{
	{"Monday", "Tuesday", "Friday", "Sunday"},
	{"brother", "cousin", "friends", "dog"},
	{"six", "nine", "twelve", "thirty"},
	{"two", "four", "five", "ten"},
	{"March", "June", "August", "October"},
	{"Tuesday", "Thursday", "Monday", "Friday"},
}

// contactData returns the data of the n-th contact, canonical.
func contactData(n uint64) []byte {
	b := []byte(`{"channel":"phone","direction":"out","interpreter":null,` +
		`"made":{"from":"live","kept":null,"late":null,"reference":null},` +
		`"next_contact":"2026-11-30T10:00:00+00:00","number":"07700 900` + fmt.Sprintf("%03d", n%1000) + `","place":null,"present":[],` +
		`"safe_contact_checked":true,"statements":[`)
	for i, s := range contactStatements {
		if i > 0 {
			b = append(b, ',')
		}
		because := "null"
		if s.because != "" {
			because = `{"text":` + string(events.AppendString(nil, s.because)) + `}`
		}
		choice := contactChoices[i][(n>>(2*i))%4]
		b = append(b, `{"because":`+because+`,"kind":"`+s.kind+`","language":"en","passed_by":[],"speaker":"`+s.speaker+`","text":`...)
		b = events.AppendString(b, fmt.Sprintf(s.text, choice))
		b = append(b, `,"translation":null}`...)
	}
	return append(b, `],"with":[{"agency":null,"kind":"client","name":null,"role":null}]}`...)
}

// contactOccurred is when every contact happened.
var contactOccurred = []byte(`{"from":"2026-11-20T14:05:00+00:00","precision":"exact","to":"2026-11-20T14:35:00+00:00"}`)

const (
	contactType  = "contact.recorded"
	contactActor = "staff-07"
)

// contactBody returns the canonical body of the n-th contact.
func contactBody(n uint64) ([]byte, error) {
	return events.EncodeBody(contactType, 1, contactActor, contactOccurred, contactData(n))
}

// contactWords counts the words of its statements.
func contactWords() (statements, words int) {
	for _, s := range contactStatements {
		words += len(strings.Fields(s.text)) + len(strings.Fields(s.because))
	}
	return len(contactStatements), words
}
