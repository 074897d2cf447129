package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/labstack/echo/v4"
)

// echoCommand is the bare peer of reads: an echo handler that reads one field and writes bytes that never change.
type echoCommand struct {
	Listen string `required:""`
	Answer string `required:"" help:"File of what it writes."`
}

// Run serves until the process is ended.
func (c *echoCommand) Run() error {
	answer, err := os.ReadFile(c.Answer)
	if err != nil {
		return err
	}
	e := echo.New()
	e.HideBanner = true
	e.POST("/spanel/api.php", func(c echo.Context) error {
		if c.FormValue("accountuser") == "" {
			return echo.ErrBadRequest
		}
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, answer)
	})
	return e.Start(c.Listen)
}

// startEcho starts the bare peer with an answer.
func (lab *lab) startEcho(ctx context.Context, answer string) (*process, string, error) {
	file := filepath.Join(lab.dir, fmt.Sprintf("answer-%d", lab.serials.Add(1)))
	if err := os.WriteFile(file, []byte(answer), 0o600); err != nil {
		return nil, "", err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	p, err := lab.startProcess(ctx, lab.self, "echo", "--listen", address, "--answer", file)
	if err != nil {
		return nil, "", err
	}
	api := "http://" + address + "/spanel/api.php"
	if err := p.await(ctx, func() error { return answers(ctx, api, form("accountuser", "u0000001"), answer) }); err != nil {
		p.stop()
		return nil, "", err
	}
	return p, api, nil
}

// answers reports whether a server answers a form with exactly these bytes.
func answers(ctx context.Context, api, form, want string) error {
	got, err := post(ctx, api, form)
	if err == nil && got != want {
		err = fmt.Errorf("the answer is %s, want %s", got, want)
	}
	return err
}

const bareEcho = "a bare echo v4 handler: one `FormValue`, the same bytes"

func measureListSubusers(ctx context.Context, lab *lab) ([]measure, error) {
	return lab.againstEcho(ctx, "`user/listsubusers`, random account", "user/listsubusers", true)
}

func measureListUserPermissions(ctx context.Context, lab *lab) ([]measure, error) {
	return lab.againstEcho(ctx, "`user/listuserpermissions`, random account", "user/listuserpermissions", false)
}

func measureListAccount(ctx context.Context, lab *lab) ([]measure, error) {
	return lab.againstEcho(ctx, "`accounts/listaccounts` with `accountuser`", "accounts/listaccounts", false)
}

// againstEcho compares an action with the bare peer that gives the same answer.
func (lab *lab) againstEcho(ctx context.Context, what, action string, judgeLatency bool) ([]measure, error) {
	panelgate, api, err := lab.startOn(ctx, lab.accounts)
	if err != nil {
		return nil, err
	}
	defer panelgate.stop()
	answer, err := post(ctx, api, form("action", action, "accountuser", "u0000001"))
	if err != nil {
		return nil, err
	}
	peer, peerAPI, err := lab.startEcho(ctx, answer)
	if err != nil {
		return nil, err
	}
	defer peer.stop()
	ours, err := lab.warmReads(ctx, action, panelgate, api)
	if err != nil {
		return nil, err
	}
	taken, err := lab.alternate(ctx, ours, lab.reads(action, peer, peerAPI, lab.accounts))
	if err != nil {
		return nil, err
	}
	all := []measure{{What: what, Against: bareEcho, Of: "requests/s", Values: taken.ratios(byRate), Mark: atLeast(1), Detail: taken.detail()}}
	if judgeLatency {
		all = append(all, measure{What: what, Against: bareEcho, Of: "p99", Values: taken.ratios(byLatency(99)), Mark: atMost(1.2), Curves: &taken, Sides: [2]string{"panelgate", "bare echo handler"}})
	}
	return all, nil
}

// reads is a side that asks an api.php about random accounts, as fast as it can.
func (lab *lab) reads(action string, server *process, api string, accounts int) side {
	return lab.side(server, lab.readsOf(action, api, accounts))
}

// warmReads is reads of a panelgate that was asked about every account before.
func (lab *lab) warmReads(ctx context.Context, action string, server *process, api string) (side, error) {
	l := lab.readsOf(action, api, lab.accounts)
	return lab.side(server, l), l.walk(ctx, lab)
}

func (lab *lab) readsOf(action, api string, accounts int) load {
	return load{url: api, form: form("action", action, "accountuser", randomAccount), connections: lab.connections, accounts: accounts}
}
