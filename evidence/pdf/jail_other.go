//go:build !linux

package pdf

import "os/exec"

// jail is what the system lets us put around a rendering.
type jail struct{}

func openJail(dir, node string) jail { return jail{} }

// String says what holds.
func (jail) String() string {
	return "no environment, empty directory, reads the engine's directory only, script memory and time limits"
}

func (jail) run(cmd *exec.Cmd, memory int64) error { return cmd.Run() }
