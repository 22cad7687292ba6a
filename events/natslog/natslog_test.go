package natslog

import (
	"testing"

	"go.uber.org/goleak"

	"caseledger/events/eventstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openDir(t *testing.T, dir string, change ...func(*Options)) *Log {
	t.Helper()
	o := Options{Dir: dir, Stream: "cases", Origin: eventstest.Origin, MaxStore: 1 << 30}
	for _, f := range change {
		f(&o)
	}
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func sync1s(o *Options) { o.Sync = Sync1s }

func TestSuite(t *testing.T) {
	for _, mode := range []string{SyncAlways, Sync1s} {
		t.Run(mode, func(t *testing.T) {
			eventstest.LogSuite(t, func(t *testing.T, dir string) eventstest.Log {
				return openDir(t, dir, func(o *Options) { o.Sync = mode })
			})
		})
	}
}
