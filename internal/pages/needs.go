package pages

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

// Ledger is what the pages need of a ledger.
type Ledger interface {
	// Facts are what a decision about a case rests on. The error wraps
	// events.ErrNotFound when there is no such case.
	Facts(ctx context.Context, chain events.Chain) (access.CaseFacts, error)
	// Append records an event; see cases.Service.Append for its errors.
	Append(context.Context, ops.Append) (ops.Appended, error)
	// Day is the day of a member of staff.
	Day(context.Context, ops.ViewOf, ops.Progress) (views.Day, error)
	// Case is the page of a case.
	Case(context.Context, ops.CaseAsk) (views.CasePage, error)
	// Last is a case's last event, without reading the case.
	Last(ctx context.Context, chain events.Chain) (uint64, error)
	// Show opens one event. The error wraps events.ErrNotFound when there is
	// no such event.
	Show(ctx context.Context, chain events.Chain, seq uint64) (ops.Event, error)
	// Figures are those of local practice that are in force.
	Figures(context.Context, ops.ViewOf) (ops.Figures, error)
	Desk
	Directory
	Files
	Keeping
}

// Files is what the pages need of a ledger about files; see ops.Attaching.
type Files interface {
	Attach(ctx context.Context, a ops.Attach, file io.Reader) (ops.Attached, error)
	Attachments(ctx context.Context, chain events.Chain) (ops.AttachmentList, error)
	Fetch(ctx context.Context, of ops.AttachmentOf, out io.Writer) (ops.Attachment, error)
}

// Guard is what the pages need of sign-in and need to know.
type Guard interface {
	// Session puts the session of a request into its context and, before the
	// answer's header is sent, its cookie into the answer.
	Session(next http.Handler) http.Handler
	// Who says who asks, from a context that went through Session. A session
	// that is too old is none, one that rested too long is locked.
	Who(ctx context.Context) (access.Who, access.State)
	// Decide says whether somebody may do something; facts is nil for what is
	// about no case.
	Decide(who access.Who, action access.Action, facts *access.CaseFacts, now time.Time) access.Decision
	Signer
}

// Signer is what the pages on which people sign in need; see access.Guard.
type Signer interface {
	// Peek is Who without counting as somebody's request.
	Peek(ctx context.Context) (access.Who, access.State)
	SignIn(ctx context.Context, a access.Attempt, began func(access.Who) error) error
	Has(ctx context.Context, staff string) bool
	Lock(ctx context.Context)
	Unlock(ctx context.Context, password, address string, again func(access.Who) error) error
	SignOut(ctx context.Context) error
	ChangePassword(ctx context.Context, a access.Attempt, password string, changed func(access.Who) error) error
	BeginSetUp(ctx context.Context, staff, code, address string) error
	SettingUp(ctx context.Context) (staff string, secret access.Secret, ok bool)
	FinishSetUp(ctx context.Context, password, code, address string, began func(access.Who) error) error
	Accounts() *access.Accounts
}

// Passkeys are what the pages need of passkeys; see access.Passkeys.
type Passkeys interface {
	Origin() string
	Challenge(ctx context.Context, address string) (options []byte, token string, err error)
	SignIn(ctx context.Context, token string, answer []byte, address string, began func(access.Who) error) (staff string, err error)
	Unlock(ctx context.Context, token string, answer []byte, address string, again func(access.Who) error) error
	Own(ctx context.Context) ([]access.Passkey, error)
	Prepare(ctx context.Context, a access.Attempt, name string) (token string, err error)
	Prepared(ctx context.Context, token string) (options []byte, name string, err error)
	Register(ctx context.Context, token string, answer []byte, made func(access.Who) error) error
	Remove(ctx context.Context, id []byte, removed func(access.Who) error) error
}

// SignOn is what the pages need of a provider that vouches for people; see
// access.SignOn.
type SignOn interface {
	Name() string
	Begin(ctx context.Context, next, address string) (to, token string, err error)
	Back(ctx context.Context, token string, back url.Values, address string) (next, staff string, err error)
	Finish(ctx context.Context, token string, began, again func(access.Who) error) (to string, err error)
}

// Read is what the access ledger is told before something is shown or done.
type Read struct {
	Type   string // such as case.opened
	Who    access.Who
	Action access.Action
	Chain  *events.Chain // null: about no case
	Glass  bool          // only allowed because glass was broken
	About  string        // whose account was changed; "": nobody's
	At     time.Time
}

// Recorder is the access ledger.
type Recorder interface {
	// Record returns when the entry is durable. When it fails nothing may be
	// shown.
	Record(ctx context.Context, r Read) error
}

// Drafts are what somebody has begun to write and not recorded.
type Drafts interface {
	// Drafts lists those of a member of staff, the newest first.
	Drafts(ctx context.Context, staff string) ([]Draft, error)
	// OldDrafts lists those of everybody that were kept last before a time, the
	// oldest first, without those in cases that the reader may not see.
	OldDrafts(ctx context.Context, reader string, before time.Time) ([]OldDraft, error)
	// KeepDraft keeps a form that is not recorded; it is durable then.
	KeepDraft(ctx context.Context, staff string, chain events.Chain, form string, text []byte, now time.Time) error
	// LoadDraft returns what was kept, and when. The error wraps fs.ErrNotExist
	// when nothing was.
	LoadDraft(ctx context.Context, staff string, chain events.Chain, form string) ([]byte, time.Time, error)
	// FindDraft returns the case of which somebody has a draft of a form whose
	// name is of one case only. The error wraps fs.ErrNotExist when there is none.
	FindDraft(ctx context.Context, staff, form string) (events.Chain, error)
	// WipeDraft takes away what was kept, if anything was.
	WipeDraft(ctx context.Context, staff string, chain events.Chain, form string) error
}

// Draft is a draft as a list shows it, without a word of it.
type Draft struct {
	views.Subject
	What  string // such as "New contact"
	Path  string // of the page that goes on with it
	Saved clock.When
}

// OldDraft is a draft that its author has left, as a manager sees it.
type OldDraft struct {
	views.Subject
	By    string // who began it
	What  string
	Saved clock.When
}
