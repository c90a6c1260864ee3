package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/itchyny/gojq"
	"github.com/spf13/cobra"
)

// jqOutput is standard output, which a jq program may change on its way: it gets the
// JSON values that are written, one after the other.
type jqOutput struct {
	out  io.Writer
	pipe *io.PipeWriter // nil: nothing is changed
	done chan error
}

func (o *jqOutput) Write(p []byte) (int, error) {
	if o.pipe != nil {
		return o.pipe.Write(p)
	}
	return o.out.Write(p)
}

// begin has a program change what is written from now on.
func (o *jqOutput) begin(program *gojq.Code) {
	r, w := io.Pipe()
	o.pipe, o.done = w, make(chan error, 1)
	go func() {
		err := filter(r, o.out, program)
		// Whoever writes on learns of it.
		o.done <- errors.Join(err, r.CloseWithError(err))
	}()
}

// end waits until all that was written is through.
func (o *jqOutput) end() error {
	err := o.pipe.Close()
	o.pipe = nil
	return errors.Join(err, <-o.done)
}

// filter runs a program on each JSON value of in. Strings are written as they are.
func filter(in io.Reader, out io.Writer, program *gojq.Code) error {
	values := json.NewDecoder(in)
	values.UseNumber()
	for {
		var v any
		if err := values.Decode(&v); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("--jq: what it is to read is not JSON: %w", err)
		}
		results := program.Run(v)
		for result, ok := results.Next(); ok; result, ok = results.Next() {
			if err, failed := result.(error); failed {
				return fmt.Errorf("--jq: %w", err)
			}
			if err := writeResult(out, result); err != nil {
				return err
			}
		}
	}
}

func writeResult(out io.Writer, v any) error {
	if text, ok := v.(string); ok {
		_, err := fmt.Fprintln(out, text)
		return err
	}
	b, err := gojq.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", b)
	return err
}

// addJQ gives every command below cmd that prints JSON the flag --jq.
func addJQ(cmd *cobra.Command, out *jqOutput) {
	for _, sub := range cmd.Commands() {
		addJQ(sub, out)
	}
	if cmd.RunE == nil || cmd.Flags().Lookup("json") == nil {
		return
	}
	text := cmd.Flags().String("jq", "", "a jq program for what --json prints, which it implies")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("jq") {
			return run(cmd, args)
		}
		program, err := compileJQ(*text)
		if err != nil {
			return callError{usageError{err}, cmd.CommandPath()}
		}
		if !cmd.Flags().Changed("format") {
			if err := cmd.Flags().Set("json", "true"); err != nil {
				return err
			}
		}
		out.begin(program)
		return errors.Join(run(cmd, args), out.end())
	}
}

func compileJQ(text string) (*gojq.Code, error) {
	query, err := gojq.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("bad --jq: %w", err)
	}
	program, err := gojq.Compile(query)
	if err != nil {
		return nil, fmt.Errorf("bad --jq: %w", err)
	}
	return program, nil
}
