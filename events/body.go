package events

import "strconv"

// Body is what an event says, taken apart. Its canonical JSON is an object of
// exactly these five members.
type Body struct {
	Type     string
	V        uint64 // version of the type, from 1 to MaxNumber
	Actor    string // who recorded it
	Occurred []byte // canonical JSON; aliases Raw
	Data     []byte // canonical JSON, an object; aliases Raw
	Raw      []byte // the whole body
}

// The members of a body, in byte order.
var bodyMembers = [...]string{"actor", "data", "occurred", "type", "v"}

const (
	ruleMembers = "a body has exactly the members actor, data, occurred, type and v"
	ruleText    = "expected a string"
	ruleV       = "v is not an integer from 1"
	ruleData    = "data is not an object"
)

// ParseBody takes a canonical body apart. It checks canonical form in the same
// pass; the error is a *SyntaxError. The slices of the result alias canonical.
func ParseBody(canonical []byte) (Body, error) {
	var members [len(bodyMembers)][]byte
	if err := scanBody(canonical, &members); err != nil {
		return Body{}, err
	}
	v, _ := parseNumber(members[4]) // scanBody has checked it
	return Body{
		Actor:    unquote(members[0]),
		Data:     members[1],
		Occurred: members[2],
		Type:     unquote(members[3]),
		V:        v,
		Raw:      canonical,
	}, nil
}

// CheckBody reports whether b is a canonical body: canonical JSON of the five
// members. It does not allocate unless it fails.
func CheckBody(b []byte) error {
	var members [len(bodyMembers)][]byte
	if err := scanBody(b, &members); err != nil {
		return err
	}
	return nil
}

// scanBody checks a body and finds the values of its members.
func scanBody(b []byte, members *[len(bodyMembers)][]byte) *SyntaxError {
	s := scanner{b: b}
	if err := s.begin(); err != nil {
		return err
	}
	if len(b) == 0 || b[0] != '{' {
		return s.fail(0, ruleMembers)
	}
	s.at = 1
	for i, want := range bodyMembers {
		start := s.at
		name, err := s.name()
		if err != nil {
			return err
		}
		if string(name) != want {
			return s.fail(start, ruleMembers)
		}
		at := s.at
		if err := s.value(1); err != nil {
			err.Path = "/" + want + err.Path
			return err
		}
		members[i] = b[at:s.at]
		rule := ""
		switch want {
		case "actor", "type":
			if b[at] != '"' {
				rule = ruleText
			}
		case "data":
			if b[at] != '{' {
				rule = ruleData
			}
		case "v":
			if _, ok := parseNumber(members[i]); !ok {
				rule = ruleV
			}
		}
		if rule != "" {
			return &SyntaxError{What: "body", Offset: at, Path: "/" + want, Rule: rule}
		}
		end := byte(',')
		if i == len(bodyMembers)-1 {
			end = '}'
		}
		if s.at == len(b) {
			return s.fail(s.at, ruleEnd)
		}
		if b[s.at] != end {
			return s.fail(s.at, ruleMembers)
		}
		s.at++
	}
	if s.at != len(b) {
		return s.fail(s.at, ruleAfter)
	}
	return nil
}

// EncodeBody builds a canonical body from canonical occurred and data. It
// checks the result as ParseBody does.
func EncodeBody(typ string, v uint64, actor string, occurred, data []byte) ([]byte, error) {
	b := make([]byte, 0, len(occurred)+len(data)+len(typ)+len(actor)+80)
	b = append(b, `{"actor":`...)
	b = AppendString(b, actor)
	b = append(b, `,"data":`...)
	b = append(b, data...)
	b = append(b, `,"occurred":`...)
	b = append(b, occurred...)
	b = append(b, `,"type":`...)
	b = AppendString(b, typ)
	b = append(b, `,"v":`...)
	b = strconv.AppendUint(b, v, 10)
	b = append(b, '}')
	var members [len(bodyMembers)][]byte
	if err := scanBody(b, &members); err != nil {
		return nil, err
	}
	if len(members[1]) != len(data) || len(members[2]) != len(occurred) {
		return nil, &SyntaxError{What: "body", Offset: -1, Rule: ruleMembers}
	}
	return b, nil
}

// unquote returns the text of a canonical JSON string.
func unquote(lit []byte) string {
	lit = lit[1 : len(lit)-1]
	for i, c := range lit {
		if c == '\\' {
			return string(unescape(append([]byte(nil), lit[:i]...), lit[i:]))
		}
	}
	return string(lit)
}

// unescape appends the text that canonical string content stands for.
func unescape(b, content []byte) []byte {
	for i := 0; i < len(content); i++ {
		c := content[i]
		if c == '\\' {
			i++
			switch c = content[i]; c {
			case 't':
				c = '\t'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			}
		}
		b = append(b, c)
	}
	return b
}
