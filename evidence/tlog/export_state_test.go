//go:build unix

package tlog

// SetCommit replaces how a State is written.
func (s *State) SetCommit(f func(path string, data []byte) error) { s.commit = f }

// ReplaceFile is how a State is written.
var ReplaceFile = replaceFile

// ParseState and AppendState are the signed-state file.
var (
	ParseState  = parseState
	AppendState = appendState
)
