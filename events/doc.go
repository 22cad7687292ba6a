// Package events defines the case event, its parts and its hash chain. It
// does no I/O, reads no clock and holds no state; docs/FORMAT.md is its
// specification.
package events
