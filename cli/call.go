package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"panelgate/client"
)

type callCommand struct {
	URL    string   `name:"url" default:"http://127.0.0.1:8080" help:"Where the server is."`
	Folder string   `default:"spanel" help:"The folder of api.php."`
	Token  string   `help:"The API token; better set as PANELGATE_TOKEN, which no process list shows."`
	CA     string   `name:"ca" placeholder:"FILE" help:"A certificate to trust, such as the server's self-signed one."`
	Action string   `arg:"" help:"The action, such as user/listsubusers."`
	Fields []string `arg:"" optional:"" help:"Its fields as name=value, such as accountuser=spanelio or 'permissions[email]=all'."`
}

// Run prints the server's answer and fails when its result is error.
func (c *callCommand) Run(ctx context.Context, s streams) error {
	fields, err := parseFields(c.Fields)
	if err != nil {
		return err
	}
	transport, err := transportTrusting(c.CA)
	if err != nil {
		return err
	}
	api := client.New(c.URL, c.Token, client.WithFolder(c.Folder),
		client.WithHTTPClient(&http.Client{Transport: transport, Timeout: time.Minute}))
	answer, err := api.Call(ctx, c.Action, fields)
	if !json.Valid(answer) { // an answer that is none is for the error to tell
		return err
	}
	if err := printJSON(s.out, answer); err != nil {
		return err
	}
	var refused *client.Error
	if errors.As(err, &refused) {
		return errSilent // the answer has said it
	}
	return err
}

func parseFields(pairs []string) (url.Values, error) {
	fields := url.Values{}
	for _, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return nil, usageError{fmt.Sprintf("%q: want name=value", pair)}
		}
		fields.Add(name, value)
	}
	return fields, nil
}

func transportTrusting(file string) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if file == "" {
		return transport, nil
	}
	certificate, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(certificate) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", file)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	return transport, nil
}

// printJSON writes an answer as it came, but indented for a person at a terminal.
func printJSON(w io.Writer, answer json.RawMessage) error {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, answer, "", "  "); err == nil {
			answer = pretty.Bytes()
		}
	}
	_, err := fmt.Fprintf(w, "%s\n", answer)
	return err
}
