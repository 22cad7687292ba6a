package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// decision holds one command against the state of its case. What was recorded
// before is read only for what asks for it: a contact that refers to nothing
// reads one stored value and no event.
type decision struct {
	s    *Service
	c    *Command
	body events.Body
	now  time.Time
}

// plans are the types whose moment may lie ahead.
var plans = map[string]bool{
	"appointment.planned": true, "appointment.moved": true, "plan.changed": true,
	"case.covered": true, "handover.given": true, "policy.set": true,
}

// newDecision is what can be decided from the command alone.
func (s *Service) newDecision(c *Command, body []byte, clock func() time.Time) (*decision, error) {
	b, err := events.ParseBody(body)
	if err != nil {
		return nil, ruleError("", err)
	}
	d := &decision{s, c, b, clock()}
	return d, d.future()
}

// read takes the data apart. It has passed its schema.
func (d *decision) read(v any) error {
	if err := json.Unmarshal(d.body.Data, v); err != nil {
		return &RuleError{Pointer: "/data", Rule: "is of another shape"}
	}
	return nil
}

// future: what is recorded has happened, but for the difference between two
// clocks.
func (d *decision) future() error {
	if plans[d.body.Type] {
		return nil
	}
	if err := d.ahead("/occurred", d.body.Occurred); err != nil {
		return err
	}
	switch d.body.Type {
	case "incident.disclosed":
		var data struct {
			Happened json.RawMessage `json:"happened"`
		}
		if err := d.read(&data); err != nil {
			return err
		}
		return d.ahead("/data/happened", data.Happened)
	case "referral.received":
		var data struct {
			Received *string `json:"received"`
			Marac    *struct {
				Referred *string `json:"referred"`
			} `json:"marac"`
		}
		if err := d.read(&data); err != nil {
			return err
		}
		if data.Marac != nil {
			if err := d.moment("/data/marac/referred", data.Marac.Referred); err != nil {
				return err
			}
		}
		return d.moment("/data/received", data.Received)
	case "order.recorded":
		var data struct {
			Granted *string `json:"granted"`
			Served  *string `json:"served"`
		}
		if err := d.read(&data); err != nil {
			return err
		}
		if err := d.moment("/data/granted", data.Granted); err != nil {
			return err
		}
		return d.moment("/data/served", data.Served)
	}
	return nil
}

func (d *decision) ahead(pointer string, occurred []byte) error {
	var o struct {
		From *string `json:"from"`
		To   *string `json:"to"`
	}
	if len(occurred) > 0 && json.Unmarshal(occurred, &o) != nil {
		return &RuleError{Pointer: pointer, Rule: "is of another shape"}
	}
	if err := d.moment(pointer+"/from", o.From); err != nil {
		return err
	}
	return d.moment(pointer+"/to", o.To)
}

func (d *decision) moment(pointer string, s *string) error {
	if s == nil {
		return nil
	}
	if w, err := clock.ParseWhen(*s); err == nil && w.Start().After(d.now.Add(MaxClockBack)) {
		return &RuleError{Pointer: pointer, Rule: "lies ahead: record it when it has happened, or plan it"}
	}
	return nil
}

// decide is what depends on the case, which is locked.
func (d *decision) decide(ctx context.Context, head Head) error {
	if d.c.Case == d.s.cfg.Service {
		return d.govern(ctx)
	}
	standing, err := d.standing(ctx, head)
	if err != nil {
		return err
	}
	switch {
	case own[d.body.Type]: // the ledger's own steps, erasing among them
	case standing.Erased:
		return errErased
	case slices.Contains(standing.Excluded, d.body.Actor):
		return &RuleError{Pointer: "/actor", Rule: "is on the exclusion list of this case"}
	}
	if err := d.refer(ctx, head); err != nil {
		return err
	}
	switch d.body.Type {
	case "disclosure.exported":
		return d.produced(ctx, head)
	case "case.allocated", "case.covered":
		var data struct {
			Adviser string `json:"adviser"`
		}
		if err := d.read(&data); err != nil {
			return err
		}
		return given("/data/adviser", data.Adviser, standing)
	case "appointment.planned", "appointment.moved":
		return d.appointment(ctx, head, standing)
	case "handover.given":
		return d.handover(ctx, head)
	case "plan.changed":
		return d.plan(ctx, head, standing)
	case "attachment.added":
		return d.kept(ctx)
	}
	return nil
}

var errErased = &RuleError{Pointer: "/case", Rule: "the case is erased"}

func given(pointer, staff string, standing Standing) error {
	if slices.Contains(standing.Excluded, staff) {
		return &RuleError{Pointer: pointer, Rule: "is on the exclusion list of this case"}
	}
	return nil
}

// standing is where the case stands; from its events when the stored view
// cannot say.
func (d *decision) standing(ctx context.Context, head Head) (Standing, error) {
	if head.Seq == 0 {
		return Standing{}, nil
	}
	if known, err := d.s.cfg.Archive.Standing(ctx, d.c.Case); err == nil {
		return known, nil
	}
	f, err := d.file(ctx, head)
	if err != nil {
		return Standing{}, err
	}
	s := Standing{Erased: f.Stage == casefile.StageErased}
	for _, e := range f.Excluded() {
		s.Excluded = append(s.Excluded, e.Data.Staff)
	}
	return s, nil
}

// appointment: a plan that is not safe needs somebody who takes it upon them.
// One whose time has come is a record of what was planned, and is never
// refused for being unsafe: the views flag it.
func (d *decision) appointment(ctx context.Context, head Head, standing Standing) error {
	var data struct {
		Appointment uint64            `json:"appointment"`
		Arranged    *schemas.Arranged `json:"arranged"`
		With        []schemas.Party   `json:"with"`
		Override    *schemas.Override `json:"override"`
	}
	if err := d.read(&data); err != nil {
		return err
	}
	if data.Arranged == nil {
		return nil // called off
	}
	a := data.Arranged
	start, err := clock.ParseWhen(a.Start)
	if err != nil {
		return &RuleError{Pointer: "/data/arranged/start", Rule: "must be a time"}
	}
	if !start.Start().After(d.now) {
		return nil
	}
	if err := given("/data/arranged/adviser", a.Adviser, standing); err != nil {
		return err
	}
	f, err := d.file(ctx, head)
	if err != nil {
		return err
	}
	if f.Stage == casefile.StageClosed {
		return errClosed
	}
	with := data.With
	if d.body.Type == "appointment.moved" {
		i := slices.IndexFunc(f.Appointments, func(p casefile.Appointment) bool { return p.Seq == data.Appointment })
		if i < 0 {
			return &RuleError{Pointer: "/data/appointment", Rule: "that appointment is misfiled"}
		}
		with = f.Appointments[i].Data.With
	}
	if data.Override != nil || !slices.ContainsFunc(with, func(p schemas.Party) bool { return p.Kind == "client" }) {
		return nil
	}
	use := casefile.Use{Channel: a.Channel, Address: value(a.Number), At: start, PlaceKind: value(a.PlaceKind), Place: value(a.Place)}
	if a.End != nil {
		use.Until, _ = clock.ParseWhen(*a.End)
	}
	p, err := d.s.policyAt(ctx, d.now)
	if err != nil {
		return err
	}
	for _, set := range settings(f) {
		if err := unsafe(casefile.Check(set, use, p.HomeVisits()), a.Channel); err != nil {
			return err
		}
	}
	if a.Channel == "in-person" && use.PlaceKind == "home" && use.Until.IsZero() && !p.HomeVisits() {
		return &RuleError{Pointer: "/data/arranged/end", Rule: "say when a visit to the client's home ends: the perpetrator must be away until then"}
	}
	return nil
}

// handover: its way to call back is a plan for people who do not know the
// case, so it has to be safe by the case's own setting, in no hour that could
// be told. None is always possible, and so is one whose time is over: that is a
// record. There is no override: an emergency is a contact of now, which is
// recorded as it was; nobody needs an unsafe way for a whole weekend.
func (d *decision) handover(ctx context.Context, head Head) error {
	var data schemas.HandoverGiven
	if err := d.read(&data); err != nil {
		return err
	}
	to, err := clock.ParseWhen(data.To)
	if err != nil {
		return &RuleError{Pointer: "/data/to", Rule: "must be a time"}
	}
	back := data.CallBack
	if back == nil || back.Channel == "in-person" || !to.Start().After(d.now) {
		return nil
	}
	f, err := d.file(ctx, head)
	if err != nil {
		return err
	}
	p, err := d.s.policyAt(ctx, d.now)
	if err != nil {
		return err
	}
	use := casefile.Use{Channel: back.Channel, Address: value(back.Number), At: clock.OnDate(to.Date())}
	for _, set := range settings(f) {
		found := casefile.Check(set, use, p.HomeVisits())
		if len(found) == 0 {
			continue
		}
		field := "channel"
		if found[0].Rule == casefile.UnsafeAddress {
			field = "number"
		}
		var why []string
		for _, u := range found {
			why = append(why, u.Why)
		}
		return &RuleError{Pointer: "/data/call_back/" + field, Rule: "not safe: " + strings.Join(why, "; ") + ". Give another way or none; where it has become safe, record safe contact first"}
	}
	return nil
}

// settings are those of safe contact that a plan is held to: the one recorded
// last, nil when there is none, and any that certainly came to be so after it
// and was recorded first. A late entry must not make safe again what a newer
// one says is not.
func settings(f *casefile.File) []*schemas.SafeContactSetV2 {
	last := f.SafeContact()
	if last == nil {
		return []*schemas.SafeContactSetV2{nil}
	}
	list := []*schemas.SafeContactSetV2{&last.Data}
	by := last.Occurred.Latest()
	for i := range f.SafeContacts {
		if s := &f.SafeContacts[i]; !by.IsZero() && !s.Since().Before(by) && s.Seq != last.Seq {
			list = append(list, &s.Data)
		}
	}
	return list
}

var errClosed = &RuleError{Pointer: "/case", Rule: "the case is closed: reopen it before something is planned; what has happened can be recorded"}

// unsafe is the refusal of a plan.
func unsafe(found []casefile.Unsafe, channel string) error {
	if len(found) == 0 {
		return nil
	}
	at := map[string]string{casefile.UnsafeHours: "start", casefile.UnsafeExpired: "start", casefile.UnsafeAddress: "number"}
	if channel == "in-person" {
		at = map[string]string{
			casefile.UnsafeHours: "start", casefile.UnsafeExpired: "start", casefile.UnsafeAddress: "place",
			casefile.UnsafeHome: "place_kind", casefile.UnsafeNotListed: "place_kind",
		}
	}
	field := at[found[0].Rule]
	if field == "" {
		field = "channel"
	}
	var why []string
	for _, u := range found {
		why = append(why, u.Why)
	}
	return &RuleError{
		Pointer: "/data/arranged/" + field,
		Rule:    "not safe: " + strings.Join(why, "; ") + ". Plan it another way, or in an emergency give the reasons as an override, which a manager reviews",
	}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// plan: an action that is planned names the risk that it reduces. After a
// repeat none is planned once more before the outcome of the first is entered.
// Source: DOMAIN, Marac rule 3. Any incident that came to be known since the
// first was planned counts here, so that nobody has to have judged it first.
// Nobody on the exclusion list is given one to do.
func (d *decision) plan(ctx context.Context, head Head, standing Standing) error {
	var data struct {
		Actions []schemas.Action `json:"actions"`
	}
	if err := d.read(&data); err != nil {
		return err
	}
	open := func(a *schemas.Action) bool { return a.Status == "planned" || a.Status == "doing" }
	var planned []int
	for i := range data.Actions {
		a := &data.Actions[i]
		if !open(a) {
			continue
		}
		if strings.TrimSpace(value(a.Risk)) == "" {
			return &RuleError{Pointer: fmt.Sprintf("/data/actions/%d/risk", i), Rule: "say which risk the action reduces"}
		}
		if err := given(fmt.Sprintf("/data/actions/%d/owner", i), a.Owner, standing); err != nil {
			return err
		}
		planned = append(planned, i)
	}
	if len(planned) == 0 {
		return nil
	}
	f, err := d.file(ctx, head)
	if err != nil {
		return err
	}
	if f.Stage == casefile.StageClosed && !d.before(f) {
		return errClosed
	}
	for _, i := range planned {
		a := &data.Actions[i]
		for j := range data.Actions[:i] {
			if b := &data.Actions[j]; open(b) && same(a, b) {
				return &RuleError{Pointer: fmt.Sprintf("/data/actions/%d", i), Rule: fmt.Sprintf("is the same as action %d of this change", j+1)}
			}
		}
		for j := range f.Plan {
			p := &f.Plan[j]
			ends := slices.ContainsFunc(data.Actions, func(x schemas.Action) bool { return x.ID == p.ID && !open(&x) })
			if p.ID != a.ID && !p.Ended && !ends && same(a, &p.Action) && repeatSince(f, p.History[0].Seq) {
				return &RuleError{
					Pointer: fmt.Sprintf("/data/actions/%d", i),
					Rule:    fmt.Sprintf("the same action stands in the plan since event %d: enter its outcome first", p.History[0].Seq),
				}
			}
		}
	}
	return nil
}

// repeatSince reports whether an incident was disclosed, or a repeat found in
// a review, after an entry.
func repeatSince(f *casefile.File, seq uint64) bool {
	return slices.ContainsFunc(f.Incidents, func(i casefile.Incident) bool { return i.Seq > seq }) ||
		slices.ContainsFunc(f.RiskReviews, func(r casefile.Item[schemas.RiskReviewedV2]) bool {
			return r.Seq > seq && slices.Contains(r.Data.Criteria, "repeat")
		})
}

// before reports whether the event tells of a time before the case was closed:
// then it is a record and no plan.
func (d *decision) before(f *casefile.File) bool {
	var o schemas.Occurred
	if json.Unmarshal(d.body.Occurred, &o) != nil || len(f.Closings) == 0 {
		return false
	}
	end := casefile.ReadSpan(o).End()
	return !end.IsZero() && end.Before(f.Closings[len(f.Closings)-1].When())
}

// same reports whether two actions are one: of one area and aim, but for case,
// spaces and full stops.
func same(a, b *schemas.Action) bool {
	aim := func(s string) string {
		return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" \t\r\n.,;:!", r) }), " ")
	}
	return a.Area == b.Area && aim(a.Aim.Text) == aim(b.Aim.Text)
}

// govern decides about the ledger's own chain.
func (d *decision) govern(ctx context.Context) error {
	switch d.body.Type {
	case "staff.recorded":
		return d.enlist(ctx)
	case "policy.set":
	default:
		return nil
	}
	var data schemas.PolicySet
	if err := d.read(&data); err != nil {
		return err
	}
	h, err := d.s.policies(ctx)
	if err != nil {
		return err
	}
	if next := h.Next(); data.Version != next {
		return &RuleError{Pointer: "/data/version", Rule: "the next version is " + strconv.FormatUint(next, 10)}
	}
	var setting *policy.SettingError
	if err := policy.Check(data.Settings); errors.As(err, &setting) {
		return &RuleError{Pointer: fmt.Sprintf("/data/settings/%d", setting.Index), Rule: setting.Rule}
	} else if err != nil {
		return err
	}
	return nil
}
