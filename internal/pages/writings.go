package pages

import "slices"

// writings are the forms that record one event of one case.
var writings = slices.Concat([]writing{safeContact}, appointmentWritings, correctWritings, runningWritings)
