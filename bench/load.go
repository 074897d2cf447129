package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// load is what a second process sends to a server, over and over, on connections that stay open: wrk, a closed loop.
type load struct {
	url         string
	form        string // the body of a POST; "" for a GET
	connections int
	accounts    int  // how many there are to choose from
	inOrder     bool // choose them one after the other, from the one of this number, rather than at random
	from        int
	drains      bool // what was sent is waited for, and counts: else what is in flight in the end is lost
}

// What the url and the form of a load may hold, written anew for each request. Both have a fixed width.
const (
	randomAccount = "{account}" // one of the seeded accounts
	serialNumber  = "{serial}"  // nine digits that were never sent before
)

// percentiles are those that a sample has. The last two are of no use in a short run; they are drawn, not judged.
var percentiles = [...]float64{10, 25, 50, 75, 90, 95, 99, 99.9, 99.99}

// sample is how a load went in one round.
type sample struct {
	rate    float64 // answers a second
	answers int
	latency [len(percentiles)]time.Duration
	cpu     time.Duration // of the server, for one answer
}

// at is the latency at a percentile.
func (s sample) at(percentile float64) time.Duration {
	for i, p := range percentiles {
		if p == percentile {
			return s.latency[i]
		}
	}
	panic(fmt.Sprintf("no percentile %v is kept", percentile))
}

//go:embed load.lua.tmpl
var loadScript string

// errSilent means that nothing was answered, and nothing refused.
var errSilent = errors.New("there was no answer in all the time")

// patience is the longest that a load is sent before no answer is an error.
const patience = 30 * time.Second

// draining is how long what was sent is waited for.
const draining = 5 * time.Second

// run sends the load for a while, or longer until there is an answer: others may use the machine. An answer that is no
// success is an error: the tokens of loads have true statuses.
func (l load) run(ctx context.Context, lab *lab, length time.Duration) (sample, error) {
	taken, err := l.send(ctx, lab, length)
	for errors.Is(err, errSilent) && length < patience {
		length *= 2
		taken, err = l.send(ctx, lab, length)
	}
	return taken, err
}

func (l load) send(ctx context.Context, lab *lab, length time.Duration) (sample, error) {
	program, err := need("wrk")
	if err != nil {
		return sample{}, err
	}
	script, err := l.script(lab, length)
	if err != nil {
		return sample{}, err
	}
	defer os.Remove(script)
	if l.drains {
		length += draining
	}
	target, err := url.Parse(l.url)
	if err != nil {
		return sample{}, err
	}
	wrk := exec.CommandContext(ctx, program, "-t1", "-c"+strconv.Itoa(l.connections), fmt.Sprintf("-d%ds", int(length.Seconds())),
		"--timeout", "20s", "-s", script, "http://"+target.Host)
	printed, err := wrk.CombinedOutput()
	if err != nil {
		return sample{}, fmt.Errorf("wrk: %w: %s", err, printed)
	}
	return readSample(string(printed))
}

// walk asks about every account once: what a server keeps in memory is there then, as in a server that is long in service.
func (l load) walk(ctx context.Context, lab *lab) error {
	l.inOrder = true
	for l.from < l.accounts {
		taken, err := l.run(ctx, lab, 2*time.Second)
		if err != nil {
			return err
		}
		l.from += max(taken.answers-l.connections, 1) // of the last ones some were not waited for
	}
	return nil
}

// side is a server under a load.
func (lab *lab) side(server *process, l load) side {
	return side{name: server.name, servers: []*process{server}, run: func(ctx context.Context, length time.Duration) (sample, error) {
		return l.run(ctx, lab, length)
	}}
}

// script writes what wrk is to send.
func (l load) script(lab *lab, length time.Duration) (string, error) {
	wire, err := l.wire()
	if err != nil {
		return "", err
	}
	script, err := template.New("load.lua").Parse(loadScript)
	if err != nil {
		return "", err
	}
	serial := lab.serials.Add(serialsEach)
	file, err := os.Create(filepath.Join(lab.dir, fmt.Sprintf("load-%d.lua", serial)))
	if err != nil {
		return "", err
	}
	err = script.Execute(file, map[string]any{
		"Serial": serial, "Seed": rand.Int32(), "Accounts": l.accounts, "InOrder": l.inOrder, "From": l.from, "Request": wire, "Percentiles": percentiles,
		"Drains": l.drains, "Microseconds": length.Microseconds(),
	})
	return file.Name(), errors.Join(err, file.Close())
}

// serialsEach is how many serial numbers one run may use up.
const serialsEach = 1_000_000

// wire writes the request as a Lua expression. LuaJIT joins strings faster than it replaces within them.
func (l load) wire() (string, error) {
	target, err := url.Parse(l.url)
	if err != nil {
		return "", err
	}
	wide := strings.NewReplacer(randomAccount, "u0000000", serialNumber, "000000000")
	path := strings.TrimPrefix(l.url, target.Scheme+"://"+target.Host)
	text := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, target.Host)
	if l.form != "" {
		text = fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
			path, target.Host, len(wide.Replace(l.form)), l.form)
	}
	parts := strings.NewReplacer(randomAccount, "\x00account\x00", serialNumber, "\x00number\x00").Replace(text)
	var terms []string
	for i, part := range strings.Split(parts, "\x00") {
		if i%2 == 0 {
			part = strconv.Quote(part)
		}
		terms = append(terms, part)
	}
	return strings.Join(terms, " .. "), nil
}

func readSample(printed string) (s sample, err error) {
	_, line, found := strings.Cut(printed, "\nresult ")
	numbers := strings.Fields(line)
	if !found || len(numbers) != 4+len(percentiles) {
		return s, fmt.Errorf("wrk printed no result: %s", printed)
	}
	var n [4 + len(percentiles)]int64
	for i := range n {
		if n[i], err = strconv.ParseInt(numbers[i], 10, 64); err != nil {
			return s, fmt.Errorf("wrk: %w: %s", err, printed)
		}
	}
	if n[0] == 0 && n[2] == 0 && n[3] == 0 {
		return s, errSilent
	}
	if n[0] == 0 || n[2] != 0 || n[3] != 0 {
		return s, fmt.Errorf("of %d answers %d were refusals, and %d calls had none", n[0], n[2], n[3])
	}
	s.answers, s.rate = int(n[0]), float64(n[0])/(float64(n[1])/1e6)
	for i := range s.latency {
		s.latency[i] = time.Duration(n[4+i]) * time.Microsecond
	}
	return s, nil
}
