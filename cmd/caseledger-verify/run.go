//go:build !js

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"caseledger/evidence"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

const usage = `Usage: caseledger-verify [--json] [--policy FILE] bundle.zip

Checks an evidence bundle and says whether it is what the ledger recorded.
The policy names the ledger whose signature is trusted. Get it from the
service another way than the bundle; without it nobody vouches for the bundle.

On Windows you can drag both files, the bundle and the policy, onto this
program. Of two files, the one whose name ends in .txt is the policy.

  --policy FILE   the policy (C2SP tlog-policy)
  --json          the verdict as JSON
  --version       which program this is

Exit codes: 0 matches, 1 could not check, 2 wrong use of this command,
3 does not match, 4 a version that this program does not know.

Example: caseledger-verify --policy policy.txt bundle.zip
`

// run is the whole command; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("caseledger-verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	asVersion := flags.Bool("version", false, "")
	policyFile := flags.String("policy", "", "")
	files, err := parse(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return evidence.ExitValid
	case err != nil:
		return misused(stderr, err.Error())
	case *asVersion && len(args) == 1:
		fmt.Fprintln(stdout, "caseledger-verify", version())
		return evidence.ExitValid
	}
	if len(files) == 2 && *policyFile == "" {
		files, *policyFile = dropped(files)
	}
	if len(files) != 1 {
		return misused(stderr, "name one bundle")
	}
	verdict := verify(files[0], *policyFile)
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(verdict)
	} else if err = verdict.Format(stdout); err == nil {
		_, err = fmt.Fprintf(stdout, "Checked by caseledger-verify %s.\n", version())
	}
	if err != nil {
		fmt.Fprintf(stderr, "caseledger-verify: the verdict could not be written: %v\n", err)
		if verdict.Exit == evidence.ExitValid {
			return evidence.ExitUnknown
		}
	}
	return verdict.Exit
}

// dropped tells the bundle from the policy where two files were given without
// a word: the policy is the one whose name ends in .txt.
func dropped(files []string) (bundles []string, policy string) {
	text := func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".txt") }
	switch a, b := files[0], files[1]; {
	case text(b) && !text(a):
		return []string{a}, b
	case text(a) && !text(b):
		return []string{b}, a
	}
	return files, ""
}

// verify checks a bundle with the policy of a file, or without one when
// policyFile is "". A policy that cannot be used never hides what is wrong
// with the bundle.
func verify(bundle, policyFile string) evidence.Verdict {
	var policy *tlog.Policy
	var unusable error
	if policyFile != "" {
		policy, unusable = readPolicy(policyFile)
	}
	verdict, err := evidence.VerifyFile(bundle, policy, schemas.Default())
	if err != nil {
		return evidence.Unread(err.Error())
	}
	if unusable != nil {
		verdict.UnusablePolicy("policy: " + unusable.Error())
	}
	return verdict
}

// parse reads flags before, between and after the other arguments, which it
// returns. Behind -- everything is an argument.
func parse(flags *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		left := flags.Args()
		if taken := len(args) - len(left); len(left) == 0 || taken > 0 && args[taken-1] == "--" {
			return append(rest, left...), nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

func misused(stderr io.Writer, why string) int {
	fmt.Fprintf(stderr, "caseledger-verify: %s\n\n%s", why, usage)
	return evidence.ExitUsage
}

func readPolicy(name string) (*tlog.Policy, error) {
	// Looked at first: to open a pipe waits until somebody writes to it.
	if info, err := os.Stat(name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("is no file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, tlog.MaxPolicy+1))
	if err != nil {
		return nil, err
	}
	return tlog.ParsePolicy(b)
}

// waitForEnter returns when somebody has pressed Enter, or when nobody can.
func waitForEnter(stdin io.Reader, stdout io.Writer) {
	fmt.Fprint(stdout, "\nPress Enter to close this window.")
	_, _ = bufio.NewReader(stdin).ReadString('\n')
}
