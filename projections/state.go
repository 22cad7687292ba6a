package projections

import (
	"encoding/binary"
	"slices"

	"caseledger/internal/clock"
	"caseledger/projections/casefile"
)

// state is what the folds know of a case: facts from its events, no policy.
type state struct {
	events      uint64
	contacts    uint64 // with anybody
	attempts    uint64
	incidents   uint64
	corrections uint64
	exports     uint64
	misfiled    uint64 // entries that say so of another: the case is folded again when it is read
	lateEntries uint64 // entries whose author gave a reason for being late

	status   caseStatus
	initials string
	adviser  string
	born     clock.When
	marks    marks

	risk     level
	riskAt   clock.When
	criteria criteria

	safe safeContact

	referral     clock.When // received; of the newest referral
	firstAttempt clock.When // since that referral, a contact included
	lastContact  clock.When // with the client
	lastAttempt  clock.When
	nextContact  clock.When
	nextTry      clock.When

	open    []clock.When // when each incident was disclosed that no risk review has followed
	actions []action     // of the plan, those not ended, in the order of their ids
	dates   []dated      // what the calendar holds, by kind and id

	excluded []string // staff who may not have to do with the case, in order
}

type caseStatus uint8

const (
	statusNone caseStatus = iota // events, but no referral yet
	statusOpen
	statusClosed
	statusErased
)

func (s caseStatus) String() string { return [...]string{"", "open", "closed", "erased"}[s] }

// marks are yes-or-no facts about the client.
type marks uint16

const (
	markHonour marks = 1 << iota
	markLanguage
	markUnder18
	markLaterLife
	markMentalHealth
	markSubstanceUse
	markSelfHarm
	markInterpreter // an interpreter is needed, as the client's details say
	allMarks        = 1<<iota - 1
)

var referralFlags = map[string]marks{
	"honour-based":  markHonour,
	"language":      markLanguage,
	"under-18":      markUnder18,
	"later-life":    markLaterLife,
	"mental-health": markMentalHealth,
	"substance-use": markSubstanceUse,
	"self-harm":     markSelfHarm,
}

type level uint8

var levels = [...]string{"", "standard", "medium", "high"}

func (l level) String() string { return levels[l] }

type criteria uint8

// criteriaNames are the Marac criteria, in the order of their bits.
var criteriaNames = [...]string{"visible-high-risk", "professional-judgement", "potential-escalation", "repeat"}

const criterionRepeat criteria = 1 << 3

// safeContact is how the client may be reached. Neither the code word nor an
// address ever comes here.
type safeContact struct {
	set      bool
	allowed  channels
	refused  channels
	codeWord bool
	expires  clock.When
}

type channels uint8

// channelNames are the channels of a safe-contact setting, in the order of
// their bits.
var channelNames = casefile.SafeChannels

// action is a planned action that has not ended.
type action struct {
	id   string
	area string
	due  clock.When
}

// stateVersion changes with the encoding or with the meaning of a fold; a
// store written by another version is folded again.
const stateVersion = 3

func (s *state) append(b []byte) []byte {
	b = append(b, stateVersion)
	for _, n := range [...]uint64{s.events, s.contacts, s.attempts, s.incidents, s.corrections, s.exports, s.misfiled, s.lateEntries} {
		b = binary.AppendUvarint(b, n)
	}
	b = append(b, byte(s.status))
	b = appendText(b, s.initials)
	b = appendText(b, s.adviser)
	b = appendWhen(b, s.born)
	b = binary.AppendUvarint(b, uint64(s.marks))
	b = append(b, byte(s.risk))
	b = appendWhen(b, s.riskAt)
	b = append(b, byte(s.criteria))
	b = appendBool(b, s.safe.set)
	b = append(b, byte(s.safe.allowed), byte(s.safe.refused))
	b = appendBool(b, s.safe.codeWord)
	b = appendWhen(b, s.safe.expires)
	for _, w := range [...]clock.When{s.referral, s.firstAttempt, s.lastContact, s.lastAttempt, s.nextContact, s.nextTry} {
		b = appendWhen(b, w)
	}
	b = binary.AppendUvarint(b, uint64(len(s.open)))
	for _, w := range s.open {
		b = appendWhen(b, w)
	}
	b = binary.AppendUvarint(b, uint64(len(s.actions)))
	for i := range s.actions {
		a := &s.actions[i]
		b = appendWhen(appendText(appendText(b, a.id), a.area), a.due)
	}
	b = binary.AppendUvarint(b, uint64(len(s.dates)))
	for i := range s.dates {
		d := &s.dates[i]
		b = appendWhen(appendWhen(appendText(append(b, byte(d.kind)), d.id), d.when), d.since)
	}
	b = binary.AppendUvarint(b, uint64(len(s.excluded)))
	for _, staff := range s.excluded {
		b = appendText(b, staff)
	}
	return b
}

// decodeState is the strict inverse of append.
func decodeState(b []byte) (*state, error) {
	d, s := decoder{b: b}, &state{}
	if d.byte() != stateVersion {
		return nil, errValue
	}
	for _, n := range [...]*uint64{&s.events, &s.contacts, &s.attempts, &s.incidents, &s.corrections, &s.exports, &s.misfiled, &s.lateEntries} {
		*n = d.uint()
	}
	s.status = caseStatus(d.upTo(uint64(statusErased)))
	s.initials = d.string()
	s.adviser = d.string()
	s.born = d.when()
	s.marks = marks(d.upTo(allMarks))
	s.risk = level(d.upTo(uint64(len(levels) - 1)))
	s.riskAt = d.when()
	s.criteria = criteria(d.upTo(1<<len(criteriaNames) - 1))
	s.safe.set = d.bool()
	s.safe.allowed = channels(d.upTo(1<<len(channelNames) - 1))
	s.safe.refused = channels(d.upTo(1<<len(channelNames) - 1))
	s.safe.codeWord = d.bool()
	s.safe.expires = d.when()
	for _, w := range [...]*clock.When{&s.referral, &s.firstAttempt, &s.lastContact, &s.lastAttempt, &s.nextContact, &s.nextTry} {
		*w = d.when()
	}
	if n := d.count(); n > 0 {
		s.open = make([]clock.When, n)
		for i := range s.open {
			s.open[i] = d.when()
		}
	}
	if n := d.count(); n > 0 {
		s.actions = make([]action, n)
		for i := range s.actions {
			s.actions[i] = action{id: d.string(), area: d.string(), due: d.when()}
		}
	}
	if n := d.count(); n > 0 {
		s.dates = make([]dated, n)
		for i := range s.dates {
			s.dates[i] = dated{dateKind(d.upTo(uint64(lastDateKind))), d.string(), d.when(), d.when()}
		}
	}
	if n := d.count(); n > 0 {
		s.excluded = make([]string, n)
		for i := range s.excluded {
			s.excluded[i] = d.string()
		}
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	return s, nil
}

// setAction makes a planned action what an event says of it: ended ones go.
func (s *state) setAction(a action, ended bool) {
	at, found := slices.BinarySearchFunc(s.actions, a.id, func(x action, id string) int {
		switch {
		case x.id < id:
			return -1
		case x.id > id:
			return 1
		}
		return 0
	})
	switch {
	case found && ended:
		s.actions = slices.Delete(s.actions, at, at+1)
	case found:
		s.actions[at] = a
	case !ended:
		s.actions = slices.Insert(s.actions, at, a)
	}
}

// exclude puts somebody on the exclusion list or takes them off it.
func (s *state) exclude(staff string, excluded bool) {
	at, found := slices.BinarySearch(s.excluded, staff)
	switch {
	case excluded && !found:
		s.excluded = slices.Insert(s.excluded, at, staff)
	case !excluded && found:
		s.excluded = slices.Delete(s.excluded, at, at+1)
	}
}
