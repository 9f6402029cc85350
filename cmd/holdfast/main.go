// Command holdfast runs the platform and looks after it.
//
// Flags, environment and the settings file are read here and nowhere else;
// everything below gets what it needs as values.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	switch {
	case errors.Is(err, errSilent):
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "holdfast: interrupted")
	default:
		fmt.Fprintln(os.Stderr, "holdfast:", inLine(err.Error()))
	}
	stop()
	os.Exit(1)
}

// errSilent ends the program with status 1 when what is wrong has been printed.
var errSilent = errors.New("")

// inLine joins what a driver spreads over indented lines, such as each address it tried.
func inLine(text string) string {
	return strings.NewReplacer(":\n\t", ": ", "\n\t", "; ").Replace(text)
}

// root is the program with its commands.
func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "holdfast",
		Short: "IT service management, assets, security operations and reviews behind one API",
		Long: `Holdfast serves IT service management, asset inventory, security operations
and security reviews by one typed API: Connect, gRPC, gRPC-Web and REST.

Settings come from flags, else from HOLDFAST_* variables, else from one YAML
file (--config). "holdfast config" shows what is in effect and whence.`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	cmd.AddCommand(serveCommand(), migrateCommand(), backupCommand(), restoreCommand(), userCommand(), configCommand(), doctorCommand(), consumersCommand(), versionCommand())
	return cmd
}
