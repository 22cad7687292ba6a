package schemas

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed instruments/*.json
var instrumentFiles embed.FS

// Instrument is a list of questions that a risk review answers. It is data:
// instruments/<code>.v<n>.json. A version is never changed once it is in use.
type Instrument struct {
	Code      string `json:"code"`
	Version   uint64 `json:"version"`
	Title     string `json:"title"`
	Threshold int    `json:"threshold"` // usual number of yes for visible high risk; a Marac may set its own
	Items     []Item `json:"items"`
}

// Item is one question, by a short topic in our words.
type Item struct {
	Code  string `json:"code"`
	Topic string `json:"topic"`
}

// Count is how many items got each answer. Not known and not asked are not no.
type Count struct{ Yes, No, NotKnown, NotAsked int }

// Count counts answers; an item without one was not asked.
func (in Instrument) Count(answers []Answer) Count {
	n := Count{NotAsked: len(in.Items)}
	for _, a := range answers {
		switch a.Answer {
		case "yes":
			n.Yes++
		case "no":
			n.No++
		case "not-known":
			n.NotKnown++
		default:
			continue
		}
		n.NotAsked--
	}
	return n
}

// Topic returns what an item is about.
func (in Instrument) Topic(item string) (string, bool) {
	i := slices.IndexFunc(in.Items, func(it Item) bool { return it.Code == item })
	if i < 0 {
		return "", false
	}
	return in.Items[i].Topic, true
}

func (in *Instrument) has(item []byte) bool {
	return slices.ContainsFunc(in.Items, func(it Item) bool { return it.Code == string(item) })
}

// FindInstrument returns an instrument of this build.
func FindInstrument(code string, version uint64) (Instrument, bool) {
	in := instruments.find(code, version)
	if in == nil {
		return Instrument{}, false
	}
	return Instrument{in.Code, in.Version, in.Title, in.Threshold, slices.Clone(in.Items)}, true
}

// Instruments returns every instrument of this build.
func Instruments() []Instrument {
	list := slices.Clone(instruments())
	for i := range list {
		list[i].Items = slices.Clone(list[i].Items)
	}
	return list
}

type library func() []Instrument

var instruments = library(sync.OnceValue(func() []Instrument {
	list, err := readInstruments()
	if err != nil {
		panic("schemas: " + err.Error()) // embedded: only a build can be wrong
	}
	return list
}))

func (l library) find(code string, version uint64) *Instrument {
	list := l()
	i := slices.IndexFunc(list, func(in Instrument) bool { return in.Code == code && in.Version == version })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func readInstruments() ([]Instrument, error) {
	entries, err := instrumentFiles.ReadDir("instruments")
	if err != nil {
		return nil, err
	}
	var list []Instrument
	for _, e := range entries {
		b, err := instrumentFiles.ReadFile("instruments/" + e.Name())
		if err != nil {
			return nil, err
		}
		var in Instrument
		if err := json.Unmarshal(b, &in); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		code, v, err := splitName(e.Name())
		if err != nil {
			return nil, err
		}
		if in.Code != code || in.Version != uint64(v) {
			return nil, fmt.Errorf("%s holds another instrument", e.Name())
		}
		for i, it := range in.Items {
			if !patterns[itemCode]([]byte(it.Code)) || slices.ContainsFunc(in.Items[:i], func(e Item) bool { return e.Code == it.Code }) {
				return nil, fmt.Errorf("%s: item %d has no code of its own", e.Name(), i)
			}
		}
		list = append(list, in)
	}
	return list, nil
}
