package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"caseledger/events"
	"caseledger/internal/views"
)

// veil takes out of an event's body where somebody is, how they are reached and
// the word by which they know us, and with all everything that was recorded;
// null stands there. It returns the places.
func veil(body []byte, all bool) ([]byte, []string, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var whole map[string]any
	if err := dec.Decode(&whole); err != nil {
		return nil, nil, fmt.Errorf("the entry: %w", events.ErrInvalid)
	}
	var places []string
	if all {
		whole["data"], places = nil, []string{"/data"}
	} else {
		veilIn(whole["data"], "/data", &places)
	}
	if len(places) == 0 {
		return body, nil, nil
	}
	slices.Sort(places)
	b, err := json.Marshal(whole)
	if err != nil {
		return nil, nil, err
	}
	b, err = events.Canonicalize(b)
	return b, places, err
}

func veilIn(v any, at string, places *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			there := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
			if x != nil && views.Veiled(name) {
				v[name] = nil
				*places = append(*places, there)
				continue
			}
			veilIn(x, there, places)
		}
	case []any:
		for i, x := range v {
			veilIn(x, at+"/"+strconv.Itoa(i), places)
		}
	}
}

// strict decodes one JSON value that has no members but those of into.
func strict(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return events.ErrSyntax
	}
	return nil
}
