package sealing

import (
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// maxRecipients is the most keys that one bundle is sealed to.
const maxRecipients = 20

// Extension is what a sealed bundle's name ends with.
const Extension = ".age"

// Recipients are the public keys of those who can open a bundle.
type Recipients []age.Recipient

// ParseRecipients reads public keys as age-keygen prints them: age1… or age1pq1…,
// the second kind alone or not at all. The error names a key by its place.
func ParseRecipients(keys []string) (Recipients, error) {
	if len(keys) == 0 || len(keys) > maxRecipients {
		return nil, fmt.Errorf("a bundle is sealed to 1 to %d recipients", maxRecipients)
	}
	var list Recipients
	post := 0
	for i, key := range keys {
		if strings.HasPrefix(key, "AGE-SECRET-KEY-") {
			return nil, fmt.Errorf("recipient %d is a secret key; it must be given to nobody: ask for a new public key", i+1)
		}
		parsed, err := age.ParseRecipients(strings.NewReader(key))
		if err != nil || len(parsed) != 1 || strings.ContainsAny(key, "\n#") {
			return nil, fmt.Errorf("recipient %d is no age public key (age1…)", i+1)
		}
		if strings.HasPrefix(key, "age1pq1") {
			post++
		}
		list = append(list, parsed[0])
	}
	if post > 0 && post < len(list) {
		return nil, fmt.Errorf("keys age1pq1… and age1… are not for one bundle: it would be as safe as the weaker")
	}
	return list, nil
}

// Encrypt returns a writer whose bytes go to dst as an age file (age v1) that
// any one of the recipients can open. Close ends the file: without it the file
// cannot be opened.
func Encrypt(dst io.Writer, to Recipients) (io.WriteCloser, error) {
	w, err := age.Encrypt(dst, to...)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return w, nil
}
