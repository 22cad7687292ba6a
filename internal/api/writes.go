package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/cases"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

// entrySent is what the access ledger is told of an event before it is recorded.
const entrySent = "entry.sent"

// writes are the types of events that can be recorded here, and which action
// each is. What is in no row cannot.
var writes = map[string]access.Action{
	"accommodation.placed": access.CaseWrite,
	"accommodation.sought": access.CaseWrite,
	"agency.involved":      access.CaseWrite,
	"agreement.recorded":   access.CaseWrite,
	"agreement.withdrawn":  access.CaseWrite,
	"appointment.missed":   access.CaseWrite,
	"appointment.moved":    access.CaseWrite,
	"appointment.planned":  access.CaseWrite,
	"case.allocated":       access.CaseAllocate,
	"case.closed":          access.CaseWrite,
	"case.covered":         access.CaseAllocate,
	"case.reopened":        access.CaseWrite,
	"case.transferred":     access.CaseAllocate,
	"child.recorded":       access.CaseWrite,
	"client.recorded":      access.CaseWrite,
	"contact.attempted":    access.CaseWrite,
	"contact.corrected":    access.CaseWrite,
	"contact.disputed":     access.CaseWrite,
	"contact.recorded":     access.CaseWrite,
	"court.recorded":       access.CaseWrite,
	"entry.misfiled":       access.CaseWrite,
	"equipment.provided":   access.CaseWrite,
	"handover.given":       access.HandoverWrite,
	"helpline.contact":     access.HelplineWrite,
	"incident.disclosed":   access.CaseWrite,
	"information.shared":   access.CaseWrite,
	"intake.checked":       access.CaseWrite,
	"marac.action.updated": access.CaseWrite,
	"marac.heard":          access.CaseWrite,
	"marac.referred":       access.CaseWrite,
	"meeting.recorded":     access.CaseWrite,
	"order.recorded":       access.CaseWrite,
	"override.reviewed":    access.OverrideReview,
	"perpetrator.status":   access.CaseWrite,
	"person.recorded":      access.CaseWrite,
	"plan.changed":         access.CaseWrite,
	"programme.attended":   access.CaseWrite,
	"referral.received":    access.CaseWrite,
	"risk.reviewed":        access.CaseWrite,
	"safe-contact.set":     access.CaseWrite,
	"safeguarding.decided": access.CaseWrite,
	"staff.excluded":       access.CaseExclude,
}

// elsewhere are the other types: attachments, whose bytes come first; the steps
// of a disclosure, which are taken in order by those who may; what managers and
// the service decide, and what the ledger writes itself.
var elsewhere = []string{
	"access.checkpointed", "attachment.added", "case.erased",
	"disclosure.approved", "disclosure.decided", "disclosure.exported", "disclosure.receipted", "disclosure.requested",
	"erasure.begun", "hold.lifted", "hold.placed", "policy.set", "staff.recorded",
}

// entryShape is the body of what records an event.
var entryShape = schema{
	"type": "object", "required": []string{"type", "occurred", "data"}, "additionalProperties": false,
	"properties": schema{
		"type":     schema{"type": "string", "description": "Such as contact.attempted."},
		"v":        schema{"type": "integer", "minimum": 1, "description": "The version of the type; left out: the newest."},
		"actor":    schema{"type": "string", "pattern": staffPattern, "description": "Who records it: the member of staff that the token acts as, who is meant when it is left out."},
		"occurred": schema{"type": "object", "description": "When it happened, as in the type's schema."},
		"data":     schema{"type": "object", "description": "As in the type's schema: " + Root + "/schemas/<type>.v<version>.json."},
	},
}

// readID reads what an event is to be known by.
func (r *Request) readID() (err error) {
	name := "id"
	if r.Route.Case {
		name = "event"
	}
	r.id, err = events.ParseID(r.PathValue(name))
	if err != nil || r.id == (ulid.ULID{}) {
		return parameter(name)
	}
	return nil
}

// readEntry reads an event into r.entry.
func (r *Request) readEntry() error {
	if err := r.readID(); err != nil {
		return err
	}
	c, err := cases.ParseEntry(r.body, r.Who.Staff)
	if err != nil {
		return err
	}
	r.entry = ops.Append{ID: &r.id, Type: c.Type, V: c.V, Actor: c.Actor, Occurred: c.Occurred, Data: c.Data}
	return nil
}

// prepareEvent finds out what an event is and with that who may record it.
func prepareEvent(r *Request) error {
	if err := r.readEntry(); err != nil {
		return err
	}
	action, known := writes[r.entry.Type]
	switch {
	case known:
	case strings.Contains(" "+strings.Join(elsewhere, " ")+" ", " "+r.entry.Type+" "):
		return problem("invalid").at("/type", "is not recorded through this interface")
	default:
		return problem("version").at("/type", "no schema for this type")
	}
	r.Action = action
	match := r.Header.Values("If-Match")
	if len(match) == 0 {
		return nil
	}
	text := match[0]
	n, err := strconv.ParseUint(strings.Trim(text, `"`), 10, 53)
	if err != nil || n == 0 || len(match) > 1 || text != strconv.Quote(strconv.FormatUint(n, 10)) {
		return problem("if-match")
	}
	r.entry.Expect = n
	return nil
}

// prepareCase reads the referral that opens a case.
func prepareCase(r *Request) error {
	if err := r.readEntry(); err != nil {
		return err
	}
	if r.entry.Type != "referral.received" {
		return problem("invalid").at("/type", "a case is opened by a referral")
	}
	return nil
}

// putEvent records an event.
func (s *Server) putEvent(r *Request) (any, error) {
	if r.Route.Case {
		r.entry.Case = &r.Chain
	}
	done, err := s.ledger.Append(r.Context(), r.entry)
	if err != nil {
		return nil, err
	}
	return recorded(done, done), nil
}

// recorded is the answer to what was recorded, now or before.
func recorded(done ops.Appended, answer any) placed {
	p := placed{status: http.StatusCreated, answer: answer, header: map[string]string{}}
	if done.Repeated {
		p.status = http.StatusOK
	}
	if _, ok := answer.(ops.Appended); ok {
		p.header["Location"] = fmt.Sprintf("%s/cases/%s/events/%s", Root, done.Case, done.ID)
	}
	return p
}

// Received is the answer to a referral from another agency.
type Received struct {
	Reference events.Chain `json:"reference"` // the case's number
	ID        ulid.ULID    `json:"id"`
}

// referralShape is the body of a referral from another agency.
var referralShape = schema{
	"type": "object", "required": []string{"flags", "marac", "reason", "reference"}, "additionalProperties": false,
	"properties": schema{
		"reason":    schema{"type": "object", "required": []string{"text"}, "additionalProperties": false, "properties": schema{"text": schema{"type": "string", "minLength": 1, "maxLength": 200000}}},
		"flags":     schema{"type": "array", "uniqueItems": true, "maxItems": 7, "items": schema{"enum": []string{"honour-based", "language", "under-18", "later-life", "mental-health", "substance-use", "self-harm"}}},
		"reference": schema{"type": []string{"string", "null"}, "description": "Your own: a case or log number."},
		"marac":     schema{"type": []string{"object", "null"}, "description": "Where and when a Marac had it: area, heard, referred, repeat, as in the schema of referral.received; for a token of a Marac always."},
		"client": schema{"type": "object", "description": "Who the client is, as the data of client.recorded without made: address, alias, born, email, identity, initials, interpreter, language, name, phone, pronouns. " +
			"Left out: nothing of the client but what reason says."},
	},
}

// prepareReferral holds a referral to JSON before anything is done.
func prepareReferral(r *Request) error {
	if err := r.readID(); err != nil {
		return err
	}
	_, err := cases.ParseReferral(r.body)
	return err
}

// made is what an entry that came from an agency's system was made from. The
// message is kept nowhere but in the entry.
const made = `{"from":"document","kept":false,"late":null,"reference":null}`

// putReferral records a referral from another agency, and with it who the
// client is.
func (s *Server) putReferral(r *Request) (any, error) {
	ref, err := cases.ParseReferral(r.body)
	if err != nil {
		return nil, err
	}
	actor := r.Who.Staff
	received := clock.Format(clock.London(r.Now))
	if was, err := s.received(r.Context(), r.id, actor); err != nil {
		return nil, err
	} else if was != "" {
		received = was // the first that came counts, for the clock and for being the same
	}
	send := func() (ops.Appended, *ops.Append, error) {
		first, client, err := r.referral(&ref, received)
		if err != nil {
			return ops.Appended{}, nil, err
		}
		done, err := s.ledger.Append(r.Context(), first)
		return done, client, err
	}
	done, client, err := send()
	if errors.Is(err, events.ErrDuplicate) {
		// The same may have come twice at once: then the other's time counts.
		was, looked := s.received(r.Context(), r.id, actor)
		if looked != nil {
			return nil, looked
		}
		if was != "" && was != received {
			received = was
			done, client, err = send()
		}
	}
	if err != nil {
		return nil, inReferral("", err)
	}
	if err := s.putClient(r, done, client); err != nil {
		return nil, err
	}
	return recorded(done, Received{done.Case, done.ID}), nil
}

// received is when a referral of an id came; "" when there is none of the
// agency's.
func (s *Server) received(ctx context.Context, id ulid.ULID, actor string) (string, error) {
	e, err := s.ledger.ByID(ctx, id)
	if errors.Is(err, events.ErrNotFound) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	body, err := events.ParseBody(e.Body)
	if err != nil || body.Actor != actor || body.Type != "referral.received" || e.Seq != 1 {
		return "", err
	}
	data, err := schemas.DecodeData[schemas.ReferralReceivedV2](body.Data)
	return data.Received, err
}

// referral makes the events of a referral. Both are held to their schemas, so
// that neither is recorded without the other.
func (r *Request) referral(ref *cases.Referral, received string) (first ops.Append, client *ops.Append, err error) {
	a := r.Token.Agency
	agency, err := schemas.EncodeData(a.Name)
	if err != nil {
		return first, nil, err
	}
	when, err := schemas.EncodeData(schemas.Occurred{From: &received, Precision: "exact"})
	if err != nil {
		return first, nil, err
	}
	data := fmt.Appendf(nil, `{"agency":%s,"flags":%s,"made":%s,"marac":%s,"perpetrators":[],"reason":%s,"received":"%s","reference":%s,"source":"%s"}`,
		agency, ref.Flags, made, ref.Marac, ref.Reason, received, ref.Reference, a.Source)
	first = ops.Append{ID: &r.id, Type: "referral.received", V: 2, Actor: r.Who.Staff, Occurred: when, Data: data}
	if err := valid(&first, ""); err != nil {
		return first, nil, err
	}
	if ref.Client == nil {
		return first, nil, nil
	}
	members, isObject := bytes.CutPrefix(ref.Client, []byte("{"))
	if members = bytes.TrimSpace(members); !isObject || bytes.HasPrefix(members, []byte("}")) {
		return first, nil, problem("invalid").at("/client", "must be an object that says who the client is")
	}
	id := clientID(r.id)
	client = &ops.Append{ID: &id, Type: "client.recorded", V: 1, Actor: r.Who.Staff, Occurred: when, Data: append([]byte(`{"made":`+made+`,`), members...)}
	return first, client, valid(client, "/client")
}

// valid holds an event to its schema; under is where it stands in what was sent.
func valid(a *ops.Append, under string) error {
	data, err := events.Canonicalize(a.Data)
	if err != nil {
		return problem(cmp.Or(codeOf(err), "syntax")).at(under, "is not JSON as it must be")
	}
	body, err := events.EncodeBody(a.Type, a.V, a.Actor, a.Occurred, data)
	if err != nil {
		return problem(cmp.Or(codeOf(err), "syntax")).at(under, "is not as it must be, or too long")
	}
	var broken *schemas.Error
	if err := schemas.Default().Validate(body); errors.As(err, &broken) {
		return problem("invalid").at(under+strings.TrimPrefix(broken.Pointer, "/data"), broken.Rule)
	} else if err != nil {
		return err
	}
	return nil
}

func codeOf(err error) string {
	if code := ops.Code(err); code != "failed" {
		return code
	}
	return ""
}

// inReferral takes the place of an error to where it stands in what was sent.
func inReferral(under string, err error) error {
	e := ops.NewError(err)
	if e.Pointer == nil {
		return err
	}
	p := problemOf(err)
	at := under + strings.TrimPrefix(*e.Pointer, "/data")
	p.Pointer = &at
	return p
}

// clientID is the id of the client.recorded that comes with a referral.
func clientID(id ulid.ULID) ulid.ULID {
	sum := sha256.Sum256(append([]byte("caseledger/referral/client/v1\n"), id[:]...))
	copy(id[6:], sum[:]) // behind the time
	return id
}

// putClient records who the client of a referral is. A referral that came
// before without them takes them as long as nothing else stands in its case:
// then the first attempt broke off, or nobody has worked on it yet.
func (s *Server) putClient(r *Request, done ops.Appended, client *ops.Append) error {
	if client == nil {
		if !done.Repeated {
			return nil
		}
		_, err := s.ledger.ByID(r.Context(), clientID(r.id))
		switch {
		case errors.Is(err, events.ErrNotFound):
			return nil
		case err != nil:
			return err
		}
		return problem("duplicate").at("/client", "was sent before, and is missing now")
	}
	client.Case = &done.Case
	if done.Repeated {
		client.Expect = 1
	}
	_, err := s.ledger.Append(r.Context(), *client)
	if errors.Is(err, events.ErrConflict) {
		return problem("duplicate").at("/client", "was not sent before")
	}
	return inReferralOrNil(err)
}

func inReferralOrNil(err error) error {
	if err == nil {
		return nil
	}
	return inReferral("/client", err)
}

// searchShape is the body of a search.
var searchShape = schema{
	"type": "object", "required": []string{"term"}, "additionalProperties": false,
	"properties": schema{
		"term":  schema{"type": "string", "minLength": 1, "maxLength": maxTerm},
		"actor": schema{"type": "string", "pattern": staffPattern, "description": actorParam.Says},
	},
}

// maxTerm is the longest term of a search, in bytes.
const maxTerm = 500

func prepareSearch(r *Request) error {
	term, err := r.readTerm()
	r.term = term
	return err
}

// readTerm reads what to look for, and holds who looks to who asks.
func (r *Request) readTerm() (string, error) {
	var ask struct {
		Term  *string `json:"term"`
		Actor *string `json:"actor"`
	}
	if err := strict(r.body, &ask); err != nil || ask.Term == nil {
		return "", problem("syntax").at("", "must be an object with a term, an actor if you like, and nothing else")
	}
	if len(*ask.Term) == 0 || len(*ask.Term) > maxTerm {
		return "", problem("input").at("/term", "must be from 1 to 500 bytes")
	}
	if ask.Actor != nil && *ask.Actor != r.Who.Staff {
		return "", problem("forbidden")
	}
	return *ask.Term, nil
}

func (s *Server) search(r *Request) (any, error) {
	return s.ledger.Search(r.Context(), ops.SearchAsk{Term: r.term, Actor: r.Who.Staff, Now: r.Now})
}
