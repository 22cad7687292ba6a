package clock

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// RangeError says that working days were asked for in a year without data on
// bank holidays. The holidays file has to be extended; nothing is guessed.
type RangeError struct {
	Date        Date
	First, Last int // years with data
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("clock: bank holidays are known from %d to %d, not on %s", e.First, e.Last, e.Date)
}

// BankHoliday returns the name of a bank holiday in England and Wales, or ""
// for another day. The error is a *RangeError.
func BankHoliday(d Date) (string, error) {
	c := calendar()
	if y, _, _ := d.YMD(); d == 0 || y < c.first || y > c.last {
		return "", &RangeError{d, c.first, c.last}
	}
	return c.days[d], nil
}

// WorkingDay reports whether a day is neither Saturday, Sunday nor a bank
// holiday in England and Wales. The error is a *RangeError.
func WorkingDay(d Date) (bool, error) {
	name, err := BankHoliday(d)
	return err == nil && name == "" && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday, err
}

// AddWorkingDays returns the n-th working day after d, n from 0. The day
// itself does not count, whether or not it is one; with n 0 it is d. The error
// is a *RangeError when a day that has to be looked at is beyond the data.
func AddWorkingDays(d Date, n int) (Date, error) {
	for n > 0 {
		d++
		working, err := WorkingDay(d)
		if err != nil {
			return 0, err
		}
		if working {
			n--
		}
	}
	return d, nil
}

// WorkingDaysBetween counts the working days after from up to and including
// to; from and to swapped, the same number below zero. It is the n of
// AddWorkingDays: AddWorkingDays(from, n) is the last working day up to to.
// The error is a *RangeError.
func WorkingDaysBetween(from, to Date) (int, error) {
	if to < from {
		n, err := WorkingDaysBetween(to, from)
		return -n, err
	}
	// The ends first: years beyond the data need not be walked through.
	for _, d := range [...]Date{from, to} {
		if _, err := BankHoliday(d); err != nil {
			return 0, err
		}
	}
	n := 0
	for d := from + 1; d <= to; d++ {
		if working, err := WorkingDay(d); err != nil {
			return 0, err
		} else if working {
			n++
		}
	}
	return n, nil
}

// Years returns the first and the last year with data on bank holidays.
func Years() (first, last int) {
	c := calendar()
	return c.first, c.last
}

//go:embed holidays.v1.json
var holidayFile []byte

type holidays struct {
	first, last int
	days        map[Date]string
}

var calendar = sync.OnceValue(func() *holidays {
	c, err := readHolidays(holidayFile)
	if err != nil {
		panic("clock: " + err.Error()) // embedded: only a build can be wrong
	}
	return c
})

func readHolidays(file []byte) (*holidays, error) {
	var in struct {
		First int `json:"first"`
		Last  int `json:"last"`
		Days  []struct {
			Date Date   `json:"date"`
			Name string `json:"name"`
		} `json:"days"`
	}
	if err := json.Unmarshal(file, &in); err != nil {
		return nil, fmt.Errorf("holidays: %w", err)
	}
	c := &holidays{in.First, in.Last, make(map[Date]string, len(in.Days))}
	before := Date(0)
	for i, day := range in.Days {
		if y, _, _ := day.Date.YMD(); day.Date <= before || y < c.first || y > c.last || day.Name == "" {
			return nil, fmt.Errorf("holidays: number %d is out of order, out of range or without a name", i)
		}
		before = day.Date
		c.days[day.Date] = day.Name
	}
	return c, nil
}
