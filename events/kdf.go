package events

import "crypto/sha256"

// HMAC and HKDF as RFC 2104 and RFC 5869 define them, for keys of at most one
// block and one block of output: all that a seal needs. crypto/hkdf gives the
// same bytes (a test holds that) and allocates thirty times for one event.

// hmac256 returns HMAC-SHA-256 of the concatenation of a and b. The key has at
// most 64 bytes.
func hmac256(key, a, b []byte) [32]byte {
	var buf [sha256.BlockSize + 320]byte
	copy(buf[:], key)
	for i := range sha256.BlockSize {
		buf[i] ^= 0x36
	}
	in := append(append(buf[:sha256.BlockSize], a...), b...)
	inner := sha256.Sum256(in)
	var out [sha256.BlockSize + sha256.Size]byte
	copy(out[:], key)
	for i := range sha256.BlockSize {
		out[i] ^= 0x5c
	}
	copy(out[sha256.BlockSize:], inner[:])
	return sha256.Sum256(out[:])
}

// hkdfExtract returns the pseudorandom key of secret. The salt has at most 64
// bytes; an empty one is what the RFC calls not provided.
func hkdfExtract(salt, secret []byte) [32]byte { return hmac256(salt, secret, nil) }

// hkdfExpand returns 32 bytes: the first block of the RFC's output.
func hkdfExpand(prk *[32]byte, info []byte) [32]byte { return hmac256(prk[:], info, []byte{1}) }
