// Command run starts one PostgreSQL server for a whole test run, names it in
// HOLDFAST_TEST_POSTGRES, runs a command and takes the server down again:
//
//	go run ./server/internal/dbtest/run -- go test ./...
//
// Where the variable is set already, the command runs as it is. With -durable
// the server is always its own and writes to the disk as in production, and
// HOLDFAST_TEST_POSTGRES_PID is its process. The exit status is the command's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

func main() {
	durable := flag.Bool("durable", false, "start a server that writes to the disk as in production")
	flag.Parse()
	status, err := run(*durable, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
	}
	os.Exit(status)
}

func run(durable bool, args []string) (int, error) {
	if len(args) == 0 {
		return 2, errors.New("usage: run [-durable] -- COMMAND [ARGUMENT …]")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = os.Environ()
	if durable || os.Getenv(dbtest.Variable) == "" {
		server, err := dbtest.Start(ctx, dbtest.Options{Durable: durable})
		if err != nil {
			return 1, err
		}
		defer server.Stop()
		cmd.Env = append(cmd.Env, dbtest.Variable+"="+server.URL, dbtest.Variable+"_PID="+strconv.Itoa(server.PID))
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil // the command has said why
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
