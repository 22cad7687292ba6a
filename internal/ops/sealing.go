package ops

// Sealing says what others vouch for in a bundle.
type Sealing struct {
	Signed  bool `json:"signed"`  // contact-sheets.pdf has a signature
	Stamped bool `json:"stamped"` // the checkpoint has a time-stamp, in the bundle
	// Token is a time-stamp over the bundle's tag manifest, which stands beside
	// it (RFC 3161, a TimeStampResp in DER); null: none.
	Token []byte `json:"token"`
	// Missed says why a time-stamp is not there, though there is an authority;
	// "": none is missed.
	Missed string `json:"missed"`
	// Recipients is how many age keys the file was sealed to; 0: it is the ZIP.
	Recipients int `json:"recipients"`
}
