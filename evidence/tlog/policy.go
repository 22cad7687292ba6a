package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"caseledger/events"
)

const (
	// MaxPolicy is the largest policy that is read, in bytes.
	MaxPolicy = 64 << 10
	// MaxPolicyItems is the most logs, the most witnesses and the most groups
	// a policy may have. c2sp.org/tlog-policy asks for at least 32 of each.
	// Groups name only what stands before them, so it bounds nesting too.
	MaxPolicyItems = 64
)

// Why a policy refuses a checkpoint.
var (
	// ErrUnknownLog: no log of the policy, under the checkpoint's origin, has
	// signed it.
	ErrUnknownLog = errors.New("not signed by a log of the policy")
	// ErrSignature: a signature by a key of the policy does not verify.
	ErrSignature = errors.New("signature does not verify")
	// ErrQuorum: too few of the policy's witnesses have cosigned.
	ErrQuorum = errors.New("too few witnesses")
)

// Policy says which logs are trusted and how many witnesses must vouch for
// them: c2sp.org/tlog-policy. It comes from whoever trusts, never from what is
// to be trusted. It does not change and is safe for concurrent use.
type Policy struct {
	logs      []policyLog
	witnesses []policyWitness
	groups    []policyGroup
	quorum    string // noQuorum, or the name of a witness or group
	known     note.Verifiers
	signs     map[keyName]bool // is it a log's key (true) or a witness's
}

type policyLog struct {
	pub publicKey
	url string
}

type policyWitness struct {
	name string
	pub  publicKey
	url  string
}

type policyGroup struct {
	name    string
	k       int
	members []string
}

type keyName struct {
	name string
	id   uint32
}

const noQuorum = "none"

// Assurance says who vouches for a checkpoint that a policy accepts.
type Assurance struct {
	Log       string    `json:"log"`             // origin
	Cosigned  int       `json:"cosigned"`        // witnesses of the policy that cosigned
	Witnesses int       `json:"witnesses"`       // witnesses in the policy
	Quorum    bool      `json:"quorum"`          // the policy asks for witnesses; false is "quorum none"
	Newest    time.Time `json:"newest,omitzero"` // newest of the cosignatures, UTC, whole seconds
}

// String returns the sentence for a verdict.
func (a Assurance) String() string {
	switch {
	case a.Cosigned == 0:
		return "the service alone vouches (an insider could rewrite)"
	case a.Quorum:
		return fmt.Sprintf("%d of %d witnesses, newest cosignature %s", a.Cosigned, a.Witnesses, a.Newest.Format(time.RFC3339))
	}
	return fmt.Sprintf("%d of %d witnesses, none required, newest cosignature %s", a.Cosigned, a.Witnesses, a.Newest.Format(time.RFC3339))
}

// ParsePolicy reads a policy. Exactly one quorum line is needed: who accepts
// a log without witnesses has to write "quorum none". Keys of logs are of type
// 0x01, of witnesses 0x04. Errors give the line.
func ParsePolicy(b []byte) (*Policy, error) {
	if len(b) > MaxPolicy {
		return nil, &events.SyntaxError{What: "policy", Offset: -1, Rule: "longer than 64 KiB", Kind: events.ErrTooLarge}
	}
	p := policyParser{
		policy:  &Policy{signs: make(map[keyName]bool)},
		defined: make(map[string]bool),
		member:  make(map[string]bool),
		keys:    make(map[[32]byte]bool),
	}
	n := 0
	for line := range bytes.Lines(b) {
		n++
		if err := p.line(line); err != nil {
			s := &events.SyntaxError{What: fmt.Sprintf("policy, line %d", n), Offset: -1, Rule: err.Error()}
			if errors.Is(err, errTooMany) {
				s.Kind = events.ErrTooLarge
			}
			return nil, s
		}
	}
	if p.policy.quorum == "" {
		return nil, &events.SyntaxError{What: "policy", Offset: -1, Rule: `no quorum line; "quorum none" accepts a log without witnesses`}
	}
	p.policy.known = note.VerifierList(p.verifiers...)
	return p.policy, nil
}

var errTooMany = errors.New("more than 64 of a kind")

type policyParser struct {
	policy    *Policy
	defined   map[string]bool   // names of witnesses and groups
	member    map[string]bool   // names already in a group
	keys      map[[32]byte]bool // public keys, of logs and witnesses
	verifiers []note.Verifier
}

// line reads one line; the error is the rule that it breaks.
func (p *policyParser) line(line []byte) error {
	line, ok := bytes.CutSuffix(line, []byte{'\n'})
	if !ok {
		return errors.New("the last line has no end")
	}
	for _, c := range line {
		if c < 0x20 && c != '\t' || c == 0x7f {
			return errors.New("a control character; lines end with LF alone")
		}
	}
	f := strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r == '\t' })
	if len(f) == 0 || f[0][0] == '#' {
		return nil
	}
	switch f[0] {
	case "log":
		return p.log(f[1:])
	case "witness":
		return p.witness(f[1:])
	case "group":
		return p.group(f[1:])
	case "quorum":
		return p.quorum(f[1:])
	}
	return errors.New("want log, witness, group, quorum or a comment")
}

func (p *policyParser) log(f []string) error {
	if len(f) < 1 || len(f) > 2 {
		return errors.New("want log <vkey> [<url>]")
	}
	if len(p.policy.logs) == MaxPolicyItems {
		return errTooMany
	}
	pub, err := parseVKey(f[0], typeEd25519)
	if err != nil {
		return fmt.Errorf("the log's %w", err)
	}
	if err := p.key(pub, logVerifier{pub}, true); err != nil {
		return err
	}
	p.policy.logs = append(p.policy.logs, policyLog{pub: pub, url: optional(f[1:])})
	return nil
}

func (p *policyParser) witness(f []string) error {
	if len(f) < 2 || len(f) > 3 {
		return errors.New("want witness <name> <vkey> [<url>]")
	}
	if len(p.policy.witnesses) == MaxPolicyItems {
		return errTooMany
	}
	pub, err := parseVKey(f[1], typeCosignature)
	if err != nil {
		return fmt.Errorf("the witness's %w", err)
	}
	if err := p.define(f[0]); err != nil {
		return err
	}
	if err := p.key(pub, witnessVerifier{pub}, false); err != nil {
		return err
	}
	p.policy.witnesses = append(p.policy.witnesses, policyWitness{name: f[0], pub: pub, url: optional(f[2:])})
	return nil
}

func (p *policyParser) group(f []string) error {
	if len(f) < 3 {
		return errors.New("want group <name> all, any or <k>, and its members")
	}
	if len(p.policy.groups) == MaxPolicyItems {
		return errTooMany
	}
	g := policyGroup{name: f[0], members: f[2:]}
	switch f[1] {
	case "all":
		g.k = len(g.members)
	case "any":
		g.k = 1
	default:
		k, ok := parseDecimal([]byte(f[1]))
		if !ok || k < 1 || k > uint64(len(g.members)) {
			return errors.New("the threshold is not all, any or a decimal from 1 to the number of members")
		}
		g.k = int(k)
	}
	for _, m := range g.members {
		if !p.defined[m] {
			return errors.New("a member is not defined on a line before")
		}
		if p.member[m] {
			return errors.New("a member is listed a second time")
		}
		p.member[m] = true
	}
	if err := p.define(g.name); err != nil {
		return err
	}
	p.policy.groups = append(p.policy.groups, g)
	return nil
}

func (p *policyParser) quorum(f []string) error {
	switch {
	case len(f) != 1:
		return errors.New("want quorum <name> or quorum none")
	case p.policy.quorum != "":
		return errors.New("a second quorum line")
	case f[0] != noQuorum && !p.defined[f[0]]:
		return errors.New("the quorum is not defined on a line before")
	}
	p.policy.quorum = f[0]
	return nil
}

func (p *policyParser) define(name string) error {
	switch {
	case name == noQuorum:
		return errors.New("the name none has its own meaning")
	case p.defined[name]:
		return errors.New("the name is defined already")
	}
	p.defined[name] = true
	return nil
}

// key refuses the same public key twice, also as a log and as a witness: a
// log that vouches for itself is not a witness.
func (p *policyParser) key(pub publicKey, v note.Verifier, log bool) error {
	k := keyName{pub.name, pub.id()}
	_, taken := p.policy.signs[k]
	if taken || p.keys[pub.key] {
		return errors.New("the key is listed already")
	}
	p.policy.signs[k] = log
	p.keys[pub.key] = true
	p.verifiers = append(p.verifiers, v)
	return nil
}

func optional(f []string) string {
	if len(f) == 0 {
		return ""
	}
	return f[0]
}

// Check verifies a signed checkpoint: a log of the policy signed it under its
// own origin, every signature by a key of the policy verifies, and the quorum
// has cosigned. Signatures by other keys are ignored. The errors are
// ErrUnknownLog, ErrSignature, ErrQuorum, and events.ErrSyntax or
// events.ErrTooLarge for what is no signed checkpoint.
func (p *Policy) Check(signed []byte) (Checkpoint, Assurance, error) {
	c, a, err := p.check(signed)
	if err != nil {
		return Checkpoint{}, Assurance{}, err
	}
	return c, a, nil
}

func (p *Policy) check(signed []byte) (Checkpoint, Assurance, error) {
	text, sigs, err := parseNote(signed)
	if err != nil {
		return Checkpoint{}, Assurance{}, err
	}
	c, err := ParseCheckpoint(text)
	if err != nil {
		return Checkpoint{}, Assurance{}, err
	}
	// x/mod verifies only the first signature of a key and drops the others.
	seen := make(map[keyName]bool)
	for _, s := range sigs {
		k := keyName{s.name, s.id}
		if _, known := p.signs[k]; known && seen[k] {
			return c, Assurance{}, &events.SyntaxError{What: "note", Offset: -1, Rule: "two signatures by one key"}
		}
		seen[k] = true
	}
	n, err := note.Open(signed, p.known)
	var bad *note.InvalidSignatureError
	var none *note.UnverifiedNoteError
	switch {
	case errors.As(err, &bad):
		return c, Assurance{}, fmt.Errorf("checkpoint of %s, key ID %08x: %w", c.Origin, bad.Hash, ErrSignature)
	case errors.As(err, &none):
		return c, Assurance{}, fmt.Errorf("checkpoint of %s: %w", c.Origin, ErrUnknownLog)
	case err != nil:
		return c, Assurance{}, &events.SyntaxError{What: "note", Offset: -1, Rule: err.Error()}
	}

	a := Assurance{Log: c.Origin, Witnesses: len(p.witnesses), Quorum: p.quorum != noQuorum}
	logged := false
	cosigned := make(map[keyName]bool)
	for _, s := range n.Sigs {
		k := keyName{s.Name, s.Hash}
		if p.signs[k] {
			logged = logged || s.Name == c.Origin
			continue
		}
		cosigned[k] = true
		raw, err := strict64.DecodeString(s.Base64)
		if err != nil {
			return c, a, &events.SyntaxError{What: "note", Offset: -1, Rule: "a signature is not base64"}
		}
		seconds, _, _ := splitCosignature(raw[4:]) // verified above
		if t := time.Unix(int64(seconds), 0).UTC(); t.After(a.Newest) {
			a.Newest = t
		}
	}
	if !logged {
		return c, a, fmt.Errorf("checkpoint of %s: %w", c.Origin, ErrUnknownLog)
	}
	a.Cosigned = len(cosigned)
	if !p.met(cosigned) {
		return c, a, fmt.Errorf("checkpoint of %s: %d of %d witnesses cosigned: %w", c.Origin, a.Cosigned, a.Witnesses, ErrQuorum)
	}
	return c, a, nil
}

// met evaluates the quorum. Groups stand after their members.
func (p *Policy) met(cosigned map[keyName]bool) bool {
	if p.quorum == noQuorum {
		return true
	}
	yes := make(map[string]bool)
	for _, w := range p.witnesses {
		yes[w.name] = cosigned[keyName{w.pub.name, w.pub.id()}]
	}
	for _, g := range p.groups {
		n := 0
		for _, m := range g.members {
			if yes[m] {
				n++
			}
		}
		yes[g.name] = n >= g.k
	}
	return yes[p.quorum]
}

// Logs returns the vkeys of the policy's logs, in its order.
func (p *Policy) Logs() []string {
	keys := make([]string, len(p.logs))
	for i, l := range p.logs {
		keys[i] = l.pub.String()
	}
	return keys
}

// Text returns the policy in one form: logs, witnesses, groups, quorum, one
// space between items, no comments.
func (p *Policy) Text() []byte {
	var b []byte
	add := func(items ...string) {
		for i, s := range items {
			if s == "" {
				continue
			}
			if i > 0 {
				b = append(b, ' ')
			}
			b = append(b, s...)
		}
		b = append(b, '\n')
	}
	for _, l := range p.logs {
		add("log", l.pub.String(), l.url)
	}
	for _, w := range p.witnesses {
		add("witness", w.name, w.pub.String(), w.url)
	}
	for _, g := range p.groups {
		add(append([]string{"group", g.name, strconv.Itoa(g.k)}, g.members...)...)
	}
	add("quorum", p.quorum)
	return b
}

// FormatPolicy returns the policy that accepts these logs, given as vkeys, on
// their own word: "quorum none".
func FormatPolicy(logs ...string) ([]byte, error) {
	var b bytes.Buffer
	for _, l := range logs {
		if strings.ContainsAny(l, " \t\n") {
			return nil, fmt.Errorf("format policy: a key with white space: %w", events.ErrSyntax)
		}
		fmt.Fprintf(&b, "log %s\n", l)
	}
	b.WriteString("quorum " + noQuorum + "\n")
	p, err := ParsePolicy(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("format policy: %w", err)
	}
	return p.Text(), nil
}
