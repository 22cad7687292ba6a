package pages

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/mail"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/schemas"
)

// Keeping is what the pages of whoever runs the service need of a ledger.
// None of it is about a case.
type Keeping interface {
	// Roster is who works for the service.
	Roster(context.Context, ops.ViewOf) (ops.Roster, error)
	// Governed is the last event of the service's own chain; 0: it has none.
	Governed(context.Context) (uint64, error)
	// Upkeep says how the stores and the keys are.
	Upkeep(context.Context) (Upkeep, error)
}

// Upkeep is how a ledger is kept: counts and times, no word of any case.
type Upkeep struct {
	Health   ops.Health
	Stream   uint64    // messages in the stream
	Compared *Compared // null: not yet, since the service started
	Free     uint64    // bytes of the data's disk that can be written
	Disk     uint64    // bytes that it has
	Epochs   []uint64  // of the keys that wrap the cases' keys, oldest first; the last is in use
	Wraps    int       // keys of cases that are wrapped
	Access   AccessUpkeep
	Mail     *mail.Status // null: nobody is asked by email to sign in
}

// Low is how many bytes must be free so that everything goes on.
const lowDisk = 1 << 30

// Compared is how the comparison of the two copies ended.
type Compared struct {
	At     time.Time
	Events uint64
	Differ bool
}

// AccessUpkeep is how the access ledger is.
type AccessUpkeep struct {
	Events   uint64
	Signed   uint64
	Problem  string    // "": none
	Compared *Compared // as of the ledger itself
	Recorded time.Time // when its size last went into the ledger; zero: never yet
	Size     uint64    // that was recorded
}

func (s *Server) adminRoutes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/admin", Action: access.Admin, Reads: "admin.seen", Handle: s.admin},
		{Method: "GET", Pattern: "/admin/staff", Action: access.Admin, Reads: "admin.seen", Handle: s.staffList},
		{Method: "GET", Pattern: "/admin/staff/new", Action: access.Admin, Reads: "admin.seen", Handle: s.staffNew},
		{Method: "POST", Pattern: "/admin/staff/new", Action: access.Admin, Reads: "admin.seen", Handle: s.staffPost},
		{Method: "GET", Pattern: "/admin/staff/{staff}", Action: access.Admin, Reads: "admin.seen", Handle: s.staffForm},
		{Method: "POST", Pattern: "/admin/staff/{staff}", Action: access.Admin, Reads: "admin.seen", Handle: s.staffPost},
		{Method: "GET", Pattern: "/admin/exclusions", Action: access.Admin, Reads: "admin.seen", Handle: s.exclusions},
		{Method: "GET", Pattern: "/admin/practice", Action: access.Admin, Reads: "admin.seen", Handle: s.practice},
		{Method: "GET", Pattern: "/admin/practice/{figure}", Action: access.Admin, Reads: "admin.seen", Handle: s.figureForm},
		{Method: "POST", Pattern: "/admin/practice/{figure}", Action: access.Admin, Reads: "admin.seen", Handle: s.figurePost},
	}
}

// adminPage is how the service is.
type adminPage struct{ Upkeep }

// Mean says in words how the ledger is.
func (p adminPage) Mean() string {
	switch p.Health.Status {
	case "ok":
		return "Everything is recorded and can be read."
	case "read-only":
		return "Nothing can be recorded. What is there can be read."
	case "stopped":
		return "Nothing can be recorded until the service is started again."
	case "damaged":
		return "The two copies differ. Start the service again: it repairs what can be repaired. Then run an audit."
	}
	return "Something does not work as it should."
}

// Low reports whether the disk is nearly full.
func (p adminPage) Low() bool { return p.Free < lowDisk }

// Agree reports whether both stores end at the same message.
func (p adminPage) Agree() bool { return p.Stream == p.Health.Events }

// Bytes puts a size as people say it.
func (adminPage) Bytes(n uint64) string {
	if n < 1<<30 {
		return strconv.FormatUint(n>>20, 10) + " MB"
	}
	return strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64) + " GB"
}

// Epoch is the number of the key in use.
func (p adminPage) Epoch() uint64 {
	if len(p.Epochs) == 0 {
		return 0
	}
	return p.Epochs[len(p.Epochs)-1]
}

func (s *Server) admin(w http.ResponseWriter, r *Request) error {
	u, err := s.ledger.Upkeep(r.Context())
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "admin", Page{Title: "Admin", Data: adminPage{u}})
}

// staffRow is somebody as a list shows them.
type staffRow struct {
	schemas.StaffRecordedV2
	Account string // how their account is; "": they have none
}

func (s *Server) staffList(w http.ResponseWriter, r *Request) error {
	roster, err := s.ledger.Roster(r.Context(), ops.ViewOf{Now: r.Now})
	if err != nil {
		return err
	}
	// An account that cannot be read is said on the page of accounts.
	accounts, err := s.guard.Accounts().All(r.Context())
	if err != nil && len(accounts) == 0 {
		return err
	}
	rows := make([]staffRow, len(roster.Staff))
	for i, m := range roster.Staff {
		rows[i].StaffRecordedV2 = m
		if k := slices.IndexFunc(accounts, func(a access.Account) bool { return a.Staff == m.Staff }); k >= 0 {
			rows[i].Account = accounts[k].Standing(r.Now)
		}
	}
	return s.render(w, r, http.StatusOK, "staff", Page{Title: "Staff", Data: rows})
}

// exclusions shows who may not open which case. Managers decide it, in the case.
func (s *Server) exclusions(w http.ResponseWriter, r *Request) error {
	list, err := s.ledger.Exclusions(r.Context(), r.Who.Staff)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "exclusions", Page{Title: "Exclusions", Data: list})
}

// staffPage is a member of staff as they are to be from now on.
type staffPage struct {
	F    *Form
	Who  string // "": somebody new
	Left bool   // as last recorded
}

// newStaff is the form for the member of staff of a path, as last recorded.
func (s *Server) newStaff(r *Request) (*staffPage, error) {
	seq, err := s.ledger.Governed(r.Context())
	if err != nil {
		return nil, err
	}
	p := &staffPage{F: newForm(seq), Who: r.PathValue("staff")}
	if p.Who == "" {
		p.F.Set("active", "yes")
		return p, nil
	}
	m, ok, err := s.member(r, p.Who)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoPage
	}
	p.Left = !m.Active
	p.F.Set("role", m.Role)
	p.F.Set("active", map[bool]string{true: "yes", false: "no"}[m.Active])
	if m.Initials != nil {
		p.F.Set("initials", *m.Initials)
	}
	if m.Cap != nil {
		p.F.Set("cap", strconv.Itoa(*m.Cap))
	}
	if m.FaceToFace {
		p.F.Set("face-to-face", "yes")
	}
	p.F.Set("languages", strings.Join(m.Languages, ", "))
	return p, nil
}

// member is a member of staff as last recorded.
func (s *Server) member(r *Request, staff string) (schemas.StaffRecordedV2, bool, error) {
	roster, err := s.ledger.Roster(r.Context(), ops.ViewOf{Now: r.Now})
	if err != nil {
		return schemas.StaffRecordedV2{}, false, err
	}
	i := slices.IndexFunc(roster.Staff, func(m schemas.StaffRecordedV2) bool { return m.Staff == staff })
	if i < 0 {
		return schemas.StaffRecordedV2{}, false, nil
	}
	return roster.Staff[i], true, nil
}

func (s *Server) showStaff(w http.ResponseWriter, r *Request, p *staffPage) error {
	return s.render(w, r, formStatus(p.F), "staff-form", Page{Title: "Staff", Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) staffNew(w http.ResponseWriter, r *Request) error { return s.staffForm(w, r) }

func (s *Server) staffForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newStaff(r)
	if err != nil {
		return err
	}
	return s.showStaff(w, r, p)
}

// exhibitLetters and languageTag are what staff.recorded takes.
var (
	exhibitLetters = regexp.MustCompile(`^[A-Z]{2,4}$`)
	languageTag    = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

// maxCap is the highest cap that staff.recorded takes.
const maxCap = 1000

func (s *Server) staffPost(w http.ResponseWriter, r *Request) error {
	p, err := s.newStaff(r)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	f := p.F
	m := schemas.StaffRecordedV2{
		Staff: p.Who, By: r.Who.Staff, Initials: f.Line("initials"), FaceToFace: f.Is("face-to-face", "yes"), Languages: []string{},
		Role:   f.Choice("role", "Say what they are in the service.", "adviser", "manager", "family-worker", "helpline", "auditor", "administrator"),
		Active: f.Choice("active", "Say whether they work here.", "yes", "no") == "yes",
	}
	if p.Who == "" {
		m.Staff = strings.ToLower(f.Need("staff", "Enter the staff number."))
		switch _, known, err := s.member(r, m.Staff); {
		case err != nil:
			return err
		case m.Staff != "" && !access.ValidStaff(m.Staff):
			f.Fail("staff", "A staff number is lower-case letters, digits and hyphens, such as staff-07.")
		case known:
			f.Fail("staff", "This number is taken. Open it in the list to change it; numbers are not given to somebody else.")
		}
	}
	if n := f.Line("cap"); n != nil {
		most, err := strconv.Atoi(*n)
		if err != nil || most < 0 || most > maxCap {
			f.Fail("cap", "Enter a whole number of cases, or leave it empty.")
		}
		m.Cap = &most
	}
	if m.Initials != nil {
		initials := strings.ToUpper(*m.Initials)
		if m.Initials = &initials; !exhibitLetters.MatchString(initials) {
			f.Fail("initials", "Enter two to four letters, or leave it empty.")
		}
	}
	for tag := range strings.FieldsFuncSeq(f.V("languages"), func(c rune) bool { return c == ',' || c == ' ' }) {
		if !languageTag.MatchString(tag) && f.Err("languages") == "" {
			f.Fail("languages", "Enter tags such as en, pa or ur, with commas between.")
		}
		if !slices.Contains(m.Languages, tag) {
			m.Languages = append(m.Languages, tag)
		}
	}
	// Whoever could take their own role away might be the last who had it.
	if m.Staff == r.Who.Staff && f.OK() && (!m.Active || access.Role(m.Role) != r.Who.Role) {
		f.Fail("role", "You cannot change your own role or record that you left. Ask another administrator.")
	}
	_, ok, err := s.append(r, f, happens(r), m)
	if err != nil {
		return err
	}
	if !ok {
		return s.showStaff(w, r, p)
	}
	s.redirect(w, r, "/admin/staff")
	return nil
}

// happens is the moment of a request, as events have it.
func happens(r *Request) schemas.Occurred {
	from := clock.Format(clock.London(r.Now))
	return schemas.Occurred{From: &from, Precision: "exact"}
}

// practicePage is the figures of local practice.
type practicePage struct {
	ops.Figures
	Sets []ops.PolicySet // newest first
}

// Amount is the values of a figure with their unit.
func (practicePage) Amount(values []uint64, unit string) string { return amount(values, unit) }

// Scope says for which Marac and instrument a figure holds.
func (practicePage) Scope(f ops.Figure) string {
	var of []string
	if f.Marac != nil {
		of = append(of, *f.Marac)
	}
	if f.Instrument != nil {
		of = append(of, instrumentName(f.Instrument))
	}
	return strings.Join(of, ", ")
}

func instrumentName(v *schemas.Versioned) string {
	return v.Code + "/" + strconv.FormatUint(v.Version, 10)
}

// amount puts figures as people say them: "6 to 8 weeks", "no".
func amount(values []uint64, unit string) string {
	if unit == "flag" && len(values) == 1 {
		return map[bool]string{true: "yes", false: "no"}[values[0] == 1]
	}
	var s []string
	for _, n := range values {
		s = append(s, strconv.FormatUint(n, 10))
	}
	text := strings.Join(s, " to ")
	if unit == "count" {
		return text
	}
	unit = strings.ReplaceAll(unit, "-", " ")
	if len(values) == 1 && values[0] == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return text + " " + unit
}

func (s *Server) practice(w http.ResponseWriter, r *Request) error {
	figures, err := s.ledger.Figures(r.Context(), ops.ViewOf{Now: r.Now})
	if err != nil {
		return err
	}
	p := practicePage{figures, slices.Clone(figures.Sets)}
	slices.Reverse(p.Sets)
	return s.render(w, r, http.StatusOK, "practice", Page{Title: "Local practice", Data: p})
}

// figurePage is one figure that is to be another.
type figurePage struct {
	F      *Form
	Figure policy.Figure
	Now    []ops.Figure // as it holds: everywhere, then for single Maracs and instruments
	practicePage
}

// Range is what a value may be.
func (p *figurePage) Range() string {
	return strconv.FormatUint(p.Figure.Min, 10) + " to " + strconv.FormatUint(p.Figure.Max, 10)
}

// Instruments are those that risk is reviewed with.
func (p *figurePage) Instruments() []option {
	var list []option
	for _, i := range schemas.Instruments() {
		name := instrumentName(&schemas.Versioned{Code: i.Code, Version: i.Version})
		list = append(list, option{name, i.Title})
	}
	return list
}

func (s *Server) newFigure(r *Request) (*figurePage, error) {
	figure, ok := policy.Find(r.PathValue("figure"))
	if !ok {
		return nil, errNoPage
	}
	seq, err := s.ledger.Governed(r.Context())
	if err != nil {
		return nil, err
	}
	all, err := s.ledger.Figures(r.Context(), ops.ViewOf{Now: r.Now})
	if err != nil {
		return nil, err
	}
	p := &figurePage{F: newForm(seq), Figure: figure, practicePage: practicePage{Figures: all}}
	for _, f := range all.Figures {
		if f.Code != figure.Code {
			continue
		}
		if p.Now = append(p.Now, f); f.Marac == nil && f.Instrument == nil {
			for i, name := range []string{"value", "value-to"}[:len(f.Values)] {
				p.F.Set(name, strconv.FormatUint(f.Values[i], 10))
			}
		}
	}
	return p, nil
}

func (s *Server) showFigure(w http.ResponseWriter, r *Request, p *figurePage) error {
	return s.render(w, r, formStatus(p.F), "figure-form", Page{Title: "Local practice", Errors: p.F.Errors, Form: true, Data: p})
}

func (s *Server) figureForm(w http.ResponseWriter, r *Request) error {
	p, err := s.newFigure(r)
	if err != nil {
		return err
	}
	return s.showFigure(w, r, p)
}

// figurePost records a new policy: the newest one with this figure changed.
func (s *Server) figurePost(w http.ResponseWriter, r *Request) error {
	p, err := s.newFigure(r)
	if err != nil {
		return err
	}
	if p.F, err = r.form(); err != nil {
		return err
	}
	f, figure := p.F, &p.Figure
	setting := schemas.Setting{Code: figure.Code, Unit: figure.Unit}
	if figure.Local {
		setting.Marac = f.Line("marac")
		if name := f.V("instrument"); name != "" {
			code, version, _ := strings.Cut(name, "/")
			v, err := strconv.ParseUint(version, 10, 32)
			if err != nil || !slices.ContainsFunc(p.Instruments(), func(o option) bool { return o.Value == name }) {
				return errForm
			}
			setting.Instrument = &schemas.Versioned{Code: code, Version: v}
		}
	}
	var changes, gone []schemas.Setting
	if f.Is("default", "yes") {
		gone = append(gone, setting)
	} else {
		for _, name := range []string{"value", "value-to"}[:len(figure.Default)] {
			n, err := strconv.ParseUint(strings.TrimSpace(f.V(name)), 10, 32)
			if err != nil || n < figure.Min || n > figure.Max {
				f.Fail(name, "Enter a whole number from "+p.Range()+".")
			}
			setting.Values = append(setting.Values, n)
		}
		changes = append(changes, setting)
	}
	starts := clock.London(r.Now)
	switch day, today := f.Date("from"), clock.DateOf(r.Now); {
	case f.Err("from") != "" || day.IsZero() || day == today: // now
	case day < today:
		f.Fail("from", "That day has passed: what was decided then keeps its figures. Enter today or a later day.")
	default:
		starts = day.Start()
	}
	reason := f.NeedProse("reason", "Say why it changes.")
	set := schemas.PolicySet{
		Version: p.Next, From: clock.Format(starts), By: r.Who.Staff, Reason: &reason,
		Settings: policy.Merge(p.Newest, changes, gone),
	}
	if f.OK() {
		var wrong *policy.SettingError
		switch err := policy.Check(set.Settings); {
		case errors.As(err, &wrong):
			f.Fail("value", sentence(strings.ReplaceAll(wrong.Code, "-", " "))+" "+strings.ReplaceAll(wrong.Rule, "-", " ")+".")
		case len(set.Settings) == 0:
			f.Fail("default", "Every other figure has its default already, and a policy names at least one that differs. Enter the default as a value instead.")
		}
	}
	_, ok, err := s.append(r, f, happens(r), set)
	if err != nil {
		return err
	}
	if !ok {
		return s.showFigure(w, r, p)
	}
	s.redirect(w, r, "/admin/practice")
	return nil
}
