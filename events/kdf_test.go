package events

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"
)

// RFC 5869, appendix A, the SHA-256 cases whose salt is no longer than a block.
// We need 32 bytes of output where the RFC shows 42.
func TestHKDFVectors(t *testing.T) {
	tests := []struct{ name, secret, salt, info, prk, okm string }{
		{"A.1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
			"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
			"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"},
		{"A.3", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
			"19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
			"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			un := func(s string) []byte {
				b, err := hex.DecodeString(s)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			prk := hkdfExtract(un(tt.salt), un(tt.secret))
			if got := hex.EncodeToString(prk[:]); got != tt.prk {
				t.Errorf("extract: got %s, want %s", got, tt.prk)
			}
			okm := hkdfExpand(&prk, un(tt.info))
			if got := hex.EncodeToString(okm[:]); got != tt.okm {
				t.Errorf("expand: got %s, want %s", got, tt.okm)
			}
		})
	}
}

func TestHKDFAgreesWithStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "secret")
		salt := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "salt")
		info := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "info")
		mac := hmac.New(sha256.New, salt)
		mac.Write(secret)
		mac.Write(info)
		if got := hmac256(salt, secret, info); string(got[:]) != string(mac.Sum(nil)) {
			t.Fatalf("hmac256 differs")
		}
		want, err := hkdf.Key(sha256.New, secret, salt, string(info), 32)
		if err != nil {
			t.Fatal(err)
		}
		prk := hkdfExtract(salt, secret)
		if got := hkdfExpand(&prk, info); string(got[:]) != string(want) {
			t.Fatalf("hkdf differs")
		}
	})
}
