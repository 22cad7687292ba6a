package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"caseledger/events"
)

const (
	// step is how long a code of an authenticator holds (RFC 6238, 5.2).
	step = 30 * time.Second
	// skew is how many steps a telephone's clock may be off, either way.
	skew = 1
	// secretSize is that of the HMAC's output (RFC 4226, section 4, R6).
	secretSize = 20
)

var b32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// stepAt is the number of the step at a time.
func stepAt(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) / uint64(step/time.Second) }

// codeAt is the code of a step.
func codeAt(secret []byte, at uint64) string {
	code, err := hotp.GenerateCodeCustom(b32.EncodeToString(secret), at, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "" // only for a secret that is no base32
	}
	return code
}

// CodeAt is what an authenticator shows at a time.
func CodeAt(secret []byte, t time.Time) string { return codeAt(secret, stepAt(t)) }

// matchCode returns the step whose code was given, when it is near now and
// later than last, the step of the code that was used last. It always works
// out all codes.
func matchCode(secret []byte, code string, last uint64, now time.Time) (uint64, bool) {
	code = strings.Join(strings.Fields(code), "") // people type 123 456
	at, found := stepAt(now), uint64(0)
	for s := at - skew; s <= at+skew; s++ {
		want := codeAt(secret, s)
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > last && want != "" {
			found = s
		}
	}
	return found, found > 0
}

func newSecret() []byte {
	b := make([]byte, secretSize)
	_, _ = rand.Read(b) // never fails
	return b
}

// Secret is the secret of an authenticator that is being set up.
type Secret []byte

// String is the secret as it is typed by hand, in groups of four.
func (s Secret) String() string { return grouped(b32.EncodeToString(s)) }

// uri is the secret as authenticators take it in. The issuer and the staff
// number are what they show.
func (s Secret) uri(issuer, staff string) string {
	v := url.Values{"secret": {b32.EncodeToString(s)}, "issuer": {issuer}}
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + staff, RawQuery: v.Encode()}).String()
}

// QR is the secret as a picture for an authenticator's camera: rows of dark
// modules, without a quiet zone.
func (s Secret) QR(issuer, staff string) ([][]bool, error) {
	var code barcode.Barcode
	code, err := qr.Encode(s.uri(issuer, staff), qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	b := code.Bounds()
	rows := make([][]bool, b.Dy())
	for y := range rows {
		rows[y] = make([]bool, b.Dx())
		for x := range rows[y] {
			r, _, _, _ := code.At(b.Min.X+x, b.Min.Y+y).RGBA()
			rows[y][x] = r == 0
		}
	}
	return rows, nil
}

// A set-up code lets somebody set up an account: 20 letters and digits, 100
// bits, in groups of four. Crockford's base 32: no I, L, O and U.
const (
	setUpAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	setUpLength   = 20
	// SetUpFor is how long a set-up code can be used.
	SetUpFor = 24 * time.Hour
)

// newSetUpCode returns a code and what is kept of it.
func newSetUpCode() (code string, hash []byte) {
	var b [setUpLength]byte
	_, _ = rand.Read(b[:]) // never fails
	for i := range b {
		b[i] = setUpAlphabet[b[i]%32]
	}
	h := sha256.Sum256(b[:])
	return grouped(string(b[:])), h[:]
}

// hashSetUpCode is what would be kept of a code as somebody types it.
func hashSetUpCode(typed string) []byte {
	code := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\n':
			return -1
		case 'I', 'L':
			return '1'
		case 'O':
			return '0'
		}
		return r
	}, strings.ToUpper(typed))
	h := sha256.Sum256([]byte(code))
	return h[:]
}

func grouped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += 4 {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(s[i:min(i+4, len(s))])
	}
	return b.String()
}

// ParseSecret reads a secret as Secret.String writes it.
func ParseSecret(s string) (Secret, error) {
	b, err := b32.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != secretSize || Secret(b).String() != s {
		return nil, events.ErrSyntax
	}
	return b, nil
}
