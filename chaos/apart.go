package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// apartVariable is the environment variable of a campaign that has been started in
// a network of its own.
const apartVariable = "ENRICHD_CHAOS_APART"

// ErrNoNamespaces says that this process may not make network namespaces.
var ErrNoNamespaces = errors.New("network namespaces cannot be made here (it takes root, or CAP_SYS_ADMIN and CAP_NET_ADMIN, and the command ip)")

// NeedsApart reports whether a campaign wants a network of its own and this
// process has none yet: Apart plays it.
func NeedsApart(campaign string) bool {
	return campaign == namespacesCampaign && os.Getenv(apartVariable) == ""
}

// Apart runs a program, with this process's environment, in a network namespace of
// its own, and returns its exit code. The namespace has no name and no way out: it
// goes with the program, however that ends. The error is ErrNoNamespaces where it
// cannot be made. When ctx ends the program is interrupted and may clean up.
func Apart(ctx context.Context, program string, args []string, out, errs io.Writer) (int, error) {
	if _, err := exec.LookPath("ip"); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoNamespaces, err)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = out, errs
	// What the processes say to each other goes past every proxy.
	cmd.Env = append(os.Environ(), apartVariable+"=1", "NO_PROXY=*", "no_proxy=*")
	// An interrupt at the terminal comes once, from here.
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrNoNamespaces, err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) && cmd.ProcessState == nil {
		return 0, err
	}
	return cmd.ProcessState.ExitCode(), nil
}
