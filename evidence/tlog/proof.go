package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	xtlog "golang.org/x/mod/sumdb/tlog"

	"caseledger/events"
)

const (
	// MaxProof is the largest proof that is read, in bytes.
	MaxProof = MaxNote + 4<<10
	// MaxProofHashes is the most hashes a proof can need: the height of a
	// tree of events.MaxNumber entries.
	MaxProofHashes = 53

	proofFamily  = "c2sp.org/tlog-proof@"
	proofVersion = proofFamily + "v1"
)

// ErrProof: the hashes do not lead from the entry to the root.
var ErrProof = errors.New("inclusion proof does not verify")

// Proof is an inclusion proof of one entry, c2sp.org/tlog-proof, with the
// signed checkpoint it ends at. It never has extra data.
type Proof struct {
	Index      uint64        // of the entry, from 0
	Hashes     []events.Hash // from the leaf's sibling to the root's child
	Checkpoint []byte        // the signed note, byte for byte
}

// Append appends the text of the proof to b.
func (p *Proof) Append(b []byte) []byte {
	b = append(b, proofVersion+"\nindex "...)
	b = strconv.AppendUint(b, p.Index, 10)
	b = append(b, '\n')
	for i := range p.Hashes {
		b = strict64.AppendEncode(b, p.Hashes[i][:])
		b = append(b, '\n')
	}
	b = append(b, '\n')
	return append(b, p.Checkpoint...)
}

// ParseProof reads exactly what Append writes and refuses the extra line,
// which nothing authenticates. It checks the form of the checkpoint, no
// signature and no hash. Checkpoint aliases b. Another version of the format
// is events.ErrVersion.
func ParseProof(b []byte) (Proof, error) {
	if len(b) > MaxProof {
		return Proof{}, &events.SyntaxError{What: "proof", Offset: -1, Rule: "longer than 68 KiB", Kind: events.ErrTooLarge}
	}
	var out Proof
	p := cursor{what: "proof", b: b}
	version := p.line()
	if p.err != nil {
		return Proof{}, p.err
	}
	if string(version) != proofVersion {
		err := &events.SyntaxError{What: "proof", Rule: "the first line is not " + proofVersion}
		if isVersion(version, proofFamily) {
			err.Kind = events.ErrVersion
		}
		return Proof{}, err
	}
	at := p.at
	index, ok := bytes.CutPrefix(p.line(), []byte("index "))
	switch {
	case p.err != nil:
		return Proof{}, p.err
	case !ok && bytes.HasPrefix(b[at:], []byte("extra ")):
		return Proof{}, p.wrong(at, "an extra line")
	case !ok:
		return Proof{}, p.wrong(at, "expected the line index")
	}
	if out.Index, ok = parseDecimal(index); !ok {
		return Proof{}, p.wrong(at, "the index is not a decimal from 0 to 2^53-1")
	}
	for {
		l := p.mark(p.line)
		if p.err != nil {
			return Proof{}, p.err
		}
		if len(l.b) == 0 {
			break
		}
		var h events.Hash
		if !decodeHash(&h, l.b) {
			return Proof{}, p.wrong(l.at, "a line of the proof is not the base64 of 32 bytes")
		}
		if len(out.Hashes) == MaxProofHashes {
			return Proof{}, p.wrong(l.at, "more hashes than any tree needs")
		}
		out.Hashes = append(out.Hashes, h)
	}
	out.Checkpoint = p.rest()
	if _, err := ParseSigned(out.Checkpoint); err != nil {
		return Proof{}, fmt.Errorf("proof: %w", err)
	}
	return out, nil
}

// Verify reports whether the tree of this size and root has entry at Index.
// The error wraps ErrProof. Size and root are the caller's, from a checkpoint
// it trusts; the one in the proof is not looked at.
func (p *Proof) Verify(entry events.Hash, size uint64, root events.Hash) error {
	switch {
	case size > events.MaxNumber:
		return fmt.Errorf("entry %d: tree size above 2^53-1: %w", p.Index, ErrProof)
	case p.Index >= size:
		return fmt.Errorf("entry %d: the tree has %d: %w", p.Index, size, ErrProof)
	}
	hashes := make(xtlog.RecordProof, len(p.Hashes))
	for i, h := range p.Hashes {
		hashes[i] = xtlog.Hash(h)
	}
	if xtlog.CheckRecord(hashes, int64(size), xtlog.Hash(root), int64(p.Index), xtlog.RecordHash(entry[:])) != nil {
		return fmt.Errorf("entry %d of %d: %w", p.Index, size, ErrProof)
	}
	return nil
}

// Prove returns the hashes that prove entry index in the tree of this size,
// reading at most two per level from r in one call.
func Prove(r xtlog.HashReader, size, index uint64) ([]events.Hash, error) {
	if size > events.MaxNumber || index >= size {
		return nil, fmt.Errorf("prove entry %d in a tree of %d: no such entry", index, size)
	}
	hashes, err := xtlog.ProveRecord(int64(size), int64(index), r)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d in a tree of %d: %w", index, size, err)
	}
	out := make([]events.Hash, len(hashes))
	for i, h := range hashes {
		out[i] = events.Hash(h)
	}
	return out, nil
}
