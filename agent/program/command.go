// SPDX-License-Identifier: Apache-2.0

package program

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"time"

	"mainstay/agent/service"
	"mainstay/kit/fault"
)

const usage = `mainstay-agent tells a Mainstay server how this machine does.

  mainstay-agent enrol TOKEN   make this machine known; "-" reads the token from standard input
      --proxy http://user:password@host:port   and keep this way out
  mainstay-agent install       run as a service from now on
  mainstay-agent uninstall     stop and remove the service; --purge forgets the identity too
  mainstay-agent status        say how the running agent does
  mainstay-agent run           run here, until interrupted
  mainstay-agent version       print the version

Each command takes --config FILE (%s).
`

// Main runs a command and returns the exit code: 0, 1 when it failed, 2 for wrong input.
func Main(ctx context.Context, args []string, version string, in io.Reader, out, errOut io.Writer) int {
	err := command(ctx, args, version, in, out, errOut)
	if err == nil {
		return 0
	}
	fmt.Fprintln(errOut, "mainstay-agent:", sentence(err))
	if fault.Is(err, fault.Invalid) {
		return 2
	}
	return 1
}

// sentence is what an operator reads: the sentence of a fault with its cause behind it.
func sentence(err error) string {
	f, ok := err.(*fault.Error) //nolint:errorlint // the outermost is the one to say
	if !ok || f.Cause == nil {
		return err.Error()
	}
	return f.Text + "\n  (" + f.Cause.Error() + ")"
}

func command(ctx context.Context, args []string, version string, in io.Reader, out, errOut io.Writer) error {
	if len(args) == 0 {
		fmt.Fprintf(errOut, usage, DefaultConfig)
		return fault.NewInvalid("Say which command.")
	}
	name, rest := args[0], args[1:]
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	configPath := flags.String("config", DefaultConfig, "")
	proxy, purge := new(string), new(bool)
	switch name {
	case "enrol", "enroll":
		flags.StringVar(proxy, "proxy", "", "")
	case "uninstall":
		flags.BoolVar(purge, "purge", false, "")
	case "install", "status", "run":
	case "version", "--version", "-v":
		fmt.Fprintf(out, "mainstay-agent %s %s/%s\n", version, runtime.GOOS, runtime.GOARCH)
		return nil
	case "help", "--help", "-h":
		fmt.Fprintf(out, usage, DefaultConfig)
		return nil
	default:
		fmt.Fprintf(errOut, usage, DefaultConfig)
		return fault.NewInvalid("There is no command %q.", name)
	}
	words, err := parse(flags, rest)
	if err != nil {
		return err
	}
	c, err := ReadConfig(*configPath)
	if err != nil {
		return err
	}
	switch name {
	case "enrol", "enroll":
		return enrol(ctx, c, *configPath, words, *proxy, version, in, out)
	case "install":
		return install(*configPath, words, out)
	case "uninstall":
		return uninstall(c, *purge, out)
	case "status":
		return status(c, out)
	}
	log := slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: slog.LevelInfo}))
	return service.Run(ctx, func(ctx context.Context) error {
		log.Info("The agent starts.", "version", version, "process", os.Getpid())
		return Run(ctx, c, version, log)
	})
}

// parse takes flags before, between and behind words.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	var words []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, fault.NewInvalid("%s.", err.Error())
		}
		if flags.NArg() == 0 {
			return words, nil
		}
		words = append(words, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

func enrol(ctx context.Context, c Config, configPath string, words []string, proxy, version string, in io.Reader, out io.Writer) error {
	if len(words) != 1 {
		return fault.NewInvalid("Say which token: mainstay-agent enrol TOKEN.")
	}
	token := words[0]
	if token == "-" {
		line, err := bufio.NewReader(io.LimitReader(in, 8<<10)).ReadString('\n')
		if err != nil && line == "" {
			return fault.NewInvalid("There is no token on standard input.").Because(err)
		}
		token = strings.TrimSpace(line)
	}
	id, err := Enrol(ctx, c, configPath, token, proxy, version)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "This machine is now %q of %s.\n", id.Reply.Name, id.Reply.Client)
	if !service.Installed() {
		fmt.Fprintln(out, "Let it run as a service: mainstay-agent install")
	}
	return nil
}

func install(configPath string, words []string, out io.Writer) error {
	if len(words) > 0 {
		return fault.NewInvalid("install takes no words.")
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if _, err := os.Stat(configPath); err == nil { // one that was written by hand may hold a password too
		if err := shut(configPath); err != nil {
			return fault.NewDenied("The configuration %s cannot be shut to others. Install as root, or as an administrator.", configPath).Because(err)
		}
	}
	o := service.Options{Program: exe}
	if configPath != DefaultConfig {
		o.Config = configPath
	}
	if err := service.Install(o); err != nil {
		return err
	}
	fmt.Fprintln(out, "The service mainstay-agent runs, and starts with the machine.")
	return nil
}

func uninstall(c Config, purge bool, out io.Writer) error {
	if err := service.Uninstall(); err != nil {
		return err
	}
	fmt.Fprintln(out, "The service mainstay-agent is removed.")
	if !purge {
		return nil
	}
	if err := os.RemoveAll(c.State); err != nil {
		return fault.NewDenied("The folder %s cannot be removed.", c.State).Because(err)
	}
	fmt.Fprintln(out, "The device's identity and what waited to be sent are removed.")
	return nil
}

func status(c Config, out io.Writer) error {
	s, at, err := Status(c)
	if err != nil {
		return err
	}
	if s == nil {
		return fault.NewNotFound("No agent has run here yet.")
	}
	fmt.Fprintf(out, "device      %s (%s), client %s\n", s.Name, s.Device, s.Client)
	fmt.Fprintf(out, "version     %s\n", s.Version)
	switch {
	case s.Gone:
		fmt.Fprintln(out, "connection  the server has retired this device; enrol it anew")
	case s.Connected:
		fmt.Fprintf(out, "connection  to %s since %s\n", s.Server, clockText(s.Since))
	default:
		fmt.Fprintf(out, "connection  none since %s: %s\n", clockText(s.Since), s.Error)
	}
	if s.Copied {
		fmt.Fprintln(out, "identity    made on another machine: enrol this one anew")
	}
	fmt.Fprintf(out, "waiting     %d readings (%d kB)\n", s.Spool.Batches, s.Spool.Bytes/1000)
	if s.Spool.Trouble != "" {
		fmt.Fprintf(out, "disk        it takes nothing, what is read is kept in memory only: %s\n", s.Spool.Trouble)
	}
	if s.Spool.Dropped+s.Spool.Damaged+s.Refused > 0 {
		fmt.Fprintf(out, "lost        %d given up at the limit, %d damaged on disk, %d refused by the server\n", s.Spool.Dropped, s.Spool.Damaged, s.Refused)
	}
	fmt.Fprintf(out, "clock       %+.2f s against the server\n", s.Offset)
	if age := time.Since(at); age > 3*time.Minute {
		return fault.NewConflict("This was %s ago: the agent does not run.", age.Round(time.Minute))
	}
	return nil
}

func clockText(us int64) string {
	if us == 0 {
		return "its start"
	}
	return time.UnixMicro(us).Local().Format("2006-01-02 15:04:05")
}
