package ops

import (
	"time"

	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// FiguresOf are the figures in force at a time, as the events of the service's
// chain tell them.
func FiguresOf(told []policy.Event, at time.Time) (Figures, error) {
	r := Figures{At: clock.AtTime(at), Figures: []Figure{}, Sets: []PolicySet{}, Newest: []schemas.Setting{}, Next: 1}
	var h policy.History
	steps := map[uint64]PolicySet{} // what a policy's own set does not keep
	for _, e := range told {
		if err := h.Add(e); err != nil {
			return r, err
		}
		if e.Body.Type != "policy.set" {
			continue
		}
		in, err := schemas.DecodeData[schemas.PolicySet](e.Body.Data)
		if err != nil {
			return r, err
		}
		step := PolicySet{At: clock.AtTime(e.At)}
		if in.Reason != nil {
			step.Reason = &in.Reason.Text
		}
		steps[e.Seq] = step
	}
	r.Next = h.Next()
	set := h.Set(at)
	r.Policy, r.By = views.Policy{Version: set.Version, Seq: set.Seq, From: set.From}, set.By
	for _, v := range set.All() {
		f, _ := policy.Find(v.Code)
		figure := Figure{
			Code: v.Code, Title: f.Title, Unit: v.Unit, Values: v.Values, Default: f.Default, Min: f.Min, Max: f.Max,
			Version: v.Version, Since: h.Since(v.Code, v.Scope, at),
		}
		figure.Marac, figure.Instrument = scope(v.Scope)
		r.Figures = append(r.Figures, figure)
	}
	sets := h.All()
	for _, s := range sets {
		step := steps[s.Seq]
		step.Version, step.Seq, step.From, step.By = s.Version, s.Seq, s.From, s.By
		step.Settings, step.Ignored = len(settings(s))+len(s.Ignored), []string{}
		for _, e := range s.Ignored {
			step.Ignored = append(step.Ignored, e.Error())
		}
		r.Sets = append(r.Sets, step)
	}
	if n := len(sets); n > 0 {
		r.Newest = settings(sets[n-1])
	}
	return r, nil
}

// settings are those that a policy names.
func settings(s *policy.Set) []schemas.Setting {
	list := []schemas.Setting{}
	for _, v := range s.All() {
		if v.Default {
			continue
		}
		setting := schemas.Setting{Code: v.Code, Values: v.Values, Unit: v.Unit}
		setting.Marac, setting.Instrument = scope(v.Scope)
		list = append(list, setting)
	}
	return list
}

func scope(s policy.Scope) (marac *string, instrument *schemas.Versioned) {
	if s.Marac != "" {
		marac = &s.Marac
	}
	if s.Instrument != (schemas.Versioned{}) {
		instrument = &s.Instrument
	}
	return marac, instrument
}
