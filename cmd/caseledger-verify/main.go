//go:build !js

// Command caseledger-verify checks an evidence bundle without the ledger that
// made it: no network, no store, nothing but the file and a policy.
//
// Built for js/wasm it is the inside of the verifier page; the directory page
// makes that.
package main

import "os"

func main() {
	code := run(os.Args[1:], os.Stdout, os.Stderr)
	if ownsConsole() {
		// Started by a double click, or by files that were dropped on it: the
		// window would close before anybody has read the answer.
		waitForEnter(os.Stdin, os.Stdout)
	}
	os.Exit(code)
}
