package schemas

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed figures/practice.v1.json
var figureFile []byte

// Figure is one figure of local practice that a service sets for itself by
// policy.set, and what holds until it does. A code that is in use is never
// taken away, and its unit and number of values never change. Source:
// figures/practice.v1.json; DOMAIN marks such figures [C].
type Figure struct {
	Code   string   `json:"code"`
	Title  string   `json:"title"`
	Unit   string   `json:"unit"`   // as in Setting
	Values []uint64 `json:"values"` // one, or from and to
	Local  bool     `json:"local"`  // may differ by Marac and by instrument
}

// Figures returns every figure that a policy may set, with its default.
func Figures() []Figure {
	list := slices.Clone(figures())
	for i := range list {
		list[i].Values = slices.Clone(list[i].Values)
	}
	return list
}

// FindFigure returns the figure of a code, with its default.
func FindFigure(code string) (Figure, bool) {
	f := findFigure([]byte(code))
	if f == nil {
		return Figure{}, false
	}
	found := *f
	found.Values = slices.Clone(f.Values)
	return found, true
}

func findFigure(code []byte) *Figure {
	list := figures()
	i := slices.IndexFunc(list, func(f Figure) bool { return f.Code == string(code) })
	if i < 0 {
		return nil
	}
	return &list[i]
}

var figures = sync.OnceValue(func() []Figure {
	list, err := readFigures(figureFile)
	if err != nil {
		panic("schemas: " + err.Error()) // embedded: only a build can be wrong
	}
	return list
})

func readFigures(file []byte) ([]Figure, error) {
	var in struct {
		Figures []Figure `json:"figures"`
	}
	if err := json.Unmarshal(file, &in); err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	for i, f := range in.Figures {
		twice := slices.ContainsFunc(in.Figures[:i], func(e Figure) bool { return e.Code == f.Code })
		if !patterns[codeName]([]byte(f.Code)) || twice || f.Unit == "" || len(f.Values) == 0 {
			return nil, fmt.Errorf("figures: number %d is not complete or stands twice", i)
		}
	}
	return in.Figures, nil
}
