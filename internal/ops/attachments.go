package ops

import (
	"context"
	"io"

	"github.com/oklog/ulid/v2"

	"caseledger/events"
)

// Attaching is what can be asked of a ledger about files.
type Attaching interface {
	// Attach keeps a file, sealed and in both copies, and then records it. When
	// it fails nothing in the ledger names the file. See
	// cases.Service.Append for its errors; events.ErrTooLarge over 2 GiB.
	Attach(ctx context.Context, a Attach, file io.Reader) (Attached, error)
	// Attachments lists the attachments of a case.
	Attachments(context.Context, AttachmentsOf) (AttachmentList, error)
	// Fetch writes the original bytes of an attachment. When it fails, what was
	// written is not the file. The error wraps events.ErrNotFound when its bytes
	// were never kept, events.ErrBroken when no copy of them is whole.
	Fetch(ctx context.Context, of AttachmentOf, out io.Writer) (Attachment, error)
	// Inspect reports what an attachment says about itself beside what it
	// shows. The file is read by a process of its own.
	Inspect(ctx context.Context, of AttachmentOf) (Inspection, error)
	// Scrub reads both copies of every attachment, makes anew what one of
	// them has lost, and lists, or removes, what no event names.
	Scrub(ctx context.Context, remove bool, progress Progress) (Scrubbed, error)
}

// Attach asks for an attachment.
type Attach struct {
	Case   events.Chain `json:"case"`
	Actor  string       `json:"actor"`
	ID     *ulid.ULID   `json:"id"`     // null: a fresh one
	Expect uint64       `json:"expect"` // 0: did not look
	// Occurred and Data are those of attachment.added, less what follows from
	// the file and from where it is kept: exhibit, sha256, size and stored.
	Occurred []byte `json:"occurred"`
	Data     []byte `json:"data"`
	// Exhibit gives it the next reference of the actor. A changed copy of
	// another attachment always gets one.
	Exhibit bool `json:"exhibit"`
}

// Attached says where the attachment stands.
type Attached struct {
	Case    events.Chain `json:"case"`
	Seq     uint64       `json:"seq"`
	ID      ulid.ULID    `json:"id"`
	Hash    events.Hash  `json:"hash"` // the event hash
	Exhibit *string      `json:"exhibit"`
	Size    int64        `json:"size"`   // of the file, in bytes
	SHA256  events.Hash  `json:"sha256"` // of the file
	Stored  events.Hash  `json:"stored"` // of the sealed bytes
}

// AttachmentOf names an attachment by its event.
type AttachmentOf struct {
	Case  events.Chain `json:"case"`
	Seq   uint64       `json:"seq"`
	Actor string       `json:"actor"` // as in AsOf
}

// AttachmentsOf asks for the attachments of a case.
type AttachmentsOf struct {
	Case  events.Chain `json:"case"`
	Actor string       `json:"actor"` // as in AsOf
}

// AttachmentList is the attachments of a case, oldest first.
type AttachmentList struct {
	Case        events.Chain `json:"case"`
	Attachments []Attachment `json:"attachments"`
}

// Attachment is a file as its event describes it.
type Attachment struct {
	Seq         uint64       `json:"seq"`
	Name        string       `json:"name"` // as it came
	MediaType   string       `json:"media_type"`
	Kind        string       `json:"kind"`
	Size        uint64       `json:"size"` // bytes
	SHA256      string       `json:"sha256"`
	Exhibit     *string      `json:"exhibit"`
	DerivedFrom *uint64      `json:"derived_from"` // the attachment of which it is a changed copy
	Kept        bool         `json:"kept"`         // its bytes are kept here
	Recorded    Time         `json:"recorded"`
	Actor       string       `json:"actor"`
	Stored      *events.Hash `json:"stored"` // name of the sealed bytes; null when they are not kept
}

// Inspection is what an attachment says about itself.
type Inspection struct {
	Case   events.Chain `json:"case"`
	Seq    uint64       `json:"seq"`
	Format string       `json:"format"` // "JPEG", "PDF", …; "" when it is none that is looked into
	Tags   []Tag        `json:"tags"`
	// Limits say what was not looked at, and why; none when all was.
	Limits []string `json:"limits"`
}

// Tag is one thing that a file says about itself. The value is the file's own
// and is shown to whoever asked, nowhere else.
type Tag struct {
	Source string `json:"source"` // "EXIF", "IPTC", "XMP", "PDF", "Office", "MP4"
	Name   string `json:"name"`
	Value  string `json:"value"` // cut after 500 bytes
	Place  bool   `json:"place"` // it may say where something was
}

// Scrubbed is what a scrub found.
type Scrubbed struct {
	Attachments int               `json:"attachments"` // that are kept
	Restored    []AttachmentCopy  `json:"restored"`    // copies that were made anew
	Lost        []AttachmentCopy  `json:"lost"`        // copies of which no other is whole
	Orphans     []AttachmentTrace `json:"orphans"`     // what no event names
	Removed     int               `json:"removed"`     // of those
}

// AttachmentCopy is one copy of an attachment.
type AttachmentCopy struct {
	Case    events.Chain `json:"case"`
	Seq     uint64       `json:"seq"`
	Copy    string       `json:"copy"` // "file" or "objects"
	Problem string       `json:"problem"`
}

// AttachmentTrace is what no event names: an addition that was broken off.
type AttachmentTrace struct {
	Copy string `json:"copy"`
	Name string `json:"name"`
	Size int64  `json:"size"`
}
