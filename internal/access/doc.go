// Package access decides who may do what, and knows who asks: accounts, roles,
// sessions, need to know. It has no pages and keeps no record of what was
// looked at.
//
// # Decisions
//
// Decide is a pure function of who asks, what for, and a few facts of the
// case; Rules is its table. What a member of staff is, adviser or manager,
// stands in the ledger (staff.recorded) and is asked for at every request.
//
// # Accounts
//
// An account is how a member of staff proves who they are: a password
// (argon2id) and a code of an authenticator (TOTP, RFC 6238), each code once; or
// a passkey (WebAuthn), which the account's owner registers by proving who they
// are in the first way; or the word of a provider that the service trusts. It
// lies in a file of its own, sealed:
//
//	caseledger/account/v2
//	staff staff-07
//	key service/1
//	nonce 41bb…                64 hex, fresh at every write
//	<AES-256-GCM: JSON, LF, zeros to a multiple of 1024 bytes>
//
// The key is HKDF-SHA256(service key, salt=nonce,
// info="caseledger/account/v2\n"‖origin‖LF‖staff, 32), the GCM nonce is zero
// and the lines above are the associated data. So a copy of the data directory
// holds no hash that could be tried, and no file passes for another's. Files of
// the first version, which had no passkeys, are read and written as the second.
//
// # Sessions
//
// Sessions are in memory only: a restart signs everybody out. They lock after
// Rest without a request and end after Longest, and at once when the account's
// credentials change, it is disabled, or its owner is recorded as inactive.
package access
