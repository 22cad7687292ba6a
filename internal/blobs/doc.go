// Package blobs keeps the original bytes of attachments, sealed. A blob is
// named by the SHA-256 of its sealed bytes and kept twice: as a file, and in
// parts in an object store. It knows nothing of events: whoever records an
// attachment puts its blob first, and names it in the event.
//
// # A blob
//
// The format is docs/FORMAT.md, "Attachments": two lines of ASCII,
//
//	caseledger/blob/v1
//	key 1 <64 hex digits: salt>
//
// then the chunks. Every chunk but the last is the AES-256-GCM of 65,536 bytes
// of the file; the last one is of the rest, which is empty only when the file
// is. The key is HKDF-SHA256(case key, salt, "caseledger/blob/v1"); "1" is the
// generation of the case key. The nonce is eleven bytes that count the chunks
// from 0, big endian, and a byte that is 1 for the last and else 0: chunks
// cannot be swapped, dropped or cut off. Additional data is the two lines.
//
// Without the case key, so also when that is erased, a blob tells its length
// and nothing else.
package blobs
