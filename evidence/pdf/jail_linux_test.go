package pdf

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestJail runs other scripts in place of the renderer's, under the same
// limits: they get nowhere.
func TestJail(t *testing.T) {
	e := engine(t)
	t.Log(e.Isolation())
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CASELEDGER_SECRET", "x")
	for name, script := range map[string]string{
		"reads a file":         `require('fs').readFileSync(` + "`" + secret + "`" + `)`,
		"lists a folder":       `require('fs').readdirSync('/')`,
		"writes a file":        `require('fs').writeFileSync('here', 'x')`,
		"starts a program":     `require('child_process').execFileSync('true')`,
		"starts a worker":      `new (require('worker_threads').Worker)('1', {eval: true})`,
		"sees the environment": `if (!process.env.CASELEDGER_SECRET && !process.env.PATH && !process.env.HOME) throw 1`,
	} {
		args := append(append([]string{}, e.args[:len(e.args)-1]...), "-e", "try { "+script+"; process.exit(7) } catch { process.exit(0) }")
		cmd := exec.Command(e.options.Node, args...)
		cmd.Dir, cmd.Env = t.TempDir(), []string{}
		if err := e.jail.run(cmd, e.options.Memory); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if e.jail.landlock > 0 { // what a native library could do, on which Node has no hold
		for name, script := range map[string]string{
			"reads a file without Node's leave": `require('fs').readFileSync(` + "`" + secret + "`" + `)`,
			"reads the password file":           `require('fs').readFileSync('/etc/passwd')`,
			"reads the parent's environment":    `require('fs').readFileSync('/proc/'+process.ppid+'/environ')`,
			"lists a folder":                    `require('fs').readdirSync('/')`,
			"makes a file":                      `require('fs').openSync('here', 'w')`,
		} {
			cmd := exec.Command(e.options.Node, "-e", "try { "+script+"; process.exit(7) } catch { process.exit(0) }")
			cmd.Dir, cmd.Env = t.TempDir(), []string{}
			if err := e.jail.run(cmd, e.options.Memory); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := os.ReadFile(secret); err != nil {
			t.Errorf("this process may not read any more either: %v", err)
		}
	}
	if !e.jail.namespaces {
		t.Log("this system gives no name spaces: the network is not shut off by it")
		return
	}
	args := append(append([]string{}, e.args[:len(e.args)-1]...), "-e",
		"const n = Object.keys(require('os').networkInterfaces()).length; process.exit(n === 0 ? 0 : 7)")
	cmd := exec.Command(e.options.Node, args...)
	cmd.Dir, cmd.Env = t.TempDir(), []string{}
	if err := e.jail.run(cmd, e.options.Memory); err != nil {
		t.Errorf("network: %v", err)
	}
}
