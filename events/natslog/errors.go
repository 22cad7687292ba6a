package natslog

import (
	"errors"
	"fmt"

	"caseledger/events"
)

var (
	// ErrFull: the store's cap or its disk is reached. Nothing was stored;
	// the same append works once there is room.
	ErrFull = errors.New("the event store is full")
	// ErrInUse: another process or server holds the directory or the lease.
	ErrInUse = errors.New("in use by another writer")
	// ErrUnsafe: an external server or an existing stream promises less than
	// the ledger needs.
	ErrUnsafe = errors.New("refused: promises less than the ledger needs")
)

// ConfigError says what of a stream or a server is not as the ledger needs it.
// It is an ErrUnsafe.
type ConfigError struct {
	What      string // "stream cases", "server n1"
	Field     string // as NATS names it
	Got, Want string
}

func (e *ConfigError) Error() string {
	return fmt.Sprintf("%s: %s is %s, must be %s", e.What, e.Field, e.Got, e.Want)
}

// Is makes every ConfigError an ErrUnsafe.
func (e *ConfigError) Is(target error) bool { return target == ErrUnsafe }

// HoleError says which sequences a stream has lost. It is an events.ErrBroken.
type HoleError struct {
	Stream   string
	From, To uint64 // inclusive
}

func (e *HoleError) Error() string {
	return fmt.Sprintf("stream %s: messages %d to %d are missing", e.Stream, e.From, e.To)
}

// Is makes every HoleError an events.ErrBroken.
func (e *HoleError) Is(target error) bool { return target == events.ErrBroken }

var errClosed = fmt.Errorf("log closed: %w", events.ErrStopped)
