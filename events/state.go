package events

// State is what a log says about itself without being read.
type State struct {
	First uint64 // sequence of the oldest message; 1 unless some are lost
	Last  uint64 // sequence of the newest message; 0 when empty
	Count uint64 // messages stored
}

// Missing returns how many of the sequences 1…Last are not there.
func (s State) Missing() uint64 { return s.Last - min(s.Count, s.Last) }
