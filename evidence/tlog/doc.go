// Package tlog signs and checks what a ledger says of its tree: checkpoints,
// cosignatures, inclusion proofs and the policy they are judged by, in the
// formats of c2sp.org/tlog-checkpoint, /tlog-cosignature, /tlog-proof,
// /tlog-policy and /signed-note. It also keeps the signed state: the largest
// tree a signature ever left for.
//
// The tree itself is RFC 6962 and comes from golang.org/x/mod/sumdb/tlog. The
// entry at index i is the 32-byte event hash of stream sequence i+1, its leaf
// SHA-256(0x00 ‖ entry). The text formats of that module are not the C2SP ones
// and are not used.
//
// Every parser is strict: what it accepts, it writes back as the same bytes;
// a policy, which may be written by hand, is the exception. The formats and
// the places where this package is stricter than C2SP are in docs/FORMAT.md,
// "Tree and checkpoints", "Proofs", "Policy" and "Signed state".
//
// Except for State, nothing here does any I/O. Errors never hold key material.
package tlog
