// Package lacking ends a test that lacks something which scripts/setup
// installs. On a developer's machine such a test is skipped. Where the
// environment has CI=true, as scripts/test sets it, everything was installed
// just before: there it fails.
package lacking

import (
	"os"
	"testing"
)

// Nothing says that everything was installed just before.
func Nothing() bool { return os.Getenv("CI") == "true" }

// End ends a test for want of something; why says of what.
func End(t testing.TB, why ...any) {
	t.Helper()
	if Nothing() {
		t.Fatal(why...)
	}
	t.Skip(why...)
}
