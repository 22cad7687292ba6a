package keys

import (
	"fmt"
	"path/filepath"

	"caseledger/events"
)

// File reads another file of the directory, of at most limit bytes, under the
// same rules as the keys. The error wraps fs.ErrNotExist when there is none,
// events.ErrTooLarge when it is longer, fs.ErrPermission when others could
// reach it.
func (s *Secrets) File(name string, limit int) ([]byte, error) {
	if name == "" || name != filepath.Base(name) {
		return nil, fmt.Errorf("secrets: not the name of a file: %w", events.ErrSyntax)
	}
	return readFile(filepath.Join(s.dir, name), limit)
}
