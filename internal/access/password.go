package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"caseledger/events"
)

// Cost is what one argon2id hash takes.
type Cost struct {
	Memory uint32 // KiB
	Time   uint32 // passes
	Lanes  uint8
}

// DefaultCost is the second choice that RFC 9106, section 4 recommends: 64 MiB.
var DefaultCost = Cost{Memory: 64 << 10, Time: 3, Lanes: 4}

// maxCost bounds what a hash on disk can ask for.
var maxCost = Cost{Memory: 1 << 20, Time: 16, Lanes: 16}

const (
	saltSize = 16
	hashSize = 32

	// MinPassword is the shortest password, in characters; NIST SP 800-63B asks
	// for 8 beside a second factor.
	MinPassword = 12
	// MaxPassword is the longest, in bytes.
	MaxPassword = 1024
)

// ErrPassword: a password that is not good enough to be chosen.
var ErrPassword = errors.New("choose another password")

// PasswordError says what is wrong with a password that somebody wants.
type PasswordError struct{ Rule string }

func (e *PasswordError) Error() string { return "password: " + e.Rule }

// Is makes every PasswordError an ErrPassword.
func (e *PasswordError) Is(target error) bool { return target == ErrPassword }

// CheckPassword holds a new password against the rules: length, and nothing
// that is tried first. There are no rules about kinds of characters (NIST SP
// 800-63B, 3.1.1.2).
func CheckPassword(staff, password string) error {
	p := norm.NFC.String(password)
	switch flat := flatten(p); {
	case !utf8.ValidString(password):
		return &PasswordError{"it has characters that cannot be read"}
	case len(p) > MaxPassword:
		return &PasswordError{fmt.Sprintf("it is longer than %d bytes", MaxPassword)}
	case utf8.RuneCountInString(p) < MinPassword:
		return &PasswordError{fmt.Sprintf("it needs at least %d characters; three or four words make a good one", MinPassword)}
	case len(staff) > 3 && strings.Contains(flat, flatten(staff)), strings.Contains(flat, "caseledger"):
		return &PasswordError{"it holds your staff number or the name of this service"}
	case repeats(flat):
		return &PasswordError{"it repeats a short piece, or runs along the keyboard"}
	case common[strings.TrimRight(flat, "0123456789")]:
		return &PasswordError{"it is among the first that are tried"}
	}
	return nil
}

// flatten is a password without what people vary first.
func flatten(p string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '@':
			return 'a'
		case '$':
			return 's'
		case ' ', '-', '_', '.', '!', '?', ',', '*', '#':
			return -1
		}
		return r
	}, strings.ToLower(p))
}

// runs are keys that lie side by side.
var runs = strings.Join([]string{"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "9876543210987654321"}, "|")

// repeats reports whether p is one short piece again and again, or one run.
func repeats(p string) bool {
	if strings.Contains(runs, p) {
		return true
	}
	for n := 1; n <= len(p)/2; n++ {
		if strings.Repeat(p[:n], len(p)/n+1)[:len(p)] == p {
			return true
		}
	}
	return false
}

// common are the long ones of every published list, flattened, without the
// digits at their end. An empty one is a password of digits alone.
var common = map[string]bool{
	"": true, "password": true, "passwordpassword": true, "passwort": true, "letmein": true, "letmeinplease": true, "iloveyou": true,
	"qwertyuiop": true, "qwertyqwerty": true, "changeme": true, "changemenow": true, "administrator": true, "welcome": true, "welcomehome": true,
	"trustnoone": true, "sunshine": true, "football": true, "princess": true, "superman": true, "monkeymonkey": true, "liverpool": true,
	"manchesterunited": true, "correcthorsebatterystaple": true, "opensesame": true, "mypassword": true, "secretpassword": true, "newpassword": true,
	"domesticabuse": true, "womensaid": true, "safelives": true, "marac": true, "refuge": true,
}

// hasher makes argon2id hashes, few at a time: each takes Cost.Memory.
type hasher struct {
	cost Cost
	busy chan struct{}
}

func newHasher(cost Cost) *hasher { return &hasher{cost, make(chan struct{}, 2)} }

// sum hashes, or returns ctx's error when it is not its turn in time.
func (h *hasher) sum(ctx context.Context, password string, salt []byte, c Cost) ([]byte, error) {
	select {
	case h.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-h.busy }()
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.Time, c.Memory, c.Lanes, hashSize), nil
}

// hash returns a password's hash in the PHC string format, with its cost.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	sum, err := h.sum(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	return formatHash(h.cost, salt, sum), nil
}

// verify reports whether a password has a hash, taking as long when there is
// no hash: ok is then false. stale tells that the hash should be made anew
// with the cost of today.
func (h *hasher) verify(ctx context.Context, password, hash string) (ok, stale bool, err error) {
	cost, salt, want := h.cost, make([]byte, saltSize), make([]byte, hashSize)
	if hash != "" {
		if cost, salt, want, err = parseHash(hash); err != nil {
			return false, false, err
		}
	}
	if len(password) > MaxPassword {
		password = ""
	}
	sum, err := h.sum(ctx, password, salt, cost)
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(sum, want) == 1
	return same && hash != "" && password != "", cost != h.cost, nil
}

var b64 = base64.RawStdEncoding.Strict()

func formatHash(c Cost, salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Lanes, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// parseHash reads what formatHash wrote, and nothing else. The error wraps
// events.ErrSyntax and has nothing of the hash in it.
func parseHash(s string) (c Cost, salt, sum []byte, err error) {
	bad := fmt.Errorf("a password's hash: %w", events.ErrSyntax)
	f := strings.Split(s, "$")
	if len(f) != 6 {
		return c, nil, nil, bad
	}
	p := strings.Split(f[3], ",")
	if len(p) != 3 {
		return c, nil, nil, bad
	}
	number := func(s, name string, bits int) (n uint64) {
		v, ok := strings.CutPrefix(s, name)
		n, e := strconv.ParseUint(v, 10, bits)
		if !ok || e != nil || n == 0 {
			err = bad
		}
		return n
	}
	c = Cost{uint32(number(p[0], "m=", 32)), uint32(number(p[1], "t=", 32)), uint8(number(p[2], "p=", 8))}
	if err != nil || c.Memory > maxCost.Memory || c.Time > maxCost.Time || c.Lanes > maxCost.Lanes {
		return c, nil, nil, bad
	}
	salt, e1 := b64.DecodeString(f[4])
	sum, e2 := b64.DecodeString(f[5])
	if e1 != nil || e2 != nil || len(salt) != saltSize || len(sum) != hashSize || formatHash(c, salt, sum) != s {
		return c, nil, nil, bad
	}
	return c, salt, sum, nil
}
