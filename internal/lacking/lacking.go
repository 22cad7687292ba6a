// Package lacking ends a test that lacks something which scripts/setup
// installs. On a developer's machine such a test is skipped. Where the
// environment has CI=true, as scripts/test sets it, everything was installed
// just before: there it fails.
package lacking

import (
	"os"
	"testing"
)

// End ends a test for want of something; why says of what.
func End(t testing.TB, why ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why...)
	}
	t.Skip(why...)
}
